// Every kind of record and every debt of the wire has its screen: each kind that people sign is
// done once by hand, what machines sign is seen in words, and each debt has words, clock and button.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Stage, card, report, rows, until } from './lib.mjs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const wire = read('../../src/wire.ts');
const listed = (name) => [...wire.match(new RegExp(`export const ${name} = \\[([^\\]]*)\\]`))[1].matchAll(/'([^']+)'/g)].map(([, one]) => one);
const words = (lang) => Object.fromEntries([...read(`../../src/i18n/${lang}.ts`).matchAll(/'?([\w.]+)'?: '((?:[^'\\]|\\.)*)'/g)].map(([, key, text]) => [key, text]));
const WORDS = { id: words('id'), en: words('en') };
const KINDS = listed('KINDS');
const WHATS = listed('WHATS');

let stage, kpu, polres, admin, pemkot, first, second, third, device, page;
const seqs = {};

before(async () => {
  stage = await Stage.open();
  const calm = { within: 3600 };
  await stage.world.policy(rows(Object.fromEntries(WHATS.map((what) => [what, calm]))));
  const enter = async (agency, member) => stage.person(agency, '', { link: await stage.freshLink(agency, member) });
  [kpu, polres, admin] = [await enter('kpu', 'piket'), await enter('polres', 'piket'), await enter('kpu', 'admin')];
  pemkot = await stage.world.who('pemkot', 'duty');
});
after(() => stage?.close());

const claimsOf = (jws) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
const ledger = async (from) => (await stage.world.sql(`SELECT seq, jws FROM ledger WHERE seq > ${from} ORDER BY seq`)).map((row) => ({ seq: Number(row.seq), ...claimsOf(row.jws) }));
const go = (at, path) => at.goto(`${stage.url}${path}`);
const dialog = (at) => at.locator('dialog[open]');
const submit = (at) => dialog(at).locator('button[type=submit]').click();

/** On the screen of a ticket: the button, what the dialog asks, signed. */
async function move(at, ticket, kind, fill) {
  if (!at.url().endsWith(`/insiden/${ticket}`)) await go(at, `/insiden/${ticket}`);
  await at.locator(`[data-move="${kind}"]`).click();
  if (fill === null) return;
  if (fill) await fill(dialog(at));
  await submit(at);
}

/** On a screen of the admin: filled in, looked at once more, signed. */
async function put(section, kind, fill, button = 'Tambah') {
  await go(admin, `/admin/${section}`);
  await admin.locator('main').getByRole('button', { name: button, exact: true }).first().click();
  await fill(dialog(admin));
  await submit(admin);
  await dialog(admin).getByText(WORDS.id['put.check']).waitFor();
  await dialog(admin).getByRole('button', { name: 'Tanda tangani' }).click();
  await dialog(admin).locator('.send.stored').waitFor();
}

const named = async (box, fields) => {
  for (const [label, value] of Object.entries(fields)) await box.getByLabel(label, { exact: false }).first().fill(value);
};

/** How a person does each kind; the order is that of one evening. */
const DO = {
  'incident.report': async () => {
    await report(kpu, { category: 'Kerumunan', title: 'Kerumunan satu', place: 'Gudang logistik KPU Kota Bitung (sangat rawan)' });
    await kpu.locator('.send.stored').waitFor();
    first = (await kpu.locator('.sent a.primary').getAttribute('href')).split('/').at(-1);
  },
  'response.ack': () => move(polres, first, 'response.ack', null),
  'response.accept': () => move(polres, first, 'response.accept', (box) => box.getByText('15 menit').click()),
  'response.enroute': () => move(polres, first, 'response.enroute', (box) => box.getByLabel('Catatan').fill('Dua mobil')),
  'response.onscene': () => move(polres, first, 'response.onscene', null),
  'incident.note': () => move(polres, first, 'incident.note', (box) => box.getByLabel('Uraian').fill('Massa tenang')),
  'response.done': () => move(polres, first, 'response.done'),
  'incident.change': () => move(kpu, first, 'incident.change', (box) => box.getByLabel('Judul').fill('Kerumunan di gudang')),
  'incident.share': () => move(kpu, first, 'incident.share', (box) => box.getByLabel('BPBD Kota Bitung').check()),
  'incident.escalate': () => move(kpu, first, 'incident.escalate', (box) => box.getByLabel('Alasan').fill('Mendesak')),
  'incident.offer': () => move(kpu, first, 'incident.offer', (box) => box.getByLabel('Instansi').selectOption('polres')),
  'incident.take': () => move(polres, first, 'incident.take'),
  'incident.resolve': () => move(polres, first, 'incident.resolve', (box) => box.getByLabel('Catatan').fill('Bubar')),
  'incident.close': () => move(polres, first, 'incident.close', (box) => box.locator('select').selectOption('handled')),
  'incident.reopen': () => move(polres, first, 'incident.reopen', (box) => box.getByLabel('Alasan').fill('Kembali ramai')),
  'response.decline': async () => {
    const person = await stage.world.who('kpu', 'duty');
    second = (await person.post('incident.report', { cat: 'physical.crowd', title: 'Kerumunan dua', to: ['polres', 'pemkot'] })).jti;
    third = (await person.post('incident.report', { cat: 'physical.crowd', title: 'Kerumunan tiga', to: ['polres'] })).jti;
    await go(polres, '/antrean');
    await card(polres, 'Kerumunan dua').first().locator('a').first().click();
    await polres.locator('[data-move="response.decline"]').click();
    await dialog(polres).getByLabel('Alasan').fill('Tidak ada petugas');
    await submit(polres);
  },
  'incident.merge': async () => {
    await go(kpu, '/papan');
    await card(kpu, 'Kerumunan tiga').locator('a').first().click();
    await kpu.locator('[data-move="incident.merge"]').click();
    await dialog(kpu).locator('select').selectOption(second);
    await submit(kpu);
  },
  'duty.start': async () => {
    await go(kpu, '/piket');
    await kpu.getByRole('button', { name: 'Mulai piket' }).click();
  },
  'duty.end': async () => {
    await kpu.getByRole('button', { name: 'Akhiri piket' }).click();
  },
  'agency.put': () => put('instansi', 'agency.put', async (box) => {
    await named(box, { Instansi: 'damkar', Nama: 'Damkar Bitung' });
    await box.getByLabel('Jenis instansi').selectOption('relief');
  }),
  'category.put': () => put('kategori', 'category.put', (box) => named(box, { Kategori: 'physical.flood', 'Nama (Indonesia)': 'Banjir', 'Nama (Inggris)': 'Flood' })),
  'place.put': () => put('tempat', 'place.put', async (box) => {
    await named(box, { Tempat: 'bitung.pelabuhan', Nama: 'Pelabuhan Bitung', Lintang: '1.4411', Bujur: '125.198' });
    await box.getByText('Lokasi', { exact: true }).click();
  }),
  'policy.put': () => put('kebijakan', 'policy.put', async (box) => {
    await box.getByLabel('Baris').fill(`${await box.getByLabel('Baris').inputValue()}`.replace(/^ack extreme \d+/m, 'ack extreme 3500'));
  }, 'Ubah'),
  'rule.put': () => put('aturan', 'rule.put', async (box) => {
    await box.getByRole('button', { name: 'Tambah aturan' }).click();
    await box.getByLabel('Polres Bitung').check();
  }, 'Ubah'),
  'member.put': () => put('anggota', 'member.put', async (box) => {
    await named(box, { 'Kode anggota': 'tina', Nama: 'Tina KPU' });
    await box.getByLabel('Pelapor').check();
  }),
  'source.put': () => put('sumber', 'source.put', (box) => named(box, { 'Kode sumber': 'pintu-1', Nama: 'Sensor pintu', 'Kunci publik': '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'Tanda hidup': '60' })),
  'device.invite': async () => {
    await go(admin, '/admin/anggota');
    await card(admin, 'Tina KPU').getByRole('button', { name: 'Undang' }).click();
    await dialog(admin).getByRole('button', { name: 'Buat tautan' }).click();
    const link = await dialog(admin).locator('[data-link]').textContent();
    device = await stage.person('kpu', 'reporter', { link });
  },
  'device.revoke': async () => {
    await go(admin, '/admin/anggota');
    await card(admin, 'Tina KPU').locator('summary').click();
    await card(admin, 'Tina KPU').getByRole('button', { name: 'Cabut', exact: true }).click();
    await card(admin, 'Tina KPU').getByRole('button', { name: 'Cabut sekarang' }).click();
    await device.locator('.band.bad', { hasText: 'dicabut' }).waitFor();
  },
};

/** What machines and the hub sign: made to happen, seen in words. */
const SEEN = {
  'alert.raise': async () => {
    const camera = await stage.world.source();
    await camera.post('alert.raise', { cat: 'physical.crowd', title: 'Gerak di gudang', key: 'gerak' });
    await go(kpu, '/papan');
    await card(kpu, 'Gerak di gudang').locator('a').first().click();
    return kpu.locator('.entry', { hasText: WORDS.id['kind.alert.raise'] });
  },
  'alert.clear': async () => {
    await (await stage.world.source()).post('alert.clear', { key: 'gerak' });
    return kpu.locator('.entry', { hasText: WORDS.id['kind.alert.clear'] });
  },
  'device.enrol': async () => {
    await go(kpu, '/saya');
    return kpu.locator('.device', { hasText: 'perangkat ini' }).getByText(/berlaku sejak #\d+/);
  },
  'hub.key': async () => kpu.getByText(`Kunci hub ${stage.world.hubKid}`),
  'clock.lapse': async () => {
    const late = rows(Object.fromEntries(WHATS.map((what) => [what, { within: what === 'ack' ? 1 : 3600 }])));
    await (await stage.world.who('kpu', 'admin')).post('policy.put', { policy: 'default', rows: late });
    await (await stage.world.who('polres', 'duty')).post('incident.report', { cat: 'physical.crowd', title: 'Tidak dijawab', to: ['kpu'] });
    await go(kpu, '/antrean');
    await card(kpu, 'Tidak dijawab').first().locator('a').first().click();
    return kpu.locator('.entry', { hasText: WORDS.id['kind.clock.lapse'] });
  },
  'source.silent': async () => {
    const machine = await stage.world.addSource('kpu', 'pagar', { every: 10, cats: ['physical.crowd'] });
    (await machine.connect()).send({ op: 'beat' });
    await go(kpu, '/papan');
    await card(kpu, 'pagar').locator('a').first().click({ timeout: 40_000 });
    return kpu.locator('.entry', { hasText: WORDS.id['kind.source.silent'] });
  },
};

test('every kind of the wire is done or seen here', () => {
  assert.deepEqual([...Object.keys(DO), ...Object.keys(SEEN)].sort(), KINDS.slice().sort());
});

for (const [kind, act] of Object.entries(DO))
  test(`by hand: ${kind}`, async () => {
    const head = await stage.world.head();
    await act();
    await until(`${kind} is in the ledger`, async () => (await ledger(head)).some((r) => r.kind === kind && r.iss !== 'hub'));
  });

for (const [kind, look] of Object.entries(SEEN))
  test(`in words: ${kind}`, async () => (await look()).first().waitFor());

test('each timeline speaks, in both languages', async () => {
  for (const lang of ['id', 'en']) {
    await kpu.evaluate((to) => localStorage.setItem('posko.lang', to), lang);
    await go(kpu, `/insiden/${first}`);
    await kpu.locator(`html[lang=${lang}] .verdict.good`).first().waitFor();
    const told = await kpu.locator('.entry-head strong').allTextContents();
    for (const kind of KINDS.filter((one) => /^(response|incident)\./.test(one) && !/decline|merge/.test(one)))
      assert.ok(told.includes(WORDS[lang][`kind.${kind}`]), `${lang} ${kind}`);
    const names = await kpu.locator('.entry dt').allTextContents();
    assert.deepEqual(names.filter((name) => /^[a-z_]+$/.test(name)), []);
  }
  await kpu.evaluate(() => localStorage.setItem('posko.lang', 'id'));
});

/** How each debt comes to stand on somebody's queue. */
const OWED = {
  ack: ['polres', async () => undefined],
  accept: ['polres', async (t, p) => p.post('response.ack', t)],
  arrive: ['polres', async (t, p) => p.post('response.accept', { ...t, eta: Date.now() + 600_000 })],
  update: ['polres', async (t, p) => p.post('response.accept', t)],
  take: ['polres', async (t, _, k) => k.post('incident.offer', { ...t, agency: 'polres' })],
  reassign: ['kpu', async (t, p) => p.post('response.decline', { ...t, reason: 'Tidak ada' })],
  resolve: ['kpu', async () => undefined],
  close: ['kpu', async (t, _, k) => k.post('incident.resolve', { ...t, note: 'Aman' })],
};

test('every debt of the wire is owed here', () => assert.deepEqual(Object.keys(OWED).sort(), WHATS.slice().sort()));

for (const what of WHATS)
  test(`owed: ${what} has its words in both languages, its clock and its button`, async () => {
    if (what === WHATS[0]) {
      const every = rows(Object.fromEntries(WHATS.map((one) => [one, { within: 3600 }])));
      await (await stage.world.who('kpu', 'admin')).post('policy.put', { policy: 'default', rows: every });
    }
    const [agency, bring] = OWED[what];
    const [police, host] = [await stage.world.who('polres', 'duty'), await stage.world.who('kpu', 'duty')];
    const sent = await host.post('incident.report', { cat: 'physical.crowd', title: `Utang ${what}`, to: ['polres'] });
    await bring({ inc: sent.jti }, police, host);
    page = agency === 'polres' ? polres : kpu;
    for (const lang of ['id', 'en']) {
      await page.evaluate((to) => localStorage.setItem('posko.lang', to), lang);
      await go(page, '/antrean');
      const more = page.getByRole('button', { name: /^(Tampilkan|Show)/ });
      const debt = page.locator('.debt.mine', { hasText: `Utang ${what}` }).filter({ has: page.locator('.what').getByText(WORDS[lang][`what.${what}`], { exact: true }) });
      await debt.waitFor().catch(async (e) => {
        if ((await more.count()) === 0) throw e;
        await more.first().click();
        await debt.waitFor();
      });
      assert.match(await debt.locator('.clock').textContent(), /\d:\d\d|\d+(j|h) \d\dm/);
      assert.ok((await debt.locator('.actions .button:not([data-act=escalate]):enabled').count()) > 0);
    }
    await page.evaluate(() => localStorage.setItem('posko.lang', 'id'));
  });

test('no error on any page', () => {
  for (const one of [kpu, polres, admin]) assert.deepEqual(one.faults, []);
});
