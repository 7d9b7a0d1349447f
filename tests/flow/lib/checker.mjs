// After the faults: is what was promised so?  Read from the ledger's rows, decided here and not by
// the hub's own code.  L0 acknowledged is stored; D0 nothing twice; O0 one order, no hole, for every
// reader; E0 each due clock fired exactly once, in its turn, under its one jti; S0 nothing unsigned,
// forged, replayed or out of right is stored; V0 nobody was sent what is not his.
import assert from 'node:assert/strict';
import { parseJws, lapseJti, leafHash } from './jose.mjs';
import { verifyRecords } from './view.mjs';

/** The whole ledger: {seq, at, kind, claims, header, jws} in order. */
export async function ledger(world, server) {
  const columns = "seq, at, jws, encode(leaf, 'hex') AS leaf";
  const rows = await world.cluster.sql(
    world.db,
    `SELECT ${columns} FROM ledger ORDER BY seq`,
    server,
  );
  return rows.map((row) => {
    const { header, claims } = parseJws(row.jws);
    return { ...row, header, claims, kind: claims.kind };
  });
}

/** 1..n without a hole, `at` never decreasing, no jti and no string twice, each leaf as section 12. */
export function checkOrder(rows) {
  const jtis = new Set();
  const strings = new Set();
  rows.forEach((row, i) => {
    assert.equal(row.seq, i + 1, 'the ledger has no hole');
    if (i > 0) assert.ok(row.at >= rows[i - 1].at, `at never decreases (seq ${row.seq})`);
    assert.ok(!jtis.has(row.claims.jti), `jti twice: ${row.claims.jti}`);
    assert.ok(!strings.has(row.jws), `a string twice: ${row.seq}`);
    assert.equal(row.leaf, leafHash(row.at, row.header.typ, row.jws), `leaf of ${row.seq}`);
    jtis.add(row.claims.jti);
    strings.add(row.jws);
  });
}

/** Each {jti, seq, at} that a client heard stands there, once, at that place and time. */
export function checkPosted(rows, posted) {
  for (const p of posted) {
    const row = rows[p.seq - 1];
    assert.ok(row, `posted ${p.jti} as ${p.seq}, but the ledger ends at ${rows.length}`);
    assert.equal(row.claims.jti, p.jti, `posted ${p.jti} as ${p.seq}: another stands there`);
    assert.equal(row.at, p.at, `posted ${p.jti}: at`);
  }
}

/** What a reader held is the ledger between its first and its last, but what he may not read. */
export function checkReader(
  rows,
  view,
  { from = 1, upto = Infinity, mayRead = (row) => row.kind !== 'device.invite' } = {},
) {
  assert.deepEqual(view.wrong, [], 'nothing that a client must never see');
  const want = rows
    .filter((row) => row.seq >= from && row.seq <= upto && mayRead(row))
    .map((row) => row.seq);
  const got = [...view.records.keys()].filter((seq) => seq >= from);
  const missing = want.filter((seq) => !view.records.has(seq));
  const wanted = new Set(want);
  const foreign = got.filter((seq) => !wanted.has(seq));
  const kinds = (seqs) => seqs.slice(0, 5).map((seq) => `${seq} ${rows[seq - 1]?.kind}`);
  assert.deepEqual(
    { missing: kinds(missing), foreign: kinds(foreign) },
    { missing: [], foreign: [] },
  );
  for (const seq of got)
    assert.equal(view.records.get(seq).jws, rows[seq - 1].jws, `seq ${seq} as stored`);
}

const obligation = (c) => [c.inc, c.agency, c.what, c.about ?? '', c.since].join(' ');

function policyAt(rows, seq) {
  const puts = rows.filter(
    (r) => r.seq < seq && r.kind === 'policy.put' && r.claims.policy === 'default',
  );
  return puts.at(-1).claims.rows;
}

/** When firing number `step` was due, by the policy alone: steps from `due`, then repeats; after one
 *  that reached nobody, at once and with its due. */
function dueOf(step, due, row, last) {
  if (last && last.claims.told.length === 0) return last.claims.due;
  const lastAt = last?.at;
  return step <= row.steps.length
    ? due + row.steps[step - 1].after * 1000
    : lastAt + row.repeat * 1000;
}

/** E0, under the default policy.  Of ack and resolve `due` follows from the record that made them,
 *  unless a change of severity or an escalate moved it.  late: the most that a firing may be late. */
export function checkClocks(rows, { late = Infinity } = {}) {
  const byJti = new Map(rows.map((r) => [r.claims.jti, r]));
  const chains = new Map();
  for (const row of rows.filter((r) => r.kind === 'clock.lapse')) {
    const c = row.claims;
    assert.equal(c.jti, lapseJti(c), `the jti of lapse ${row.seq} is not the one of its clock`);
    assert.equal(c.late_ms, row.at - c.due, `late_ms of ${row.seq}`);
    assert.ok(row.at >= c.due, `lapse ${row.seq} fired ${c.due - row.at} ms early`);
    assert.ok(c.late_ms <= late, `lapse ${row.seq} fired ${c.late_ms} ms late`);
    const chain = chains.get(obligation(c)) ?? [];
    chain.push(row);
    chains.set(obligation(c), chain);
  }
  for (const chain of chains.values()) checkChain(rows, byJti, chain);
  return chains;
}

function checkChain(rows, byJti, chain) {
  const first = chain[0].claims;
  const opened = byJti.get(first.inc);
  const made = rows[first.since - 1];
  const sev = opened.claims.sev;
  const moved = (r) =>
    r.claims.inc === first.inc && (r.kind === 'incident.escalate' || r.claims.sev);
  const row = rows.some(moved)
    ? null
    : policyAt(rows, opened.seq).find((r) => r.what === first.what && r.sev === sev);
  let last = null;
  chain.forEach((lapse, i) => {
    const { claims, seq } = lapse;
    assert.equal(claims.step, i + 1, `steps of ${obligation(first)} are 1, 2, 3 (seq ${seq})`);
    if (row && (claims.what === 'ack' || claims.what === 'resolve')) {
      const due = dueOf(claims.step, made.at + row.within * 1000, row, last);
      assert.equal(claims.due, due, `due of step ${claims.step} of ${obligation(first)}`);
    }
    last = lapse;
  });
}

/** The record that met the ack of each "inc agency", or ended the ticket. */
function answers(rows) {
  const met = new Map();
  const note = (key, row) => met.has(key) || met.set(key, row);
  for (const row of rows) {
    if (/^response\./.test(row.kind)) note(`${row.claims.inc} ${row.claims.iss}`, row);
    if (/^incident\.(resolve|close|merge)$/.test(row.kind)) note(row.claims.inc, row);
  }
  return (inc, agency) => {
    const both = [met.get(`${inc} ${agency}`), met.get(inc)].filter(Boolean);
    return both.sort((a, b) => a.seq - b.seq)[0];
  };
}

/** No `ack` clock was missed: each that nobody met has all its firings up to `upto`. One that was met
 *  may lack those that fell due within `outage` before the answer: answers in flight win. */
export function checkNotMissed(rows, chains, upto, outage = 15_000) {
  const metBy = answers(rows);
  let firings = 0;
  for (const row of rows.filter((r) => r.kind === 'incident.report')) {
    const policy = policyAt(rows, row.seq).find(
      (r) => r.what === 'ack' && r.sev === row.claims.sev,
    );
    for (const agency of row.claims.to) {
      const inc = row.claims.jti;
      const chain = chains.get([inc, agency, 'ack', '', row.seq].join(' ')) ?? [];
      checkFired(`ack of ${agency} on ${inc}`, row.at + policy.within * 1000, policy, chain, {
        met: metBy(inc, agency),
        upto,
        outage,
      });
      firings += chain.length;
    }
  }
  return firings;
}

function checkFired(name, due, policy, chain, { met, upto, outage }) {
  const last = chain.at(-1);
  const next = dueOf(chain.length + 1, due, policy, last);
  const end = met ? met.at - outage : upto;
  assert.ok(
    next >= end,
    `${name}: firing ${chain.length + 1} was due at ${next}, nothing by ${end}`,
  );
  if (met && last)
    assert.ok(last.seq < met.seq, `${name}: fired as ${last.seq}, after it was met as ${met.seq}`);
}

/** S0: every row is signed by a key that held there, of its author; and no forgery stands in it. */
export async function checkSigned(rows, hubKid, forged = []) {
  await verifyRecords(rows, hubKid);
  const strings = new Set(rows.map((r) => r.jws));
  const jtis = new Set(rows.map((r) => r.claims.jti));
  for (const f of forged) {
    assert.ok(!strings.has(f.jws), `a forgery is stored: ${f.how}`);
    assert.ok(!f.jti || !jtis.has(f.jti), `the record of a forgery is stored: ${f.how}`);
  }
}

/** V0: what a member of an agency without a wide role may be told, by the access table: the records
 *  of tickets of its agency (author, addressed, lead, shared), those of which a lapse told him, and
 *  what is of no ticket but invitations. */
export function mayReadAs(rows, { agency, name }) {
  const readers = new Map(); // ticket -> agencies
  const told = new Set();
  for (const { kind, claims } of rows) {
    if (kind === 'incident.report') readers.set(claims.jti, new Set([claims.iss, ...claims.to]));
    if (/^incident\.(share|offer)$/.test(kind))
      for (const a of [claims.to].flat()) readers.get(claims.inc)?.add(a);
    if (kind === 'clock.lapse' && claims.told.includes(name)) told.add(claims.inc);
  }
  return ({ kind, claims }) => {
    const ticket = kind === 'incident.report' ? claims.jti : claims.inc;
    if (ticket) return readers.get(ticket).has(agency) || told.has(ticket);
    return kind !== 'device.invite';
  };
}

/** E0's clock: at most 2 s late, but for what fell due in a fault: that has fired 5 s after the
 *  heal.  faults: [{from, to}] on the database's clock. */
export function checkLateness(rows, faults, { calm = 2000, healed = 5000 } = {}) {
  for (const { seq, at, claims } of rows.filter((r) => r.kind === 'clock.lapse')) {
    const during = faults.some(
      (f) => claims.due >= f.from - calm && claims.due <= f.to + healed && at <= f.to + healed,
    );
    assert.ok(
      during || claims.late_ms <= calm,
      `lapse ${seq}, due ${new Date(claims.due).toISOString()}, was ${claims.late_ms} ms late`,
    );
  }
}

/** All of it. */
export async function checkAll(
  world,
  { posted = [], views = [], late, upto, faults, forged } = {},
) {
  const rows = await ledger(world);
  checkOrder(rows);
  checkPosted(rows, posted);
  await checkSigned(rows, world.hubKid, forged);
  for (const view of views) {
    const mayRead = view.only && mayReadAs(rows, view.only);
    checkReader(rows, view, { from: view.from ?? 1, upto: view.upto, mayRead });
  }
  const chains = checkClocks(rows, { late });
  if (faults) checkLateness(rows, faults);
  if (upto) checkNotMissed(rows, chains, upto);
  return rows;
}
