// The pictures of docs/panduan.md and the README, taken of a real evening; `make pictures` makes
// them small and puts them into docs/gambar.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { Stage, SHOTS, card, rows } from './lib.mjs';

const PHONE = { viewport: { width: 390, height: 760 } };
const DESK = { viewport: { width: 1200, height: 720 } };
let stage, desk, phone;

async function seed(world) {
  const kpu = await world.who('kpu', 'duty');
  const pemkot = await world.who('pemkot', 'duty');
  const chief = await world.who('polres', 'chief');
  const bawaslu = await world.who('bawaslu', 'duty');
  for (const who of [kpu, pemkot]) await who.post('duty.start', { until: Date.now() + 6 * 3600_000 });
  const crowd = await kpu.post('incident.report', {
    cat: 'physical.crowd', sev: 'extreme', title: 'Massa di depan gudang Manembo-Nembo, gerbang utama terhalang', to: ['polres', 'pemkot'],
    place: 'bitung.gudang', body: 'Sekitar 200 orang. Tidak ada senjata terlihat.',
  });
  await pemkot.post('response.ack', { inc: crowd.jti });
  await pemkot.post('response.accept', { inc: crowd.jti, eta: Date.now() + 12 * 60_000 });
  await bawaslu.post('incident.report', { cat: 'utility.power', sev: 'moderate', title: 'Listrik padam di kantor kecamatan', to: ['polres', 'pemkot'], place: 'bitung.girian' });
  await pemkot.post('incident.report', { cat: 'logistics.late', sev: 'minor', title: 'Truk logistik terlambat', to: ['polres'], place: 'bitung.maesa' });
  const theft = await chief.post('incident.report', { cat: 'physical.theft', sev: 'severe', title: 'Kotak suara hilang dari gudang kecamatan', to: ['kpu', 'bawaslu'], place: 'bitung.maesa' });
  await kpu.post('response.ack', { inc: theft.jti });
  await kpu.post('response.accept', { inc: theft.jti, eta: Date.now() + 9 * 60_000 });
}

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  stage = await Stage.open();
  const calm = { within: 3600 };
  await stage.world.policy(rows({ ack: { within: 300 }, accept: { within: 900 }, update: calm, resolve: calm }));
  await stage.world.who('polres', 'admin').then((admin) => admin.post('member.put', { agency: 'polres', member: 'piket', name: 'Brigadir Lisa', roles: ['duty'] }));
});
after(() => stage?.close());

const take = (page, name) => page.screenshot({ path: `${SHOTS}gambar-${name}.png` });

test('enrolment, on a phone', async () => {
  const context = await stage.context(PHONE);
  phone = await context.newPage();
  await phone.goto(stage.link('polres', 'duty'));
  await phone.locator('button[type=submit]').waitFor();
  await take(phone, 'daftar');
  await phone.locator('button[type=submit]').click();
  await stage.live(phone);
  await stage.ready(phone);
});

test('the queue, on a desk', async () => {
  await seed(stage.world);
  desk = await stage.person('polres', 'duty', { link: await stage.freshLink('polres', 'piket'), ...DESK });
  await desk.getByRole('button', { name: 'Nyalakan suara' }).click();
  await desk.getByRole('button', { name: 'Suara nyala' }).waitFor();
  await card(desk, 'Massa di depan gudang').first().waitFor();
  await card(desk, 'Listrik padam').getByRole('button', { name: 'Terima' }).click();
  await card(desk, 'Listrik padam').locator('.etas').waitFor();
  await desk.locator('.strip', { hasText: /data per \d/ }).waitFor({ timeout: 15_000 });
  await take(desk, 'antrean');
});

test('the queue and an incident, on a phone', async () => {
  await card(phone, 'Massa di depan gudang').first().waitFor();
  await take(phone, 'ponsel');
  await card(phone, 'Massa di depan gudang').first().locator('a').first().click();
  await phone.locator('.verdict.good').first().waitFor();
  await take(phone, 'insiden');
});

test('a report, on a phone', async () => {
  await phone.locator('.nav a[href="/lapor"]').click();
  await phone.locator('#cat-search').fill('penyusup');
  await phone.locator('.chip', { hasText: 'Penyusupan' }).first().click();
  await phone.getByLabel('Lokasi atau TPS').selectOption('bitung.gudang');
  await phone.getByLabel('Judul').fill('Pagar belakang dibuka');
  await phone.evaluate(() => document.activeElement.blur());
  await phone.evaluate(() => scrollTo(0, 90));
  await take(phone, 'lapor');
});

test('the line is gone: the page says so, and keeps what is signed', async () => {
  await phone.locator('.nav a[href="/antrean"]').click();
  await phone.context().setOffline(true);
  await phone.locator('.band', { hasText: 'Tidak tersambung' }).waitFor({ timeout: 30_000 });
  await card(phone, 'Massa di depan gudang').first().getByRole('button', { name: 'Terima' }).click();
  await card(phone, 'Massa di depan gudang').first().locator('.send.waiting').waitFor();
  await phone.evaluate(() => scrollTo(0, 0));
  await take(phone, 'putus');
  assert.deepEqual(desk.faults, []);
});
