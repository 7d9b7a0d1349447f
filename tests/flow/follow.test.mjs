// Following: states and live, replay and cursor, marks, paging, and the ways in which a session ends.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm } from './lib/world.mjs';
import { View } from './lib/view.mjs';
import { sleep, spread, until, size } from './lib/wait.mjs';

let world, kpu, polres, coordinator, open, pinged;
const body = 'x'.repeat(4000);

before(async () => {
  world = await World.create();
  await world.policy(calm());
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  coordinator = await world.who('kpu', 'coordinator');
  open = (
    await kpu.post('incident.report', { cat: 'other.other', title: 'Pertama', to: ['polres'] })
  ).jti;
  const idle = await polres.connect({ follow: true });
  pinged = new Promise((done) => idle.ws.once('ping', () => done(performance.now())));
});
after(() => world?.stop());

const note = (text = 'catatan') => kpu.post('incident.note', { inc: open, body: text });
const ops = (s, from = 0) => s.seen.slice(from).map((m) => m.op);

test('a fresh follow: reset, the whole present as states, then live', async () => {
  const s = await coordinator.connect();
  const from = await s.follow();
  const [first, ...rest] = s.seen.slice(from);
  assert.deepEqual([first.op, first.why, first.head], ['reset', 'fresh', s.welcome.head]);
  const live = rest.findIndex((m) => m.op === 'live');
  assert.ok(
    rest.slice(0, live).every((m) => m.op === 'state'),
    'states only, until live',
  );
  assert.equal(rest[live].head, first.head);
  const v = s.view;
  assert.equal(v.agency.size, 7);
  assert.ok(v.member.size >= 22);
  assert.equal(v.category.size, 44);
  assert.ok(
    v.policy.has('default') && v.rules.size === 1 && v.source.size === 1 && v.place.size >= 14,
  );
  assert.ok(v.device.has(world.hubKid) && v.device.has(kpu.key.kid));
  assert.ok(v.ticketOf(open));
  assert.deepEqual(
    [...v.agency.values()].filter((a) => a.value.host).map((a) => a.value.id),
    ['kpu'],
  );
  await s.close();
});

test('the present plus live is the same as the past plus live', async () => {
  const late = await coordinator.connect({ follow: true });
  const early = await coordinator.connect({ follow: { after: 0 } });
  assert.equal(early.view.resets, 0, 'the whole ledger is within 10,000');
  const posted = await note();
  for (const s of [late, early]) await s.wait((m) => m.op === 'record' && m.seq === posted.seq);
  assert.deepEqual(early.view.ticketOf(open), late.view.ticketOf(open));
  await early.view.verify();
  await Promise.all([late.close(), early.close()]);
});

test('follow after a cursor: the records above it, one state for each ticket they touched, then live', async () => {
  const cursor = await world.head();
  const quiet = (
    await kpu.post('incident.report', { cat: 'other.other', title: 'Kedua', to: ['polres'] })
  ).jti;
  await note('a');
  await note('b');
  const s = await polres.connect({ follow: { after: cursor } });
  const from = s.seen.findIndex((m) => m.op === 'record');
  assert.deepEqual(ops(s, from), ['record', 'record', 'record', 'state', 'state', 'live']);
  const records = s.seen.filter((m) => m.op === 'record');
  assert.deepEqual(
    records.map((m) => m.seq),
    [cursor + 1, cursor + 2, cursor + 3],
  );
  assert.ok(
    records.every((m) => m.ticket === undefined),
    'past records carry no ticket',
  );
  const touched = s.seen.filter((m) => m.op === 'state').map((m) => m.ticket.id);
  assert.deepEqual(touched.sort(), [open, quiet].sort());
  const again = await polres.connect({ follow: { after: cursor + 3 } });
  assert.deepEqual(ops(again).slice(2), ['live'], 'nothing above: live at once');
  await Promise.all([s.close(), again.close()]);
});

test('replay of a merge that names a ticket merged before: the one that it went into is shown as ended', async () => {
  const opened = [];
  for (const title of ['Asal', 'Perantara', 'Akhir'])
    opened.push(
      (await kpu.post('incident.report', { cat: 'other.other', title, to: ['polres'] })).jti,
    );
  const [first, second, last] = opened;
  await kpu.post('incident.merge', { inc: first, into: second });
  const cursor = await world.head();
  await kpu.post('incident.merge', { inc: first, into: last });
  const s = await polres.connect({ follow: { after: cursor } });
  assert.equal(s.view.ticketOf(second)?.state, 'merged');
  assert.equal(s.view.ticketOf(second)?.into, last);
  await s.close();
});

test('replay of a long chain of merges: one state for each of its tickets', async () => {
  const report = async (title) =>
    (await kpu.post('incident.report', { cat: 'other.other', title, to: ['polres'] })).jti;
  const early = [await report('Rantai 0')];
  for (let i = 1; i <= 10; i++) {
    early.push(await report(`Rantai ${i}`));
    await kpu.post('incident.merge', { inc: early[i - 1], into: early[i] });
  }
  const cursor = await world.head();
  const late = [early.at(-1)];
  for (let i = 1; i <= 40; i++) {
    late.push(await report(`Rantai lagi ${i}`));
    // every other time by a name from before the cursor: the whole chain is between the two
    await kpu.post('incident.merge', { inc: i % 2 ? early[i % 10] : late[i - 1], into: late[i] });
  }
  const s = await polres.connect({ follow: { after: cursor } });
  const live = s.seen.findIndex((m) => m.op === 'live');
  const states = s.seen.slice(0, live).filter((m) => m.op === 'state' && m.ticket);
  for (const id of late)
    assert.equal(states.filter((m) => m.ticket.id === id).length, 1, `states of ${id}`);
  // one that is named again much later may come twice
  assert.ok(states.length <= 2 * early.length + late.length, `${states.length} states`);
  assert.equal(s.view.ticketOf(late[0]).state, 'merged');
  assert.equal(s.view.ticketOf(late.at(-1)).state, 'open');
  await s.close();
});

test('a cursor above the ledger: reset ahead', async () => {
  const s = await polres.connect({ follow: { after: (await world.head()) + 1000 } });
  const reset = s.seen.find((m) => m.op === 'reset');
  assert.equal(reset.why, 'ahead');
  assert.equal(reset.head, await world.head());
  assert.ok(s.view.ticketOf(open));
  await s.close();
});

test("a live record carries the ticket as it is now; posted comes before one's own record", async () => {
  const s = await kpu.connect({ follow: true });
  const signed = await kpu.sign('incident.note', { inc: open, body: 'milik sendiri' });
  const from = s.seen.length;
  const posted = await s.post(signed.jws);
  const m = await s.wait((x) => x.op === 'record' && x.seq === posted.seq);
  assert.deepEqual(ops(s, from).slice(0, 2), ['posted', 'record']);
  assert.equal(m.ticket.seq, posted.seq);
  assert.equal(m.ticket.n, (await s.history(open)).length);
  await s.close();
});

test('every 5 s a mark: the head, what was sent, overdue, copies; history does not count', async () => {
  const s = await polres.connect({ follow: { after: 0 } });
  await s.history(open);
  const first = await s.wait((m) => m.op === 'mark');
  const from = s.seen.length;
  const posted = await note();
  const second = await s.wait((m) => m.op === 'mark', { from });
  assert.ok(second.got_ms - first.got_ms > 4000 && second.got_ms - first.got_ms < 7000);
  const records = s.seen.filter((m) => m.op === 'record' && m.of === undefined);
  assert.equal(second.sent, records.length);
  assert.equal(second.head, posted.seq);
  assert.deepEqual([second.overdue, second.copies], [0, 1]);
  assert.ok(Math.abs(second.at - Date.now()) < 2000);
  assert.deepEqual(s.view.wrong, []);
  await s.close();
});

test('a client that resumes from a mark misses nothing, and one that resumes from before gets repeats', async () => {
  const view = new View(world.hubKid);
  const s = await polres.connect({ follow: true, view });
  const mark = await s.wait((m) => m.op === 'mark');
  s.cut();
  const missed = [];
  for (let i = 0; i < 5; i++) missed.push((await note(`ketika putus ${i}`)).seq);
  const again = await polres.connect({ view, follow: { after: mark.head } });
  for (const seq of missed) assert.ok(view.records.has(seq));
  const repeat = await polres.connect({ view, follow: { after: mark.head } });
  assert.deepEqual(view.wrong, [], 'a record that comes again is the same, and known by its seq');
  await Promise.all([again.close(), repeat.close()]);
});

test('a second follow replaces the first', async () => {
  const s = await coordinator.connect({ follow: true });
  const from = s.seen.length;
  s.send({ op: 'follow', after: 0 });
  s.send({ op: 'follow' });
  const reset = await s.wait((m) => m.op === 'reset', { from });
  await s.wait((m) => m.op === 'live', { from: s.seen.indexOf(reset) });
  const posted = await note();
  await s.wait((m) => m.op === 'record' && m.seq === posted.seq && m.ticket);
  await sleep(200);
  const copies = s.seen
    .slice(s.seen.indexOf(reset))
    .filter((m) => m.op === 'record' && m.seq === posted.seq);
  assert.equal(copies.length, 1, 'told once, by the one follow that holds');
  const mark = await s.wait((m) => m.op === 'mark', { from: s.seen.length });
  assert.equal(mark.sent, s.seen.filter((m) => m.op === 'record' && m.of === undefined).length);
  await s.close();
});

test('history by pages, in order, each with `of`', async () => {
  const s = await polres.connect();
  const whole = await s.history(open);
  assert.ok(whole.length > 8);
  assert.ok(whole.every((m) => m.of === open && m.ticket === undefined));
  assert.deepEqual(
    (await s.history(open, { limit: 3 })).map((m) => m.seq),
    whole.map((m) => m.seq),
  );
  const tail = await s.history(open, { after: whole.at(-2).seq });
  assert.deepEqual(
    tail.map((m) => m.seq),
    [whole.at(-1).seq],
  );
  const stories = await s.ask({ op: 'history', ticket: '01900000-0000-7000-8000-000000000000' });
  assert.equal(stories.code, 'not_found');
  await s.close();
});

test('replay waits for a slow reader, who then gets everything in order and goes live', async () => {
  const before = await world.head();
  await Promise.all(Array.from({ length: 400 }, () => note(body)));
  const s = await polres.connect();
  s.ws.pause();
  s.send({ op: 'follow', after: before });
  await sleep(1500);
  const during = [];
  for (let i = 0; i < 100; i++) during.push(await note(body));
  const memory = Number(
    (await world.hub.metrics()).match(/process_resident_memory_bytes (\d+)/)?.[1] ?? 0,
  );
  s.ws.resume();
  await s.wait((m) => m.op === 'live', { ms: 20_000 });
  await s.wait((m) => m.op === 'record' && m.seq === during.at(-1).seq);
  const seqs = [...s.view.records.keys()];
  assert.equal(seqs.length, 500);
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  );
  assert.deepEqual(s.view.wrong, []);
  assert.ok(memory >= 0);
  await s.close();
});

test('a live reader who does not read is told too_slow, and others are not slowed', async () => {
  const slow = await polres.connect({ follow: true });
  const quick = await kpu.connect({ follow: true });
  const cursor = await world.head();
  slow.ws.pause();
  const began = performance.now();
  const bulk = kpu;
  for (let round = 0; round < 8; round++)
    await Promise.all(
      Array.from({ length: 250 }, () => bulk.post('incident.note', { inc: open, body })),
    );
  const last = await note('penanda');
  await quick.wait((m) => m.op === 'record' && m.seq === last.seq);
  const took = performance.now() - began;
  slow.ws.resume();
  const how = await slow.end();
  assert.ok(
    [1013, 1006].includes(how.code),
    `closed with ${how.code} (1006: he was cut, as he did not take the close either)`,
  );
  if (how.code === 1013) assert.equal(slow.seen.at(-1).code, 'too_slow');
  const again = await polres.connect({ view: slow.view, follow: { after: slow.view.cursor } });
  const head = await world.head();
  for (let seq = cursor + 1; seq <= head; seq++)
    assert.ok(slow.view.records.has(seq), `no gap at ${seq}`);
  assert.deepEqual(slow.view.wrong, []);
  assert.ok(took < 60_000);
  await Promise.all([again.close(), quick.close()]);
});

test('the fifth socket of one key closes the oldest with 4409', async () => {
  const device = await world.device('polres', polres.member);
  const sockets = [];
  for (let i = 0; i < 5; i++) sockets.push(await device.connect({ follow: true }));
  assert.equal((await sockets[0].end()).code, 4409);
  assert.deepEqual([sockets[0].seen.at(-1).op, sockets[0].seen.at(-1).code], ['bye', 'replaced']);
  await sleep(100);
  assert.ok(sockets.slice(1).every((s) => s.open));
  for (const s of sockets.slice(1)) await s.close();
});

test('more than 10,000 behind: reset, the present, and not the past', async (t) => {
  const n = size(t, 'POSKO_FLOW_BEHIND', 0);
  if (n === 0) return t.skip('POSKO_FLOW_BEHIND=10001 makes it so');
  const after = await world.head();
  for (let i = 0; i < n; i += 500) await Promise.all(Array.from({ length: 500 }, () => note('.')));
  const s = await polres.connect({ follow: { after } });
  assert.equal(s.seen.find((m) => m.op === 'reset').why, 'behind');
  assert.equal(s.view.records.size, 0);
  await s.close();
});

test('the hub pings within 20 s', async () => {
  await until('a ping', () => Promise.race([pinged, sleep(10).then(() => null)]), 22_000);
});

// Each reads its past from the database; if all did at once, more would be in the ledger by the time
// that each has read, and nobody would ever be live.
test('a crowd that comes back at once is live soon, while records go on', async (t) => {
  const crowd = 240;
  const after = await world.head();
  for (let i = 0; i < 40; i++) await note('sementara itu');
  const devices = await spread(crowd / 4, 8, () => world.device('polres', polres.member));
  const sessions = await spread(crowd, 16, (i) =>
    devices[i >> 2].connect({ keep: false, view: new View(world.hubKid) }),
  );
  let on = true;
  const lane = async () => {
    while (on) await note('terus');
  };
  const lanes = [1, 2, 3, 4].map(lane);
  const began = performance.now();
  for (const s of sessions) s.send({ op: 'follow', after });
  const behind = () => sessions.filter((s) => !s.view.live).length;
  await until('all are live', () => behind() === 0, 20_000).catch((e) => {
    throw new Error(`${e.message}; ${behind()} of ${crowd} are not`);
  });
  t.diagnostic(`all live after ${(performance.now() - began).toFixed(0)} ms`);
  on = false;
  await Promise.all(lanes);
  for (const s of sessions) assert.deepEqual(s.view.wrong, []);
  await Promise.all(sessions.map((s) => s.close()));
});

// Memory holds no ended ticket and no past row here: every replay asks the database.
test('a ticket whose row is gone from the database stops nobody', async () => {
  const small = await World.create({ env: { POSKO_RECENT_ROWS: '1' } });
  try {
    small.meddled = true;
    const [duty, desk] = [await small.who('kpu', 'duty'), await small.who('polres', 'duty')];
    const report = (title) => duty.post('incident.report', { cat: 'other.other', title, to: ['polres'] });
    const from = await small.head();
    const gone = await report('Hilang');
    await duty.post('incident.close', { inc: gone.jti, disposition: 'false_alarm' });
    const kept = await report('Tetap');
    await small.hub.stop();
    await small.sql(`DELETE FROM ticket WHERE id = '${gone.jti}'`);
    await small.hub.start();
    const s = await desk.connect({ follow: { after: from } });
    assert.deepEqual([...s.view.records.keys()], [kept.seq]);
    const told = small.hub.logs.filter((l) => l.event === 'record.without_ticket');
    assert.deepEqual(told.map((l) => l.seq), [gone.seq, gone.seq + 1]);
    const more = await duty.post('incident.note', { inc: kept.jti, body: 'masih' });
    await s.wait((m) => m.op === 'record' && m.seq === more.seq);
    await s.close();
  } finally {
    await small.stop();
  }
});
