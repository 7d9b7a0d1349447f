// What a bad night does to a phone: the hub gone, the network gone, no room, a clock that lies.
// POSKO_OFFLINE_SECONDS is how long the phone is away (300 is the promise; short by default).
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Stage, card, report, sleep, until } from './lib.mjs';

const OFFLINE_MS = Number(process.env.POSKO_OFFLINE_SECONDS ?? 20) * 1000;
const WRONG_MS = 3 * 3_600_000;
let stage, kpu, polres;

before(async () => {
  stage = await Stage.open();
  kpu = await stage.person('kpu', 'duty');
  polres = await stage.person('polres', 'duty');
  await stage.ready(kpu);
});
after(() => stage?.close());

const tones = (page) => page.evaluate(() => globalThis.tones);
const countTones = () => {
  globalThis.tones = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    globalThis.tones++;
    return make.call(this);
  };
};

test('the hub is away for more than 30 s while a report is written: a band, then red with a tone; nothing is lost', async (t) => {
  await kpu.evaluate(countTones);
  await kpu.getByRole('button', { name: 'Nyalakan suara' }).click();
  await until('it sounded', async () => (await tones(kpu)) > 0);
  await stage.world.hub.stop();
  const begin = Date.now();
  await kpu.locator('.band.warn', { hasText: 'Tidak tersambung' }).waitFor();
  assert.ok(Date.now() - begin < 10_000);
  await report(kpu, { category: 'Penyusupan', title: 'Pagar belakang dibuka' });
  await kpu.locator('.sent .send.waiting').waitFor();
  const silent = await tones(kpu);
  await kpu.locator('.band.bad', { hasText: 'Tidak tersambung' }).waitFor({ timeout: 40_000 });
  t.diagnostic(`red after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  assert.ok(Date.now() - begin >= 29_000);
  await until('the tone of a dead line', async () => (await tones(kpu)) > silent);
  await stage.world.hub.start();
  await kpu.locator('.sent .send.stored').waitFor({ timeout: 30_000 });
  await card(polres, 'Pagar belakang dibuka').waitFor({ timeout: 30_000 });
  await kpu.locator('.band', { hasText: 'Tidak tersambung' }).waitFor({ state: 'detached' });
});

test(`a phone that was away for ${OFFLINE_MS / 1000} s: what it signed goes out, what it missed comes in, each once`, async (t) => {
  await card(polres, 'Pagar belakang dibuka').getByRole('button', { name: 'Terima' }).click();
  await card(polres, 'Pagar belakang dibuka').locator('.etas').waitFor();
  await polres.context().setOffline(true);
  await polres.locator('.band', { hasText: 'Tidak tersambung' }).waitFor({ timeout: 20_000 });
  await card(polres, 'Pagar belakang dibuka').getByRole('button', { name: '15 mnt' }).click();
  await card(polres, 'Pagar belakang dibuka').locator('.send.waiting').waitFor();
  await report(kpu, { category: 'Perusakan', title: 'Kaca pecah' });
  await kpu.locator('.sent .send.stored').waitFor();
  await sleep(OFFLINE_MS);
  await polres.context().setOffline(false);
  const back = Date.now();
  await card(polres, 'Kaca pecah').waitFor({ timeout: 30_000 });
  t.diagnostic(`caught up ${Date.now() - back} ms after the network was back`);
  await card(polres, 'Pagar belakang dibuka').getByText('Kabar terbaru').or(card(polres, 'Pagar belakang dibuka').getByText('Tiba di lokasi')).first().waitFor({ timeout: 30_000 });
  assert.equal(await card(polres, 'Kaca pecah').count(), 1);
  const accepts = (await stage.world.sql('SELECT jws FROM ledger')).filter(({ jws }) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url')).kind === 'response.accept');
  assert.equal(accepts.length, 1, 'once in the ledger');
});

test('a device that refuses to keep a record: it goes out, and the officer hears it', async () => {
  await kpu.goto(`${stage.url}/antrean`);
  await stage.live(kpu);
  await stage.ready(kpu);
  await kpu.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
  });
  await stage.world.hub.stop();
  await report(kpu, { category: 'Pencurian', title: 'Kabel hilang' });
  await kpu.locator('.band.bad', { hasText: 'menolak menyimpan' }).waitFor();
  await stage.world.hub.start();
  await kpu.locator('.sent .send.stored').waitFor({ timeout: 30_000 });
  await kpu.locator('.band.bad', { hasText: 'menolak menyimpan' }).waitFor({ state: 'detached' });
});

test('a browser that cannot keep a key is told what to do', async () => {
  const context = await stage.context();
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('private', 'SecurityError');
    };
  });
  const page = await context.newPage();
  await page.goto(stage.url);
  await page.getByRole('alert').getByText('tidak dapat menyimpan kunci').waitFor();
});

test('a device whose clock is three hours ahead: the countdown is the hub\'s, and its records stand', async () => {
  const context = await stage.context();
  await context.addInitScript((ahead) => {
    const now = Date.now;
    Date.now = () => now() + ahead;
    globalThis.Date = class extends Date {
      constructor(...at) {
        super(...(at.length > 0 ? at : [now() + ahead]));
      }
    };
  }, WRONG_MS);
  const page = await context.newPage();
  await page.goto(stage.link('pemkot', 'duty'));
  await page.locator('button[type=submit]').click();
  await stage.live(page);
  assert.ok((await page.evaluate(() => Date.now())) - Date.now() > WRONG_MS - 60_000);
  const chief = await stage.world.who('kpu', 'chief');
  const { jti } = await chief.post('incident.report', { cat: 'physical.crowd', sev: 'minor', title: 'Jam salah', to: ['pemkot'] });
  const its = card(page, 'Jam salah').first();
  const { view } = await chief.connect({ follow: true });
  const { due } = view.ticketOf(jti).owed.find((o) => o.agency === 'pemkot');
  const seconds = await its.locator('.clock').first().evaluate((el) => {
    const [, h, m, s] = el.textContent.match(/(?:(\d+)j )?(\d+)(?:m|:(\d+))/);
    return Number(h ?? 0) * 3600 + Number(m) * 60 + Number(s ?? 0);
  });
  assert.ok(Math.abs(seconds - (Number(due) - Date.now()) / 1000) < 62, `${seconds} s shown`);
  await its.getByRole('button', { name: 'Terima' }).click();
  await its.locator('.etas').waitFor();
  await context.close();
});

test('no error on any page', () => {
  for (const page of [kpu, polres]) assert.deepEqual(page.faults.filter((text) => !/no room/.test(text)), []);
});
