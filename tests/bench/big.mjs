// What needs millions of rows: a start with many open tickets, clocks among many, growth of the
// ledger, and a crowd that comes back at once.  The rows are copies of one real ticket's, put in by
// SQL past the hub but not past the database's own checks.  POSKO_BENCH_SCALE=0.01 tries it small.
import { readFileSync, readdirSync, statfsSync } from 'node:fs';
import { Rig, load, sleep } from './rig.mjs';
import { lateness } from './clocks.mjs';

const SCALE = Number(process.env.POSKO_BENCH_SCALE ?? 1);
const TICKETS = Math.round(1_000_000 * SCALE);
const ROWS = 5 * TICKETS;
const PIECE = 100_000;
const FREE_GB = 40 * SCALE + 2;
const SATURATED = { work: 'story', writers: 32, window: 16, warm: 1, seconds: 3, pool: 90_000 };
const BRIEF = { ...SATURATED, seconds: 1, pool: 30_000 };
const CROWD = 5000;
const rate = (r) => r.acked / r.seconds;
const us = (r) => ((r.hubCpu + r.databaseCpu) / r.acked) * 1e6;

function checkDisk() {
  const { bavail, bsize } = statfsSync('/tmp');
  const free = (bavail * bsize) / 2 ** 30;
  if (free < FREE_GB) throw new Error(`${free.toFixed(0)} GB free, ${FREE_GB} GB are needed`);
}

/** Ids in the order of time, as real ones are. */
const id = (from, n, fill) =>
  `(lpad(to_hex(${from} + ${n}), 12, '0') || '7000' || lpad(to_hex(${n}), 16, '${fill}'))::uuid`;
const ID = id('1700000000000', 'i', '8');

/** `count` ledger rows behind the head, about the copied tickets where there are any. */
function ledgerRows(count, tickets) {
  const ticket = tickets ? id('1700000000000', `((s + i) % ${tickets} + 1)`, '8') : 'NULL';
  return `DO $$ DECLARE s bigint; BEGIN
    SELECT seq INTO s FROM head FOR UPDATE;
    UPDATE head SET seq = s + ${count}, rev = rev + 1;
    INSERT INTO ledger (seq, at, typ, kind, iss, act, kid, jti, ticket, sha256, leaf, jws, rev)
      SELECT s + i, l.at, l.typ, 'incident.note', l.iss, l.act, l.kid,
        ${id('1600000000000', '(s + i)', '9')}, ${ticket},
        sha256(i::text::bytea), sha256((s + i)::text::bytea), l.jws, 1
      FROM generate_series(1, ${count}) i, (SELECT * FROM ledger WHERE kind = 'incident.report' LIMIT 1) l;
    END $$`;
}

async function fill(rig, rows, tickets) {
  for (let done = 0; done < rows; done += PIECE)
    await rig.sql(ledgerRows(Math.min(PIECE, rows - done), tickets));
  await rig.sql('VACUUM (ANALYZE) ticket, obligation, ledger');
  await rig.sql('CHECKPOINT');
}

/** Open tickets with their obligations, copies of the last one. */
async function copyTickets(rig, count) {
  const [{ base }] = await rig.sql('SELECT max(no) AS base FROM ticket');
  await rig.sql(`INSERT INTO ticket (id, no, exercise, state, seq, rev, doc)
    SELECT ${ID}, t.no + i, false, t.state, t.seq, t.rev, replace(t.doc::text, t.id::text, ${ID}::text)::json
    FROM generate_series(1, ${count}) i, (SELECT * FROM ticket WHERE no = ${base}) t`);
  await rig.sql(`INSERT INTO obligation SELECT ${ID}, o.agency, o.what, o.about, o.since,
    o.due + 86400000 * 300::bigint, o.next + 86400000 * 300::bigint, o.step, o.sev
    FROM generate_series(1, ${count}) i,
      (SELECT * FROM obligation WHERE inc = (SELECT id FROM ticket WHERE no = ${base})) o`);
  await rig.sql(`UPDATE head SET no = no + ${count}, rev = rev + 1`);
}

/** Seconds of CPU of a process since it began. */
const cpu = (pid) =>
  readdirSync(`/proc/${pid}/task`)
    .map((tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, ns) => sum + ns * 1e-9, 0);

const databaseCpu = (rig) => rig.pids().database.reduce((sum, pid) => sum + cpu(pid), 0);

const rss = (pid) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) * 1024;

/** P19: the hub's own start, tickets in pieces, and what a ticket weighs. */
async function start(rig, notes, repeats) {
  await rig.load({ work: 'report', writers: 1, window: 1, warm: 0, seconds: 0.2, pool: 200 });
  const without = rss(rig.hub.child.pid);
  await rig.hub.stop();
  await copyTickets(rig, TICKETS);
  await fill(rig, ROWS, TICKETS);
  for (let i = 0; i < repeats; i++) {
    const before = databaseCpu(rig); // the WAL writer's
    const ms = await rig.hub.start(600_000);
    const hub_cpu = cpu(rig.hub.child.pid);
    const database_cpu = databaseCpu(rig) - before;
    notes.note('P19a', ms / 1000, { tickets: TICKETS, rows: ROWS, hub_cpu, database_cpu });
    const each = (rss(rig.hub.child.pid) - without) / TICKETS;
    notes.note('P19b', each, { rss: rss(rig.hub.child.pid) });
    if (i + 1 < repeats) await rig.hub.stop();
  }
}

/** P20: the same load on an empty ledger and behind ten million rows, in turn. */
async function growth(full, empty, notes, repeats) {
  await full.load(BRIEF);
  await full.hub.stop();
  await fill(full, 2 * ROWS, 0);
  await full.hub.start(600_000);
  await empty.load(BRIEF);
  await full.load(BRIEF);
  for (let i = 0; i < repeats; i++) {
    const runs = { empty: [], full: [] };
    for (const name of ['empty', 'full', 'full', 'empty'])
      runs[name].push(await { empty, full }[name].load({ ...SATURATED, seconds: 2, pool: 60_000 }));
    const mean = (name, of) => (of(runs[name][0]) + of(runs[name][1])) / 2;
    notes.note('P20', mean('full', rate) / mean('empty', rate), {
      full: mean('full', rate),
      empty: mean('empty', rate),
      full_us: mean('full', us),
      empty_us: mean('empty', us),
      rows: 2 * ROWS,
    });
  }
}

/** P21: everybody who followed is cut by a restart and comes back at once.  They may read nothing of
 *  what is posted meanwhile: what a delivery costs is P7 and P8. */
async function comeBack(rig, notes, repeats) {
  const post = { work: 'note', writers: 1, window: 1, rate: 50, warm: 0, pool: 2000 };
  const restart = async () => {
    await rig.hub.stop();
    await rig.hub.start();
  };
  let seconds = await crowd(rig); // so long are the posts meanwhile
  for (let i = 0; i < repeats; i++) {
    await restart();
    const idle = await rig.load({ ...post, seconds: 5 });
    await restart();
    let took = 0;
    const during = await rig.load({ ...post, seconds }, async (when) => {
      if (when === 'begin') took = await crowd(rig);
    });
    seconds = took;
    notes.note('P21a', took, { connections: CROWD, posts: during.acked });
    const { p99 } = during.ack_ms;
    notes.note('P21b', p99 / idle.ack_ms.p99, { ms: p99, idle: idle.ack_ms.p99 });
  }
}

/** All dial at once, follow, and leave when the last of them is live: the seconds until then. */
async function crowd(rig) {
  const { aud, hubs } = rig.world;
  const { said, stop } = await load({
    keys: rig.idleKeys,
    aud,
    port: hubs[0].port,
    silent: 1,
    subs: CROWD,
    writers: 0,
  });
  await stop();
  return said.ready.at - said.signed.at;
}

export async function big(part, notes, repeats) {
  checkDisk();
  let sound = await part('start', { subs: 4 }, async (rig) => {
    await start(rig, notes, repeats);
    for (let i = 0; i < repeats; i++) await lateness(rig, notes);
  });
  sound &= await part('growth', {}, async (full) => {
    const empty = await Rig.open(full.cluster);
    try {
      await growth(full, empty, notes, repeats);
    } finally {
      await empty.close();
    }
  });
  sound &= await part('come back', { idle: CROWD }, (rig) => comeBack(rig, notes, repeats));
  return sound;
}
