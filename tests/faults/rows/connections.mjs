// Many connections: of those who follow, of strangers, of who comes and goes, of who is slow.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holdOpen, idlers } from '../../flow/lib/idle.mjs';
import { quantile, sleep, until, within } from '../../flow/lib/wait.mjs';
import { rss, sessionsAt } from '../lib/figures.mjs';

const AUTH_MS = 5000; // protocol.md 3: who has not logged in by then is closed
const REQUEST_MS = 5000; // and whose request is not whole
const MEMORY_KIB = 120_000_000 / 1024;

const mebi = (kib) => (kib / 1024).toFixed(0);
const files = (hub) => readdirSync(`/proc/${hub.child.pid}/fd`).length;

/** 12: two processes with 5,000 followers each; 10,000 who never log in, beside 5,000 of them; then
 *  they come and go.  One address may dial 20 times a second: not here, where all have four. */
export async function crowd(run) {
  const world = await run.world({ hubs: 1 });
  const { hub } = world;
  const people = await idlers(world, 10_000);
  const before = await sessionsAt(hub);
  const halves = [people.slice(0, 1250), people.slice(1250)];
  const dialled = performance.now();
  const crowds = await Promise.all(halves.map((some) => holdOpen(world, some, 5000)));
  const seconds = ((performance.now() - dialled) / 1000).toFixed(1);
  assert.equal(await sessionsAt(hub), before + 10_000, 'ten thousand sessions');
  const load = await run.load(world, { pause: 10 });
  await sleep(2000);
  await measured(run, load, `10,000 follow (dialled in ${seconds} s)`, () => sleep(8000));
  const [stays, goes] = crowds;
  const leave = () => {
    goes.stop();
    return sleep(4000);
  };
  await measured(run, load, '5,000 are gone at once', leave, 5000);
  const idle = { files: await fewest(hub), sessions: await sessionsAt(hub), rss: rss(hub) };
  const strangers = await measured(run, load, '10,000 strangers at 1,200 a second', () =>
    Promise.all([1, 2].map(() => play({ port: hub.port, how: 'wait', n: 5000, rate: 600 }))),
  );
  for (const s of strangers) {
    run.say(`strangers: ${JSON.stringify(s)}`);
    assert.equal(s.closed, s.greeted, 'each stranger was closed');
    assert.equal(s.greeted, s.n, 'each had its hello');
    assert.ok(s.longest < AUTH_MS + 5000, `a stranger was borne for ${s.longest} ms`);
  }
  await measured(run, load, '1,000 a second come and go', () =>
    Promise.all([1, 2].map(() => play({ port: hub.port, how: 'churn', n: 10_000, rate: 500 }))),
  );
  assert.equal(await stays.lost(), 0, 'no follower was dropped');
  const left = async () => (await sessionsAt(hub)) === idle.sessions;
  await until('all sessions are over', left, 30_000);
  await until('no descriptor stays', () => files(hub) <= idle.files, 30_000, 50);
  run.say(`hub ${mebi(idle.rss)} MiB before, ${mebi(rss(hub))} after; ${idle.files} descriptors`);
  stays.stop();
  await run.check(load);
}

/** 13: one address dials 900 times at once and sends headers, bodies or nothing by a byte a second,
 *  while people work, and come back. */
export async function slowClients(run) {
  const world = await run.world({ hubs: 1, env: { POSKO_OPEN_ADDRESS: '200' } });
  const load = await run.load(world, { pause: 10 });
  const dripping = measured(run, load, '900 slow clients', () =>
    play({ port: world.hub.port, how: 'drip', n: 900, seconds: 15 }),
  );
  for (let i = 0; i < 3; i++) {
    await sleep(4000);
    const connects = load.links.map((l) => l.connects);
    for (const l of load.links) l.session?.cut();
    const from = performance.now();
    const back = () => load.links.every((l, k) => l.connects > connects[k] && l.session.open);
    await until('everybody is back', back, 20_000, 5);
    run.recovered('back beside slow clients', performance.now() - from, 2000);
  }
  const { opened, most, longest } = await dripping;
  run.say(`${opened} slow connections, ${most} at once, closed after ${longest} ms at most`);
  assert.ok(most >= 150 && most <= 200, 'as many as one address may hold');
  assert.ok(longest < REQUEST_MS + 5000, `a slow client was borne for ${longest} ms`);
  await run.check(load);
}

/** Of the descriptors those that stay: requests of HTTP come and go. */
async function fewest(hub) {
  let least = Infinity;
  for (let i = 0; i < 40; i++) {
    least = Math.min(least, files(hub));
    await sleep(25);
  }
  return least;
}

/** Memory and the time of an acknowledgement while `work` goes on.  libwebsockets looks through all
 *  its sockets whenever one is closed, so that thousands at once cost it half a second. */
async function measured(run, load, what, work, bound = run.row.bound) {
  const { hub } = load.world;
  const heard = load.posted.length;
  let most = 0;
  const timer = setInterval(() => hub.alive() && (most = Math.max(most, rss(hub))), 100);
  const result = await work();
  clearInterval(timer);
  const times = load.posted.slice(heard).map((p) => p.ms);
  const p99 = quantile(times, 0.99);
  run.say(
    `${what}: hub at most ${mebi(most)} MiB; ${times.length} posted, ` +
      `${quantile(times, 0.5).toFixed(1)} ms (p50), ${p99.toFixed(0)} ms (p99)`,
  );
  assert.ok(most <= MEMORY_KIB, `the hub had ${most} KiB`);
  run.recovered(`posted (p99): ${what}`, p99, bound);
  return result;
}

async function play(job) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../lib/strangers.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let told = '';
  child.stdout.on('data', (d) => (told += d));
  child.stdin.write(JSON.stringify(job) + '\n');
  await within('the strangers end', new Promise((done) => child.once('close', done)), 120_000);
  process.off('exit', kill);
  return JSON.parse(told);
}
