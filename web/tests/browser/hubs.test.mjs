// One ledger, two hubs, a browser on each; and the same page over TLS.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { request } from 'node:https';
import { Stage, card, report, freeHub } from './lib.mjs';

let stage, kpu, polres;

before(async () => {
  stage = await Stage.open({ hubs: 2, args: ['--ignore-certificate-errors'] });
});
after(() => stage?.close());

const on = (hub) => hub.url;

test('two officers, two hubs, one story', async () => {
  const [one, two] = stage.world.hubs;
  kpu = await stage.person('kpu', 'duty', { link: stage.link('kpu', 'duty', on(one)) });
  polres = await stage.person('polres', 'duty', { link: stage.link('polres', 'duty', on(two)) });
  assert.notEqual(new URL(kpu.url()).port, new URL(polres.url()).port);
  await report(kpu, { category: 'Kerumunan', title: 'Massa di dua hub', place: 'Gudang logistik KPU Kota Bitung (sangat rawan)' });
  await kpu.locator('.send.stored').waitFor();
  await kpu.locator('.sent a.primary').click();
  await polres.bringToFront();
  await card(polres, 'Massa di dua hub').getByRole('button', { name: 'Terima' }).click();
  const party = kpu.locator('.party', { hasText: 'Polres' });
  await party.getByText('Diterima').waitFor();
  await party.locator('.receipt', { hasText: 'dilihat' }).waitFor();
  await kpu.locator('.entry', { hasText: 'Diterima' }).locator('.verdict.good').waitFor();
});

test('a hub that is killed and comes back: its browser goes on, the other never stopped', async () => {
  const [one] = stage.world.hubs;
  await one.kill();
  await kpu.locator('.band', { hasText: 'Tidak tersambung' }).waitFor();
  await card(polres, 'Massa di dua hub').first().getByRole('button', { name: '15 mnt' }).click();
  await one.start();
  await stage.live(kpu);
  await kpu.locator('.party', { hasText: 'Polres' }).getByText('Ditindaklanjuti').waitFor({ timeout: 20_000 });
});

test('over TLS: enrolled, live, reported, seen', async () => {
  const { world } = stage;
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
    '-keyout', `${world.data}/tls.key`, '-out', `${world.data}/tls.pem`], { stdio: 'ignore' });
  const hub = await freeHub(world, { POSKO_TLS_CERT: `${world.data}/tls.pem`, POSKO_TLS_KEY: `${world.data}/tls.key` });
  hub.url = `https://${hub.host}`;
  hub.isReady = () => new Promise((done) => {
    const ask = request(`${hub.url}/readyz`, { rejectUnauthorized: false }, (reply) => done(reply.resume().statusCode === 200));
    ask.on('error', () => done(false));
    ask.end();
  });
  await hub.start();
  world.hubs.push(hub);
  const page = await stage.person('pemkot', 'duty', { link: stage.link('pemkot', 'duty', hub.url) });
  assert.equal(new URL(page.url()).protocol, 'https:');
  await report(page, { category: 'Kerumunan', title: 'Padam lewat TLS' });
  await page.locator('.send.stored').waitFor();
  assert.deepEqual(page.faults, []);
});

test('no error on any page', () => {
  for (const page of [kpu, polres]) assert.deepEqual(page.faults, []);
});
