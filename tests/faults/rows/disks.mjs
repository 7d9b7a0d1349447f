// What befalls the disks: the database's full, the log's full, a log that nobody reads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Hub } from '../../flow/lib/hub.mjs';
import { sleep, until } from '../../flow/lib/wait.mjs';
import { disk, fill, free } from '../lib/disk.mjs';

/** 4: no room for data, then none for the WAL, after which PostgreSQL itself goes down; what starts
 *  it again here is what systemd does elsewhere. */
export async function fillDatabase(run) {
  let data, wal;
  const mounts = (cluster) => {
    data = disk(run, 128, cluster.who);
    wal = disk(run, 128, cluster.who);
    cluster.wal = join(wal, 'd');
  };
  const settings = 'wal_keep_size = 0\nmax_wal_size = 48MB\nmin_wal_size = 32MB\n';
  const world = await run.world({ hubs: 2, mounts, settings });
  const { cluster } = world;
  await cluster.sql('postgres', `CREATE TABLESPACE small LOCATION '${data}'`);
  const moved = `ALTER DATABASE ${world.db} SET default_tablespace = 'small'`;
  await cluster.sql('postgres', moved);
  await world.sql('ALTER TABLE ledger SET TABLESPACE small');
  const load = await run.load(world, { pause: 20 });
  const watch = restarts(run, cluster);
  await sleep(1500);
  await noRoom(run, world, load, data, 'data');
  await noRoom(run, world, load, wal, 'WAL');
  watch.stop();
  run.say(`PostgreSQL was started again ${watch.count()} times`);
  await run.check(load, { patience: 120_000 });
  for (const hub of world.hubs) assert.ok(hub.alive(), 'the hubs ran on');
}

async function noRoom(run, world, load, where, what) {
  await run.during(async () => {
    fill(where);
    await until(`nobody hears posted without room for ${what}`, () => isSilent(load), 60_000, 100);
    const alarms = world.hubs.flatMap((h) => h.logs.filter((l) => /turn|database/.test(l.event)));
    assert.ok(alarms.length > 0, 'the log says that turns fail');
    if (what === 'data') {
      const desk = await load.pemkot.connect({ follow: true });
      assert.ok(desk.view.ticket.size > 0, 'who comes may still read');
      await desk.close();
    }
    const before = turnsFailed(world);
    await sleep(2000);
    const failed = turnsFailed(world) - before; // each of two hubs tries again after 200 ms
    assert.ok(failed <= 40, `the hubs tried ${failed} turns in 2 s at a full disk`);
    free(where);
    const ms = await run.heardAgain(load, `posted with room for ${what}`);
    run.say(`no room for ${what}: silent, and posted again ${Math.round(ms)} ms after there was`);
  });
  await sleep(2000);
}

const turnsFailed = (world) =>
  world.hubs.flatMap((h) => h.logs.filter((l) => l.event === 'turn.failed')).length;

async function isSilent(load) {
  const heard = load.posted.length;
  await sleep(2500);
  return load.posted.length === heard;
}

/** Starts PostgreSQL again whenever it has ended. */
function restarts(run, cluster) {
  let on = true;
  let count = 0;
  const work = (async () => {
    while (on) {
      await sleep(200);
      if (cluster.primary.alive()) continue;
      count++;
      await cluster.primary.tryStart().catch(() => sleep(500));
    }
  })();
  run.after(() => {
    on = false;
    return work;
  });
  return { stop: () => (on = false), count: () => count };
}

/** 5: standard error is a file on a full disk, a pipe that nobody reads, a pipe without a reader. */
export async function fillLog(run) {
  const folder = mkdtempSync('/tmp/pl-');
  run.last(() => rmSync(folder, { recursive: true, force: true }));
  const small = disk(run, 1);
  const world = await run.world({ hubs: 1 });
  const full = openSync(join(small, 'hub.log'), 'a');
  fill(small);
  const logs = { 'a full disk': full, 'a full pipe': fullPipe(folder), 'a closed pipe': closedPipe(folder) };
  for (const [, fd] of Object.entries(logs)) {
    const { dsn, data, env } = world;
    const hub = await Hub.make({ dsn, data, env: { ...env, POSKO_LOG_LEVEL: 'debug' } });
    hub.stderr = fd;
    run.recovered('ready', await hub.start());
    world.hubs.push(hub);
  }
  const [first] = world.hubs.splice(0, 1);
  await first.stop();
  const load = await run.load(world);
  await sleep(run.size(6000, 3000));
  const lost = [];
  for (const hub of world.hubs)
    lost.push(Number((await hub.metrics()).match(/^posko_log_lost_total (\d+)$/m)[1]));
  run.say(`lines lost: ${Object.keys(logs).map((name, i) => `${lost[i]} on ${name}`).join(', ')}`);
  assert.ok(lost.every((n) => n > 0), 'each hub counts the lines that it lost');
  await run.check(load);
  for (const fd of Object.values(logs)) closeSync(fd);
}

function fifo(folder, name) {
  const path = join(folder, name);
  spawnSync('mkfifo', [path]);
  return { path, both: openSync(path, constants.O_RDWR | constants.O_NONBLOCK) };
}

function fullPipe(folder) {
  const { path, both } = fifo(folder, 'full');
  const fd = openSync(path, constants.O_WRONLY);
  try {
    for (;;) writeSync(both, Buffer.alloc(4096));
  } catch (e) {
    if (e.code !== 'EAGAIN') throw e;
  }
  return fd; // `both` stays open: somebody could read, and nobody does
}

function closedPipe(folder) {
  const { path, both } = fifo(folder, 'closed');
  const fd = openSync(path, constants.O_WRONLY);
  closeSync(both);
  return fd;
}
