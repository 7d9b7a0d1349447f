// Machines: a storm is one ticket, a silence is one too, and a script needs nothing of ours.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { World, calm } from './lib/world.mjs';
import { ROOT } from './lib/hub.mjs';
import { claimsOf } from './lib/view.mjs';
import { ledger, checkOrder } from './lib/checker.mjs';
import { until, sleep } from './lib/wait.mjs';

let world, source, coordinator, kpu, desk, silence;

before(async () => {
  world = await World.create();
  await world.policy(calm());
  source = await world.source();
  coordinator = await world.who('kpu', 'coordinator');
  kpu = await world.who('kpu', 'duty');
  desk = await coordinator.connect({ follow: true });
  silence = beatsOnceAndStops();
  silence.catch(() => {});
});
after(() => world?.stop());

/** A machine that must beat every 10 s beats once; runs while the other tests do. */
async function beatsOnceAndStops() {
  const machine = await world.addSource('kpu', 'pintu-gudang', {
    every: 10,
    cats: ['physical.alarm'],
  });
  const never = await world.addSource('kpu', 'belum-dipasang', { every: 10 });
  const s = await machine.connect();
  s.send({ op: 'beat' });
  return { machine, never, s, beaten: Date.now() };
}

test('400 alerts with one key in a minute are one ticket with count 400', async () => {
  const begin = performance.now();
  const raise = () =>
    source.post('alert.raise', {
      cat: 'cyber.ddos',
      title: 'Banjir paket ke situs',
      key: 'ddos-www',
      sev: 'severe',
    });
  const posted = await Promise.all(Array.from({ length: 400 }, raise));
  assert.ok(performance.now() - begin < 60_000);
  const last = posted.reduce((a, b) => (a.seq > b.seq ? a : b));
  await desk.wait((m) => m.op === 'record' && m.seq === last.seq);
  const tickets = [...desk.view.ticket.values()].map((t) => t.value);
  assert.equal(tickets.length, 1);
  assert.equal(tickets[0].count, 400);
  assert.equal(tickets[0].last, last.at);
  assert.equal(tickets[0].agencies.map((a) => a.id).join(), 'csirt');
});

test('the same key of another machine, and another key, are other tickets', async () => {
  const other = await world.addSource('polres', 'detektor');
  const a = await other.post('alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'ddos-www' });
  const b = await source.post('alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'ddos-api' });
  for (const p of [a, b])
    await until('its own ticket', () => desk.view.ticketOf(p.jti)?.count === 1);
});

test('alert.clear is said on the ticket, and the next raise unsays it', async () => {
  const inc = [...desk.view.ticket.values()].find((t) => t.value.count === 400).value.id;
  await source.post('alert.clear', { key: 'ddos-www' });
  await until('clear', () => desk.view.ticketOf(inc).clear === true);
  assert.equal(desk.view.ticketOf(inc).state, 'open', 'people close');
  await source.post('alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'ddos-www', count: 1000 });
  await until('counted', () => desk.view.ticketOf(inc).count === 1400);
  assert.equal(desk.view.ticketOf(inc).clear, false);
});

test('a machine may post over HTTP, without a session and without a token', async () => {
  const { jws } = await source.sign('alert.raise', {
    cat: 'cyber.scan',
    title: 'Pindai',
    key: 'http',
  });
  const first = await source.over(jws);
  assert.equal(first.status, 200);
  const again = await source.over(jws);
  assert.deepEqual([again.status, again.seq, again.at], [200, first.seq, first.at]);
});

test('the Python script of the README, run as printed, makes a ticket', async (t) => {
  const readme = join(ROOT, 'README.md');
  if (!existsSync(readme)) return t.skip('no README.md');
  const script = readFileSync(readme, 'utf8').match(/```python\n([\s\S]*?)```/)?.[1];
  if (!script) return t.skip('no Python script in README.md');
  assert.ok(script.trim().split('\n').length <= 25, 'at most 25 lines');
  const folder = mkdtempSync('/tmp/py-');
  writeFileSync(join(folder, 'alert.py'), script);
  const env = { ...process.env, POSKO_DATA: world.data, DEMO: join(world.data, 'demo.json') };
  const before = await world.head();
  const args = [join(folder, 'alert.py'), join(world.data, 'demo.json')];
  const out = await new Promise((done) => {
    execFile('python3', args, { env, cwd: world.data }, (error, stdout, stderr) =>
      done({ error, stdout, stderr }),
    );
  });
  rmSync(folder, { recursive: true });
  assert.equal(out.error, null, out.stderr);
  const made = (await ledger(world)).filter(
    (row) => row.seq > before && row.kind === 'alert.raise',
  );
  assert.equal(made.length, 1, out.stdout);
  await until('its ticket', () =>
    [...desk.view.ticket.values()].some((x) => x.value.seq === made[0].seq),
  );
});

test('a machine that stops beating opens one ticket; one that never beat does not', async () => {
  const { machine, s, beaten } = await silence;
  const told = (m) => m.op === 'record' && claimsOf(m).kind === 'source.silent';
  const m = await desk.wait(told, { ms: 15_000, what: 'source.silent' });
  const c = claimsOf(m);
  assert.deepEqual([c.iss, c.agency, c.source], ['hub', 'kpu', 'pintu-gudang']);
  assert.ok(Math.abs(c.since - beaten) < 1000, 'since its last beat');
  assert.ok(m.at >= c.since + 10_000 && m.at < c.since + 12_000, `after ${m.at - c.since} ms`);
  const ticket = m.ticket;
  assert.deepEqual(
    [ticket.cat, ticket.title, ticket.lead],
    ['physical.alarm', 'pintu-gudang', 'kpu'],
  );
  await sleep(3000);
  assert.equal(desk.seen.filter(told).length, 1, 'once');
  assert.ok(desk.view.source.get('kpu/pintu-gudang'));
  s.send({ op: 'beat' });
  await sleep(500);
  assert.equal(desk.view.ticketOf(ticket.id).clear ?? false, false, 'a beat clears nothing');
  const again = await desk.wait((x) => told(x) && x.seq > m.seq, {
    ms: 15_000,
    what: 'the second silence',
  });
  assert.equal(again.ticket.id, ticket.id, 'the same open ticket');
  assert.equal(again.ticket.count, 2);
  assert.ok(machine.name);
});

test('the ledger is whole', async () => {
  checkOrder(await ledger(world));
  assert.deepEqual(desk.view.wrong, []);
  await desk.view.verify();
});
