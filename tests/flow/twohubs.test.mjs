// Two hubs on one cluster: one ledger, one order, whoever is where.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm } from './lib/world.mjs';
import { checkAll, ledger } from './lib/checker.mjs';
import { size, spread, until } from './lib/wait.mjs';

let world, kpu, polres, auditor;

before(async () => {
  world = await World.create({ hubs: 2 });
  await world.policy(calm());
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  auditor = await world.add('kpu', 'auditor', ['auditor']);
});
after(() => world?.stop());

test('members on different hubs talk as if they sat at one', async () => {
  const [one, two] = world.hubs;
  const here = await kpu.connect({ hub: one, follow: true });
  const there = await polres.connect({ hub: two, follow: true });
  const report = await kpu.sign('incident.report', {
    cat: 'other.other',
    title: 'Dua hub',
    to: ['polres'],
  });
  const posted = await here.post(report.jws);
  const m = await there.wait((x) => x.op === 'record' && x.seq === posted.seq);
  assert.ok(m.got_ms - posted.got_ms < 1000, 'within a second');
  const ack = await there.post((await polres.sign('response.ack', { inc: report.jti })).jws);
  const back = await here.wait((x) => x.op === 'record' && x.seq === ack.seq);
  assert.equal(back.ticket.agencies[0].state, 'acked');
  there.send({ op: 'got', seq: posted.seq });
  there.send({ op: 'shown', seqs: [posted.seq] });
  await here.wait((x) => x.op === 'receipt' && x.how === 'shown');
  const repeat = await there.post(report.jws);
  assert.equal(repeat.seq, posted.seq, 'the same string at the other hub: the same seq');
  const other = await kpu.sign('incident.note', { inc: report.jti, body: 'lain', jti: report.jti });
  await assert.rejects(there.post(other.jws), (e) => e.code === 'id_conflict');
  await Promise.all([here.close(), there.close()]);
});

test('a cursor from the quicker hub is not ahead at the slower one', async () => {
  const s = await polres.connect({ hub: world.hubs[1], follow: true });
  const lane = await kpu.connect({ hub: world.hubs[0] });
  const { jti: inc } = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Kursor',
    to: ['polres'],
  });
  for (let i = 0; i < 40; i++) {
    const posted = await lane.post((await kpu.sign('incident.note', { inc, body: `${i}` })).jws);
    const from = s.seen.length;
    s.send({ op: 'follow', after: posted.seq });
    await s.wait((m) => m.op === 'live' || m.op === 'reset', { from });
  }
  const resets = s.seen.filter((m) => m.op === 'reset').slice(1);
  assert.deepEqual(
    resets.map((m) => m.why),
    [],
    'the ledger lost nothing: the hub had only not looked yet',
  );
  await Promise.all([s.close(), lane.close()]);
});

test('the directory of one hub is that of the other: a revoked key is closed at both', async () => {
  const phone = await world.device('polres', polres.member, { hub: world.hubs[1] });
  const s = await phone.connect({ hub: world.hubs[0], follow: true });
  const t = await phone.connect({ hub: world.hubs[1], follow: true });
  const begin = performance.now();
  await (
    await world.who('polres', 'admin')
  ).post('device.revoke', { kid: phone.key.kid, reason: 'lost' });
  await Promise.all([s.end(), t.end()]);
  assert.ok(performance.now() - begin < 1500);
});

test('records posted to both at once: ledger 1..n without a hole, one order for everybody', async (t) => {
  const n = size(t, 'POSKO_FLOW_RECORDS', 2000);
  const readers = await Promise.all(
    world.hubs.map((hub) => auditor.connect({ hub, follow: true, keep: false })),
  );
  const from = await world.head();
  const lanes = await Promise.all(
    [0, 1].map((i) => kpu.connect({ hub: world.hubs[i], keep: false })),
  );
  const inc = (
    await kpu.post('incident.report', { cat: 'other.other', title: 'Banyak', to: ['polres'] })
  ).jti;
  const begin = performance.now();
  const posted = await spread(n, 64, async (i) => {
    const report = { cat: 'other.other', title: `Laporan ${i}`, to: ['polres'] };
    const signed =
      i % 10 === 0
        ? await kpu.sign('incident.report', report)
        : await kpu.sign('incident.note', { inc, body: `Catatan ${i}` });
    const answer = await lanes[i % lanes.length].post(signed.jws, 60_000);
    return { jti: signed.jti, seq: answer.seq, at: answer.at };
  });
  const seconds = (performance.now() - begin) / 1000;
  t.diagnostic(
    `${n} records in ${seconds.toFixed(1)} s: ${(n / seconds).toFixed(0)} a second through two hubs`,
  );
  const last = Math.max(...posted.map((p) => p.seq));
  for (const s of readers)
    await until('the readers have it all', () => s.view.records.has(last), 30_000);
  const views = readers.map((s) => Object.assign(s.view, { from: from + 1 }));
  const rows = await checkAll(world, { posted, views });
  assert.equal(rows.length, last);
  assert.deepEqual(
    [...views[0].records.keys()],
    [...views[1].records.keys()],
    'the same order at both',
  );
  for (const s of readers) {
    const mark = await s.wait((m) => m.op === 'mark');
    assert.ok(mark.sent > 0);
    assert.deepEqual(s.view.wrong, []);
    await s.close();
  }
});

test('a ticket is the same at both hubs', async () => {
  const desks = await Promise.all(world.hubs.map((hub) => auditor.connect({ hub, follow: true })));
  const [a, b] = desks.map((s) =>
    [...s.view.ticket.values()].map((x) => x.value).sort((x, y) => x.no - y.no),
  );
  assert.ok(a.length > 1);
  assert.deepEqual(a, b);
  assert.deepEqual(
    a.map((x) => x.no),
    a.map((_, i) => i + 1),
    'numbers 1..n, each once',
  );
  await Promise.all(desks.map((s) => s.close()));
  assert.ok((await ledger(world)).length > 0);
});

test('a hub that wakes up far behind, deaf and alone, goes on', async () => {
  const [left, behind] = world.hubs;
  const lane = await kpu.connect({ hub: left, keep: false });
  const desk = await polres.connect({ hub: behind });
  const { jti: inc } = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Tertinggal',
    to: ['polres'],
  });
  behind.child.kill('SIGSTOP');
  const up = behind.logs.findLast((l) => /^posko tail /.test(l.connection));
  await world.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = '${up.connection}'`,
  );
  const note = await polres.sign('incident.note', { inc, body: 'masih di sini' });
  const posted = desk.post(note.jws, 30_000);
  const seqs = await spread(1500, 64, async (i) => {
    const { jws } = await kpu.sign('incident.note', { inc, body: `${i}` });
    return (await lane.post(jws, 60_000)).seq;
  });
  await lane.close();
  await left.stop(); // nobody writes from here on, so nobody notifies
  behind.child.kill('SIGCONT');
  assert.ok((await posted).seq > Math.max(...seqs));
  await left.start();
  await desk.close();
});
