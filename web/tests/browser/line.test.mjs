// The line and what rides on it: a hub that stops, a tab that is killed, two tabs, a revoked key.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Stage, card, report, sleep } from './lib.mjs';

let stage, kpu, polres;

before(async () => {
  stage = await Stage.open();
  kpu = await stage.person('kpu', 'duty');
  polres = await stage.person('polres', 'duty');
});
after(() => stage?.close());

async function stopHub() {
  await stage.world.hub.stop();
}
async function startHub() {
  await stage.world.hub.start();
}

test('a hub that is away while a report is written: the page says so, and loses nothing', async () => {
  await stage.ready(kpu);
  await stopHub();
  await kpu.locator('.band', { hasText: 'Tidak tersambung' }).waitFor();
  await report(kpu, { category: 'Penyusupan', title: 'Pagar belakang dibuka' });
  await kpu.locator('.sent .send.waiting').waitFor();
  assert.match(await kpu.locator('.strip').textContent(), /Terputus sejak .*WITA.*belum terkirim 1/);
  await sleep(2000);
  await startHub();
  await kpu.locator('.sent .send.stored').waitFor({ timeout: 20_000 });
  await card(polres, 'Pagar belakang dibuka').waitFor({ timeout: 20_000 });
});

test('a record that waits in a killed tab goes out from the next one', async () => {
  await stopHub();
  await report(kpu, { category: 'Pencurian', title: 'Kotak suara hilang' });
  await kpu.locator('.sent .send.waiting').waitFor();
  const context = kpu.context();
  await kpu.close();
  await startHub();
  assert.deepEqual(await stage.world.sql(`SELECT id FROM ticket WHERE doc->>'title' = 'Kotak suara hilang'`), []);
  kpu = await context.newPage();
  await kpu.goto(`${stage.url}/kirim`);
  await card(polres, 'Kotak suara hilang').waitFor({ timeout: 20_000 });
  await kpu.locator('.send.stored').waitFor();
});

test('two tabs share one line, and the second takes over when the first goes', async () => {
  const context = polres.context();
  let lines = 0;
  const second = await context.newPage();
  second.on('websocket', () => lines++);
  await second.goto(`${stage.url}/antrean`);
  await stage.live(second);
  await card(second, 'Kotak suara hilang').waitFor();
  assert.equal(lines, 0, 'the second tab listens to the first');
  await card(second, 'Kotak suara hilang').getByRole('button', { name: 'Terima' }).click();
  await card(polres, 'Kotak suara hilang').locator('.etas').waitFor();
  await polres.close();
  polres = second;
  await report(kpu, { category: 'Kebakaran', title: 'Asap di gudang' });
  await card(polres, 'Asap di gudang').waitFor({ timeout: 15_000 });
  assert.equal(lines, 1);
});

test('a leading tab that the system put to sleep: the other says so, and takes the line when told', async () => {
  const context = polres.context();
  const second = await context.newPage();
  await second.goto(`${stage.url}/antrean`);
  await stage.live(second);
  const cdp = await context.newCDPSession(polres);
  await cdp.send('Emulation.setScriptExecutionDisabled', { value: true });
  await second.locator('.band', { hasText: 'Tidak tersambung' }).waitFor({ timeout: 30_000 });
  await second.getByRole('button', { name: 'Coba sekarang' }).click();
  await stage.live(second);
  await polres.close(); // awake, it would load itself anew, at a moment of its own
  polres = await context.newPage();
  await polres.goto(`${stage.url}/antrean`);
  await stage.live(polres);
  await second.close();
  await stage.live(polres);
});

test('an officer whose phone was away catches up', async () => {
  await polres.context().setOffline(true);
  await polres.locator('.band').waitFor({ timeout: 20_000 });
  await report(kpu, { category: 'Perusakan', title: 'Kaca pecah' });
  await kpu.locator('.sent .send.stored').waitFor();
  await polres.context().setOffline(false);
  await card(polres, 'Kaca pecah').waitFor({ timeout: 20_000 });
});

test('a revoked device is told so, in words, and stops', async () => {
  const admin = await stage.world.who('polres', 'admin');
  const kid = await polres.evaluate(() => new Promise((done) => {
    const open = indexedDB.open('posko');
    open.onsuccess = () => {
      const get = open.result.transaction('keep').objectStore('keep').get('identity');
      get.onsuccess = () => done(get.result.kid);
    };
  }));
  await admin.post('device.revoke', { kid, reason: 'lost' });
  await polres.locator('.band.bad', { hasText: 'dicabut' }).waitFor();
  await sleep(1500);
  assert.equal(await polres.locator('.strip').getAttribute('data-phase'), 'stopped');
});

test('a used link says what to do', async () => {
  const page = await (await stage.context()).newPage();
  await page.goto(stage.link('kpu', 'duty'));
  await page.locator('button[type=submit]').click();
  await page.getByRole('alert').getByText('Mintalah tautan baru').waitFor();
});
