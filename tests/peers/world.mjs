// The whole program in its world, for tests in other programs: `backhaul-sandbox` plays a short
// story to `backhaul serve`; both are children, on free ports, with a folder of their own.
import {spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const factor = 7200;  // two hours pass in a second
const storySpeed = 57600;

// Days of the policy cut to what half a minute can show.
const delays = {
    ship_by: '60h', scan_silence: '40h', dock: '10h', inspection: '10h', exception: '12h',
    exception_again: '12h', lost_claim: '24h', lost_again: '24h', review_escalation: '4h',
    review_limit: '4h', returning: '24h', choice: '24h', due: '1h', ready: '1h', submitting: '1h',
    in_doubt_ticket: '3h', pending: '48h', failed: '12h', alternative_reminder: '24h',
    order_shell: '4h', ticket_recheck: '2h'};

export const longId = 'ORDER-' + 'WITHOUT_ANY_PLACE_TO_BREAK'.repeat(4);
export const longReturn = 'RETURN-' + 'x'.repeat(110);
export const oddId = 'a/b?c&d="<i>é';

// Nothing outlives this process, however it ends.
const living = new Set();
const folders = new Set();
process.on('exit', () => {
    for (const child of living) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, {recursive: true, force: true});
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));

export async function until(what, seconds, ask) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const got = await ask();
        if (got) return got;
        if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
        await pause(50);
    }
}

export class World {
    constructor(programs) {
        this.programs = programs;
        this.folder = mkdtempSync(join(tmpdir(), 'backhaul-peers-'));
        folders.add(this.folder);
        this.children = [];
        this.keys = {};
        this.faults = [];
    }

    // A gateway alone: nobody to talk to, nothing has happened, time runs as it does.
    async startAlone(settings) {
        this.writeSettings(settings);
        await this.startGateway();
    }

    async start({returns, seed}) {
        await this.startSandbox(seed);
        this.writeDefinitions();
        this.writeSettings(this.storySettings());
        await this.startGateway();
        const began = new Date(Date.now() + (Date.now() - this.began) * (factor - 1));
        await this.ask(this.sandbox.http + '/story', {
            method: 'POST',
            body: JSON.stringify({gateway: this.url, returns, speed: storySpeed,
                                  time: {now: began.toISOString(), factor}})});
        await until('the story to end', 120, async () => {
            const story = await (await fetch(this.sandbox.http + '/story')).json();
            return story.state === 'quiet';
        });
    }

    run(program, parameters, name) {
        const child = spawn(join(this.programs, program), parameters, {cwd: this.folder});
        child.text = '';
        child.stdout.on('data', (bytes) => (child.text += bytes));
        child.stderr.on('data', (bytes) => (child.text += bytes));
        living.add(child);
        child.on('exit', (code) => {
            living.delete(child);
            if (!this.over) this.faults.push(`${name} ended with ${code}: ${child.text.slice(-800)}`);
        });
        this.children.push(child);
        return child;
    }

    async startSandbox(seed) {
        const child = this.run('backhaul-sandbox', ['--seed', String(seed)], 'the sandbox');
        const line = await until('the sandbox', 20, () => child.text.match(/^\{.*"ready".*\}$/m)?.[0]);
        this.sandbox = JSON.parse(line);
    }

    writeDefinitions() {
        cpSync(join(root, 'workflows'), join(this.folder, 'workflows'), {recursive: true});
        const path = join(this.folder, 'workflows', 'policies', 'default.json');
        const policy = JSON.parse(readFileSync(path, 'utf8'));
        Object.assign(policy.delays, delays);
        Object.assign(policy, {id: 'peers', dispatch_retry: '10min', dispatch_retry_max: '1h',
                               answer_within: '40min'});
        writeFileSync(path, JSON.stringify(policy));
    }

    secret(name, value) {
        writeFileSync(join(this.folder, name), value);
        return 'file:' + join(this.folder, name);
    }

    newKey(name, role, extra = {}) {
        const key = 'bhk_' + randomBytes(32).toString('base64url');
        this.keys[role] = key;
        return {name, role, sha256: createHash('sha256').update(key).digest('hex'), ...extra};
    }

    connections() {
        const {logistics, payment, desk} = this.sandbox;
        const connection = (name, connector, rest) => ({name, connector, mode: 'act', ...rest});
        const pays = {
            base_url: payment.base_url, timeout_ms: 250,
            call_cap_minor: 100000000, daily_cap_minor: 10000000000,
            settings: {secret_key: this.secret('payment.key', payment.secret_key),
                       webhook_secret: this.secret('payment.hook', payment.webhook_secret)}};
        return [
            connection('shipbob', 'logistics/shipbob', {
                base_url: logistics.base_url, timeout_ms: 250, poll_after_minutes: 0,
                settings: {api_token: this.secret('logistics.token', logistics.api_token),
                           webhook_secret: this.secret('logistics.hook', logistics.webhook_secret),
                           channel_id: logistics.channel_id, inventory: logistics.inventory,
                           fulfillment_center_id: logistics.fulfillment_center_id}}),
            connection('stripe', 'payment/stripe', pays),
            connection('giro', 'payment/stripe', {...pays, mode: 'ask', cap_currency: 'EUR'}),
            connection('desk', 'desk/solarwinds-service-desk', {
                base_url: desk.base_url, timeout_ms: 250,
                settings: {token: this.secret('desk.token', desk.token), automation: true,
                           callback_secret: this.secret('desk.hook', desk.callback_secret),
                           requester: 'returns@shop.example'}}),
            connection('shop-refunds', 'shop/refund-executor', {})];
    }

    storySettings() {
        const {kafka, topics} = this.sandbox;
        return {machines: join(this.folder, 'workflows'), money_proof: 'warn',
                time_factor: factor,
                kafka: {brokers: kafka, start: 'beginning', topics: [
                    {name: topics.orders, connector: 'shop/cloudevents'},
                    {name: topics.foreign, connector: 'shop/oms-example'}]},
                routes: [{name: 'stores', connection: 'none', item_class: ['store']},
                         {name: 'rest', connection: 'shipbob'}],
                connections: this.connections()};
    }

    writeSettings(settings) {
        writeFileSync(join(this.folder, 'settings.json'), JSON.stringify({
            listen: {host: '127.0.0.1', port: 0},
            database: join(this.folder, 'backhaul.db'),
            machines: join(root, 'workflows'),
            connectors: join(root, 'connectors'),
            deployment_secret: this.secret('deployment.secret', randomBytes(32).toString('base64')),
            drain_seconds: 5,
            keys: [this.newKey('agent:anna', 'agent'), this.newKey('operator:omar', 'operator'),
                   this.newKey('shop:main', 'shop', {shop: 'main'}),
                   ...(settings.connections ?? []).filter((one) => one.name === 'shipbob').map(
                       (one) => this.newKey('partner:' + one.name, 'partner', {connection: one.name}))],
            ...settings}));
    }

    async startGateway() {
        this.began = Date.now();
        const child = this.run('backhaul', ['serve', '--settings', join(this.folder, 'settings.json')],
                               'the gateway');
        const address = await until('the gateway', 30, () => {
            if (child.exitCode !== null) throw new Error('the gateway ended: ' + child.text);
            return child.text.match(/listening on ([0-9.:]+)/)?.[1];
        });
        this.url = 'http://' + address;
        await until('the gateway to be ready', 30,
                    async () => (await fetch(this.url + '/readyz')).status === 200);
    }

    async ask(url, options) {
        const answer = await fetch(url, options);
        if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
        return answer;
    }

    async api(path) {
        const headers = {Authorization: 'Bearer ' + this.keys.operator};
        return (await this.ask(this.url + path, {headers})).json();
    }

    // Events of the shop, as it would post them itself.
    async tell(order, type, data) {
        this.told = (this.told ?? 0) + 1;
        await this.ask(this.url + '/v1/events', {
            method: 'POST',
            headers: {Authorization: 'Bearer ' + this.keys.shop,
                      'Content-Type': 'application/cloudevents+json'},
            body: JSON.stringify({specversion: '1.0', source: '/peers', id: `p${this.told}`, type,
                                  subject: order, time: new Date().toISOString(), data})});
    }

    // What is handed in at a store concerns no partner; all else the simulated one is told of.
    async tellOrder(order, sku, unitPrice, customer, connection = 'stripe', item_class = 'parcel') {
        await this.tell(order, 'order.placed', {
            lines: [{id: 'A', sku, quantity: 2, unit_price_minor: unitPrice, item_class}],
            currency: 'EUR', jurisdiction: 'EU', customer});
        await this.tell(order, 'order.captured', {
            currency: 'EUR', tender: {id: 'T1', kind: 'card', connection,
                                      reference: 'ch_' + this.told, amount_minor: 2 * unitPrice}});
        await this.tell(order, 'order.delivered', {});
    }

    async tellLabel(order, id, tracking) {
        await this.tell(order, 'return.label_issued', {
            return_id: id, tracking, carrier: 'DHL', label_url: 'https://labels.example/' + tracking});
    }

    async tellReturn(order, id) {
        await this.tell(order, 'return.requested', {
            return_id: id, lines: [{id: 'A', quantity: 1, reason: 'too_small'}],
            resolution: 'refund', statutory: true});
    }

    // One item of the order has come back and is found good: a refund is due.
    async tellGood(order, id) {
        await this.tellReturn(order, id);
        for (const type of ['parcel.scanned', 'parcel.delivered']) {
            await this.tell(order, type, {return_id: id});
        }
        await this.tell(order, 'return.opened', {return_id: id, lines: [{id: 'A', received: 1}]});
        await this.tell(order, 'return.inspected', {
            return_id: id, lines: [{id: 'A', accepted: 1, rejected: 0, grade: 'ok'}]});
    }

    async waiting(connection) {
        return this.api('/v1/commands?held=approval&connection=' + connection);
    }

    // Orders of the story as the gateway has them.
    async orders() {
        const books = await (await fetch(this.sandbox.http + '/books')).json();
        const all = [];
        for (const {order_id: id} of books.orders) {
            all.push(await this.api('/v1/orders/' + encodeURIComponent(id)));
        }
        return all;
    }

    async stop() {
        this.over = true;
        for (const child of this.children.reverse()) {
            if (child.exitCode !== null || child.signalCode !== null) continue;
            const ended = new Promise((resolve) => child.on('exit', resolve));
            child.kill('SIGTERM');
            const late = setTimeout(() => child.kill('SIGKILL'), 10000);
            await ended;
            clearTimeout(late);
        }
        rmSync(this.folder, {recursive: true, force: true});
    }
}
