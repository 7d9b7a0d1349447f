// What befalls a hub: killed, stopped and woken.
import assert from 'node:assert/strict';
import { sleep, until, within } from '../../flow/lib/wait.mjs';
import { Skipped } from '../lib/run.mjs';

const GRACE_MS = 3000; // the first clocks after a start wait that long

/** 1: kill -9 at any moment; the other hub goes on, this one is ready in time.  Of twenty, each hub
 *  lives for longer than the grace after a start: where none does, no clock may fire at all. */
export async function killHubs(run) {
  const [least, most] = run.size([GRACE_MS * 0.55, GRACE_MS * 0.8], [100, 1000]);
  const world = await run.world({ hubs: 2 });
  // Who is told nothing has marks for a cursor, and no line lasts until one here: fewer than 10,000
  // records, or he is rightly reset.
  const load = await run.load(world, { pause: run.size(20, 5) });
  await sleep(3500);
  for (let i = 0; i < run.size(20, 5); i++) {
    await sleep(run.between(least, most));
    const hub = world.hubs[i % 2];
    await run.during(async () => {
      await hub.kill();
      run.recovered('ready', await hub.start());
    });
  }
  await sleep(1000);
  await run.check(load);
  if (!run.quick) await killTheOnlyHub(run);
}

async function killTheOnlyHub(run) {
  run.faults = [];
  const world = await run.world({});
  const load = await run.load(world);
  for (let i = 0; i < 3; i++) {
    await sleep(GRACE_MS + 1000);
    await run.during(async () => {
      await world.hub.kill();
      await sleep(i * 1000);
      run.recovered('ready', await world.hub.start());
    });
    await run.heardAgain(load, 'posted by the only hub');
  }
  await sleep(1000);
  await run.check(load);
}

/** 18: a hub that fires clocks is stopped for longer than its lock may last, and wakes up. */
export async function stopHub(run) {
  const world = await run.world({ hubs: 2 });
  const load = await run.load(world);
  await sleep(2500);
  const [zombie] = world.hubs;
  const seconds = run.size(30, 8);
  await run.during(async () => {
    zombie.child.kill('SIGSTOP');
    await run.heardAgain(load, 'posted by the other hub', { bound: 8000 });
    await sleep(seconds * 1000);
    zombie.child.kill('SIGCONT');
  });
  const from = performance.now();
  while (!(await zombie.isReady())) await sleep(20);
  run.recovered('ready after it woke up', performance.now() - from);
  await sleep(3000);
  await run.check(load);
  assert.ok(zombie.alive(), 'it ran on');
}

const POINTS = [
  'before_begin in_begin after_begin before_commit in_commit after_commit in_ack before_tell',
  'in_tell after_tell',
].flatMap((line) => line.split(' '));

/** 3: the hub dies at each step of its turn, early and late; then it starts without the failpoint.
 *  Who sits at the other hub is cut off there, and comes over. */
export async function passFailpoints(run) {
  const program = process.env.POSKOD_TEST;
  if (!program) throw new Skipped('POSKOD_TEST must name a hub of the test build');
  const world = await run.world({ hubs: 2, program });
  const load = await run.load(world);
  await sleep(2000);
  const died = [];
  const all = POINTS.flatMap((point) => run.size([5, 60], [20]).map((upto) => [point, upto]));
  for (const [i, [point, upto]] of all.entries()) {
    const [hub, other] = i < all.length / 2 ? world.hubs : world.hubs.toReversed();
    const times = 1 + Math.floor(run.between(0, upto));
    await until('the other hub fires clocks', () => firesClocks(other));
    await hub.stop();
    await run.during(async () => {
      await restart(hub, { POSKO_FAILPOINT: `${point}:${times}` });
      const over = setInterval(() => load.links.forEach((l) => l.session?.cut()), 2000);
      const how = await within(`the hub dies at ${point}:${times}`, hub.gone, 30_000);
      clearInterval(over);
      assert.equal(how.signal, 'SIGKILL', `it died at ${point}`);
      run.recovered('ready', await restart(hub, {}));
      died.push(`${point}:${times}`);
    });
  }
  run.say(`died at ${died.join(' ')}`);
  await sleep(1000);
  await run.check(load);
}

/** Who is stopped and started without an end has no heal in which a clock could fire. */
const firesClocks = (hub) =>
  hub.alive() && performance.now() > (hub.started ?? 0) + GRACE_MS + 500;

/** A hub that dies so soon that it was never ready has still passed its failpoint. */
async function restart(hub, env) {
  const { POSKO_FAILPOINT, ...plain } = hub.env;
  hub.env = { ...plain, ...env };
  hub.started = Infinity;
  try {
    const ms = await hub.start();
    hub.started = performance.now();
    return ms;
  } catch (e) {
    if (!env.POSKO_FAILPOINT || hub.child.signalCode !== 'SIGKILL') throw e;
    return 0;
  }
}
