// Backup and restore as docs/operations.md says it, with its very commands: a base backup, archived
// WAL, and a second cluster that is brought to an earlier point.  Nothing is silently shorter.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, chmodSync, chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from './lib/cluster.mjs';
import { ROOT } from './lib/hub.mjs';
import { World, calm } from './lib/world.mjs';
import { verify, exportLedger } from './lib/verify.mjs';
import { sleep, until } from './lib/wait.mjs';

const manual = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
let world, cluster, folder, kpu, polres, inc;
let base, target, end, file, held; // head at the base, at the target, at the end; what was kept

/** `key = '...'` of the manual, with its folder here. */
const setting = (key) =>
  manual.match(new RegExp(`^ +(${key} = '.*')$`, 'm'))[1].replaceAll('/var/backups/posko', folder);
/** The command of the manual that begins so, as arguments. */
const command = (name) =>
  manual
    .match(new RegExp(`^ +${name} (.*)$`, 'm'))[1]
    .replaceAll('/var/backups/posko', folder)
    .split(' ');

const note = async (body) => (await kpu.post('incident.note', { inc, body })).seq;

before(async () => {
  cluster = await Cluster.start();
  folder = join(cluster.folder, 'backup');
  for (const path of [folder, join(folder, 'wal')]) {
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o700);
    if (cluster.who.uid) chownSync(path, cluster.who.uid, cluster.who.gid);
  }
  const [, archive] = setting('archive_command').match(/= '(.*)'$/);
  for (const sql of ["archive_mode = 'on'", `archive_command = '${archive}'`])
    await cluster.sql('postgres', `ALTER SYSTEM SET ${sql}`);
  await cluster.primary.stop();
  await cluster.primary.start();
  world = await World.create({ cluster });
  await world.policy(calm());
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  const report = { cat: 'other.other', title: 'Cadangan', to: ['polres'] };
  inc = (await kpu.post('incident.report', report)).jti;
});
after(async () => {
  const ends = await Promise.allSettled([world?.stop()]);
  await Promise.all([cluster?.stop(), world?.cluster.stop()]);
  if (ends[0].reason) throw ends[0].reason;
});

test('a base backup while the hub works, and every WAL segment since', async () => {
  base = await note('sebelum cadangan');
  const from = `host=${cluster.folder} user=postgres`;
  await cluster.tool('pg_basebackup', [...command('pg_basebackup'), '-d', from]);
  await cluster.tool('pg_verifybackup', command('pg_verifybackup'));
  for (let i = 0; i < 20; i++) target = await note(`sesudah cadangan ${i}`);
  const desk = await polres.connect({ follow: true });
  await polres.post('response.ack', { inc });
  target = (await polres.post('response.accept', { inc })).seq;
  await sleep(50);
  const [{ now }] = await cluster.sql('postgres', 'SELECT clock_timestamp()::text AS now');
  held = { time: now };
  await sleep(50);
  for (let i = 0; i < 7; i++) end = await note(`yang akan hilang ${i}`);
  held.lost = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Juga hilang',
    to: ['polres'],
  });
  end = held.lost.seq;
  await desk.wait((m) => m.op === 'record' && m.seq === end);
  held.records = new Map(desk.view.records);
  await desk.close();
  file = join(world.data, 'before.ledger');
  await exportLedger(world.dsn, file);
  const wal = 'SELECT pg_walfile_name(pg_switch_wal()) AS last';
  const [{ last }] = await cluster.sql('postgres', wal);
  const archived = async () =>
    (await cluster.sql('postgres', 'SELECT last_archived_wal AS wal FROM pg_stat_archiver'))[0].wal;
  await until('the WAL is archived', async () => (await archived()) >= last, 20_000);
});

test('the machine is lost; a second cluster is brought to an earlier point', async () => {
  await world.hub.kill();
  await cluster.primary.kill();
  const time = setting('recovery_target_time').replace(/'.*'/, `'${held.time}'`);
  const lines = [setting('restore_command'), time, setting('recovery_target_action')];
  world.cluster = await Cluster.restored(join(folder, 'base'), ["archive_mode = 'off'", ...lines]);
  world.dsn = world.cluster.dsn(world.db);
  const [head] = await world.sql('SELECT seq FROM head');
  assert.equal(head.seq, target, 'exactly up to the point in time');
  assert.ok(base < target && target < end);
});

test('what was restored is whole, and is what it was', async () => {
  const said = await verify('--database', world.dsn, '--hub', world.hubKid);
  assert.deepEqual(said.problems, []);
  assert.equal(said.seq, target);
  const prefix = await verify(file, '--hub', world.hubKid, '--upto', String(target));
  assert.deepEqual(prefix.problems, []);
  assert.equal(said.root, prefix.root, 'the common part has one root');
  const old = await verify(file, '--hub', world.hubKid);
  assert.equal(old.seq, end);
  assert.notEqual(old.root, prefix.root);
});

test('a hub starts on it, tells each client that held more, and says what they held', async () => {
  const hub = await world.addHub();
  world.hubs = [hub];
  const s = await polres.connect({ follow: { after: end } });
  const reset = await s.wait((m) => m.op === 'reset');
  assert.deepEqual([reset.why, reset.head], ['ahead', target]);
  await s.wait((m) => m.op === 'live');
  const line = await until('the hub says what was held', () =>
    hub.logs.find((l) => l.event === 'cursor.ahead'),
  );
  const { agency, member, cursor, head } = line;
  assert.deepEqual({ agency, member, cursor, head }, {
    agency: 'polres',
    member: polres.member,
    cursor: end,
    head: target,
  });
  const metrics = await hub.metrics();
  assert.match(metrics, /^posko_cursors_ahead_total 1$/m);
  assert.match(metrics, new RegExp(`^posko_cursor_ahead ${end}$`, 'm'));
  const other = await kpu.connect({ follow: { after: target - 3 } });
  await other.wait((m) => m.op === 'live');
  assert.ok(!other.seen.some((m) => m.op === 'reset'), 'who held no more than there is resumes');
  assert.equal(hub.logs.filter((l) => l.event === 'cursor.ahead').length, 1);
  await Promise.all([s.close(), other.close()]);
});

test('numbers go on where the ledger ends, and a string that was lost is taken again', async () => {
  kpu.session?.cut();
  const again = await (await kpu.connect()).post(held.lost.jws);
  assert.equal(again.seq, target + 1, 'the same string, a new place');
  assert.notEqual(held.records.get(target + 1).jws, held.lost.jws, 'where another one stood before');
  inc = held.lost.jti;
  assert.equal(await note('diteruskan'), target + 2);
  const said = await verify('--database', world.dsn, '--hub', world.hubKid);
  assert.deepEqual([said.problems, said.seq], [[], target + 2]);
});

test('under a new aud: verify knows the ledger by both names, in that order', async () => {
  const [old, fresh] = [world.aud, 'posko.flow/ledger-2'];
  await world.hub.stop();
  world.hubs = [];
  world.env.POSKO_AUD = fresh;
  await world.addHub();
  kpu.session?.cut();
  assert.equal(await kpu.refusal('incident.note', { inc, body: 'lama' }).catch((e) => e.code), 'bad_claim');
  world.aud = fresh;
  kpu.session?.cut();
  const seq = await note('baru');
  assert.equal(seq, target + 3);
  const both = (...auds) => verify('--database', world.dsn, '--aud', auds.join(','));
  assert.deepEqual((await both(old, fresh)).problems, []);
  for (const said of [await both(old), await both(fresh, old), await verify('--database', world.dsn)])
    assert.equal(said.status, 1);
  assert.equal((await both(old)).problems[0].seq, seq);
  world.meddled = true; // its end would be looked at under one name
});
