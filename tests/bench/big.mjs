// What needs millions of rows: a start with many open tickets, clocks among many, growth of the
// ledger, and a crowd that comes back at once.  The rows are copies of one real ticket's, put in by
// SQL past the hub but not past the database's own checks.  POSKO_BENCH_SCALE=0.01 tries it small.
import { readFileSync, statfsSync } from 'node:fs';
import { load, median, sleep } from './rig.mjs';
import { lateness } from './clocks.mjs';

const SCALE = Number(process.env.POSKO_BENCH_SCALE ?? 1);
const TICKETS = Math.round(1_000_000 * SCALE);
const ROWS = 5 * TICKETS;
const PIECE = 100_000;
const FREE_GB = 40 * SCALE + 2;
const SATURATED = { work: 'story', writers: 32, window: 16, warm: 1, seconds: 3, pool: 90_000 };
const CROWD = 5000;
const rate = (r) => r.acked / r.seconds;

function checkDisk() {
  const { bavail, bsize } = statfsSync('/tmp');
  const free = (bavail * bsize) / 2 ** 30;
  if (free < FREE_GB) throw new Error(`${free.toFixed(0)} GB free, ${FREE_GB} GB are needed`);
}

const ID = "(lpad(to_hex(1700000000000 + i), 12, '0') || '7000' || lpad(to_hex(i), 16, '8'))::uuid";

/** `count` ledger rows behind the head, about the copied tickets where there are any. */
function ledgerRows(count, tickets, base) {
  const ticket = tickets
    ? `(SELECT id FROM ticket WHERE no = ${base} + 1 + i % ${tickets} AND NOT exercise)`
    : 'NULL';
  return `DO $$ DECLARE s bigint; BEGIN
    SELECT seq INTO s FROM head FOR UPDATE;
    UPDATE head SET seq = s + ${count}, rev = rev + 1;
    INSERT INTO ledger (seq, at, typ, kind, iss, act, kid, jti, ticket, sha256, leaf, jws, rev)
      SELECT s + i, l.at, l.typ, 'incident.note', l.iss, l.act, l.kid, gen_random_uuid(), ${ticket},
        sha256(i::text::bytea), sha256((s + i)::text::bytea), l.jws, 1
      FROM generate_series(1, ${count}) i, (SELECT * FROM ledger WHERE kind = 'incident.report' LIMIT 1) l;
    END $$`;
}

/** The number of the ticket that was copied. */
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
  return base;
}

const rss = (pid) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) * 1024;

/** P19: the hub's own start, tickets in pieces, and what a ticket weighs. */
async function start(rig, notes) {
  await rig.load({ work: 'report', writers: 1, window: 1, warm: 0, seconds: 0.2, pool: 200 });
  const without = rss(rig.hub.child.pid);
  await rig.hub.stop();
  const base = await copyTickets(rig, TICKETS);
  for (let done = 0; done < ROWS; done += PIECE)
    await rig.sql(ledgerRows(Math.min(PIECE, ROWS - done), TICKETS, base));
  await rig.sql('VACUUM (ANALYZE) ticket, obligation, ledger');
  for (let i = 0; i < 3; i++) {
    const ms = await rig.hub.start(600_000);
    notes.note('P19a', ms / 1000, { tickets: TICKETS, rows: ROWS });
    const each = (rss(rig.hub.child.pid) - without) / TICKETS;
    notes.note('P19b', each, { rss: rss(rig.hub.child.pid) });
    if (i < 2) await rig.hub.stop();
  }
}

/** P20: the same load on an empty ledger, and behind ten million rows. */
async function growth(rig, notes, repeats) {
  const runs = async () => {
    const figures = [];
    for (let i = 0; i < repeats; i++) figures.push(rate(await rig.load(SATURATED)));
    return median(figures);
  };
  const empty = await runs();
  await rig.hub.stop();
  for (let done = 0; done < 2 * ROWS; done += PIECE)
    await rig.sql(ledgerRows(Math.min(PIECE, 2 * ROWS - done), 0));
  await rig.sql('VACUUM (ANALYZE) ledger');
  await rig.sql('CHECKPOINT');
  await rig.hub.start(600_000);
  const full = await runs();
  notes.note('P20', full / empty, { full, empty, rows: 2 * ROWS });
}

/** P21: everybody who followed is cut by a restart and comes back at once. */
async function comeBack(rig, notes, repeats) {
  const post = { work: 'note', writers: 1, window: 1, rate: 20, warm: 0 };
  for (let i = 0; i < repeats; i++) {
    const idle = await rig.load({ ...post, seconds: 5, pool: 200 });
    await rig.hub.stop();
    await rig.hub.start();
    const during = rig.load({ ...post, seconds: 12, pool: 400 });
    await sleep(500);
    const crowd = await load({
      keys: rig.keys,
      aud: rig.world.aud,
      port: rig.hub.port,
      silent: 1,
      subs: CROWD,
      writers: 0,
    });
    const took = crowd.said.ready.at - crowd.said.signed.at;
    const { ack_ms } = await during;
    await crowd.stop();
    notes.note('P21a', took, { connections: CROWD });
    notes.note('P21b', ack_ms.p99 / idle.ack_ms.p99, { ms: ack_ms.p99, idle: idle.ack_ms.p99 });
  }
}

export async function big(part, notes, repeats) {
  checkDisk();
  let sound = await part('start', { subs: 4 }, async (rig) => {
    await start(rig, notes);
    for (let i = 0; i < repeats; i++) await lateness(rig, notes);
  });
  sound &= await part('growth', {}, (rig) => growth(rig, notes, repeats));
  sound &= await part('come back', { subs: CROWD }, (rig) => comeBack(rig, notes, repeats));
  return sound;
}
