// Callbacks signed by independent programs (Standard Webhooks' own library, Svix', Node's crypto with
// keys that jose makes and publishes) go through the whole gateway's door; the same with a byte
// changed, signed with another key or too old do not.
import assert from 'node:assert/strict';
import {createSign} from 'node:crypto';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import test, {after, before} from 'node:test';
import {until, World} from './world.mjs';

const require = createRequire(join(process.env.BACKHAUL_PEERS, 'package.json'));
const {Webhook: StandardWebhook} = require('standardwebhooks');
const {Webhook: SvixWebhook} = require('svix');
const jose = require('jose');

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

// A label maker that publishes one of its two keys.
async function makeKeys() {
    const pairs = {};
    for (const id of ['published', 'kept back'])
        pairs[id] = await jose.generateKeyPair('RS256', {extractable: true});
    const jwk = {...await jose.exportJWK(pairs.published.publicKey), kid: 'published', use: 'sig', alg: 'RS256'};
    const server = createServer((request, answer) => {
        answer.setHeader('Content-Type', 'application/json');
        answer.end(JSON.stringify({keys: [jwk]}));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {pairs, server, url: `http://127.0.0.1:${server.address().port}/jwks`};
}

let world, keys;
before(async () => {
    world = new World(process.env.BACKHAUL_PROGRAMS);
    keys = await makeKeys();
    const secret = [world.secret('hook.key', key), world.secret('hook.former', former)];
    const token = world.secret('token', 't');
    const signed = Object.entries(connections).map(([name, {settings, ...rest}]) => (
        {name, mode: 'act', ...rest, settings: {...settings, webhook_secret: secret, api_token: token}}));
    const labels = {name: 'labels', connector: 'logistics/shipengine', mode: 'act', base_url: 'http://127.0.0.1:1',
                    settings: {api_key: token, key_set_url: keys.url, carrier_id: 'c', service_code: 's',
                               warehouse: {}, sender: {}}};
    await world.startAlone({connections: [...signed, labels]});
});
after(async () => {
    await world.stop();
    keys.server.closeAllConnections();
    keys.server.close();
});

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

test('jose: a callback signed with a published key is taken, and nothing else', async () => {
    const text = JSON.stringify({resource_type: 'API_TRACK', data: {
        tracking_number: 'TRK-ü-1', status_code: 'DE', events: [{occurred_at: new Date().toISOString()}]}});
    const sign = async (pair, id, at, signed) => ({
        'x-shipengine-timestamp': at.toISOString(), 'x-shipengine-rsa-sha256-key-id': id,
        'x-shipengine-rsa-sha256-signature': createSign('sha256').update(`${at.toISOString()}.${signed}`)
            .sign(await jose.exportPKCS8(keys.pairs[pair].privateKey), 'base64')});
    const now = new Date();
    const good = await sign('published', 'published', now, text);
    const taken = await until('the keys to be fetched', 20, async () => {
        const answer = await post('labels', good, text);
        return answer.status !== 503 && answer;
    });
    assert.equal(taken.status, 200, taken.said);
    assert.match(taken.said, /parcel\.delivered/);
    const refused = {
        'another key under its name': [await sign('kept back', 'published', now, text), text],
        'a key not published': [await sign('kept back', 'kept back', now, text), text],
        'a byte changed': [good, text.replace('DE', 'IT')],
        'an hour old': [await sign('published', 'published', new Date(now - 3600_000), text), text],
        'another time': [{...good, 'x-shipengine-timestamp': new Date(now - 1000).toISOString()}, text],
        'unsigned': [{}, text]};
    for (const [what, [headers, sent]] of Object.entries(refused)) {
        const answer = await post('labels', headers, sent);
        assert.equal(answer.status, 401, `${what}: ${answer.status} ${answer.said}`);
    }
});
