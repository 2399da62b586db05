// What connectors send, asked of mocks made from the partners' own descriptions (Prism): each
// request of the golden cases, of each operation the description has, must be taken. First each mock shows that it
// refuses: a request of the same operation with something missing. BACKHAUL_SPECS_DIR has the files.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
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
// description complains of whatever is sent, being wrong itself. not: operations of ours they do not describe, with the reason. lenient: operations whose
// description allows anything, with the reason.
const partners = JSON.parse(readFileSync(new URL('partner_specs.json', import.meta.url), 'utf8'));

class Mock {
    static async start(file, base, checkSecurity, overlooked) {
        const mock = new Mock();
        Object.assign(mock, {base, overlooked});
        mock.server = createServer(await getHttpOperationsFromSpec(join(specs, file)), {
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

// The same request with something essential gone or spoilt, several ways.
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

for (const [connector, {files, security = true, headers = {}, overlooked = [], not = {},
        lenient = {}}] of Object.entries(partners)) {
    test(`${connector}: requests as its partner describes them`, async () => {
        const mocks = [];
        try {
            for (const [file, base] of Object.entries(files)) mocks.push(await Mock.start(file, base, security, overlooked));
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
                let refused = 0;
                for (const canary of spoilt(request)) refused += (await mock.ask(canary)).why !== '';
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
