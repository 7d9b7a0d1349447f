// The deployment by compose, for real: one command on a fresh copy of the tree, the story over TLS,
// a hub that is killed in mid-work, data that stays, and two hubs behind haproxy, each killed once.
// `make compose-test`; COMPOSE and ENGINE name the tools, POSKO_KEEP=1 leaves it running.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as c from './engine.mjs';
import { ROOT } from '../flow/lib/hub.mjs';
import { Deployment } from '../flow/lib/deployment.mjs';
import { rows } from '../flow/lib/world.mjs';
import { Link } from '../flow/lib/person.mjs';
import { claimsOf } from '../flow/lib/view.mjs';
import { checkOrder, checkPosted, ledger } from '../flow/lib/checker.mjs';
import { sleep, until } from '../flow/lib/wait.mjs';

const URL = `https://localhost:${c.PORT}`;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const STAGE = { demo: join(c.STORED, 'demo.json'), ca: join(c.STORED, 'ca.pem') };
let demo, ca;

before(async () => {
  await c.copyTree();
  await c.down(c.HA, '--volumes'); // what a run that was ended has left
});
after(async () => {
  if (!process.env.POSKO_KEEP) await c.down(c.HA, '--volumes');
});

/** What an operator reads out of the containers; the link is new each time. */
async function outside() {
  demo = JSON.parse(await c.inside('hub', 'cat', '/var/lib/posko/demo.json'));
  ca = await c.inside('hub', 'cat', '/etc/posko/tls/ca.pem');
  writeFileSync(STAGE.demo, JSON.stringify(demo));
  writeFileSync(STAGE.ca, ca);
}
const adminLink = async () =>
  (await c.inside('hub', 'poskod', '--admin-link')).match(/https:\S+/)[0];
const enter = async () =>
  Deployment.join({ url: URL, demo, ca, link: await adminLink(), rows: c.rows });

/** The browsers' story of web/tests, on this deployment. */
async function browsers(t) {
  if (!existsSync(CHROMIUM)) return t.skip('no chromium');
  const env = {
    ...process.env,
    POSKO_STAGE_URL: URL,
    POSKO_STAGE_DEMO: STAGE.demo,
    POSKO_STAGE_CA: STAGE.ca,
  };
  delete env.NODE_TEST_CONTEXT;
  env.POSKO_STAGE_LINK = await adminLink();
  const file = join(ROOT, 'web/tests/browser/story.test.mjs');
  const child = spawn(process.execPath, ['--test', file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((done) => child.once('close', done));
  t.diagnostic(`browsers: ${said.match(/pass \d+/)} ${said.match(/fail \d+/)}`);
  assert.equal(code, 0, said.slice(-6000));
}

test('one command brings a fresh clone up, and all of it is healthy', async (t) => {
  const begin = performance.now();
  await c.up();
  const built = performance.now();
  await c.healthy('database');
  await c.healthy('hub');
  const s = (ms) => `${(ms / 1000).toFixed(1)} s`;
  t.diagnostic(
    `build and start ${s(built - begin)}, healthy ${s(performance.now() - built)} later`,
  );
  await outside();
});

test('the hub has no right that it does not need, and its description holds no secret', async () => {
  const { HostConfig, Config } = await c.inspect('hub');
  assert.equal(HostConfig.ReadonlyRootfs, true);
  const status = await c.inside('hub', 'cat', '/proc/1/status');
  assert.match(status, /^Uid:\t10001\t10001/m);
  assert.match(status, /^CapBnd:\t0+$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const files = '/var/lib/posko/hub.key /etc/posko/tls/cert.pem.key /etc/posko/login/pgpass';
  const modes = await c.inside('hub', 'stat', '--format', '%a %u', ...files.split(' '));
  assert.deepEqual(modes.trim().split('\n'), Array(3).fill('600 10001'));
  const password = (await c.inside('hub', 'cat', '/etc/posko/login/pgpass')).trim().split(':')[4];
  assert.match(password, /^[0-9a-f]{64}$/);
  for (const service of ['hub', 'database'])
    assert.ok(!JSON.stringify(await c.inspect(service)).includes(password), service);
  assert.ok(!Config.Env.some((line) => /PASSWORD/.test(line)));
  const { NetworkSettings } = await c.inspect('database');
  assert.ok(
    !Object.values(NetworkSettings.Ports ?? {})
      .flat()
      .some(Boolean),
    'no port of the database',
  );
  const [role] = await c.rows("SELECT rolsuper FROM pg_roles WHERE rolname = 'posko'");
  assert.equal(role.rolsuper, false);
});

test('three officers live the story in their browsers', browsers);

test('the story, over TLS: report, answer, and the clock of who is silent', async () => {
  const world = await enter();
  const [kpu, polres, pemkot] = await Promise.all(
    ['kpu', 'polres', 'pemkot'].map((a) => world.who(a, 'duty')),
  );
  const calm = { within: 3600 };
  await world.policy(rows({ ack: { within: 3 }, accept: calm, update: calm, resolve: calm }));
  const [desk, police] = [
    await kpu.connect({ follow: true }),
    await polres.connect({ follow: true }),
  ];
  await pemkot.connect({ follow: true });
  const report = await kpu.post('incident.report', {
    cat: 'physical.crowd',
    title: 'Massa di depan gudang',
    to: ['polres', 'pemkot'],
  });
  const of = (kind) => (m) =>
    m.op === 'record' && claimsOf(m).kind === kind && claimsOf(m).inc === report.jti;
  await police.wait((m) => m.op === 'record' && m.jws === report.jws);
  await polres.post('response.ack', { inc: report.jti });
  await polres.post('response.accept', { inc: report.jti, eta: Date.now() + 600_000 });
  const lapse = claimsOf(await desk.wait(of('clock.lapse')));
  assert.deepEqual([lapse.agency, lapse.what], ['pemkot', 'ack']);
  await pemkot.post('response.ack', { inc: report.jti });
  await polres.post('response.done', { inc: report.jti });
  await kpu.post('incident.resolve', { inc: report.jti, note: 'Massa bubar' });
  await kpu.post('incident.close', { inc: report.jti, disposition: 'handled' });
  await desk.wait(of('incident.close'));
  await desk.view.verify();
  assert.deepEqual(desk.view.wrong, []);
  await world.stop();
});

/** Officers who write without a pause until `stop`: what was acknowledged, and what they saw. */
async function crowd(world, size) {
  const kpu = await world.who('kpu', 'duty');
  const report = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Catatan',
    to: ['polres'],
  });
  const posted = [];
  let going = true;
  const members = [kpu, await world.who('polres', 'duty')];
  const links = Array.from({ length: size }, (_, i) => new Link(members[i % 2], world.hubs));
  await until('the crowd is connected', () => links.every((link) => link.view.live));
  const work = links.map(async (link, i) => {
    for (let n = 0; going; n++) {
      const note = await link.person.sign('incident.note', { inc: report.jti, body: `${i}: ${n}` });
      posted.push({ ...(await link.deliver(note)), jti: note.jti });
      await sleep(20);
    }
  });
  const more = (n, ms) => {
    const want = posted.length + n;
    return until(`${n} more notes are stored`, () => posted.length >= want, ms);
  };
  const stop = async () => {
    going = false;
    await Promise.all(work);
    const last = Math.max(...posted.map((p) => p.seq));
    await until('all have seen all', () => links.every((link) => link.view.last >= last));
    await Promise.all(links.map((link) => link.stop()));
    return { posted, views: links.map((link) => Object.assign(link.view, { only: link.person })) };
  };
  return { links, more, stop };
}

/** Everything acknowledged stands in the ledger once, in one order, and each reader has it all. */
async function check(world, { posted, views }) {
  const all = await ledger(world);
  checkOrder(all);
  checkPosted(all, posted);
  for (const view of views) {
    assert.deepEqual(view.wrong, []);
    for (const p of posted) assert.ok(view.records.has(p.seq), `${p.seq} was not told`);
    await view.verify();
  }
}

test('a hub that is killed in mid-work and started again has lost nothing', async (t) => {
  const world = await enter();
  const officers = await crowd(world, 4);
  await officers.more(50);
  await c.kill('hub');
  await sleep(500);
  const begin = performance.now();
  await c.start('hub');
  await officers.more(50, 60_000);
  t.diagnostic(`going again ${((performance.now() - begin) / 1000).toFixed(1)} s after the start`);
  const told = await officers.stop();
  assert.ok(
    officers.links.every((link) => link.connects > 1),
    'all were cut',
  );
  await check(world, told);
  t.diagnostic(`${told.posted.length} notes acknowledged, all stored`);
  await world.stop();
});

test('down and up: the ledger, the key and the certificate stay', async () => {
  const strings = async () =>
    (await c.rows('SELECT jws FROM ledger ORDER BY seq')).map((row) => row.jws);
  const old = await strings();
  await c.down();
  assert.equal(await c.container('hub'), undefined);
  await c.up();
  await c.healthy('hub');
  const now = await strings(); // a clock may have run out meanwhile
  assert.ok(old.length > 100 && old.every((jws, i) => jws === now[i]), 'what was there is there');
  assert.equal(await c.inside('hub', 'cat', '/etc/posko/tls/ca.pem'), ca);
  await (await enter()).stop();
});

test('two hubs behind haproxy on the same data: all healthy', async () => {
  await c.down();
  await c.up(c.HA);
  for (const service of ['database', 'hub', 'hub2', 'proxy']) await c.healthy(service);
});

/** Connections to a hub's socket; the kernel counts them where they were dialled. */
async function held(hub) {
  const sockets = (await c.inside('proxy', 'cat', '/proc/net/unix')).split('\n');
  return sockets.filter(
    (line) => / 03 +\d+ \/run\/posko\//.test(line) && line.endsWith(`/${hub}.sock`),
  ).length;
}

test('clients are on both hubs; each is killed once: they go on, and nothing is lost', async (t) => {
  const world = await enter();
  const officers = await crowd(world, 6);
  await officers.more(50);
  for (const hub of ['hub', 'hub2']) assert.ok((await held(hub)) >= 2, `clients are on ${hub}`);
  for (const hub of ['hub2', 'hub']) {
    const times = () => officers.links.reduce((sum, link) => sum + link.connects, 0);
    const before = times();
    await c.kill(hub);
    const begin = performance.now();
    await officers.more(6 * 5, 15_000);
    assert.ok(times() > before, `some were on ${hub}`);
    t.diagnostic(
      `without ${hub}: 30 more notes after ${((performance.now() - begin) / 1000).toFixed(1)} s`,
    );
    await c.start(hub);
    await sleep(2500); // until haproxy has seen it
  }
  const told = await officers.stop();
  await check(world, told);
  t.diagnostic(`${told.posted.length} notes acknowledged, all stored`);
  await world.stop();
});

test('the browsers live their story through haproxy, on both hubs', browsers);
