// The alarm: it rings for what is new, again and again for what is critical, in one tab, and it is
// still on every device once anybody of the agency has the ack stored.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Stage, card, sleep, until } from './lib.mjs';

let stage, page, kpu, colleague;

before(async () => {
  stage = await Stage.open();
  kpu = await stage.world.who('kpu', 'duty');
  colleague = await stage.world.who('polres', 'duty');
  page = await stage.person('polres', 'chief');
  await page.context().grantPermissions(['notifications']);
  await page.context().addInitScript(() => {
    globalThis.tones = 0;
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
      globalThis.tones++;
      return make.call(this);
    };
  });
  await page.goto(`${stage.url}/antrean`);
  await stage.live(page);
});
after(() => stage?.close());

const tones = () => page.evaluate(() => globalThis.tones);
const post = (title, sev) => kpu.post('incident.report', { cat: 'physical.crowd', sev, title, to: ['polres'] });

test('it is silent until the officer turns it on, and then sounds once to prove it', async () => {
  assert.equal(await tones(), 0);
  await page.getByRole('button', { name: 'Nyalakan suara' }).click();
  await page.getByRole('button', { name: 'Suara nyala' }).waitFor();
  assert.ok((await tones()) > 0);
});

test('a second tab rings nothing', async () => {
  const second = await page.context().newPage();
  await second.goto(`${stage.url}/antrean`);
  await stage.live(second);
  await post('Massa berkumpul', 'moderate');
  await card(second, 'Massa berkumpul').waitFor();
  assert.equal(await second.evaluate(() => globalThis.tones), 0);
  await second.close();
});

test('a new obligation rings once, counts in the title, and notifies', async () => {
  const before_ = await tones();
  await post('Pagar roboh', 'severe');
  await until('it rings', async () => (await tones()) > before_);
  await until('the title counts', async () => /^\(2\) /.test(await page.title()));
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((n) => n.title));
  await until('it notifies', async () => (await shown()).some((title) => title.includes('Pagar roboh')));
});

test('kritis rings every 20 s, and falls silent when a colleague has acknowledged', async () => {
  const first = await tones();
  const { jti } = await post('Bentrokan di gerbang', 'extreme');
  await until('it rings', async () => (await tones()) > first);
  const once = await tones();
  await until('it rings again', async () => (await tones()) > once, 25_000, 200);
  await colleague.post('response.ack', { inc: jti });
  await card(page, 'Bentrokan di gerbang').locator('.etas').waitFor();
  await sleep(1500); // the debt that follows is new, and rings once
  const still = await tones();
  await sleep(21_000);
  assert.equal(await tones(), still);
});
