// What every page must be, asked of a page in a browser: nothing serious found by axe-core, no
// sideways scrolling, a title, one main heading, landmarks, a visible focus, times with their zone.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

export const peers = process.env.BACKHAUL_PEERS;
const require = createRequire(join(peers, 'package.json'));
export const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Serious and critical violations, a line each. Runs in a world of its own, so that the page's
// policy against foreign scripts stays in force.
export async function violations(page) {
    const session = await page.context().newCDPSession(page);
    try {
        const {frameTree} = await session.send('Page.getFrameTree');
        const {executionContextId: contextId} = await session.send('Page.createIsolatedWorld', {
            frameId: frameTree.frame.id, worldName: 'axe'});
        const run = async (expression) => {
            const {result, exceptionDetails} = await session.send('Runtime.evaluate', {
                expression, contextId, awaitPromise: true, returnByValue: true});
            if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
            return result.value;
        };
        await run(axe + ';0');
        const options = JSON.stringify({runOnly: {type: 'tag', values: tags}});
        const found = await run(`axe.run(document, ${options}).then((r) => ({
            checked: r.passes.length,
            bad: r.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
                .map((v) => v.id + ' at ' + v.nodes.map((n) => n.target.join(' ')).join(', '))}))`);
        if (found.checked < 5) throw new Error('axe looked at nearly nothing');
        return found.bad;
    } finally {
        await session.detach();
    }
}

// By how many CSS pixels the page is wider than its window, and by what.
export async function sideways(page) {
    return page.evaluate(() => {
        const over = document.documentElement.scrollWidth - window.innerWidth;
        if (over <= 0) return '';
        const wide = [...document.querySelectorAll('body *')].filter(
            (e) => e.getBoundingClientRect().right > window.innerWidth + 1);
        return `${over} px too wide: ` + wide.slice(0, 3).map(
            (e) => e.tagName.toLowerCase() + (e.className ? '.' + e.className : '')).join(', ');
    });
}

// What a reader of the page's outline misses; "" when nothing.
export async function outline(page) {
    return page.evaluate(() => {
        const missing = [];
        const count = (selector) => document.querySelectorAll(selector).length;
        if (!/^.+ – Backhaul$/.test(document.title)) missing.push(`title "${document.title}"`);
        if (document.documentElement.lang !== 'en') missing.push('language');
        for (const one of ['h1', 'main', 'header', 'footer']) {
            if (count(one) !== 1) missing.push(`${count(one)} ${one}`);
        }
        let level = 1;
        for (const heading of document.querySelectorAll('h1,h2,h3,h4')) {
            const own = Number(heading.tagName[1]);
            if (own > level + 1) missing.push(`h${own} after h${level}`);
            if (!heading.textContent.trim()) missing.push('an empty heading');
            level = own;
        }
        for (const time of document.querySelectorAll('time')) {
            if (!/ UTC$/.test(time.textContent)) missing.push(`zone of ${time.textContent}`);
            if (!/Z$/.test(time.dateTime)) missing.push(`zone in datetime ${time.dateTime}`);
        }
        if (count('time') === 0) missing.push('any time');
        return missing.join('; ');
    });
}

// Walks the page with the Tab key: what was reached, and what got no visible mark of focus.
export async function walk(page, most = 120) {
    const reached = [], unmarked = [];
    await page.evaluate(() => {
        document.activeElement?.blur();
        window.getSelection()?.removeAllRanges();
        window.scrollTo(0, 0);
    });
    let outside = 0;  // the walk may begin in the middle, and comes round by the browser's own parts
    for (let i = 0; i < most; ++i) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => {
            const e = document.activeElement;
            if (!e || e === document.body) return null;
            const style = getComputedStyle(e);
            const box = e.getBoundingClientRect();
            const all = [...document.querySelectorAll('*')];
            const marked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 &&
                box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0;
            return {id: all.indexOf(e), marked,
                    name: e.tagName.toLowerCase() + ' ' + (e.textContent || e.id).trim().slice(0, 40)};
        });
        if (!at && ++outside < 5) continue;
        if (at && at.id === reached.at(-1)?.id) continue;  // a date is a field of several parts
        if (!at || reached.some((one) => one.id === at.id)) break;
        reached.push(at);
        if (!at.marked) unmarked.push(at.name);
    }
    return {reached, unmarked};
}

// Presses Tab until the focus is on what `selector` names.
export async function tabTo(page, selector, most = 120) {
    for (let i = 0; i < most; ++i) {
        const there = await page.locator(selector).first().evaluate((e) => e === document.activeElement);
        if (there) return;
        await page.keyboard.press('Tab');
    }
    throw new Error(`the Tab key does not lead to ${selector}`);
}
