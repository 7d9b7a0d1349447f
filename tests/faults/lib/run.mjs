// One row of the matrix while it runs: its world, its load, when it was broken, how long the way
// back took.  Everything that it started ends with it.
import assert from 'node:assert/strict';
import { World } from '../../flow/lib/world.mjs';
import { Load } from '../../flow/lib/load.mjs';
import { sleep } from '../../flow/lib/wait.mjs';

/** A row that cannot run here, and why; the driver says so loudly. */
export class Skipped extends Error {}

/** mulberry32: the row's chances, all from the seed that is printed. */
export function chances(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class Run {
  constructor(row, { seed, quick = false }) {
    Object.assign(this, { row, seed, quick, faults: [], ends: [], recoveries: [], said: [] });
    this.random = chances(seed);
    Math.random = this.random; // the load's pauses too
  }

  /** So many in full, fewer in the subset of `make check`. */
  size(full, small) {
    return this.quick ? small : full;
  }

  between(from, to) {
    return from + this.random() * (to - from);
  }

  say(text) {
    this.said.push(text);
    console.log(`       ${text}`);
  }

  /** Called when the row ends, the last first. */
  after(end) {
    this.ends.unshift(end);
  }

  /** Called at the very end. */
  last(end) {
    this.ends.push(end);
  }

  async world(options) {
    const world = await World.create(options);
    world.audited = true; // posko verify, when it stops
    this.after(() => world.stop());
    return world;
  }

  async load(world, options) {
    const load = await Load.start(world, options);
    this.after(() => load.stop());
    return load;
  }

  /** Broken while `work` runs: what falls due then may be late until 5 s after. */
  async during(work) {
    const fault = { from: Date.now(), to: Infinity };
    this.faults.push(fault);
    const result = await work();
    fault.to = Date.now();
    return result;
  }

  /** R: the way back took so long, at most `bound` ms. */
  recovered(what, ms, bound = this.row.bound) {
    this.recoveries.push(Math.round(ms));
    assert.ok(ms <= bound, `${what} after ${Math.round(ms)} ms, bound ${bound} ms`);
  }

  /** Milliseconds until `load` hears posted again, `n` times. */
  async heardAgain(load, what, { n = 20, bound = this.row.bound } = {}) {
    const from = performance.now();
    const heard = load.posted.length;
    while (load.posted.length < heard + n) {
      const ms = performance.now() - from;
      if (ms > 3 * bound + 30_000) this.recovered(what, ms, bound);
      await sleep(10);
    }
    const ms = performance.now() - from;
    this.recovered(what, ms, bound);
    return ms;
  }

  /** Writing ends; then L0 D0 O0 E0 S0 V0 by the one checker. */
  async check(load, options = {}) {
    await load.finish(options.patience);
    const rows = await load.check({ faults: this.faults, ...options });
    const lapses = rows.filter((row) => row.kind === 'clock.lapse').length;
    const connects = load.links.reduce((n, l) => n + l.connects, 0);
    this.say(
      `${load.posted.length} posted of ${load.sent} sent, ledger ${rows.length}, ${lapses} clocks ` +
        `fired, ${load.forger.forged.length} forgeries refused, ${connects} connections`,
    );
    assert.ok(load.posted.length > 0 && lapses > 0, 'the load was one');
    if (this.recoveries.length) this.say(`back after ${this.recoveries.join(', ')} ms`);
    this.recoveries = [];
    return rows;
  }

  async end() {
    let first;
    for (const end of this.ends) {
      try {
        await end();
      } catch (e) {
        first ??= e;
      }
    }
    if (first) throw first;
  }
}
