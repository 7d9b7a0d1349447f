// The story of the first evening: a crowd before the warehouse.  The police answer and come, the
// government does not, and nobody has to remember it: the clock does.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, rows } from './lib/world.mjs';
import { claimsOf } from './lib/view.mjs';
import { ledger, checkOrder, checkClocks } from './lib/checker.mjs';
import { sleep } from './lib/wait.mjs';

const SECOND = 1000;
let world, kpu, polres, pemkot, pemkotChief, incident, report;
let deskKpu, deskPolres, deskPemkot, phoneChief;

/** The first live record of this kind that this desk is shown. */
const shown = (desk, kind, test = () => true, ms = 10_000) =>
  desk.wait((m) => m.op === 'record' && claimsOf(m).kind === kind && test(claimsOf(m), m), {
    ms,
    what: kind,
  });

const ticketAt = (desk) => desk.view.ticketOf(incident);
const answerOf = (desk, agency) => ticketAt(desk).agencies.find((a) => a.id === agency);
const owes = (desk, agency, what) =>
  (ticketAt(desk).owed ?? []).some((o) => o.agency === agency && o.what === what);

before(async () => {
  world = await World.create();
});
after(() => world?.stop());

test('three members enrol with their links, and the desks watch', async () => {
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  pemkot = await world.who('pemkot', 'duty');
  pemkotChief = await world.who('pemkot', 'chief');
  const clock = {
    open: ['duty'],
    steps: [
      [0, ['agency']],
      [1, ['chief', 'owner']],
    ],
    repeat: 2,
  };
  const calm = { within: 3600 };
  await world.policy(
    rows({ ack: { within: 2, ...clock }, accept: calm, update: calm, resolve: calm }),
  );
  [deskKpu, deskPolres, deskPemkot, phoneChief] = await Promise.all(
    [kpu, polres, pemkot, pemkotChief].map((who) => who.connect({ follow: true })),
  );
});

test('KPU reports an extreme incident to polres and pemkot, and both see it within a second', async () => {
  const begin = performance.now();
  report = await kpu.post('incident.report', {
    cat: 'physical.crowd',
    sev: 'extreme',
    title: 'Massa di depan gudang Manembo-Nembo',
    body: 'Sekitar 200 orang, gerbang utama terhalang.',
    to: ['polres', 'pemkot'],
    lat: 14411000,
    lon: 1251170000,
  });
  incident = report.jti;
  for (const desk of [deskPolres, deskPemkot]) {
    const m = await shown(desk, 'incident.report');
    assert.ok(m.got_ms - begin < SECOND, `shown after ${m.got_ms - begin} ms`);
    assert.equal(m.jws, report.jws, 'the very string that KPU signed');
    assert.equal(m.ticket.title, 'Massa di depan gudang Manembo-Nembo');
    assert.equal(m.ticket.state, 'open');
    assert.equal(m.ticket.lead, 'kpu');
    await desk.view.verify();
  }
  assert.ok(owes(deskPolres, 'polres', 'ack'));
  assert.ok(owes(deskPolres, 'pemkot', 'ack'));
  assert.ok(owes(deskPolres, 'kpu', 'resolve'));
});

test('KPU sees that it stands before the eyes of the police', async () => {
  deskPolres.send({ op: 'got', seq: report.seq });
  deskPolres.send({ op: 'shown', seqs: [report.seq] });
  for (const how of ['got', 'shown']) {
    const receipt = await deskKpu.wait((m) => m.op === 'receipt' && m.how === how);
    assert.equal(receipt.ticket, incident);
    assert.equal(receipt.agency, 'polres');
    assert.equal(receipt.member, polres.member);
  }
});

test('the police acknowledge and accept with the time at which they will be there', async () => {
  const ack = await polres.post('response.ack', { inc: incident });
  await shown(deskKpu, 'response.ack');
  assert.equal(answerOf(deskKpu, 'polres').state, 'acked');
  assert.ok(owes(deskKpu, 'polres', 'accept'));
  const eta = ack.at + 10 * 60 * SECOND;
  await polres.post('response.accept', { inc: incident, eta });
  await shown(deskKpu, 'response.accept');
  assert.equal(answerOf(deskKpu, 'polres').state, 'accepted');
  assert.equal(answerOf(deskKpu, 'polres').eta, eta);
  assert.ok(owes(deskKpu, 'polres', 'arrive'));
  assert.ok(owes(deskKpu, 'polres', 'update'));
});

test('the government never answers: after two seconds the clock tells its duty officers', async () => {
  const lapse = await shown(deskPemkot, 'clock.lapse', (c) => c.step === 1);
  const said = claimsOf(lapse);
  assert.equal(said.agency, 'pemkot');
  assert.equal(said.what, 'ack');
  assert.equal(said.due, report.at + 2 * SECOND);
  assert.ok(said.late_ms <= 1000, `late by ${said.late_ms} ms`);
  assert.deepEqual(said.told, [pemkot.name]);
});

test('a second later it tells their chief and the owner, and then it repeats', async () => {
  const second = claimsOf(await shown(phoneChief, 'clock.lapse', (c) => c.step === 2));
  assert.equal(second.due, report.at + 3 * SECOND);
  assert.deepEqual(second.told, [pemkotChief.name], 'nobody of KPU is on duty, so owner is nobody');
  const third = claimsOf(await shown(phoneChief, 'clock.lapse', (c) => c.step === 3));
  assert.deepEqual(
    [...third.told].sort(),
    [pemkot.name, pemkotChief.name].sort(),
    'all of all steps',
  );
  const fourth = claimsOf(await shown(phoneChief, 'clock.lapse', (c) => c.step === 4));
  assert.ok(fourth.due - third.due >= 2 * SECOND);
  assert.equal(answerOf(deskKpu, 'pemkot').state, 'offered', 'and still they did not answer');
});

test('the police arrive, and are done', async () => {
  await polres.post('response.enroute', { inc: incident });
  await polres.post('response.onscene', { inc: incident, note: 'Dua regu di gerbang' });
  await shown(deskKpu, 'response.onscene');
  assert.equal(answerOf(deskKpu, 'polres').state, 'onscene');
  assert.ok(!owes(deskKpu, 'polres', 'arrive'));
  await polres.post('response.done', { inc: incident, note: 'Massa bubar' });
  await shown(deskKpu, 'response.done');
  assert.equal(answerOf(deskKpu, 'polres').state, 'done');
  assert.ok(!owes(deskKpu, 'polres', 'update'));
});

test('KPU resolves: every debt ends, and the clock is silent', async () => {
  const resolved = await kpu.post('incident.resolve', { inc: incident, note: 'Situasi aman' });
  await shown(deskPemkot, 'incident.resolve');
  assert.equal(ticketAt(deskPemkot).state, 'resolved');
  assert.deepEqual(
    ticketAt(deskPemkot).owed.map((o) => `${o.agency} ${o.what}`),
    ['kpu close'],
  );
  await sleep(2500);
  const late = deskPemkot.seen.filter((m) => m.op === 'record' && m.seq > resolved.seq);
  assert.deepEqual(
    late.map((m) => claimsOf(m).kind),
    [],
  );
});

test('KPU closes, and everybody holds the same story', async () => {
  await kpu.post('incident.close', { inc: incident, disposition: 'handled' });
  await shown(deskPolres, 'incident.close');
  assert.equal(ticketAt(deskPolres).state, 'closed');
  const stories = await Promise.all(
    [deskKpu, deskPolres, deskPemkot].map((desk) => desk.history(incident)),
  );
  for (const story of stories)
    assert.deepEqual(
      story.map((m) => m.jws),
      stories[0].map((m) => m.jws),
    );
  const kinds = stories[0].map((m) => claimsOf(m).kind).filter((kind) => kind !== 'clock.lapse');
  assert.deepEqual(kinds, [
    'incident.report',
    'response.ack',
    'response.accept',
    'response.enroute',
    'response.onscene',
    'response.done',
    'incident.resolve',
    'incident.close',
  ]);
  for (const desk of [deskKpu, deskPolres, deskPemkot]) {
    await desk.view.verify(stories[0]);
    assert.deepEqual(desk.view.wrong, []);
  }
  const all = await ledger(world);
  checkOrder(all);
  checkClocks(all, { late: 1000 });
});
