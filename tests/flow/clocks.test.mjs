// Every clock is an obligation: protocol.md section 9.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm, rows } from './lib/world.mjs';
import { claimsOf } from './lib/view.mjs';
import { checkClocks, checkOrder, ledger } from './lib/checker.mjs';
import { sleep, until } from './lib/wait.mjs';

let world, kpu, coordinator, polres, polresChief, pemkot, desk, bawaslu;

before(async () => {
  world = await World.create();
  [kpu, coordinator, polres, polresChief, pemkot, bawaslu] = await Promise.all([
    world.who('kpu', 'duty'),
    world.who('kpu', 'coordinator'),
    world.who('polres', 'duty'),
    world.who('polres', 'chief'),
    world.who('pemkot', 'duty'),
    world.who('bawaslu', 'duty'),
  ]);
  desk = await coordinator.connect({ follow: true });
  await sleep(3000); // after a start the first clocks wait
});
after(() => world?.stop());

const report = (to, extra = {}) =>
  kpu.post('incident.report', { cat: 'other.other', sev: 'severe', title: 'Jam', to, ...extra });

const isLapse = (inc, test) => (m) => {
  if (m.op !== 'record') return false;
  const c = claimsOf(m);
  return c.kind === 'clock.lapse' && c.inc === inc && test(c);
};

/** The lapse of this step: its claims, and the message it came in. */
async function lapse(inc, step, { agency, what = 'ack', ms = 10_000 } = {}) {
  const test_ = (c) => c.step === step && c.what === what && (!agency || c.agency === agency);
  const m = await desk.wait(isLapse(inc, test_), { ms, what: `lapse ${step} of ${what}` });
  return { ...claimsOf(m), at: m.at, seq: m.seq, got_ms: m.got_ms };
}

/** The policy of the tickets of one test: calm but for this. */
const policy = (over) => world.policy(calm(over));

test('a due clock fires within 100 ms of its time on an idle machine', async (t) => {
  await policy({ ack: { within: 1 } });
  const late = [];
  for (let i = 0; i < 5; i++) {
    const r = await report(['polres']);
    const l = await lapse(r.jti, 1);
    assert.equal(l.due, r.at + 1000);
    late.push(l.late_ms);
  }
  t.diagnostic(`late by ${late.join(', ')} ms`);
  assert.ok(Math.max(...late) <= 100, `late by ${late} ms`);
  assert.ok(Math.min(...late) >= 0, 'never early');
});

test('a step that reaches nobody is passed at once, in the same turn and with the same due', async () => {
  await policy({
    ack: {
      within: 1,
      steps: [
        [0, ['superior']],
        [60, ['chief']],
      ],
      repeat: 3600,
    },
  });
  const r = await report(['polres']);
  const first = await lapse(r.jti, 1);
  const second = await lapse(r.jti, 2);
  assert.deepEqual(first.told, []);
  assert.ok(first.why.length > 0 && first.why.every((text) => text.length > 3), 'says why');
  assert.deepEqual([second.at, second.due, second.seq], [first.at, first.due, first.seq + 1]);
  assert.deepEqual(second.told, [polresChief.name]);
});

test("superior: the superior agency's duty", async () => {
  await policy({ ack: { within: 1, steps: [[0, ['superior']]], repeat: 3600 } });
  const r = await report(['csirt']);
  assert.deepEqual((await lapse(r.jti, 1)).told, [pemkot.name]);
});

test("a repeat that reaches nobody tells the host's coordinators", async () => {
  await policy({ ack: { within: 1, steps: [[0, ['superior']]], repeat: 2 } });
  const r = await report(['polres']);
  await lapse(r.jti, 1);
  const repeat = await lapse(r.jti, 2);
  assert.deepEqual(repeat.told, [coordinator.name]);
  const again = await lapse(r.jti, 3);
  assert.equal(again.due, repeat.at + 2000, 'from the last firing');
  await kpu.post('incident.close', { inc: r.jti, disposition: 'duplicate' });
});

test('duty is who is on duty when the step fires; nobody on duty: all with role duty', async () => {
  const second = await world.add('polres', 'piket-malam', ['duty']);
  await policy({
    ack: {
      within: 1,
      steps: [
        [0, ['duty']],
        [2, ['duty']],
      ],
      repeat: 3600,
    },
  });
  await polres.post('duty.start', { until: Date.now() + 3600_000 });
  const r = await report(['polres']);
  assert.deepEqual((await lapse(r.jti, 1)).told, [polres.name]);
  await polres.post('duty.end');
  assert.deepEqual([...(await lapse(r.jti, 2)).told].sort(), [second.name, polres.name].sort());
});

test('chief, owner, agency:ID, member:AGENCY/ID: each told once, in the order of the targets', async () => {
  const tell = ['chief', `member:${bawaslu.name}`, 'owner', 'agency:pemkot', 'chief'];
  await policy({ ack: { within: 1, steps: [[0, tell]], repeat: 3600 } });
  await kpu.post('duty.start', { until: Date.now() + 3600_000 });
  const r = await report(['polres']);
  assert.deepEqual((await lapse(r.jti, 1)).told, [
    polresChief.name,
    bawaslu.name,
    kpu.name,
    pemkot.name,
  ]);
  await kpu.post('duty.end');
  assert.equal(
    await bawaslu.refusal('incident.note', { inc: r.jti, body: 'x' }),
    'not_allowed',
    'told: reads, and no more',
  );
});

test("each agency has its own clocks: one's ack does not silence the other", async () => {
  await policy({ ack: { within: 1 } });
  const r = await report(['polres', 'pemkot']);
  await polres.post('response.ack', { inc: r.jti });
  assert.equal((await lapse(r.jti, 1)).agency, 'pemkot');
  await sleep(500);
  assert.ok(!desk.seen.some(isLapse(r.jti, (c) => c.agency === 'polres')));
});

test('an ack opens the next clock; accept, update, take, reassign, resolve and close lapse as well', async () => {
  const one = { within: 1, repeat: 3600 };
  await policy({ accept: one, update: one, take: one, reassign: one, resolve: one, close: one });
  const r = await report(['polres', 'pemkot']);
  const inc = r.jti;
  const acked = await polres.post('response.ack', { inc });
  const seen = async (what, agency, made, about) => {
    const l = await lapse(inc, 1, { what, agency });
    assert.deepEqual(
      [l.since, l.due, l.about || undefined],
      [made.seq, made.at + 1000, about],
      what,
    );
  };
  await seen('resolve', 'kpu', r);
  await seen('accept', 'polres', acked);
  const accepted = await polres.post('response.accept', { inc });
  await seen('update', 'polres', accepted);
  const declined = await pemkot.post('response.decline', { inc, reason: 'tidak ada regu' });
  await seen('reassign', 'kpu', declined, 'pemkot');
  const offered = await kpu.post('incident.offer', { inc, agency: 'bpbd' });
  await seen('take', 'bpbd', offered);
  const resolved = await kpu.post('incident.resolve', { inc, note: 'selesai' });
  await seen('close', 'kpu', resolved);
});

test('arrive is due after the promised time', async () => {
  await policy({ arrive: { within: 1, repeat: 3600 } });
  const r = await report(['polres']);
  const eta = Date.now() + 2000;
  const accepted = await polres.post('response.accept', { inc: r.jti, eta });
  await desk.wait((m) => m.op === 'record' && m.seq === accepted.seq);
  const owed = desk.view.ticketOf(r.jti).owed.find((o) => o.what === 'arrive');
  assert.ok(owed.due >= eta, 'not before the ETA');
  assert.equal(owed.since, accepted.seq);
});

test('raised severity makes a clock fire earlier; lowered leaves it', async () => {
  const quick = calm().map((row) =>
    row.what === 'ack' && row.sev === 'extreme' ? { ...row, within: 1 } : row,
  );
  await world.policy(quick);
  const r = await report(['polres'], { sev: 'minor' });
  const raised = await kpu.post('incident.change', { inc: r.jti, sev: 'extreme' });
  const l = await lapse(r.jti, 1);
  assert.equal(l.due, raised.at + 1000);
});

test('an exercise tells only members of the agencies in it, and never a real number', async () => {
  await policy({
    ack: {
      within: 1,
      steps: [[0, ['agency', 'agency:bawaslu', `member:${pemkot.name}`]]],
      repeat: 3600,
    },
  });
  const real = await report(['polres']);
  const claims = {
    cat: 'other.other',
    sev: 'severe',
    title: 'Latihan',
    to: ['polres'],
    status: 'exercise',
  };
  const drill = await coordinator.post('incident.report', claims);
  const told = (await lapse(drill.jti, 1)).told;
  assert.ok(told.length > 0 && told.every((name) => name.startsWith('polres/')), told.join());
  assert.ok((await lapse(real.jti, 1)).told.includes(pemkot.name));
  assert.equal(desk.view.ticketOf(drill.jti).no, 1);
});

test('meeting and firing race through the ledger: after the ack nothing fires, before it it may', async (t) => {
  await policy({ ack: { within: 2 } });
  const reports = await Promise.all(Array.from({ length: 40 }, () => report(['polres'])));
  const due = reports[0].at + 2000;
  await sleep(Math.max(0, due - Date.now() - 60));
  await Promise.all(
    reports.map((r, i) => sleep(i * 3).then(() => polres.post('response.ack', { inc: r.jti }))),
  );
  await sleep(500);
  const all = await ledger(world);
  let fired = 0;
  for (const r of reports) {
    const ack = all.find((row) => row.kind === 'response.ack' && row.claims.inc === r.jti);
    const lapses = all.filter(
      (row) => row.kind === 'clock.lapse' && row.claims.inc === r.jti && row.claims.what === 'ack',
    );
    assert.ok(lapses.length <= 1);
    for (const l of lapses) {
      assert.ok(l.seq < ack.seq, 'whichever has the lower seq wins');
      assert.ok(l.at < ack.at, "in one turn people's records come before clocks");
      fired++;
    }
  }
  t.diagnostic(`${fired} of ${reports.length} fired before their ack`);
});

test('two hubs: every step once', async () => {
  await world.addHub();
  await sleep(3000);
  await policy({
    ack: {
      within: 1,
      steps: [
        [0, ['agency']],
        [1, ['chief']],
      ],
      repeat: 1,
    },
  });
  const reports = await Promise.all(Array.from({ length: 30 }, () => report(['polres', 'pemkot'])));
  await sleep(4500);
  await Promise.all(
    reports.map((r) => kpu.post('incident.close', { inc: r.jti, disposition: 'duplicate' })),
  );
  const all = await ledger(world);
  checkOrder(all);
  const chains = [...checkClocks(all, {}).values()].filter((c) =>
    reports.some((r) => r.jti === c[0].claims.inc),
  );
  assert.equal(chains.length, 60);
  assert.ok(
    chains.every((c) => c.length >= 3 && c.length <= 5),
    chains.map((c) => c.length).join(),
  );
  assert.ok(Math.max(...chains.flat().map((row) => row.claims.late_ms)) <= 1000);
});

test('clocks survive a restart: what fell due meanwhile fires once and late; an answer in flight wins', async () => {
  await policy({
    ack: {
      within: 2,
      steps: [
        [0, ['agency']],
        [2, ['chief']],
      ],
      repeat: 3600,
    },
  });
  const silent = await report(['polres']);
  const answered = await report(['polres']);
  await sleep(200);
  for (const hub of world.hubs) await hub.kill();
  await sleep(2500);
  world.hubs.length = 1;
  await world.hub.start();
  const ready = Date.now();
  const fresh = await polres.connect();
  const ack = await fresh.post((await polres.sign('response.ack', { inc: answered.jti })).jws);
  desk = await coordinator.connect({ follow: { after: silent.seq - 1 } });
  const l = await lapse(silent.jti, 1, { ms: 8000 });
  assert.equal(l.due, silent.at + 2000);
  assert.ok(l.late_ms > 500, `late by ${l.late_ms}`);
  assert.ok(l.at - ready < 4500, 'within 3 s of the start, and a little');
  await lapse(silent.jti, 2);
  const all = await ledger(world);
  checkClocks(all, {});
  assert.ok(
    !all.some(
      (row) =>
        row.kind === 'clock.lapse' &&
        row.claims.inc === answered.jti &&
        row.claims.what === 'ack' &&
        row.seq > ack.seq,
    ),
  );
  assert.ok(ack.seq < l.seq, 'the first clocks wait, so that answers in flight win');
});

test('mark: nothing is overdue, and every open ticket has its clock', async () => {
  const mark = await desk.wait((m) => m.op === 'mark', { from: desk.seen.length });
  assert.equal(mark.overdue, 0);
  await until('all open tickets owe something', () =>
    [...desk.view.ticket.values()].every(
      ({ value }) => !['open', 'resolved'].includes(value.state) || value.owed.length > 0,
    ),
  );
  assert.deepEqual(desk.view.wrong, []);
});
