// What is forged is seen; who has no mouse can work; an admin invites without help.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Stage, card, until } from './lib.mjs';

let stage, kpu, polres, police;

before(async () => {
  stage = await Stage.open();
  polres = await stage.person('polres', 'duty');
  kpu = await stage.world.who('kpu', 'duty');
});
after(() => stage?.close());

const post = (title, more = {}) => kpu.post('incident.report', { cat: 'physical.crowd', title, to: ['polres'], ...more });

test('a record that was forged in the database is shown as not verified', async () => {
  stage.world.meddled = true;
  const sent = await post('Laporan asli');
  const [, body] = sent.jws.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const forged = sent.jws.replace(body, Buffer.from(JSON.stringify({ ...claims, title: 'Laporan palsu' })).toString('base64url'));
  await stage.world.sql(`ALTER TABLE ledger DISABLE TRIGGER ALL; UPDATE ledger SET jws = '${forged}' WHERE seq = ${sent.seq}; ALTER TABLE ledger ENABLE TRIGGER ALL`);
  await polres.reload();
  await card(polres, 'Laporan asli').locator('a').first().click();
  const entry = polres.locator(`.entry[data-seq="${sent.seq}"]`);
  await entry.getByText('TIDAK TERVERIFIKASI').waitFor();
  assert.equal(await entry.getAttribute('data-verdict'), 'bad');
  assert.match(await entry.locator('.facts').evaluate((el) => getComputedStyle(el).textDecorationLine), /line-through/);
});

test('it counts on no screen: queue, board, search, head of the incident', async () => {
  for (const path of ['/antrean', '/papan', '/papan?q=palsu']) {
    await polres.goto(`${stage.url}${path}`);
    await stage.live(polres);
    await (path.includes('palsu') ? polres.getByText('Tidak satu pun') : card(polres, 'Laporan asli').first()).waitFor();
    assert.equal(await polres.getByText('Laporan palsu').count(), 0, path);
  }
  await polres.goto(`${stage.url}/antrean`);
  await card(polres, 'Laporan asli').locator('a').first().click();
  assert.equal(await polres.locator('h1').textContent(), 'Laporan asli');
});

test('by keyboard alone: to the queue, to the card, acknowledged, pressed', async () => {
  await post('Tanpa tetikus', { sev: 'extreme' });
  await polres.keyboard.press('g');
  await polres.keyboard.press('q');
  await card(polres, 'Tanpa tetikus').waitFor();
  for (let i = 0; i < 6; i++) {
    const here = await polres.evaluate(() => document.activeElement?.textContent ?? '');
    if (here.includes('Tanpa tetikus') && !here.includes('Laporan asli')) break;
    await polres.keyboard.press('j');
  }
  await polres.keyboard.press('a');
  await card(polres, 'Tanpa tetikus').locator('.etas').waitFor();
  await polres.keyboard.press('?');
  await polres.locator('dialog[open] kbd').first().waitFor();
  await polres.keyboard.press('Escape');
  await polres.keyboard.press('/');
  await until('the search has the focus', () => polres.evaluate(() => document.activeElement?.matches('[data-search]')));
  await polres.keyboard.type('Tanpa a');
  assert.equal(new URL(polres.url()).searchParams.get('q'), 'Tanpa a', 'letters in a field are letters');
});

test('English: the whole page, and the words of the timeline', async () => {
  await polres.goto(`${stage.url}/antrean`);
  await polres.getByRole('button', { name: 'English' }).click();
  await polres.getByRole('heading', { name: 'What we owe' }).waitFor();
  assert.equal(await polres.locator('html').getAttribute('lang'), 'en');
  await card(polres, 'Tanpa tetikus').first().locator('a').first().click();
  await polres.locator('.entry', { hasText: 'signature checked here' }).first().waitFor();
  await polres.getByRole('button', { name: 'Indonesia' }).click();
});

test('an admin adds a member, gives him a link, and he is in', async () => {
  police = await stage.person('polres', 'admin');
  await police.locator('.nav a[href="/admin"]').click();
  await police.getByRole('button', { name: 'Tambah' }).click();
  await police.getByLabel('Kode anggota').fill('Budi!');
  await police.getByLabel('Nama').fill('Brigadir Budi');
  await police.getByLabel('Petugas piket').check();
  await police.getByRole('button', { name: 'Periksa' }).click();
  await police.getByText('Hanya huruf kecil').waitFor();
  await police.getByLabel('Kode anggota').fill('budi');
  await police.getByRole('button', { name: 'Periksa' }).click();
  await police.locator('dialog dd', { hasText: 'Brigadir Budi' }).waitFor();
  await police.getByRole('button', { name: 'Tanda tangani' }).click();
  await police.locator('dialog .send.stored').waitFor();
  await police.locator('dialog .button.primary').click();
  await card(police, 'Brigadir Budi').getByRole('button', { name: 'Undang' }).click();
  await police.getByRole('button', { name: 'Buat tautan' }).click();
  const link = await police.locator('[data-link]').textContent();
  await police.locator('svg.qr').waitFor();
  const pending = card(police, 'Brigadir Budi').locator('.pending');
  await police.getByRole('button', { name: 'Tutup' }).last().click();
  await pending.waitFor();
  const page = await (await stage.context()).newPage();
  await page.goto(link);
  await page.locator('button[type=submit]').click();
  await stage.live(page);
  await page.getByText('Brigadir Budi').waitFor();
  await pending.waitFor({ state: 'detached' });
});

test('duty begins and ends, and the gap of others is seen', async () => {
  await polres.goto(`${stage.url}/piket`);
  await polres.getByRole('button', { name: 'Mulai piket' }).click();
  await polres.getByText('Anda bertugas sampai').waitFor();
  await polres.locator('.card.gap', { hasText: 'Bawaslu' }).waitFor();
  await polres.getByRole('button', { name: 'Akhiri piket' }).click();
  await polres.getByText('Anda tidak sedang bertugas').waitFor();
});

test('no error on any page', () => {
  assert.deepEqual(polres.faults, []);
  assert.deepEqual(police.faults, []);
});
