// The first evening: a crowd before the warehouse, three agencies, three browsers, no other tool.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { Stage, card, report, rows, SHOTS } from './lib.mjs';

const TITLE = 'Massa di depan gudang Manembo-Nembo';
let stage, kpu, polres, pemkot;

before(async () => {
  stage = await Stage.open();
  const calm = { within: 3600 };
  await stage.world.policy(rows({ ack: { within: 4, steps: [[0, ['agency']]], repeat: 60 }, accept: calm, update: calm, resolve: calm }));
});
after(() => stage?.close());

const open = async (page) => {
  await card(page, TITLE).first().locator('a').first().click();
  await page.locator('.timeline .entry').first().waitFor();
};
const move = (page, name) => page.locator('.moves').getByRole('button', { name, exact: true }).click();
const submit = (page) => page.locator('dialog button[type=submit]').click();
const kinds = (page) => page.locator('.entry-head strong').allTextContents();

test('three officers enrol with their links and stand in the queue within 10 s', async (t) => {
  for (const [agency, take] of [['kpu', (p) => (kpu = p)], ['polres', (p) => (polres = p)], ['pemkot', (p) => (pemkot = p)]]) {
    const begin = performance.now();
    take(await stage.person(agency, 'duty'));
    const took = performance.now() - begin;
    t.diagnostic(`${agency}: ${(took / 1000).toFixed(1)} s`);
    if (loadavg()[0] <= cpus().length) assert.ok(took < 10_000);
  }
  for (const page of [kpu, polres, pemkot]) {
    assert.equal(new URL(page.url()).pathname, '/antrean');
    assert.equal(new URL(page.url()).hash, '', 'the secret left the address');
  }
});

test('KPU reports in at most 8 interactions, and sees who will see it', async (t) => {
  const steps = await report(kpu, { category: 'Kerumunan', title: TITLE, place: 'Gudang logistik KPU Kota Bitung (sangat rawan)' });
  assert.ok(steps <= 8, `${steps}`);
  await card(polres, TITLE).locator('.tag.news').waitFor();
  await kpu.locator('.send.stored').waitFor();
  t.diagnostic(`${steps} interactions`);
});

test('it stands on the other screens', async () => {
  for (const page of [polres, pemkot]) {
    await card(page, TITLE).waitFor();
    assert.match(await card(page, TITLE).textContent(), /Terima/);
  }
});

test('KPU sees that it stands before the eyes of the police', async () => {
  await kpu.locator('.sent a.primary').click();
  await polres.bringToFront();
  await polres.mouse.move(5, 5);
  await kpu.locator('.party', { hasText: 'Polres' }).locator('.receipt').waitFor();
  await kpu.locator('.party', { hasText: 'Polres' }).getByText(/dilihat|di perangkat/).waitFor();
});

test('the police acknowledge with one tap; it is never shown as done before it is stored', async () => {
  const its = card(polres, TITLE);
  await its.getByRole('button', { name: 'Terima' }).click();
  await its.locator('.etas').waitFor();
  await kpu.locator('.party', { hasText: 'Polres' }).getByText('Diterima').waitFor();
});

test('they take it on with a time of arrival in one tap, and KPU sees it', async () => {
  await card(polres, TITLE).first().getByRole('button', { name: '15 mnt' }).click();
  await kpu.locator('.party', { hasText: 'Polres' }).getByText('Ditindaklanjuti').waitFor();
  await kpu.locator('.party', { hasText: 'Polres' }).getByText('Tiba di lokasi').waitFor();
});

test('the government does not answer: the clock says so to everybody', async () => {
  await kpu.locator('.entry.clock').first().waitFor({ timeout: 15_000 });
  assert.match(await card(pemkot, TITLE).first().textContent(), /Eskalasi ke-1/);
  assert.match(await card(pemkot, TITLE).first().textContent(), /batas lewat \d\d:\d\d WITA/);
  assert.ok(await card(pemkot, TITLE).first().evaluate((el) => el.matches('.lapsed')));
});

test('the police arrive and are done', async () => {
  await open(polres);
  await move(polres, 'Di lokasi');
  await kpu.locator('.party', { hasText: 'Polres' }).getByText('Di lokasi').waitFor();
  await move(polres, 'Selesai');
  await polres.locator('dialog textarea').fill('Massa bubar');
  await submit(polres);
  await kpu.locator('.entry', { hasText: 'Massa bubar' }).waitFor();
});

test('the government declines with a reason, and KPU owes another', async () => {
  await open(pemkot);
  await move(pemkot, 'Tolak');
  await submit(pemkot);
  await pemkot.getByText('Wajib diisi').waitFor();
  await pemkot.getByLabel('Alasan').fill('Tidak ada petugas');
  await submit(pemkot);
  await kpu.locator('.party', { hasText: 'KPU' }).getByText('Cari pengganti').waitFor();
});

test('KPU resolves and closes; every record was checked in each browser', async () => {
  await kpu.bringToFront();
  await move(kpu, 'Nyatakan selesai');
  await kpu.locator('dialog textarea').fill('Situasi aman');
  await submit(kpu);
  await kpu.locator('.tag.state.resolved').waitFor();
  await move(kpu, 'Tutup insiden');
  await kpu.locator('dialog select').selectOption('handled');
  await submit(kpu);
  for (const page of [kpu, polres, pemkot]) {
    await page.locator('.tag.state.closed').waitFor();
    await page.locator('.entry', { hasText: 'Ditutup' }).locator('.verdict.good').waitFor();
    const verdicts = await page.locator('.entry').evaluateAll((all) => all.map((e) => e.dataset.verdict));
    assert.deepEqual([...new Set(verdicts)], ['ok']);
  }
  assert.deepEqual(await kinds(kpu), await kinds(pemkot));
});

test('a picture for the README, and no error on any page', async () => {
  await kpu.screenshot({ path: `${SHOTS}story.png` });
  for (const page of [kpu, polres, pemkot]) assert.deepEqual(page.faults, []);
});
