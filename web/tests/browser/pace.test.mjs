// How soon a record stands on the other screens: from the author's `posted` to the pixels' place.
// Held against the promise (300 ms) only when the machine is idle enough to say anything.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { Stage, rows, sleep } from './lib.mjs';

const RECORDS = 60;
const EVERY_MS = 200;
const PROMISE_MS = 300;
let stage, author, session, ticket, screens;

before(async () => {
  stage = await Stage.open();
  const calm = { within: 3600 };
  await stage.world.policy(rows({ ack: calm, accept: calm, update: calm, resolve: calm }));
  author = await stage.world.who('kpu', 'duty');
  session = await author.connect();
  ticket = (await author.post('incident.report', { cat: 'physical.crowd', title: '@0', to: ['polres', 'pemkot', 'bawaslu'] })).jti;
  screens = {
    queue: [await stage.person('polres', 'duty'), '/antrean', '.line-title'],
    board: [await stage.person('pemkot', 'duty'), '/papan', '.line-title'],
    incident: [await stage.person('bawaslu', 'duty'), '/insiden/1', 'h1'],
  };
  for (const [page, path, css] of Object.values(screens)) {
    await page.goto(`${stage.url}${path}`);
    await stage.live(page);
    await page.locator(css).first().waitFor();
    await page.evaluate((selector) => {
      globalThis.stood = {};
      new MutationObserver(() => {
        for (const el of document.querySelectorAll(selector)) {
          const stamp = el.textContent.match(/@(\d+)/)?.[1];
          if (stamp) globalThis.stood[stamp] ??= Date.now();
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    }, css);
  }
});
after(() => stage?.close());

test('a record stands on the other screens within 300 ms after its author\'s posted', async (t) => {
  const posted = {};
  for (let i = 1; i <= RECORDS; i++) {
    const { jws } = await author.sign('incident.change', { inc: ticket, title: `@${i}` });
    await session.post(jws);
    posted[i] = Date.now();
    await sleep(EVERY_MS);
  }
  await sleep(1000);
  const idle = loadavg()[0] <= cpus().length * 0.75;
  for (const [name, [page]] of Object.entries(screens)) {
    const stood = await page.evaluate(() => globalThis.stood);
    assert.ok(stood[RECORDS], `${name}: the last one stands`);
    // On a busy machine the next title may be there before this one is drawn: that one, or a later.
    const firstOf = (i) => Math.min(...Object.keys(stood).filter((j) => Number(j) >= i).map((j) => stood[j]));
    const late = Object.keys(posted).map((i) => firstOf(Number(i)) - posted[i]).sort((x, y) => x - y);
    const at = (q) => late[Math.min(late.length - 1, Math.floor(q * late.length))];
    t.diagnostic(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms after posted; ${Object.keys(stood).length} drawn of ${RECORDS}`);
    if (idle) assert.ok(at(0.95) <= PROMISE_MS, `${name}: p95 ${at(0.95)} ms`);
  }
  if (!idle) t.diagnostic(`load ${loadavg()[0].toFixed(1)} on ${cpus().length} cores: not held against ${PROMISE_MS} ms`);
});

test('no error on any page', () => {
  for (const [page] of Object.values(screens)) assert.deepEqual(page.faults, []);
});
