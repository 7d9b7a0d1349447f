// How much it carries: many open tickets for a fresh follower, many idle sockets for a post.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { holdOpen, idlers } from './lib/idle.mjs';
import { World, calm } from './lib/world.mjs';
import { quantile, size, sleep, spread } from './lib/wait.mjs';

let world, kpu, coordinator;

before(async () => {
  world = await World.create();
  await world.policy(calm());
  kpu = await world.who('kpu', 'duty');
  coordinator = await world.who('kpu', 'coordinator');
});
after(() => world?.stop());

const memory = () =>
  Number(readFileSync(`/proc/${world.hub.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

/** The milliseconds from post to posted, one after another. */
async function acks(s, n, claims) {
  const times = [];
  for (let i = 0; i < n; i++) {
    const { jws } = await kpu.sign('incident.note', claims(i));
    const begin = performance.now();
    await s.post(jws);
    times.push(performance.now() - begin);
    await sleep(5);
  }
  return times;
}

/** Three rounds, the quickest by its median: another program on the machine is not our question. */
async function rounds(s, claims) {
  const all = [];
  for (let i = 0; i < 3; i++) all.push(await acks(s, 150, claims));
  return all.sort((a, b) => quantile(a, 0.5) - quantile(b, 0.5))[0];
}

test('open tickets: a fresh follower is live in under 2 s', async (t) => {
  const n = size(t, 'POSKO_FLOW_TICKETS', 1000);
  const s = await kpu.connect({ keep: false });
  const begin = performance.now();
  await spread(n, 200, async (i) => {
    const claims = {
      cat: 'physical.crowd',
      title: `Insiden nomor ${i} di kecamatan`,
      to: ['polres', 'pemkot', 'bawaslu'],
      body: 'x'.repeat(200),
    };
    await s.post((await kpu.sign('incident.report', claims)).jws, 120_000);
  });
  t.diagnostic(
    `${n} opened in ${((performance.now() - begin) / 1000).toFixed(1)} s, hub ${memory()} KiB`,
  );
  const fresh = await coordinator.connect();
  const from = performance.now();
  await fresh.follow(undefined, 60_000);
  const took = performance.now() - from;
  assert.equal(fresh.view.ticket.size, n);
  t.diagnostic(`live after ${took.toFixed(0)} ms with ${n} open tickets`);
  assert.ok(took < 2000, `live after ${took} ms`);
  await Promise.all([fresh.close(), s.close()]);
});

test('idle followed connections: a post is acknowledged as quickly as without them', async (t) => {
  const n = size(t, 'POSKO_FLOW_IDLE', 400);
  const { jti: inc } = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Ukur',
    to: ['polres'],
  });
  const s = await kpu.connect({ keep: false });
  const claims = (i) => ({ inc, body: `ukur ${i}` });
  await acks(s, 50, claims);
  const alone = await rounds(s, claims);
  const members = await idlers(world, n);
  const empty = memory();
  const crowd = await holdOpen(world, members, n);
  await sleep(6000);
  const full = memory();
  const among = await rounds(s, claims);
  const [p50, p50n] = [quantile(alone, 0.5), quantile(among, 0.5)];
  const [p99, p99n] = [quantile(alone, 0.99), quantile(among, 0.99)];
  t.diagnostic(
    `ack p50 ${p50.toFixed(2)} ms alone, ${p50n.toFixed(2)} ms among ${n} (${(p50n / p50).toFixed(2)} times); p99 ${p99.toFixed(1)} and ${p99n.toFixed(1)} ms`,
  );
  t.diagnostic(
    `memory per connection ${((full - empty) / n).toFixed(1)} KiB (hub ${empty} to ${full} KiB)`,
  );
  assert.equal(await crowd.lost(), 0, 'nobody was dropped');
  crowd.stop();
  assert.ok(p50n <= 1.5 * p50, `p50 ${p50n} against ${p50}`);
});
