// Callbacks signed by independent programs (Standard Webhooks' own library, Svix') go through the
// whole gateway's door; the same with a byte changed, signed with another key or too old do not.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import test, {after, before} from 'node:test';
import {World} from './world.mjs';

const require = createRequire(join(process.env.BACKHAUL_PEERS, 'package.json'));
const {Webhook: StandardWebhook} = require('standardwebhooks');
const {Webhook: SvixWebhook} = require('svix');

const key = 'whsec_' + Buffer.from('a key of twenty-four by').toString('base64');
const former = 'whsec_' + Buffer.from('the key we had before it').toString('base64');
const foreign = 'whsec_' + Buffer.from('a key of somebody else').toString('base64');

const body = JSON.stringify({id: 98001, reference_id: 'R-ü-17', status: 'Arrived', return_type: 'Regular',
                             arrived_date: new Date().toISOString(), inventory: [], slash: 'a\/b'});

const connections = {
    shipbob: {connector: 'logistics/shipbob', base_url: 'http://127.0.0.1:1', settings: {
        channel_id: '1', fulfillment_center_id: 10, inventory: {LAMP: 1}}}};

// who signs -> the connection it signs for, and headers for (key, id, time, body).
function webhooks(Library) {
    return (secret, id, at, text) => ({
        'webhook-id': id, 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Library(secret).sign(id, at, text)});
}
const signers = {
    standardwebhooks: {connection: 'shipbob', sign: webhooks(StandardWebhook)},
    svix: {connection: 'shipbob', sign: webhooks(SvixWebhook)}};

let world;
before(async () => {
    world = new World(process.env.BACKHAUL_PROGRAMS);
    const secret = [world.secret('hook.key', key), world.secret('hook.former', former)];
    await world.startAlone({connections: Object.entries(connections).map(([name, {settings, ...rest}]) => (
        {name, mode: 'act', ...rest, settings: {...settings, webhook_secret: secret, api_token: world.secret('token', 't')}}))});
});
after(() => world.stop());

async function post(connection, headers, text) {
    const answer = await fetch(`${world.url}/v1/callbacks/${connection}?dry_run=true`, {
        method: 'POST', body: text, headers: {'Content-Type': 'application/json', ...headers}});
    return {status: answer.status, said: await answer.text()};
}

for (const [name, {connection, sign}] of Object.entries(signers)) {
    test(`${name}: what it signs is taken, and nothing else`, async () => {
        const now = new Date();
        const taken = await post(connection, sign(key, 'msg_1', now, body), body);
        assert.ok(taken.status < 300, `${taken.status} ${taken.said}`);
        assert.match(taken.said, /parcel\.delivered/);
        const old = await post(connection, sign(former, 'msg_2', now, body), body);
        assert.ok(old.status < 300, `the key before it: ${old.status} ${old.said}`);

        const refused = {
            'another key': [sign(foreign, 'msg_3', now, body), body],
            'a byte changed': [sign(key, 'msg_4', now, body), body.replace('98001', '98002')],
            'written anew': [sign(key, 'msg_5', now, body), JSON.stringify(JSON.parse(body), null, 1)],
            'another id': [{...sign(key, 'msg_6', now, body), 'webhook-id': 'msg_7'}, body],
            'an hour old': [sign(key, 'msg_8', new Date(now - 3600_000), body), body],
            'of tomorrow': [sign(key, 'msg_9', new Date(now.getTime() + 86400_000), body), body],
            'unsigned': [{}, body]};
        for (const [what, [headers, text]] of Object.entries(refused)) {
            const answer = await post(connection, headers, text);
            assert.equal(answer.status, 401, `${what}: ${answer.status} ${answer.said}`);
        }
    });
}
