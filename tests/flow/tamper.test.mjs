// Somebody who owns the database, or the file, changes one thing behind the hub's back: posko verify
// names the record.  Triggers, constraints and grants do not stop him here.  Random bytes are drawn
// from a seed (POSKO_FLOW_SEED), which a failure names.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { World, calm } from './lib/world.mjs';
import { verify, exportLedger } from './lib/verify.mjs';
import { keyFromPem, lapseJti, leafHash, newKey, signJws, uuid7, TYP } from './lib/jose.mjs';
import { size, until } from './lib/wait.mjs';

let world, rows, file, text, random;
const SEED = process.env.POSKO_FLOW_SEED ?? String(Date.now());

/** Numbers from a seed: the same file of numbers for the same seed. */
function draws(seed) {
  let count = 0;
  return (below) => {
    const hash = createHash('sha256').update(`${seed} ${count++}`).digest();
    return Number(hash.readBigUInt64BE() % BigInt(below));
  };
}
const pick = (list) => list[random(list.length)];

/** A ledger that has something of everything. */
async function write() {
  const [kpu, coordinator, polres, pemkot] = await Promise.all([
    world.who('kpu', 'duty'),
    world.who('kpu', 'coordinator'),
    world.who('polres', 'duty'),
    world.who('pemkot', 'duty'),
  ]);
  const clock = { within: 1, steps: [[0, ['agency']]], repeat: 3600 };
  await world.policy(calm({ ack: clock }));
  const desk = await polres.connect({ follow: true });
  const report = (title, extra) =>
    kpu.post('incident.report', { cat: 'other.other', title, to: ['polres', 'pemkot'], ...extra });
  const one = await report('Satu');
  await desk.wait((m) => m.op === 'record' && m.seq === one.seq);
  desk.send({ op: 'got', seq: one.seq });
  await polres.post('response.accept', { inc: one.jti, eta: Date.now() + 600_000 });
  const two = await report('Dua', { sev: 'extreme', lat: 14411000, lon: 1251170000 });
  await kpu.post('incident.escalate', {
    inc: two.jti,
    agency: 'pemkot',
    what: 'ack',
    reason: 'mendesak',
  });
  await kpu.post('incident.merge', { inc: two.jti, into: one.jti });
  const three = await report('Tiga');
  await kpu.post('incident.resolve', { inc: three.jti, note: 'selesai' });
  await kpu.post('incident.close', { inc: three.jti, disposition: 'handled' });
  await polres.post('incident.reopen', { inc: three.jti, reason: 'muncul lagi' });
  await coordinator.post('incident.report', {
    cat: 'other.other',
    title: 'Latihan',
    to: ['polres'],
    status: 'exercise',
  });
  const machine = await world.addSource('kpu', 'kamera-uji', { every: 10 });
  await machine.post('alert.raise', { cat: 'other.other', title: 'Alarm', key: 'k' });
  const source = await machine.connect();
  source.send({ op: 'beat' });
  await pemkot.post('duty.start', { until: Date.now() + 3600_000 });
  const fired = "SELECT count(*) AS n FROM ledger WHERE kind = 'clock.lapse'";
  await until('clocks fire', async () => (await world.sql(fired))[0].n >= 4, 20_000);
  const silent = "SELECT count(*) AS n FROM ledger WHERE kind = 'source.silent'";
  await until('the source is silent', async () => (await world.sql(silent))[0].n >= 1, 30_000);
  await until(
    'the receipt is stored',
    async () =>
      (await world.sql(`SELECT 1 AS one FROM ticket WHERE doc::text LIKE '%"got"%'`)).length > 0,
  );
}

before(async () => {
  random = draws(SEED);
  world = await World.create();
  world.meddled = true;
  await write();
  await world.hub.stop(); // from here on only we write
  for (const sql of [
    'ALTER TABLE ledger DISABLE TRIGGER ALL',
    'ALTER TABLE head DISABLE TRIGGER ALL',
    'ALTER DOMAIN record_typ DROP CONSTRAINT record_typ_check',
    'DROP INDEX ledger_jti',
  ])
    await world.sql(sql);
  const columns =
    "encode(sha256, 'hex') AS sha256, encode(leaf, 'hex') AS leaf, jws, rev, seq, at, typ, kind";
  rows = await world.sql(
    `SELECT ${columns}, iss, act, kid, jti, ticket, admins FROM ledger ORDER BY seq`,
  );
  file = join(world.data, 'whole.ledger');
  await exportLedger(world.dsn, file);
  text = readFileSync(file, 'latin1');
});
after(() => world?.stop());

const database = () => verify('--database', world.dsn, '--hub', world.hubKid);

/** Every problem that is not a consequence names one of these, and there is at least one. */
function names({ status, problems }, seqs, what) {
  const plain = problems.filter((p) => !p.follows);
  const told = `seed ${SEED}, ${what}: ${JSON.stringify(problems.slice(0, 4))}`;
  assert.equal(status, 1, told);
  assert.ok(plain.length > 0, told);
  for (const p of plain) assert.ok(seqs.includes(p.seq), told);
  for (const p of problems.filter((q) => q.follows)) assert.ok(seqs.includes(p.follows), told);
}

/** Does `sql`, looks, and undoes it. */
async function meddle(sql, undo, seqs, what = sql) {
  await world.sql(sql);
  try {
    const said = await database();
    names(said, seqs, what);
    return said;
  } finally {
    await world.sql(undo);
  }
}

async function whole() {
  const said = await database();
  assert.deepEqual(said.problems, []);
  assert.equal(said.status, 0);
  return said;
}

test('untouched it is right, from the database and as a file, under one root', async (t) => {
  const said = await whole();
  const filed = await verify(file, '--hub', world.hubKid);
  assert.deepEqual(filed.problems, []);
  assert.equal(filed.root, said.root);
  assert.equal(said.seq, rows.length);
  assert.equal(said.signatures, rows.length);
  assert.ok(said.clocks >= 4 && said.tickets >= 5 && said.obligations > 0);
  const kinds = new Set(rows.map((row) => row.kind));
  t.diagnostic(`${rows.length} records of ${kinds.size} kinds; seed ${SEED}`);
});

// ---- one byte ----

const quoted = (s) => `'${s.replaceAll("'", "''")}'`;

function flipText(value) {
  const at = random(value.length);
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~ {';
  const letter = pick([...letters].filter((c) => c !== value[at]));
  return value.slice(0, at) + letter + value.slice(at + 1);
}
function flipHex(value) {
  const bytes = Buffer.from(value, 'hex');
  bytes[random(bytes.length)] ^= 1 << random(8);
  return bytes.toString('hex');
}
/** One bit of a bigint, so that it stays a safe integer. */
const flipInt = (value) => Number(BigInt(value) ^ (1n << BigInt(random(50))));

const flips = {
  typ: (v) => quoted(flipText(v)),
  kind: (v) => quoted(flipText(v)),
  iss: (v) => quoted(flipText(v)),
  act: (v) => quoted(flipText(v)),
  kid: (v) => quoted(flipText(v)),
  admins: (v) => quoted(flipText(v)),
  jws: (v) => quoted(flipText(v)),
  jti: (v) => `'${flipHex(v.replaceAll('-', ''))}'::uuid`,
  ticket: (v) => `'${flipHex(v.replaceAll('-', ''))}'::uuid`,
  sha256: (v) => `'\\x${flipHex(v)}'::bytea`,
  leaf: (v) => `'\\x${flipHex(v)}'::bytea`,
  at: (v) => String(flipInt(v)),
  seq: (v) => String(flipInt(v)),
  rev: (v) => String(v + 2 ** (16 + random(30))), // small changes of it are not seen: audit.h says why
};
const literal = (column, value) =>
  column === 'sha256' || column === 'leaf'
    ? `'\\x${value}'::bytea`
    : typeof value === 'number'
      ? String(value)
      : quoted(value);

test('a byte of any column of any ledger row is named by its seq', async (t) => {
  const rounds = size(t, 'POSKO_FLOW_FLIPS', 4);
  const used = new Set(rows.map((row) => row.seq));
  for (let round = 0; round < rounds; round++) {
    for (const [column, flip] of Object.entries(flips)) {
      const row = pick(rows.filter((r) => r[column] !== null));
      let value = flip(row[column]);
      while (column === 'seq' && (used.has(Number(value)) || Number(value) < 1))
        value = flip(row[column]);
      const seqs = column === 'seq' ? [row.seq, Number(value)] : [row.seq];
      const key = column === 'seq' ? value : row.seq;
      const what = `${column} of ${row.seq} (${row.kind}) = ${value.slice(0, 60)}`;
      const said = await meddle(
        `UPDATE ledger SET ${column} = ${value} WHERE seq = ${row.seq}`,
        `UPDATE ledger SET ${column} = ${literal(column, row[column])} WHERE seq = ${key}`,
        seqs,
        what,
      );
      if (column === 'seq') assert.ok(said.problems.some((p) => p.seq === row.seq), what);
    }
  }
  await whole();
});

/** The line in which byte `at` of the file lies: 0 the first, 1.. the records, n + 1 the last. */
const lineOf = (at) => text.slice(0, at).split('\n').length - 1;

test('a byte of an exported file is named by the seq of its line', async (t) => {
  const n = size(t, 'POSKO_FLOW_FLIPS', 4) * 20;
  const changed = join(world.data, 'changed.ledger');
  for (let i = 0; i < n; i++) {
    const at = i === 0 ? text.indexOf('\n', text.length / 2) : random(text.length);
    const was = text.charCodeAt(at);
    const now = i === 1 ? 10 : was ^ (1 + random(255));
    writeFileSync(changed, text.slice(0, at) + String.fromCharCode(now) + text.slice(at + 1), 'latin1');
    const line = lineOf(at);
    let seqs = [line];
    if (was === 10) seqs = [line, line + 1]; // two lines became one
    if (line === 0 || line > rows.length || (was === 10 && line === rows.length))
      seqs = [0, rows.length, rows.length + 1];
    if (was === 10 && line === 0) seqs = [0, 1];
    names(await verify(changed), seqs, `byte ${at} (line ${line}) ${was} -> ${now}`);
  }
});

// ---- whole rows ----

const columns = 'at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws, rev';

test('a row that is gone is named', async () => {
  await world.sql('CREATE TABLE kept AS SELECT * FROM ledger');
  const seq = 2 + random(rows.length - 2);
  const back = `INSERT INTO ledger SELECT * FROM kept WHERE seq = ${seq}`;
  const said = await meddle(`DELETE FROM ledger WHERE seq = ${seq}`, back, [seq]);
  assert.equal(said.problems[0].what, 'missing');
  await meddle(
    `DELETE FROM ledger WHERE seq = ${rows.length}`,
    `INSERT INTO ledger SELECT * FROM kept WHERE seq = ${rows.length}`,
    [rows.length],
  );
  await whole();
});

test('rows that changed places are named', async () => {
  const report = rows.find((r) => r.kind === 'incident.report');
  const next = rows[report.seq]; // of another turn: the hub awaited the one before the other came
  const put = (a, b) =>
    `UPDATE ledger l SET (${columns}) = (SELECT ${columns} FROM kept k WHERE k.seq = ${b}) WHERE l.seq = ${a}`;
  const both = (a, b, c, d) => `BEGIN; ${put(a, b)}; ${put(c, d)}; COMMIT`;
  const [a, b] = [report.seq, next.seq];
  await meddle(both(a, b, b, a), both(a, a, b, b), [a, b]);
  await whole();
});

/** Appends this string as the ledger's last row, with all columns as they must be, and looks. */
async function append(jws, { ticket, at = rows.at(-1).at } = {}) {
  const n = rows.length + 1;
  const last = rows.at(-1);
  const [header, said] = jws
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const sha256 = createHash('sha256').update(jws).digest('hex');
  const values = [
    n,
    at,
    quoted(header.typ.match(/posko-(.*)\+jws/)[1]),
    ...[said.kind, said.iss, said.act, header.kid, said.jti].map(quoted),
    ticket ? quoted(ticket) : 'NULL',
    'NULL',
    `'\\x${sha256}'`,
    `'\\x${leafHash(at, header.typ, jws)}'`,
    quoted(jws),
    last.rev + 1,
  ];
  return meddle(
    `BEGIN; INSERT INTO ledger (seq, ${columns}) VALUES (${values});
      UPDATE head SET seq = ${n}, at = ${at}, rev = rev + 1; COMMIT`,
    `BEGIN; DELETE FROM ledger WHERE seq = ${n};
      UPDATE head SET seq = ${n - 1}, at = ${last.at}, rev = rev - 1; COMMIT`,
    [n],
    `${said.kind} of ${said.iss}`,
  );
}
const finds = (found, what) =>
  assert.ok(
    found.problems.some((p) => p.what === what),
    `${what}: ${JSON.stringify(found.problems)}`,
  );

test('a forged row is named: a stranger, a borrowed kid, a repeat, a right that nobody has', async () => {
  const last = rows.at(-1);
  const polres = await world.who('polres', 'duty');
  const claims = () => ({
    ...{ v: 1, aud: world.aud, iss: 'polres', act: polres.member, kind: 'duty.start' },
    ...{ jti: uuid7(), iat: last.at, until: last.at + 3600_000 },
  });
  const stranger = await newKey();
  finds(await append(await signJws(stranger, TYP.record, claims())), 'key');
  const borrowed = { ...stranger, kid: polres.key.kid };
  finds(await append(await signJws(borrowed, TYP.record, claims())), 'signature');
  const other = { ...claims(), aud: 'posko.lain/ledger' };
  finds(await append(await signJws(polres.key, TYP.record, other)), 'refused');
  const late = { ...claims(), iat: last.at - 100 * 3600_000 };
  finds(await append(await signJws(polres.key, TYP.record, late)), 'refused');
  const put = { ...claims(), kind: 'rule.put', rules: [], until: undefined };
  finds(await append(await signJws(polres.key, TYP.admin, put)), 'refused');
  const repeated = rows.find((r) => r.kind === 'duty.start');
  finds(await append(repeated.jws), 'twice');
  await whole();
});

test('a hub that lies is named: a clock before its time, one that told others, one twice', async () => {
  const last = rows.at(-1);
  const key = await keyFromPem(join(world.data, 'hub.key'));
  const [owed] = await world.sql(
    `SELECT o.inc, agency, what, since, next, step FROM obligation o JOIN ticket t ON t.id = o.inc
      WHERE next > ${last.at} AND doc::text LIKE '%Tiga%' ORDER BY next LIMIT 1`,
  );
  const { next, step, ...of } = owed;
  const people = await Promise.all(world.people.values());
  const told = people
    .filter((p) => p.agency === of.agency && p.roles.includes('duty'))
    .map((p) => p.name)
    .sort();
  const lapse = async (at, extra) => {
    const claims = {
      ...{ v: 1, aud: world.aud, iss: 'hub', act: 'hub', kind: 'clock.lapse', iat: at },
      ...{ ...of, step: step + 1, due: at, late_ms: 0, told, why: [] },
      ...extra,
    };
    const jti = lapseJti(claims);
    return append(await signJws(key, TYP.event, { jti, ...claims }), { ticket: of.inc, at });
  };
  const clock = (found, wrong) =>
    assert.deepEqual(
      found.problems.filter((p) => p.what === 'clock').map((p) => p.text.split(': ')[1]),
      wrong,
      JSON.stringify(found.problems),
    );
  clock(await lapse(last.at), ['due']);
  clock(await lapse(next), []); // in its time it is right: only the tables do not know of it
  clock(await lapse(next, { told: [] }), ['told']);
  clock(await lapse(next, { late_ms: 5 }), ['late_ms']);
  clock(await lapse(next, { jti: uuid7() }), ['jti']);
  clock(await lapse(next, { iat: next - 1 }), ['iat']);
  finds(await lapse(next, { due: next + 1 }), 'refused');
  finds(await lapse(next, { told: ['kpu/nobody'] }), 'refused');
  const lead = await world.who('kpu', 'duty');
  const wish = { ...of, since: undefined, reason: 'mendesak', iat: last.at };
  const asked = await lead.sign('incident.escalate', wish);
  clock(await append(asked.jws, { ticket: of.inc }), ['clock.lapse']); // it fired nothing
  const fired = rows.find((r) => r.kind === 'clock.lapse');
  finds(await append(fired.jws, { ticket: fired.ticket }), 'twice');
  const claims = { v: 1, aud: world.aud, iss: 'hub', act: 'hub', jti: uuid7(), iat: last.at };
  const invite = rows.find((r) => r.kind === 'device.invite').jti;
  const { kid, jwk } = await newKey();
  const enrol = { ...claims, kind: 'device.enrol', agency: 'kpu', member: 'piket', kid, jwk, invite };
  finds(await append(await signJws(key, TYP.event, enrol)), 'refused');
  const report = JSON.parse(Buffer.from(rows.find((r) => r.kind === 'incident.report').jws.split('.')[1], 'base64url'));
  const invented = { ...report, ...claims };
  finds(await append(await signJws(key, TYP.record, invented), { ticket: claims.jti }), 'refused');
  await whole();
});

// ---- the tables ----

/** The table's row as it was, after something was done to it; its problem names `seq`. */
async function change(table, where, sql, seq, what) {
  await world.sql(`CREATE TABLE before AS SELECT * FROM ${table}`);
  try {
    await meddle(
      sql,
      `BEGIN; DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM before; COMMIT`,
      [seq],
      `${what}: ${sql}`,
    );
  } finally {
    await world.sql('DROP TABLE before');
  }
}

test('a ticket, an obligation, a directory row that is not what the ledger makes is named', async () => {
  const [ticket] = await world.sql(
    "SELECT id, seq FROM ticket WHERE state = 'open' AND doc::text LIKE '%Tiga%'",
  );
  const at = `WHERE id = '${ticket.id}'`;
  const edit = (from, to) => `doc = replace(doc::text, '${from}', '${to}')::json`;
  for (const set of [
    edit('"state":"open"', '"state":"resolved"'),
    edit('"title":"Tiga"', '"title":"Empat"'),
    edit('"readers":[]', '"readers":["bawaslu"]'),
    edit('"lead":"kpu"', '"lead":"polres"'),
    "state = 'resolved'",
    'no = no + 1000',
    'seq = seq + 1',
    'exercise = NOT exercise',
    'rev = 1',
  ])
    await change('ticket', at, `UPDATE ticket SET ${set} ${at}`, ticket.seq, 'ticket');
  await change('ticket', at, `DELETE FROM ticket ${at}`, ticket.seq, 'ticket');

  const [owed] = await world.sql(
    'SELECT o.inc, o.agency, o.what, o.about, t.seq FROM obligation o JOIN ticket t ON t.id = o.inc LIMIT 1',
  );
  const of = `WHERE inc = '${owed.inc}' AND agency = '${owed.agency}' AND what = '${owed.what}'`;
  for (const set of ['due = due + 1', 'next = next + 1', 'step = step + 1', 'since = since - 1', "sev = 'x'"])
    await change('obligation', of, `UPDATE obligation SET ${set} ${of}`, owed.seq, 'obligation');
  await change('obligation', of, `DELETE FROM obligation ${of}`, owed.seq, 'obligation');
  await change(
    'obligation',
    of,
    `INSERT INTO obligation SELECT inc, agency, 'zzz', about, since, due, next, step, sev FROM obligation ${of}`,
    owed.seq,
    'obligation',
  );

  const [device] = await world.sql("SELECT id, seq FROM directory WHERE kind = 'device' AND doc::text LIKE '%\"agency\":\"kpu\"%' LIMIT 1");
  const entry = `WHERE kind = 'device' AND id = '${device.id}'`;
  for (const sql of [
    `UPDATE directory SET ${edit('"agency":"', '"agency":"x')} ${entry}`,
    `UPDATE directory SET seq = seq + 1 ${entry}`,
    `UPDATE directory SET rev = rev + 1 ${entry}`,
    `DELETE FROM directory ${entry}`,
  ])
    await change('directory', entry, sql, device.seq, 'directory');
  await change(
    'directory',
    '',
    `INSERT INTO directory VALUES ('member', 'kpu/palsu', 3, '{}', 3)`,
    3,
    'directory',
  );
  await whole();
});

test('a head that is not the ledger’s is named', async () => {
  const n = rows.length;
  for (const [set, undo, seq] of [
    ['seq = seq + 1', 'seq = seq - 1', n + 1],
    ['seq = seq - 1', 'seq = seq + 1', n],
    ['at = at + 1', 'at = at - 1', n],
    ['no = no + 1', 'no = no - 1', n],
    ['rev = 1', `rev = ${(await world.sql('SELECT rev FROM head'))[0].rev}`, n],
  ])
    await meddle(`UPDATE head SET ${set}`, `UPDATE head SET ${undo}`, [seq, ...(set === 'rev = 1' ? rows.map((r) => r.seq) : [])]);
  await whole();
});

// ---- the file ----

test('a file that was cut off is named where it ends, wherever it was cut', async () => {
  const cut = join(world.data, 'cut.ledger');
  for (let i = 0; i < 12; i++) {
    const at = i === 0 ? text.lastIndexOf('{') : i === 1 ? text.length - 1 : 1 + random(text.length - 1);
    writeFileSync(cut, text.slice(0, at), 'latin1');
    const said = await verify(cut);
    const line = lineOf(at);
    assert.equal(said.status, 1, `cut at ${at}`);
    assert.equal(said.problems[0].seq, line, `seed ${SEED}, cut at ${at}: ${JSON.stringify(said.problems[0])}`);
  }
});

test('lines that changed places, or say so themselves, are named', async () => {
  const lines = text.split('\n');
  const a = 5 + random(rows.length - 10);
  [lines[a], lines[a + 1]] = [lines[a + 1], lines[a]];
  const swapped = join(world.data, 'swapped.ledger');
  writeFileSync(swapped, lines.join('\n'), 'latin1');
  names(await verify(swapped), [a, a + 1], `lines ${a} and ${a + 1}`);
  // With their numbers exchanged too, only what the records say of each other and the root tell.
  const renumber = (line, seq) => line.replace(/"seq":\d+/, `"seq":${seq}`);
  lines[a] = renumber(lines[a], a);
  lines[a + 1] = renumber(lines[a + 1], a + 1);
  writeFileSync(swapped, lines.join('\n'), 'latin1');
  const said = await verify(swapped);
  assert.equal(said.status, 1);
  assert.ok(said.problems.some((p) => p.what === 'root'));
});

test('another hub’s key, another ledger’s name, a prefix', async () => {
  const other = (await newKey()).kid;
  names(await verify('--database', world.dsn, '--hub', other), [1], 'another hub');
  const renamed = await verify('--database', world.dsn, '--aud', 'posko.lain/ledger');
  assert.equal(renamed.status, 1);
  assert.equal(renamed.problems[0].what, 'refused');
  const upto = 3 + random(rows.length - 4);
  const [part, filed] = await Promise.all([
    verify('--database', world.dsn, '--upto', String(upto)),
    verify(file, '--upto', String(upto)),
  ]);
  assert.deepEqual([part.status, filed.status, part.seq], [0, 0, upto]);
  assert.equal(part.root, filed.root);
});

// The last: nothing is left of this world.
test('an emptied database is not a right ledger', async () => {
  await world.sql('DELETE FROM ledger');
  const torn = await database();
  assert.equal(torn.status, 1, 'the other tables tell of a ledger');
  for (const table of ['obligation', 'ticket', 'directory', 'beat']) await world.sql(`DELETE FROM ${table}`);
  await world.sql('UPDATE head SET seq = 0, at = 0, rev = 0, no = 0, no_exercise = 0');
  const emptied = await database();
  assert.equal(emptied.status, 1, 'a ledger begins with its genesis');
  assert.ok(emptied.problems.length > 0);
});
