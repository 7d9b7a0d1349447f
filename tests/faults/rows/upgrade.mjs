// 17: two hubs are changed from the version before to this one, one after the other, and back.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { POSKOD } from '../../flow/lib/hub.mjs';
import { sleep } from '../../flow/lib/wait.mjs';
import { Skipped } from '../lib/run.mjs';

export async function upgrade(run) {
  const before = process.env.POSKOD_BEFORE;
  if (!before || !existsSync(before))
    throw new Skipped('POSKOD_BEFORE must name the hub of the commit before (tests/faults/previous)');
  const world = await run.world({ hubs: 2, program: before });
  const load = await run.load(world);
  await sleep(2000);
  for (const program of [POSKOD, before]) {
    for (const hub of world.hubs) {
      const quiet = quietest(load);
      await run.during(async () => {
        const { code } = await hub.stop();
        assert.equal(code, 0, 'it drains');
        hub.program = program;
        await hub.start();
      });
      await sleep(2000);
      run.recovered('the longest time without posted', quiet());
    }
  }
  await run.check(load);
}

/** Watches the load: gives, when asked, the longest time between two answers. */
function quietest(load) {
  let longest = 0;
  let count = load.posted.length;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    if (load.posted.length === count) return;
    count = load.posted.length;
    last = now;
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    return longest;
  };
}
