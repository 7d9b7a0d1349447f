// Each screen in {id, en} x {light, dark} x {390, 1280}: axe finds nothing, nothing sticks out, and
// a picture is kept in build/shots to be looked at. 320 px too, for what must not be lost.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Stage, SHOTS, rows } from './lib.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const ROUTES = { antrean: '/antrean', papan: '/papan', insiden: '/insiden/1', lapor: '/lapor', piket: '/piket', kirim: '/kirim', saya: '/saya',
  anggota: '/admin/anggota', instansi: '/admin/instansi', kategori: '/admin/kategori', kebijakan: '/admin/kebijakan', aturan: '/admin/aturan', sumber: '/admin/sumber' };
let stage, page, ended;

async function seed() {
  const { world } = stage;
  const duty = await world.who('kpu', 'duty');
  const police = await world.who('polres', 'duty');
  const other = await world.who('pemkot', 'duty');
  const coordinator = await world.who('kpu', 'coordinator');
  const host = await world.who('kpu', 'admin');
  await host.post('agency.put', { agency: 'polres', name: 'Polres Bitung', agency_kind: 'police', phones: ['+62 438 21110'] });
  await host.post('member.put', { agency: 'kpu', member: 'piket', name: 'Piket KPU', roles: ['duty', 'admin'] });
  await police.post('duty.start', { until: Date.now() + 4 * 3600_000 });
  const one = await duty.post('incident.report', {
    cat: 'physical.crowd', sev: 'extreme', title: 'Massa di depan gudang Manembo-Nembo, gerbang utama terhalang', to: ['polres', 'pemkot'],
    place: 'bitung.gudang', body: 'Sekitar 200 orang, gerbang utama terhalang.\nTidak ada senjata terlihat.',
  });
  await police.post('response.ack', { inc: one.jti });
  await police.post('response.accept', { inc: one.jti, eta: Date.now() + 12 * 60_000 });
  await other.post('response.decline', { inc: one.jti, reason: 'Semua petugas sedang di Lembeh' });
  await police.post('incident.report', { cat: 'utility.power', title: 'Listrik padam di kantor kecamatan', to: ['kpu', 'pemkot'], place: 'bitung.girian' });
  await police.post('incident.report', { cat: 'people.medical', title: 'Petugas KPPS pingsan', to: ['kpu'], place: 'bitung.maesa' });
  await other.post('incident.report', { cat: 'logistics.late', title: 'Truk logistik terlambat', to: ['kpu', 'polres'], sev: 'minor' });
  const done = await duty.post('incident.report', { cat: 'other.other', title: 'Pagar samping terbuka', to: ['polres'] });
  await duty.post('incident.close', { inc: done.jti, disposition: 'false_alarm' });
  ended = done.jti;
  await coordinator.post('incident.report', { cat: 'cyber.ddos', title: 'Simulasi serangan situs', to: ['csirt'], status: 'exercise' });
}

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  stage = await Stage.open();
  const calm = { within: 3600 };
  const policy = rows({ ack: { within: 300 }, accept: calm, update: calm, resolve: calm });
  for (const row of policy) if (row.what === 'ack' && row.sev === 'minor') row.within = 1; // one that is overdue
  await stage.world.policy(policy);
  page = await stage.person('kpu', 'duty', { link: await stage.freshLink('kpu', 'piket') });
  await seed();
});
after(() => stage?.close());

let standing = ''; // what is on the screen, so that another size or colour needs no loading

async function show(route, { lang, scheme, width, anew = false }) {
  await page.setViewportSize({ width, height: width < 700 ? 844 : 900 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  if (anew || standing !== `${lang} ${route}`) {
    await page.evaluate((to) => localStorage.setItem('posko.lang', to), lang);
    await page.goto(`${stage.url}${route}`);
    await stage.live(page);
    await page.locator(`html[lang=${lang}] h1`).first().waitFor();
    if (route === ROUTES.insiden) await page.locator('.verdict.good').first().waitFor();
  }
  standing = anew ? '' : `${lang} ${route}`;
  await page.waitForTimeout(150);
}

async function faults(on = page) {
  await on.evaluate(axe).catch(() => undefined);
  const found = await on.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), TAGS);
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`));
}

const overflow = (on = page) => on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const [name, route] of Object.entries(ROUTES))
  for (const lang of ['id', 'en'])
    for (const scheme of ['light', 'dark'])
      for (const width of [390, 1280])
        test(`${name} ${lang} ${scheme} ${width}`, async () => {
          await show(route, { lang, scheme, width });
          await page.screenshot({ path: `${SHOTS}${name}-${lang}-${scheme}-${width}.png`, fullPage: name !== 'kategori' });
          assert.deepEqual(await faults(), []);
          assert.ok((await overflow()) <= 0, 'nothing sticks out');
        });

/** What is cut off without a way to see the rest. */
const cut = () => page.evaluate(() => [...document.querySelectorAll('body *')]
  .filter((el) => el.clientWidth > 0 && getComputedStyle(el).overflowX === 'hidden' && el.scrollWidth > el.clientWidth + 1 && !el.matches('.hidden'))
  .map((el) => `${el.className}: ${el.textContent.slice(0, 40)}`));

const NARROW = { '320 px': [320, 1], 'a zoom of 200 %': [640, 1], '390 px with letters of 200 %': [390, 2] };
for (const [what, [width, letters]] of Object.entries(NARROW))
  for (const [name, route] of Object.entries(ROUTES))
    test(`${name} at ${what} loses nothing`, async () => {
      await show(route, { lang: 'id', scheme: 'light', width });
      await page.evaluate((size) => (document.documentElement.style.fontSize = size), `${letters * 100}%`);
      await page.screenshot({ path: `${SHOTS}narrow-${name}-${width}-${letters}.png` });
      assert.ok((await overflow()) <= 0, 'nothing sticks out');
      assert.deepEqual(await cut(), []);
      await page.evaluate(() => (document.documentElement.style.fontSize = ''));
    });

/** What opens over a screen, or appears on it after some steps. */
const OPENED = {
  ubah: ['/insiden/1', async () => page.locator('[data-move="incident.change"]').click()],
  eskalasi: ['/insiden/1', async () => page.locator('[data-move="incident.escalate"]').click()],
  aturan: ['/admin/aturan', async () => page.locator('main .button.primary').click()],
  undangan: ['/admin/anggota', async () => {
    await page.locator('.card', { hasText: 'Ketua KPU' }).locator('.button').nth(1).click();
    await page.locator('dialog .button.primary').click();
    await page.locator('svg.qr').waitFor();
  }],
  laporan: ['/lapor', async () => {
    await page.locator('.chip').first().click();
    await page.locator('.report .grid select').last().selectOption('bitung.gudang');
    await page.locator('details.who-sees').waitFor();
  }],
  saringan: ['/papan?tingkat=minor', async () => {
    const more = page.locator('.filters-toggle');
    if (await more.isVisible()) await more.click();
  }],
  tiada: ['/insiden/999', async () => page.locator('.empty').waitFor()],
  berakhir: [() => `/insiden/${ended}`, async () => page.locator('.verdict.good').first().waitFor()],
  bantuan: ['/antrean', async () => page.keyboard.press('?')],
};

/** Who is not in yet sees these; a browser of his own for each. */
const OUTSIDE = {
  daftar: async () => stage.freshLink('kpu', 'piket'),
  tanpa: async () => stage.url,
};
for (const [name, address] of Object.entries(OUTSIDE))
  for (const [scheme, width] of [['light', 390], ['dark', 1280]])
    test(`outside: ${name} ${scheme} ${width}`, async () => {
      const context = await stage.context({ viewport: { width, height: 844 }, colorScheme: scheme });
      const guest = await context.newPage();
      await guest.goto(await address());
      await guest.locator('button[type=submit]').waitFor();
      await guest.screenshot({ path: `${SHOTS}outside-${name}-${scheme}-${width}.png` });
      assert.deepEqual(await faults(guest), []);
      assert.ok((await overflow(guest)) <= 0, 'nothing sticks out');
      await context.close();
    });

for (const [name, [route, open]] of Object.entries(OPENED))
  for (const [lang, scheme, width] of [['id', 'light', 390], ['en', 'dark', 1280]])
    test(`opened: ${name} ${lang} ${scheme} ${width}`, async () => {
      await show(typeof route === 'string' ? route : route(), { lang, scheme, width, anew: true });
      await open();
      await page.waitForTimeout(150);
      await page.screenshot({ path: `${SHOTS}opened-${name}-${lang}-${scheme}-${width}.png` });
      assert.deepEqual(await faults(), []);
      assert.ok((await overflow()) <= 0, 'nothing sticks out');
    });

test('no error on any page', () => {
  assert.deepEqual(page.faults, []);
});
