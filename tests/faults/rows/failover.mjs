// 15: the database fails over.  Patroni and etcd as plain processes; and, without them, a fail-over
// that loses what was acknowledged, which a hub must say and not go on from.
import assert from 'node:assert/strict';
import { checkOrder, checkPosted, ledger } from '../../flow/lib/checker.mjs';
import { calm } from '../../flow/lib/world.mjs';
import { sleep, until, within } from '../../flow/lib/wait.mjs';
import { Patroni } from '../lib/patroni.mjs';

const copies = async (hub) => (await (await fetch(`${hub.url}/readyz`)).json()).copies;

export async function failOver(run) {
  const cluster = await Patroni.start();
  run.after(() => cluster.stop());
  const world = await run.world({ hubs: 2, cluster });
  const load = await run.load(world);
  const both = async () => {
    const told = await Promise.all(world.hubs.map(copies)).catch(() => []);
    return told.length === 2 && told.every((n) => n === 2);
  };
  await until('/readyz of both hubs says 2 copies', both, 20_000, 200);
  for (let i = 0; i < run.size(5, 1); i++) {
    await sleep(run.between(500, 2500));
    const leader = await cluster.leader();
    const ms = await pauseOf(run, load, 'after the kill', () => cluster.kill(leader));
    assert.ok((await cluster.leader()) !== leader, 'the other leads');
    await sayStored(run, world, load, `leader ${leader.name} killed: writes paused for ${ms} ms`);
    cluster.startNode(leader);
    await cluster.synchronous();
    await until('/readyz of both hubs says 2 copies again', both, 20_000, 200);
    const marked = () => load.readers.every((r) => r.view.mark?.copies === 2);
    await until('and mark too', marked, 20_000, 100);
  }
  const dropped = world.hubs.map((h) => h.logs.filter((l) => l.event === 'copies.dropped').length);
  run.say(`copies.dropped logged ${dropped.join(' and ')} times`);
  assert.ok(dropped.every((n) => n >= 1), 'each hub raised the alarm of copies');
  if (!run.quick) {
    const ms = await pauseOf(run, load, 'after a switchover', () => cluster.switchover());
    await sayStored(run, world, load, `switchover: writes paused for ${ms} ms`);
    await cluster.synchronous();
  }
  await run.check(load, { patience: 90_000 });
  for (const hub of world.hubs) assert.ok(hub.alive(), 'the hubs ran on');
  if (!run.quick) await loseTail(run);
}

/** L0 at once, on the new leader: whatever anybody has heard stands there. */
async function sayStored(run, world, load, what) {
  const posted = load.posted.slice();
  const rows = await ledger(world);
  const stored = posted.filter((p) => rows[p.seq - 1]?.claims.jti === p.jti).length;
  run.say(`${what}; acknowledged ${posted.length}, stored of them ${stored}`);
  checkOrder(rows);
  checkPosted(rows, posted);
}

/** The longest time in which nobody heard posted, from `act` until writing goes on. */
async function pauseOf(run, load, what, act) {
  return run.during(async () => {
    const acted = performance.now();
    await act();
    let last = acted;
    let pause = 0;
    const heard = load.posted.length;
    let count = heard;
    for (;;) {
      const now = performance.now();
      if (load.posted.length > count) {
        pause = Math.max(pause, now - last);
        last = now;
        count = load.posted.length;
      }
      if (count > heard + 50 && now - acted > 3000) break;
      if (now - last > 60_000) throw new Error(`no posted for a minute ${what}`);
      await sleep(5);
    }
    run.recovered(`posted ${what}`, pause);
    return Math.round(pause);
  });
}

/** An asynchronous standby that was behind takes over: the head is below what the hub told. */
async function loseTail(run) {
  const world = await run.world({ hubs: 0, standby: true });
  const { cluster } = world;
  world.dsn = world.dsn.replace(/host=\S+/, (host) => `${host},${cluster.standby.sockets}`);
  world.meddled = true;
  await world.addHub();
  world.readDemo();
  await world.policy(calm());
  const kpu = await world.who('kpu', 'duty');
  const say = (title) =>
    kpu.post('incident.report', { cat: 'other.other', title, to: ['polres'] });
  await say('Di kedua tempat');
  for (const set of ["synchronous_standby_names = ''"])
    await cluster.sql('postgres', `ALTER SYSTEM SET ${set}`);
  await cluster.sql('postgres', 'DO $$ BEGIN PERFORM pg_reload_conf(); END $$');
  await cluster.standby.kill();
  for (let i = 0; i < 5; i++) await say(`Hanya di satu tempat ${i}`);
  const told = await world.head();
  const [hub] = world.hubs;
  await cluster.primary.kill();
  await cluster.standby.start();
  await cluster.sql(world.db, 'SELECT pg_promote()', cluster.standby);
  const { code } = await within('the hub stops', hub.gone, 60_000);
  assert.equal(code, 3, 'exit code');
  const said = hub.logs.find((l) => l.event === 'ledger.lost_tail');
  assert.equal(said?.level, 'error', 'it says that the ledger lost its tail');
  const [{ seq }] = await cluster.sql(
    world.db,
    'SELECT max(seq) AS seq FROM ledger',
    cluster.standby,
  );
  run.say(`told ${told}, the new head ${seq}: the hub ended with ${code} and said ${said.event}`);
  assert.ok(seq < told, 'there was a tail to lose');
}
