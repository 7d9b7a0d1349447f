// What befalls the database: the whole of it killed, a session cut off in its COMMIT, the standby
// lost while the author repeats himself, the clock moved.
import assert from 'node:assert/strict';
import { calm } from '../../flow/lib/world.mjs';
import { Link } from '../../flow/lib/person.mjs';
import { checkOrder, checkPosted, checkSigned, ledger } from '../../flow/lib/checker.mjs';
import { claimsOf } from '../../flow/lib/view.mjs';
import { sleep, until } from '../../flow/lib/wait.mjs';

const metric = async (hub, name) =>
  Number((await hub.metrics()).match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);

const total = async (world, name) =>
  (await Promise.all(world.hubs.map((hub) => metric(hub, name)))).reduce((a, b) => a + b);

/** 2: kill -9 of the postmaster, and sessions that end in the middle of their COMMIT. */
export async function killDatabase(run) {
  const world = await run.world({ hubs: 2 });
  const load = await run.load(world);
  await sleep(1500);
  for (let i = 0; i < run.size(10, 2); i++) {
    await run.during(async () => {
      await world.cluster.primary.kill();
      await sleep(run.between(300, 1500));
      await world.cluster.primary.start();
    });
    await run.during(() => run.heardAgain(load, 'posted after the database is up'));
    await sleep(run.between(500, 1500));
  }
  for (let i = 0; i < run.size(10, 3); i++) {
    await run.during(async () => {
      await world.sql(`DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM (${sessions(world)}) s; END $$`);
      await run.heardAgain(load, 'posted after all sessions were ended');
    });
  }
  await endInCommit(run, world, load);
  await run.check(load);
  for (const hub of world.hubs) assert.ok(hub.alive(), 'the hubs ran on');
}

const sessions = (world) =>
  `SELECT pid FROM pg_stat_activity WHERE datname = '${world.db}'
   AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** A flush that waits makes COMMIT long enough to be found in it: then its session is ended, or
 *  killed, which takes all sessions with it. */
async function endInCommit(run, world, load) {
  const { cluster } = world;
  for (const set of ['commit_delay = 30000', 'commit_siblings = 0'])
    await cluster.sql('postgres', `ALTER SYSTEM SET ${set}`);
  await cluster.sql('postgres', 'DO $$ BEGIN PERFORM pg_reload_conf(); END $$');
  await sleep(500);
  const doubts = await total(world, 'posko_turns_in_doubt_total');
  const ends = run.size(8, 2);
  const kills = run.size(8, 2);
  let hit = 0;
  for (let i = 0; i < ends + kills; i++) {
    const pid = await inCommit(world, i < ends);
    if (!pid) continue;
    hit++;
    await run.during(async () => {
      if (i >= ends) process.kill(pid, 'SIGKILL');
      await run.heardAgain(load, 'posted after a session was lost in COMMIT');
    });
  }
  const doubted = (await total(world, 'posko_turns_in_doubt_total')) - doubts;
  run.say(`${hit} sessions lost in COMMIT, ${doubted} turns in doubt`);
  assert.ok(hit >= ends / 2 && doubted >= 1, 'COMMIT was hit');
}

/** Waits for a session of the hubs that is in COMMIT; ends it there, or gives its pid. */
async function inCommit(world, end) {
  const found = `SELECT pid INTO victim FROM pg_stat_activity WHERE datname = '${world.db}'
    AND state = 'active' AND query ~* '\\mcommit\\s*$' AND application_name LIKE 'posko turn%' LIMIT 1`;
  const act = end ? 'PERFORM pg_terminate_backend(victim);' : '';
  const text = `DO $$ DECLARE victim int; BEGIN
    FOR i IN 1..3000 LOOP
      PERFORM pg_stat_clear_snapshot();
      ${found};
      IF victim IS NOT NULL THEN ${act} RAISE EXCEPTION 'pid %', victim; END IF;
      PERFORM pg_sleep(0.001);
    END LOOP; END $$`;
  const told = await world.sql(text).catch((e) => String(e.stderr));
  return Number(told.match(/pid (\d+)/)?.[1] ?? 0);
}

const held = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/** 16: the standby dies in mid-commit, the wait is broken from outside, the author repeats. */
export async function loseStandby(run) {
  const world = await run.world({ hubs: 2, standby: true });
  await world.policy(calm());
  const kpu = await world.who('kpu', 'duty');
  const polres = await world.who('polres', 'duty');
  const reader = await polres.connect({ hub: world.hubs[1], follow: true });
  const two = { ms: 12_000, what: 'a mark that says that a commit reaches two places' };
  const mark = await reader.wait((m) => m.op === 'mark' && m.copies === 2, two);
  const links = world.hubs.map((hub) => new Link(kpu, [hub], { follow: false, silence: 500 }));
  run.after(() => Promise.all(links.map((l) => l.stop())));
  await until('connected', () => links.every((l) => l.session?.open));
  const posted = [];
  const say = async (link, signed) => {
    const answer = await link.deliver(signed);
    posted.push({ jti: signed.jti, seq: answer.seq, at: answer.at });
    return answer;
  };
  const report = (title) =>
    kpu.sign('incident.report', { cat: 'other.other', title, to: ['polres'] });
  await say(links[0], await report('Dengan dua salinan'));

  await world.cluster.standby.kill();
  const doubtful = await report('Dalam keraguan');
  let heard = 0;
  const answers = [
    say(links[0], doubtful),
    say(links[1], doubtful),
    say(links[1], await report('Sesudahnya')),
  ].map((p) => p.then(() => heard++));
  await until('a commit waits for the standby', async () => (await world.sql(held)).length > 0);
  await sleep(2000);
  assert.equal(heard, 0, 'silence while the standby is away');
  await breakTheWait(world, doubtful, () => heard);
  assert.ok(!reader.seen.some((m) => m.jws === doubtful.jws), 'nobody was shown it');
  const again = await polres.connect({ hub: world.hubs[0] }).catch(() => null);
  if (again) {
    again.send({ op: 'follow', after: mark.head });
    await sleep(1000);
    assert.ok(!again.seen.some((m) => m.jws === doubtful.jws), 'nor by a new follow');
  }

  await world.cluster.standby.start();
  const from = performance.now();
  await Promise.all(answers);
  run.recovered('posted with the standby back', performance.now() - from);
  assert.equal(heard, 3);
  const shown = (m) => m.jws === doubtful.jws;
  await until('the reader is shown it', () => [...reader.view.records.values()].some(shown));
  await say(links[1], await report('Semua sehat'));
  assert.deepEqual(reader.view.wrong, []);
  for (const l of links) await l.stop();
  await loseThePrimary(world, posted);
  run.say(`${posted.length} posted, all on the standby; back after ${run.recoveries} ms`);
}

/** PostgreSQL keeps the local commit of a wait that is broken.  The repeats go on meanwhile. */
async function breakTheWait(world, doubtful, heard) {
  for (const how of ['pg_cancel_backend', 'pg_terminate_backend', 'pg_terminate_backend']) {
    await world.sql(`DO $$ BEGIN PERFORM ${how}(pid) FROM (${held}) AS w; END $$`);
    await sleep(1500);
    assert.equal(heard(), 0, `no false posted after ${how}`);
  }
  const stored = await world.sql(`SELECT seq FROM ledger WHERE jti = '${doubtful.jti}'`);
  assert.equal(stored.length, 1, 'the record stands on the primary, and only there');
}

/** The machine of the primary is lost: what was posted is on the other. */
async function loseThePrimary(world, posted) {
  await world.cluster.primary.kill();
  await world.cluster.sql(world.db, 'SELECT pg_promote()', world.cluster.standby);
  const rows = await ledger(world, world.cluster.standby);
  checkOrder(rows);
  checkPosted(rows, posted);
  await checkSigned(rows, world.hubKid);
  for (const hub of world.hubs) await hub.kill();
  await world.cluster.standby.stop('SIGQUIT');
}

/** 8: the database's clock jumps under load, by hours and a day, there and back, and drifts. */
export async function moveClock(run) {
  const world = await run.world({ hubs: 2, faketime: true });
  const load = await run.load(world);
  const marked = () => load.readers.some((r) => r.view.mark?.clock === 'held');
  await sleep(3000);
  for (const jump of run.quick ? ['+1d'] : ['+1d', '-1d', '+2h', '-2h', '+3600', '-3600']) {
    await run.during(async () => {
      world.cluster.setClock(jump);
      await until(`mark says that the clock is held (${jump})`, marked, 12_000);
      const ready = await (await fetch(`${world.hub.url}/readyz`)).text();
      assert.match(ready, /clock/, '/readyz says so');
      world.cluster.setClock('+0');
      const from = performance.now();
      await until('mark says that it is believed again', () => !marked(), 12_000);
      run.recovered('the clock is believed', performance.now() - from);
    });
  }
  for (const hub of world.hubs)
    assert.ok(
      hub.logs.some((l) => l.event === 'clock.held' && l.level === 'error'),
      'an alarm in the log',
    );
  const now = Date.now();
  const all = await run.check(load, { late: 5000 });
  assert.ok(all.at(-1).at < now + 20_000, 'no jump entered the ledger');
  for (const p of load.posted)
    assert.ok(Math.abs(p.at - p.heard) < 6000, `at ${p.at} heard ${p.heard} (${p.kind})`);
  const [reader] = load.readers;
  const lapses = [...reader.view.records.values()].filter((m) => claimsOf(m).kind === 'clock.lapse');
  assert.ok(lapses.length > 0, 'readers are shown the firings');
}
