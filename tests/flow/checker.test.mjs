// Does the checker of the fault runs bite?  A small ledger that is right, made here without a hub;
// then one promise after another is broken in it, and the checker must name that one.
import test from 'node:test';
import assert from 'node:assert/strict';
import { checkAll } from './lib/checker.mjs';
import { lapseJti, leafHash, newKey, parseJws, signJws, uuid7, TYP } from './lib/jose.mjs';
import { View } from './lib/view.mjs';
import { rows as policyRows } from './lib/world.mjs';

const T = 1_795_300_000_000;
const keys = { hub: await newKey(), kpu: await newKey(), polres: await newKey() };
const far = { within: 3000 };
const ack = { within: 10, steps: [[0, ['agency']]], repeat: 60 };

/** What is signed: {by, typ, at, claims}; the places are 1, 2, 3 ... */
function story() {
  const [inc, other] = [uuid7(T), uuid7(T)];
  const say = (by, ms, kind, claims, typ = TYP.record) => ({
    by,
    typ,
    at: T + ms,
    claims: { iss: by, kind, jti: uuid7(T + ms), ...claims },
  });
  const hub = (ms, kind, claims) => say('hub', ms, kind, claims, TYP.event);
  const report = (ms, jti, to) => say('kpu', ms, 'incident.report', { jti, to, sev: 'severe' });
  const lapse = (step, due, late) => {
    const clock = { inc, agency: 'polres', what: 'ack', since: 5, step, due: T + due };
    const jti = lapseJti(clock);
    return hub(due + late, 'clock.lapse', { ...clock, jti, late_ms: late, told: ['polres/a'] });
  };
  return [
    hub(0, 'device.enrol', { jwk: keys.hub.jwk }),
    hub(10, 'policy.put', {
      policy: 'default',
      rows: policyRows({ ack, accept: far, update: far, resolve: far }),
    }),
    hub(20, 'device.enrol', { jwk: keys.kpu.jwk, agency: 'kpu' }),
    hub(30, 'device.enrol', { jwk: keys.polres.jwk, agency: 'polres' }),
    report(1000, inc, ['polres']),
    report(2000, other, []),
    say('kpu', 3000, 'incident.note', { inc: other, body: 'rahasia' }),
    lapse(1, 11_000, 3),
    lapse(2, 71_003, 7),
    say('polres', 90_000, 'response.ack', { inc }),
    say('polres', 91_000, 'incident.note', { inc, body: 'dalam perjalanan' }),
  ];
}

async function sign(specs) {
  const rows = [];
  for (const [i, { by, typ, at, claims }] of specs.entries()) {
    const jws = await signJws(keys[by], typ, claims);
    rows.push({ seq: i + 1, at, jws, leaf: leafHash(at, typ, jws) });
  }
  return rows;
}

function reader(rows, only, sees) {
  const view = new View(keys.hub.kid);
  for (const row of rows.filter(sees)) view.records.set(row.seq, { ...row, op: 'record' });
  return Object.assign(view, { from: 5, upto: rows.length, only });
}

const isSecret = ({ seq }) => seq === 6 || seq === 7; // of the ticket that polres does not read

/** The ledger as `specs` says it, what clients heard of it, and what the checker makes of both.
 *  break.specs, break.rows and break.told change what they are given. */
async function check(broken = {}) {
  const specs = story();
  broken.specs?.(specs);
  const rows = await sign(specs);
  const posted = rows
    .filter((row) => row.seq > 4 && row.seq !== 8 && row.seq !== 9)
    .map(({ seq, at, jws }) => ({ seq, at, jti: parseJws(jws).claims.jti }));
  const all = reader(rows, undefined, () => true);
  const part = reader(rows, { agency: 'polres', name: 'polres/a' }, (row) => !isSecret(row));
  const told = { posted, views: [all, part], faults: [], forged: [], upto: T + 120_000 };
  await broken.told?.(told, rows);
  await broken.rows?.(rows);
  const world = { hubKid: keys.hub.kid, cluster: { sql: async () => rows } };
  return checkAll(world, told);
}

const at = (specs, seq) => specs[seq - 1];
/** A lapse that fires `ms` after it was due. */
const late = (seq, ms) => (specs) => {
  const lapse = at(specs, seq);
  lapse.claims.late_ms = ms;
  lapse.at = lapse.claims.due + ms;
};
const forge = (jws) => jws.slice(0, -8) + (jws.at(-8) === 'A' ? 'B' : 'A') + jws.slice(-7);

/** He has forgotten that he has it: a view that took it as new. */
function twice(view, row) {
  view.begin();
  view.last = view.upto;
  view.records.delete(row.seq);
  view.acceptRecord(row);
}

const BREAKS = [
  [
    'L0: what was acknowledged last is gone',
    { rows: (rows) => rows.pop() },
    /but the ledger ends at/,
  ],
  [
    'L0: another stands where it was acknowledged',
    { told: (told) => (told.posted[1].jti = uuid7()) },
    /another stands there/,
  ],
  ['L0: at another time', { told: (told) => told.posted[1].at++ }, /: at/],
  [
    'D0: one identity is stored twice',
    { specs: (specs) => (at(specs, 11).claims.jti = at(specs, 7).claims.jti) },
    /jti twice/,
  ],
  ['O0: a hole', { rows: (rows) => rows.splice(6, 1) }, /no hole/],
  [
    'O0: the time goes back',
    { specs: (specs) => (at(specs, 11).at = T + 89_000) },
    /never decreases/,
  ],
  ['O0: a leaf of another time', { rows: (rows) => rows[10].at++ }, /leaf of 11/],
  [
    'O0: a reader misses one',
    { told: ({ views }) => views[0].records.delete(7) },
    /7 incident\.note/,
  ],
  [
    'D0: a reader is told one twice, as new',
    { told: ({ views }, rows) => twice(views[0], rows[6]) },
    /seq 7 came after 11/,
  ],
  ['E0: early', { specs: late(8, -1) }, /fired 1 ms early/],
  ['E0: late without a fault', { specs: late(9, 2001) }, /was 2001 ms late/],
  [
    'E0: late, and the fault was healed 5 s before',
    {
      specs: late(9, 9000),
      told: (told) => (told.faults = [{ from: T + 70_500, to: T + 75_002 }]),
    },
    /was 9000 ms late/,
  ],
  [
    'E0: a step is fired twice',
    {
      specs: (specs) => {
        const { claims } = at(specs, 9);
        claims.step = 1;
        claims.jti = lapseJti(claims);
      },
    },
    /steps of .* are 1, 2, 3/,
  ],
  [
    'E0: a firing under another identity',
    { specs: (specs) => (at(specs, 9).claims.jti = uuid7(T)) },
    /not the one of its clock/,
  ],
  ['E0: due at another time than the policy says', {
    specs: (specs) => {
      const { claims } = at(specs, 8);
      claims.due -= 500;
      claims.late_ms += 500;
      claims.jti = lapseJti(claims);
    },
  }, /due of step 1/],
  [
    'E0: a clock never fired',
    { specs: (specs) => specs.splice(7, 2), told: ({ views }) => (views.length = 0) },
    /firing 1 was due at/,
  ],
  ['E0: fired after it was met', {
    specs: (specs) => {
      at(specs, 10).at = at(specs, 9).at;
      specs.splice(8, 2, at(specs, 10), at(specs, 9));
    },
    told: (told) => {
      told.views.length = 0;
      told.posted = told.posted.filter((p) => p.seq !== 9 && p.seq !== 10);
    },
  }, /after it was met/],
  [
    'S0: a signature is not right',
    { rows: (rows) => resign(rows[10], forge(rows[10].jws)), told: blind },
    /seq 11: the signature is wrong/,
  ],
  ['S0: of a key that nobody enrolled', {
    rows: async (rows) => {
      const { header, claims } = parseJws(rows[10].jws);
      resign(rows[10], await signJws(await newKey(), header.typ, claims));
    },
    told: blind,
  }, /seq 11: key .* is not known/],
  [
    "S0: in another agency's name",
    { specs: (specs) => (at(specs, 11).claims.iss = 'kpu') },
    /seq 11: iss kpu, the key is of polres/,
  ],
  [
    'S0: of a key before it was enrolled',
    {
      specs: (specs) => specs.splice(3, 0, { ...at(specs, 11), at: T + 25 }) && specs.pop(),
      told: (told) => Object.assign(told, { posted: [], views: [], upto: undefined }),
    },
    /key not valid there/,
  ],
  ['S0: of a key after it was revoked', {
    specs: (specs) =>
      specs.splice(10, 0, {
        by: 'hub',
        typ: TYP.event,
        at: T + 90_500,
        claims: { iss: 'hub', kind: 'device.revoke', jti: uuid7(T), kid: keys.polres.kid },
      }),
  }, /seq 12: key not valid there/],
  [
    "S0: an event that is not the hub's",
    { specs: (specs) => (at(specs, 11).typ = TYP.event) },
    /iss polres, the key is of hub/,
  ],
  [
    'S0: a forgery is stored',
    { told: (told, rows) => told.forged.push({ how: 'reworded', jws: rows[10].jws }) },
    /a forgery is stored: reworded/,
  ],
  [
    'V0: polres is sent what is not its',
    { told: ({ views }, rows) => views[1].records.set(7, rows[6]) },
    /foreign: \[\s*.*7 incident\.note/,
  ],
  [
    'V0: polres is not sent what is its',
    { told: ({ views }) => views[1].records.delete(11) },
    /11 incident\.note/,
  ],
  [
    'V0: a reader was sent another string than is stored',
    { told: ({ views }, rows) => views[1].records.set(11, { ...rows[10], jws: rows[9].jws }) },
    /seq 11 as stored/,
  ],
];

function resign(row, jws) {
  const { header } = parseJws(jws);
  Object.assign(row, { jws, leaf: leafHash(row.at, header.typ, jws) });
}

function blind(told) {
  told.views.length = 0; // nobody was told: only the ledger itself can show it
}

test('the checker takes a ledger that is right', async () => {
  assert.equal((await check()).length, 11);
  const fault = { from: T + 70_500, to: T + 75_003 };
  await check({ specs: late(9, 9000), told: (told) => (told.faults = [fault]) });
});

for (const [name, broken, says] of BREAKS)
  test(`the checker sees it: ${name}`, () => assert.rejects(check(broken), says));
