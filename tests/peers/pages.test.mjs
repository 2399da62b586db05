// The pages in a real browser: signing in, searching, one case, what stands still, acting; by
// keyboard, with and without script, on a small screen, in light and dark.
import assert from 'node:assert/strict';
import {after, before, test as plainTest} from 'node:test';

import {chromium, outline, sideways, tabTo, violations, walk} from './checks.mjs';
import {longId, longReturn, oddId, until, World} from './world.mjs';

const programs = process.env.BACKHAUL_PROGRAMS;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
               '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const small = {width: 320, height: 640};
const seed = 1;  // of a story in which refunds are paid

const test = (name, check) => plainTest(name, {timeout: 240000}, check);

let world, alone, browser, places;

const caseOf = (order, id) =>
    '/cases/main/' + encodeURIComponent(order) + (id ? '?return=' + encodeURIComponent(id) : '');

function placeOf(orders, fits) {
    for (const order of orders) {
        const found = order.returns.find(fits);
        if (found) return caseOf(order.order_id, found.return_id);
    }
    throw new Error('the story has no such case');
}

before(async () => {
    world = new World(programs);
    alone = new World(programs);
    await Promise.all([
        world.start({returns: 8, seed}),
        alone.startAlone({signin: {failures_per_address_max: 3}})]);
    await world.tellOrder(longId, 'SKU-' + 'Y'.repeat(90), 5000, {mail: 'ada@shop.example'});
    await world.tellReturn(longId, longReturn);
    await world.tellLabel(longId, longReturn, 'TRACK' + '0'.repeat(60));
    await world.tell(longId, 'parcel.delivered', {return_id: longReturn});
    await world.tellOrder(oddId, 'LAMP', 2500, {mail: 'ada@shop.example'});
    await world.tellReturn(oddId, 'R-odd');
    await world.tellOrder('X-1', 'LAMP', 2500, {});
    await world.tellReturn('X-1', 'RX-1');
    await world.tell('X-1', 'parcel.delivered', {return_id: 'RX-1'});
    await world.tellOrder('N-1', 'LAMP', 2500, {});
    await world.tellReturn('UNTOLD-1', 'R-untold');
    for (const name of ['H-1', 'H-2', 'H-3', 'H-js', 'H-plain', longId + '-H']) {
        await world.tellOrder(name, 'LAMP', 2500, {}, 'giro');
        await world.tellGood(name, 'R' + name);
    }
    await until('refunds to wait for approval', 30,
                async () => (await world.waiting('giro')).count === 6);
    await until('delivered parcels that nobody opens to stand still', 60, async () => {
        const {items} = await world.api('/v1/stalls');
        return ['X-1', longId].every((id) => items.some((stall) => stall.order_id === id));
    });
    const orders = await world.orders();
    places = {
        'sign-in': '/signin',
        search: '/',
        'nothing found': '/?q=nothing',
        'several found': '/?q=ada%40shop.example',
        'standing still': '/stalls',
        connections: '/connections',
        'a connection that asks': '/connections/giro',
        'a filter that cannot be read': '/connections/giro?amount=lots',
        finance: '/finance',
        'a day before': '/finance?date=2020-02-29',
        'held back': caseOf('H-1'),
        'no such order': '/cases/main/none',
        'long names': caseOf(longId),
        'odd names': caseOf(oddId),
        'no return': caseOf('N-1'),
        'order not told': caseOf('UNTOLD-1'),
        'goods stand still': caseOf('X-1'),
        paid: placeOf(orders, (r) => r.refunds.some((refund) => refund.paid)),
    };
    browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: flags});
}, {timeout: 240000});

after(async () => {
    await browser?.close();
    for (const one of [world, alone]) await one?.stop();
    assert.deepEqual([...world.faults, ...alone.faults], [], 'programs that ended by themselves');
}, {timeout: 60000});

async function open(options, work) {
    const context = await browser.newContext({viewport: {width: 1280, height: 800}, ...options});
    context.setDefaultTimeout(15000);
    const page = await context.newPage();
    page.asked = [];
    page.on('request', (request) => page.asked.push(request.url()));
    try {
        return await work(page);
    } finally {
        await context.close();
    }
}

async function signIn(page, role = 'agent', where = world) {
    await page.goto(where.url + '/signin');
    await page.fill('#key', where.keys[role]);
    await page.click('main button');
    await page.waitForURL(where.url + '/');
}

// Every page in turn, its folded parts open.
async function everyPage(role, options, look) {
    const found = [];
    await open(options, async (page) => {
        const visit = async (name, place) => {
            await page.goto(world.url + place);
            await page.evaluate(
                () => document.querySelectorAll('details').forEach((e) => (e.open = true)));
            const said = await look(page, name);
            if (said) found.push(`${name}: ${said}`);
        };
        await visit('sign-in', places['sign-in']);
        await signIn(page, role);
        for (const [name, place] of Object.entries(places)) {
            if (name !== 'sign-in') await visit(name, place);
        }
    });
    assert.deepEqual(found, []);
}

for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with script' : 'without script';
    const mark = javaScriptEnabled ? 'js' : 'plain';

    test(`signing in and out by keyboard, ${how}`, () => open({javaScriptEnabled}, async (page) => {
        await page.goto(world.url + '/stalls');
        assert.equal(new URL(page.url()).pathname, '/signin');
        await tabTo(page, '#key');
        await page.keyboard.type('bhk_wrong');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').getByText('That key is not known here').waitFor();
        await tabTo(page, '#key');
        await page.keyboard.type(world.keys.shop);
        await tabTo(page, 'main button');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').getByText('This key is for programs').waitFor();
        await tabTo(page, '#key');
        await page.keyboard.type(world.keys.agent);
        await tabTo(page, 'main button');
        await page.keyboard.press('Enter');
        await page.waitForURL(world.url + '/stalls');
        await page.getByText('agent:anna, agent').waitFor();
        await page.keyboard.press('Tab');
        assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
        await page.keyboard.press('Enter');
        assert.equal(await page.locator(':focus').getAttribute('id'), 'main');
        await page.goto(world.url + '/stalls');
        await tabTo(page, '.out button');
        await page.keyboard.press('Enter');
        await page.waitForURL(world.url + '/signin');
        await page.goto(world.url + '/stalls');
        assert.equal(new URL(page.url()).pathname, '/signin');
    }));

    test(`searching by keyboard, ${how}`, () => open({javaScriptEnabled}, async (page) => {
        const order = `S-${mark}`, id = `RS-${mark}`, tracking = `T-${mark}`;
        await world.tellOrder(order, 'LAMP', 2500, {phone: '+49 30 5551'});
        await world.tellReturn(order, id);
        await world.tellLabel(order, id, tracking);
        await signIn(page);
        for (const wanted of [order, id, tracking]) {
            await page.goto(world.url + '/');
            await tabTo(page, '#q');
            await page.keyboard.type(wanted);
            await page.keyboard.press('Enter');
            await page.getByRole('heading', {level: 1, name: 'Order ' + order}).waitFor();
            assert.equal(new URL(page.url()).pathname, '/cases/main/' + encodeURIComponent(order));
        }
        await page.goto(world.url + places['several found']);
        assert.equal(await page.locator('ol.found > li').count(), 2);
        await tabTo(page, 'ol.found a');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', {level: 1, name: /^Order / }).waitFor();
    }));

    test(`one case says what an agent needs, ${how}`, () => open({javaScriptEnabled},
                                                                async (page) => {
        const order = `C-${mark}`;
        await world.tellOrder(order, 'LAMP', 2500, {}, 'stripe', 'store');
        await world.tellReturn(order, `RC-${mark}`);
        await world.tellLabel(order, `RC-${mark}`, `TC-${mark}`);
        await signIn(page);
        await page.goto(world.url + caseOf(order));
        const facts = await page.locator('section.card').first().evaluate((card) =>
            Object.fromEntries([...card.querySelectorAll('dl > div')].map((one) => [
                one.querySelector('dt').textContent, one.querySelector('dd').innerText])));
        assert.match(facts['Refund'], /^25\.00 EUR\nestimated/);
        assert.match(facts['Why it is not paid yet'], /has not sent the parcel/);
        assert.match(facts['What next, and when'], /^in \d+ (hours|days)\n[^]*20\d\d, \d\d:\d\d UTC$/);
        assert.match(facts['Who must act'], /^the customer\n/);
        assert.match(facts['The law wants it paid by'], /UTC, in \d+ days$/);
        assert.equal(facts['Tracking'], `TC-${mark} (DHL)`);
        assert.match(await page.locator('.sentence').innerText(), /“Your return is agreed, please/);
        assert.equal(await page.getByText('Open the label').getAttribute('href'),
                     `https://labels.example/TC-${mark}`);
        const lane = (name) => page.locator('.lanes > div', {
            has: page.getByRole('heading', {level: 3, name})}).innerText();
        assert.match(await lane('Goods'), /1 × LAMP agreed, not sent yet since/);
        assert.match(await lane('Money'), /25\.00 EUR estimated, not due yet since/);
        const refused = page.locator('.refused', {hasText: 'Accept what arrived'});
        assert.match(await refused.innerText(), /Not now: only while the goods are/);
        assert.match(await page.locator('ol.timeline').innerText(), /A return was asked for/);
    }));

    test(`what stands still leads to its case, ${how}`, () => open({javaScriptEnabled},
                                                                  async (page) => {
        await signIn(page);
        await page.goto(world.url + '/stalls');
        const row = page.locator('ol.stalls > li', {hasText: longReturn});
        const words = await row.innerText();
        for (const one of [/What\ndoes not fit together/, /Since\n(now|.* ago)\n.*UTC/,
                           /Who must act\na service agent/, /Money waiting\n50\.00 EUR/,
                           /Legal date\n(in .*|missed .* ago)\n.*UTC/, /Ticket\n/]) assert.match(words, one);
        await row.getByRole('link').focus();
        await page.keyboard.press('Enter');
        await page.getByRole('heading', {level: 1, name: 'Order ' + longId}).waitFor();
        await page.locator('dt', {hasText: 'Open ticket'}).waitFor();
        await page.getByText('We asked desk to open a ticket').first().waitFor();
    }));

    test(`acting through a form by keyboard, ${how}`, () => open({javaScriptEnabled},
                                                                async (page) => {
        const order = `A-${mark}`;
        await world.tellOrder(order, 'LAMP', 2500, {});
        await world.tellReturn(order, `RA-${mark}`);
        await signIn(page);
        await page.goto(world.url + caseOf(order));
        const form = page.locator('details', {hasText: 'Cancel the return'});
        const fields = await form.locator('input[type=hidden]').evaluateAll(
            (all) => Object.fromEntries(all.map((one) => [one.name, one.value])));
        const target = world.url + await form.locator('form').getAttribute('action');
        for (const csrf of ['', 'x'.repeat(43)]) {
            const answer = await page.request.post(target, {form: {...fields, csrf}});
            assert.equal(answer.status(), 403, 'a form without our token');
        }
        await tabTo(page, 'details:has-text("Cancel the return") summary');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        await page.keyboard.type('Customer rang & asked <us>');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.locator('#told').waitFor();
        assert.equal(await page.locator('#told').innerText(),
                     'Done. Cancel the return, asked for by agent:anna.');
        assert.match(await page.locator('.chip').first().innerText(), /Done/);
        assert.match(await page.locator('ol.timeline').innerText(), /Customer rang & asked <us>/);
        const [{status, slices}] = (await world.api('/v1/orders/' + encodeURIComponent(order))).returns;
        assert.deepEqual([status, slices[0].state], ['done', 'CANCELLED']);
    }));
}

for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with script' : 'without script';
    const mark = javaScriptEnabled ? 'js' : 'plain';

    test(`approving by keyboard, ${how}`, () => open({javaScriptEnabled}, async (page) => {
        await signIn(page, 'operator');
        await page.goto(world.url + caseOf('H-' + mark));
        await page.getByText('waits for approval on connection giro: one person more').waitFor();
        await tabTo(page, 'a:has-text("See connection giro")');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', {level: 1, name: 'Connection giro'}).waitFor();
        const {count} = await world.waiting('giro');
        await tabTo(page, 'ol.waiting button');
        await page.keyboard.press('Enter');
        await page.locator('#told').getByText(`Approved by operator:omar: order H-${mark}.`).waitFor();
        assert.equal((await world.waiting('giro')).count, count - 1);
    }));

    test(`stopping and letting go on by keyboard, ${how}`, () => open({javaScriptEnabled},
                                                                     async (page) => {
        await signIn(page, 'operator');
        await page.goto(world.url + '/connections/giro');
        assert.equal(await page.getByRole('button', {name: 'Stop it now'}).isVisible(), false,
                     'not to be hit by accident');
        await tabTo(page, 'summary:has-text("Stop giro")');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        assert.equal(new URL(page.url()).search, '', 'a reason is asked for first');
        await page.keyboard.type('wrong amounts <b>');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.getByText('giro is stopped: nothing is sent').waitFor();
        assert.match(await page.locator('section.card').first().innerText(), /wrong amounts <b>/);
        if (javaScriptEnabled) assert.deepEqual(await violations(page), []);
        await tabTo(page, 'summary:has-text("Let giro go on")');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        await page.keyboard.type('amounts are right');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.locator('#told').getByText('giro goes on').waitFor();
    }));
}

test('a page that is looked at follows its case', () => open({}, async (page) => {
    await world.tellOrder('F-1', 'LAMP', 2500, {});
    await page.clock.install();
    await signIn(page);
    await page.goto(world.url + caseOf('F-1'));
    await page.getByText('Nothing has come back from this order').waitFor();
    await world.tellReturn('F-1', 'RF-1');
    await page.clock.runFor(10500);
    await page.getByRole('heading', {name: 'Return RF-1'}).waitFor();
}));

test('no page scrolls sideways at 320 pixels', () => everyPage('agent', {viewport: small}, sideways));

test('nor does an operator’s, nor any in larger letters', () => everyPage(
    'operator', {viewport: small}, async (page) => {
        await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
        return sideways(page);
    }));

for (const colorScheme of ['light', 'dark']) {
    test(`axe-core finds nothing serious, ${colorScheme}`, () => everyPage(
        colorScheme === 'light' ? 'agent' : 'operator', {colorScheme, reducedMotion: 'reduce'},
        async (page) => (await violations(page)).join('; ')));
}

async function asPartner(options, work) {
    await open(options, async (page) => {
        await page.goto(world.url + '/signin');
        await page.fill('#key', world.keys.partner);
        await page.click('main button');
        await page.waitForURL(world.url + '/partner');
        await work(page);
    });
}

for (const colorScheme of ['light', 'dark']) {
    test(`a partner's page fits, reads well and is reached by keyboard, ${colorScheme}`, () => asPartner(
        {colorScheme, reducedMotion: 'reduce', viewport: small}, async (page) => {
            await page.getByRole('heading', {name: /^What we still wait for from you: [1-9]/}).waitFor();
            await page.getByRole('heading', {name: 'Your callbacks, the newest first'}).waitFor();
            assert.ok(await page.locator('ol.history > li').count() > 0, 'no callback is shown');
            assert.equal(await sideways(page), '');
            assert.deepEqual(await violations(page), []);
            assert.equal(await outline(page), '');
            const {reached, unmarked} = await walk(page);
            assert.ok(reached.length > 8);
            assert.deepEqual(unmarked, []);
            await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
            assert.equal(await sideways(page), '');
        }));
}

test('a partner answers by keyboard, without script, and sees nothing else', () => asPartner(
    {javaScriptEnabled: false}, async (page) => {
        for (const other of ['/stalls', '/connections', caseOf('X-1')]) {
            assert.equal((await page.goto(world.url + other)).status(), 404, other);
        }
        await page.goto(world.url + '/partner');
        const waits = page.locator('ol.waiting > li', {hasText: 'to be opened'});
        const title = await waits.first().locator('h3').innerText();
        const select = waits.first().locator('select');
        await tabTo(page, '#' + await select.getAttribute('id'));
        await select.selectOption('opened');
        await tabTo(page, 'button:has-text("Send these answers")');
        await page.keyboard.press('Enter');
        await page.locator('#told').getByText('1 answer taken.').waitFor();
        const same = page.locator('ol.waiting > li', {has: page.locator('h3', {hasText: title.split(' ')[1]})});
        assert.match(await same.first().innerText(), /to be inspected/);
    }));

test('every page has a title, headings, landmarks and zones', () => everyPage('agent', {}, outline));

test('the Tab key reaches everything and shows where it is', () => everyPage(
    'agent', {viewport: small}, async (page) => {
        const {reached, unmarked} = await walk(page);
        const wanted = await page.locator(
            'a[href]:visible, button:visible, input:not([type=hidden]):visible, select:visible, summary:visible').count();
        if (reached.length < wanted) return `${reached.length} of ${wanted} reached`;
        return unmarked.length ? 'no mark on ' + unmarked.join(', ') : '';
    }));

test('nothing is loaded from elsewhere', async () => {
    await everyPage('agent', {}, (page) => page.asked.filter(
        (url) => !url.startsWith(world.url + '/')).join(' '));
    await open({}, async (page) => {
        await signIn(page);
        const blocked = await page.evaluate(() => new Promise((resolve) => {
            document.addEventListener('securitypolicyviolation', (event) => resolve(event.blockedURI));
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/pixel.png';
            document.body.append(image);
            setTimeout(() => resolve('nothing'), 5000);
        }));
        assert.match(blocked, /127\.0\.0\.1:9/);
    });
});

test('empty lists say so', () => open({}, async (page) => {
    await signIn(page, 'agent', alone);
    await page.getByText('One box for everything').waitFor();
    await page.goto(alone.url + '/stalls');
    await page.getByText('Nothing stands still').waitFor();
    await page.goto(alone.url + '/?q=none');
    await page.getByRole('status').getByText('Nothing found').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.goto(world.url + '/signin');
}));

test('too many wrong keys have to wait', () => open({}, async (page) => {
    await page.goto(alone.url + '/signin');
    let answer;
    for (let i = 0; i < 4; ++i) {
        await page.fill('#key', 'bhk_guess');
        [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'),
                                      page.click('main button')]);
        await page.getByRole('alert').waitFor();
        assert.equal(answer.status(), i < 3 ? 401 : 429);
    }
    await page.getByRole('alert').getByText(/Wait \d minutes/).waitFor();
    assert.ok(Number(answer.headers()['retry-after']) > 0);
    assert.deepEqual(await violations(page), []);
}));

// What finds nothing must be able to find something.
test('the checks see a broken page', () => open({viewport: small}, async (page) => {
    await signIn(page);
    await page.goto(world.url + places['goods stand still']);
    assert.deepEqual([await sideways(page), await violations(page), await outline(page)],
                     ['', [], '']);
    const html = await page.content();
    const css = await (await page.request.get(world.url + '/assets/backhaul.css')).text();
    const broken = async (change, style = '') => {
        const copy = await page.context().newPage();
        const text = change(html).replace(/<(link|script)[^>]*>/g, '');
        assert.notEqual(change(html) + style, html, 'the copy is not broken');
        await copy.setContent(text.replace('</head>', `<style>${css}\n${style}</style></head>`));
        return copy;
    };
    const same = (text) => text;
    assert.match(await sideways(await broken(same, '.answer { width: 30rem }')), /px too wide: /);
    const pale = await violations(await broken(same, '.soft { color: #ccc }'));
    assert.ok(pale.some((one) => one.startsWith('color-contrast')), String(pale));
    const nameless = await violations(
        await broken((text) => text.replace(/<label for="reason[^>]*>/g, '<label>')
            .replaceAll('<details ', '<details open ')));
    assert.ok(nameless.some((one) => one.startsWith('label')), String(nameless));
    const {unmarked} = await walk(await broken(same, ':focus-visible { outline: none }'));
    assert.ok(unmarked.length > 3);
    assert.match(await outline(await broken((text) => text.replaceAll('<h1', '<p'))), /0 h1/);
    assert.match(await outline(await broken((text) => text.replaceAll(' UTC<', '<'))), /zone of/);
}));
