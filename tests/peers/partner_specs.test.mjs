// What connectors send, asked of mocks made from the partners' own descriptions (Prism): each
// request of the golden cases, of each operation the description has, must be taken. First each mock shows that it
// refuses: a request of the same operation with something missing. BACKHAUL_SPECS_DIR has the files.
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

const connectors = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'connectors');
const specs = process.env.BACKHAUL_SPECS_DIR;
const require = createRequire(join(process.env.BACKHAUL_PEERS, 'package.json'));
const {createServer} = require('@stoplight/prism-http-server');
const {createLogger} = require('@stoplight/prism-core');
const {getHttpOperationsFromSpec} = require('@stoplight/prism-cli/dist/operations.js');

// files: the partner's descriptions, each with what its paths leave out of ours; the first that knows
// the path counts. security: false where they describe other credentials than the partner's own words
// do. headers: in place of ours, where a description made by others lacks them. overlooked: what a
// description complains of whatever is sent, being wrong itself. without: members of a description that
// keep the mock from checking anything, such as a pattern that is none; left out of a copy. not: operations of ours they do not describe, with the reason. lenient: operations whose
// description allows anything, with the reason.
const partners = JSON.parse(readFileSync(new URL('partner_specs.json', import.meta.url), 'utf8'));

async function operationsWithout(file, members) {
    const description = JSON.parse(readFileSync(file, 'utf8'));
    for (const member of members) {
        const steps = member.split('.');
        const last = steps.pop();
        const holder = steps.reduce((inner, step) => inner?.[step], description);
        if (holder) delete holder[last];
    }
    const folder = mkdtempSync(join(tmpdir(), 'backhaul-specs-'));
    try {
        const copy = join(folder, basename(file));
        writeFileSync(copy, JSON.stringify(description));
        return await getHttpOperationsFromSpec(copy);
    } finally {
        rmSync(folder, {recursive: true});
    }
}

class Mock {
    static async start(file, base, checkSecurity, overlooked, without) {
        const mock = new Mock();
        Object.assign(mock, {base, overlooked});
        const operations = without.length === 0 ? await getHttpOperationsFromSpec(join(specs, file))
            : await operationsWithout(join(specs, file), without);
        mock.server = createServer(operations, {
            components: {logger: createLogger('mock', {level: 'silent'})},
            cors: false,
            config: {
                mock: {dynamic: false}, checkSecurity, validateRequest: true,
                validateResponse: false, errors: true, isProxy: false, upstreamProxy: undefined}});
        mock.url = await mock.server.listen(0, '127.0.0.1');
        return mock;
    }

    // {status, why}: why is empty where the request was taken.
    async ask({method, path, query, headers, body}) {
        const search = new URLSearchParams(query ?? {}).toString();
        if (!path.startsWith(this.base)) return {status: 0, why: 'not under ' + this.base, unknown: true};
        const target = path.slice(this.base.length) + (search ? '?' + search : '');
        const answer = await fetch(this.url + target, {
            method, body, headers: {...headers, Connection: 'close'}, redirect: 'manual'});
        const said = await answer.text();
        let type = '';
        try { type = JSON.parse(said).type ?? ''; } catch { /* no JSON: an answer of theirs */ }
        const own = typeof type === 'string' && type.includes('stoplight.io/prism/errors#');
        // A refusal in the mock's own words, or in the partner's and the reason beside it.
        const why = own ? said : this.violations(answer.headers.get('sl-violations'));
        return {status: answer.status, why, unknown: own && /NO_PATH|NO_METHOD/.test(type)};
    }

    violations(header) {
        const left = JSON.parse(header ?? '[]').filter(({message}) => !this.overlooked.includes(message));
        return left.length > 0 ? JSON.stringify(left) : '';
    }

    async stop() { await this.server.close(); }
}

function goldenRequests(connector) {
    const folder = join(connectors, connector, 'fixtures');
    const found = [];
    for (const file of readdirSync(folder)) {
        for (const one of JSON.parse(readFileSync(join(folder, file), 'utf8')).cases) {
            if (one.encode && one.gives?.method) found.push(one);
        }
    }
    return found;
}

function isForm(request) {
    return (request.headers?.['Content-Type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

function written(request, body = request.body) {
    const text = body === undefined ? undefined
        : isForm(request) ? new URLSearchParams(body).toString() : JSON.stringify(body);
    return {...request, body: text};
}

// The same request with something essential gone or spoilt, several ways. Whoever only looks at keys
// proves nothing about bodies, so one is told from the other.
function* spoilt(request) {
    const {body} = request;
    if (body !== undefined && typeof body === 'object') {
        for (const name of Object.keys(body)) {
            const {[name]: gone, ...rest} = body;
            yield written(request, rest);
            if (!isForm(request)) yield written(request, {...body, [name]: {canary: [1]}});
        }
        if (isForm(request)) yield written(request, {...body, amount: 'many'});
    }
    for (const name of Object.keys(request.query ?? {}))
        yield written({...request, query: {...request.query, [name]: 'canary of no kind'}});
    yield written({...request, headers: {}});
}

for (const [connector, {files, security = true, headers = {}, overlooked = [], without = [],
        not = {}, lenient = {}}] of Object.entries(partners)) {
    test(`${connector}: requests as its partner describes them`, async () => {
        const mocks = [];
        try {
            for (const [file, base] of Object.entries(files)) mocks.push(await Mock.start(file, base, security, overlooked, without));
            const asked = goldenRequests(connector);
            assert.ok(asked.length > 0, 'no golden requests');
            const taken = new Set();
            for (const {name, encode, gives} of asked) {
                if (not[encode]) continue;
                const request = {...gives, headers: {...gives.headers, ...headers}};
                let mock, answer;
                for (mock of mocks) {
                    answer = await mock.ask(written(request));
                    if (!answer.unknown) break;
                }
                assert.equal(answer.why, '', `${encode}, "${name}": ${answer.status}`);
                if (taken.has(encode)) continue;
                taken.add(encode);
                let refused = 0, bodies = 0;
                for (const canary of spoilt(request)) {
                    const no = (await mock.ask(canary)).why !== '';
                    refused += no;
                    bodies += no && canary.body !== undefined && canary.body !== written(request).body;
                }
                if (request.body !== undefined && !lenient[encode])
                    assert.ok(bodies > 0, `${encode}: the mock takes any body, so it proves nothing`);
                if (lenient[encode])
                    assert.equal(refused, 0, `${encode}: listed as lenient, but refuses`);
                else
                    assert.ok(refused > 0, `${encode}: the mock takes anything, so it proves nothing`);
            }
            for (const name of [...Object.keys(not), ...Object.keys(lenient)])
                assert.ok(asked.some(({encode}) => encode === name), `${name} is listed, and no golden case has it`);
        } finally {
            for (const mock of mocks) await mock.stop();
        }
    });
}
