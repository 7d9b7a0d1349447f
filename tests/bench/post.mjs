// Goals about posting: throughput, latency, overload, forgeries, and the same against Node hubs.
import { CORES, limit } from './rig.mjs';
import { loadPeer, nodePeersAreThere, startNode, startRaw } from './peers.mjs';
import { rabbitIsThere, startRabbit } from './rabbit.mjs';

const SATURATED = { work: 'story', writers: 32, window: 16, warm: 1, seconds: 3, pool: 90_000 };
const rate = (r) => r.acked / r.seconds;
const us = (seconds, count) => (seconds / count) * 1e6;

/** What this machine can do right now: verifications, rows in batches, commits one by one. */
function limits(rig, notes) {
  const [, verifyUs] = limit('verify', 1, 0.7);
  const [verifies] = limit('verify', CORES, 0.7);
  const [rows] = limit('commit', rig.world.dsn, 'batch', 256, 1);
  const [p50, p99] = limit('commit', rig.world.dsn, 'serial', 1);
  Object.assign(notes.limits, { verifyUs, verifies, rows, p50, p99 });
  return { verifyUs, verifies, rows, p50, p99 };
}

async function saturation(rig, notes, now) {
  const r = await rig.load(SATURATED);
  const each = us(r.hubCpu + r.databaseCpu, r.acked);
  const threads = r.threads(rig.hub.child.pid).map(([, t]) => Number(us(t, r.acked).toFixed(1)));
  notes.note('P1', each / now.verifyUs, {
    us: each,
    hub: us(r.hubCpu, r.acked),
    database: us(r.databaseCpu, r.acked),
    threads,
    client: us(r.cpu('load'), r.acked),
    verify: now.verifyUs,
  });
  notes.note('P2', rate(r) / Math.min(now.verifies, now.rows), {
    acked: rate(r),
    verifies: now.verifies,
    rows: now.rows,
  });
  return { peak: rate(r), rss: r.rss };
}

/** A commit just before and just after: the disk's pace changes by the minute. */
async function latency(rig, notes, peak) {
  const serial = () => limit('commit', rig.world.dsn, 'serial', 1);
  const before = serial();
  const one = await rig.load({ ...SATURATED, writers: 1, window: 1, seconds: 3, pool: 20_000 });
  const after = serial();
  const p50 = (before[0] + after[0]) / 2;
  const p99 = (before[1] + after[1]) / 2;
  notes.note('P4a', one.ack_ms.p50 / p50, { ms: one.ack_ms.p50, commit: p50 });
  notes.note('P4b', one.ack_ms.p99 / p99, { ms: one.ack_ms.p99, commit: p99 });
  const half = await rig.load({ ...SATURATED, rate: peak / 2, pool: peak * 3 });
  const again = serial()[0];
  const commit = (after[0] + again) / 2;
  notes.note('P5a', half.ack_ms.p50 / commit, { ms: half.ack_ms.p50, commit, rate: peak / 2 });
  notes.note('P5b', half.ack_ms.p99 / commit, { ms: half.ack_ms.p99, commit });
}

/** Reports alone: of a story whose report was refused all else would be refused too, and rightly. */
async function overload(rig, notes) {
  const before = await rig.load({ ...SATURATED, work: 'report', pool: 60_000 });
  const peak = rate(before);
  const r = await rig.load({
    ...SATURATED,
    work: 'report',
    rate: 2 * peak,
    warm: 2,
    seconds: 4,
    pool: 2 * peak * 6.5,
  });
  notes.note('P17a', rate(r) / peak, { acked: rate(r), peak, busy: r.busy });
  notes.note('P17c', r.refused > 0 ? r.refused_other + r.busy_without_retry : NaN, {
    refused: r.refused, // none: not overloaded, so nothing was shown
  });
}

/** On a new hub, and with notes on one ticket: tickets stay in memory by right, and what was once
 *  used stays resident; both would be taken for what overload costs, or hide it. */
async function crowding(rig, notes) {
  const note = { ...SATURATED, work: 'note', pool: 80_000 };
  const before = await rig.load(note);
  const twice = 2 * rate(before);
  const r = await rig.load({ ...note, rate: twice, pool: twice * 4.5 });
  notes.note('P17b', r.rss / before.rss, { rss: r.rss, peak: before.rss, rate: twice });
}

async function forgeries(rig, notes, now, peak) {
  const all = await rig.load({ ...SATURATED, work: 'report', forged: 1, check: false });
  const refused = all.forged_refused;
  notes.note('P18a', us(all.hubCpu, refused) / now.verifyUs, {
    us: us(all.hubCpu, refused),
    refused,
  });
  const good = await rig.load({ ...SATURATED, work: 'report' });
  const half = await rig.load({ ...SATURATED, work: 'report', forged: 2 });
  notes.note('P18b', rate(half) / rate(good), { good: rate(half), without: rate(good), peak });
}

/** The hub and both Node hubs in turn, each at saturation, then at half of what Node can. */
async function against(rig, notes) {
  const rates = {};
  for (const mode of ['natural', 'batched']) {
    const peer = await startNode(rig, mode);
    rates[mode] = rate(await loadPeer(rig, peer, { ...SATURATED, pool: 60_000 }));
    if (mode === 'natural') {
      const options = { ...SATURATED, rate: rates.natural / 2, pool: rates.natural * 3 };
      const theirs = await loadPeer(rig, peer, options);
      const ours = await rig.load(options);
      notes.note('P6', ours.ack_ms.p99 / theirs.ack_ms.p99, {
        ms: ours.ack_ms.p99,
        node: theirs.ack_ms.p99,
        rate: rates.natural / 2,
      });
    }
    await peer.stop();
    const ours = rate(await rig.load(SATURATED));
    const goal = mode === 'natural' ? 'P3a' : 'P3b';
    notes.note(goal, ours / rates[mode], { acked: ours, node: rates[mode] });
  }
}

/** One durable queue that knows neither who wrote nor what: records come in, confirms go out. */
async function againstRabbit(rig, notes) {
  const peer = await startRabbit();
  let theirs = 0;
  try {
    theirs = rate(await loadPeer(rig, peer, { ...SATURATED, dialect: 'stomp' }));
  } finally {
    await peer.stop();
  }
  const ours = rate(await rig.load(SATURATED));
  notes.note('P3c', ours / theirs, { acked: ours, rabbit: theirs });
}

export async function posting(rig, notes, repeats) {
  const peers = nodePeersAreThere();
  if (!peers) console.error('no Node peers: npm ci in tests/bench/peers failed');
  const { wants } = notes;
  const rabbit = rabbitIsThere();
  if (!rabbit) console.error('no RabbitMQ, so no P3c: hub/app/deps bench');
  await rig.load({ ...SATURATED, seconds: 2 }); // the first one warms up
  if (notes.wants('P17')) await crowding(rig, notes);
  for (let i = 0; i < repeats; i++) {
    const now = limits(rig, notes);
    const { peak } = await saturation(rig, notes, now);
    if (wants('P4', 'P5')) await latency(rig, notes, peak);
    if (wants('P17')) await overload(rig, notes);
    if (wants('P18')) await forgeries(rig, notes, now, peak);
    if (peers && wants('P3', 'P6')) await against(rig, notes);
    if (rabbit && wants('P3')) await againstRabbit(rig, notes);
  }
}

/** Has the hub become twice as slow at saturation?  CPU against CPU of the same nature, loosely. */
export async function quick(rig, notes) {
  const few = { ...SATURATED, warm: 0.3, seconds: 1, pool: 14_000, allowShort: true };
  await rig.load({ ...few, pool: 8000 });
  for (let i = 0; i < 3; i++) {
    const raw = await startRaw({ bytes: 1000 });
    const theirs = await loadPeer(rig, raw, { ...few, pool: 25_000 });
    await raw.stop();
    const [, rowUs] = limit('commit', rig.world.dsn, 'batch', 256, 1);
    const r = await rig.load(few);
    const loop = us(r.threads(rig.hub.child.pid)[0][1], r.acked);
    const message = us(theirs.cpu(raw.pid), theirs.acked);
    const database = us(r.databaseCpu, r.acked);
    notes.note('Q1', loop / message, { loop, message, acked: rate(r) });
    notes.note('Q2', database / rowUs, { database, row: rowUs });
  }
}
