// What was promised holds when things break: a hub, the database, the standby, the clock.  After
// each fault the checker reads the whole ledger: L0 D0 O0 E0 (lib/checker.mjs).
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm } from './lib/world.mjs';
import { Load } from './lib/load.mjs';
import { Link } from './lib/person.mjs';
import { checkOrder, checkPosted, ledger } from './lib/checker.mjs';
import { claimsOf } from './lib/view.mjs';
import { size, sleep, until } from './lib/wait.mjs';

const READY_MS = Number(process.env.POSKO_FLOW_READY_MS ?? 2000);
const held = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

async function withWorld(t, options, run) {
  const world = await World.create(options);
  t.after(() => world.stop());
  await run(world);
}

function tell(t, load, all) {
  const lapses = all.filter((row) => row.kind === 'clock.lapse').length;
  const connects = load.links.reduce((n, l) => n + l.connects, 0);
  t.diagnostic(
    `${load.posted.length} posted, ledger ${all.length}, ${lapses} clocks fired, ${connects} connections`,
  );
}

// Each fault has a world of its own, and mostly waits: two go at once.
describe('faults', { concurrency: Number(process.env.POSKO_FLOW_PARALLEL ?? 2) }, () => {
  test('kill -9 of a hub under load: posted is stored once, no clock missed or doubled, ready in 2 s', (t) =>
    withWorld(t, { hubs: 2 }, async (world) => {
      const kills = size(t, 'POSKO_FLOW_KILLS', 5);
      const load = await Load.start(world);
      await sleep(3500);
      const ready = [];
      for (let i = 0; i < kills; i++) {
        await sleep(100 + Math.random() * 900);
        const hub = world.hubs[i % 2];
        await hub.kill();
        ready.push(Math.round(await hub.start()));
      }
      await sleep(1000);
      await load.finish();
      tell(t, load, await load.check());
      t.diagnostic(`ready after ${ready.join(', ')} ms`);
      await load.stop();
      assert.ok(Math.max(...ready) < READY_MS, `ready after ${ready} ms`);
    }));

  test('kill -9 of the only hub: its clients come back to it and go on where they were', (t) =>
    withWorld(t, {}, async (world) => {
      const load = await Load.start(world);
      for (let i = 0; i < 2; i++) {
        await sleep(1500);
        await world.hub.kill();
        await sleep(i * 1000);
        await world.hub.start();
      }
      await sleep(1000);
      await load.finish();
      tell(t, load, await load.check());
      await load.stop();
    }));

  test('a hub that is stopped for some seconds and wakes up fires nothing twice', (t) =>
    withWorld(t, { hubs: 2 }, async (world) => {
      const load = await Load.start(world);
      await sleep(1500);
      world.hubs[0].child.kill('SIGSTOP');
      await sleep(5000);
      world.hubs[0].child.kill('SIGCONT');
      await sleep(2000);
      await load.finish();
      tell(t, load, await load.check());
      await load.stop();
    }));

  test('kill -9 of PostgreSQL under load: nobody hears posted for what is not there; hubs recover', (t) =>
    withWorld(t, { hubs: 2 }, async (world) => {
      const kills = size(t, 'POSKO_FLOW_DB_KILLS', 2);
      const load = await Load.start(world);
      await sleep(1500);
      const again = [];
      for (let i = 0; i < kills; i++) {
        await world.cluster.primary.kill();
        await sleep(300 + Math.random() * 1200);
        await world.cluster.primary.start();
        const up = performance.now();
        const heard = load.posted.length;
        await until('somebody hears posted again', () => load.posted.length > heard + 20, 20_000);
        again.push(Math.round(performance.now() - up));
        await sleep(1000 + Math.random() * 500);
      }
      await load.finish();
      tell(t, load, await load.check());
      t.diagnostic(`posted again ${again.join(', ')} ms after the database answers`);
      await load.stop();
      for (const hub of world.hubs) assert.ok(hub.alive(), 'the hubs ran on');
    }));

  test('a backend that dies in its turn: in doubt the hub is silent, and the repeat is answered', (t) =>
    withWorld(t, {}, async (world) => {
      const load = await Load.start(world);
      const mine = `datname = '${world.db}' AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
      for (let i = 0; i < 10; i++) {
        await sleep(150 + Math.random() * 200);
        await world.sql(
          `DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${mine}; END $$`,
        );
      }
      await sleep(1000);
      await load.finish();
      tell(t, load, await load.check());
      await load.stop();
    }));

  test('a synchronous standby that dies in mid-commit while the author repeats: no false posted', (t) =>
    withWorld(t, { hubs: 2, standby: true }, async (world) => {
      await world.policy(calm());
      const kpu = await world.who('kpu', 'duty');
      const polres = await world.who('polres', 'duty');
      const reader = await polres.connect({ hub: world.hubs[1], follow: true });
      const two = { ms: 12_000, what: 'a mark that says that a commit reaches two places' };
      const mark = await reader.wait((m) => m.op === 'mark' && m.copies === 2, two);
      const links = world.hubs.map((hub) => new Link(kpu, [hub], { follow: false, silence: 500 }));
      await until('connected', () => links.every((l) => l.session?.open));
      const posted = [];
      const say = async (link, signed) => {
        const answer = await link.deliver(signed);
        posted.push({ jti: signed.jti, seq: answer.seq, at: answer.at });
        return answer;
      };
      const report = (title) =>
        kpu.sign('incident.report', { cat: 'other.other', title, to: ['polres'] });
      await say(links[0], await report('Dengan dua salinan'));

      await world.cluster.standby.kill();
      const doubtful = await report('Dalam keraguan');
      const later = await report('Sesudahnya');
      let heard = 0;
      const answers = [say(links[0], doubtful), say(links[1], doubtful), say(links[1], later)].map(
        (p) => p.then(() => heard++),
      );
      const stored = async () =>
        (await world.sql(`SELECT seq FROM ledger WHERE jti = '${doubtful.jti}'`)).length;
      await until('a commit waits for the standby', async () => (await world.sql(held)).length > 0);
      await sleep(2000);
      assert.equal(heard, 0, 'silence while the standby is away');

      // The wait is broken from outside: PostgreSQL keeps the local commit. The repeats go on.
      for (const how of ['pg_cancel_backend', 'pg_terminate_backend', 'pg_terminate_backend']) {
        await world.sql(`DO $$ BEGIN PERFORM ${how}(pid) FROM (${held}) AS w; END $$`);
        await sleep(1500);
        assert.equal(heard, 0, `no false posted after ${how}`);
      }
      assert.equal(await stored(), 1, 'the record stands on the primary, and only there');
      assert.ok(!reader.seen.some((m) => m.jws === doubtful.jws), 'and nobody was shown it');
      const again = await polres.connect({ hub: world.hubs[0] }).catch(() => null);
      if (again) {
        again.send({ op: 'follow', after: mark.head });
        await sleep(1000);
        assert.ok(!again.seen.some((m) => m.jws === doubtful.jws), 'nor by a new follow');
      }

      await world.cluster.standby.start();
      await Promise.all(answers);
      assert.equal(heard, 3);
      await until('the reader is shown it', () =>
        [...reader.view.records.values()].some((m) => m.jws === doubtful.jws),
      );
      await say(links[1], await report('Semua sehat'));
      assert.deepEqual(reader.view.wrong, []);
      for (const l of links) await l.stop();

      // The machine of the primary is lost: what was posted is on the other.
      await world.cluster.primary.kill();
      await world.cluster.sql(world.db, 'SELECT pg_promote()', world.cluster.standby);
      const rows = await ledger(world, world.cluster.standby);
      checkOrder(rows);
      checkPosted(rows, posted);
      for (const hub of world.hubs) await hub.kill();
      await world.cluster.standby.stop('SIGQUIT');
      t.diagnostic(`${posted.length} posted, all on the standby`);
    }));

  test("the database's clock jumps a day ahead and back under load: no clock early, none lost, at sane", (t) =>
    withWorld(t, { hubs: 2, faketime: true }, async (world) => {
      const load = await Load.start(world);
      await sleep(3000);
      world.cluster.setClock('+1d');
      await sleep(6000);
      const marked = load.readers.some((r) => r.view.mark?.clock === 'held');
      const ready = await (await fetch(`${world.hub.url}/readyz`)).text();
      world.cluster.setClock('+0');
      await sleep(5000);
      const now = Date.now();
      await load.finish();
      const all = await load.check({ late: 5000 });
      tell(t, load, all);
      assert.ok(all.at(-1).at < now + 20_000, 'no jump entered the ledger');
      for (const p of load.posted)
        assert.ok(Math.abs(p.at - p.heard) < 6000, `at ${p.at} heard ${p.heard} (${p.kind})`);
      assert.ok(marked, 'mark said that the clock is held');
      assert.match(ready, /clock/, '/readyz says so');
      const calmMark = load.readers[0].view.mark;
      assert.ok(calmMark.clock !== 'held', 'it ended when the clock was back');
      const reader = load.readers[0].view;
      const shown = [...reader.records.values()].filter((m) => claimsOf(m).kind === 'clock.lapse');
      assert.ok(shown.length > 0);
      await load.stop();
    }));
});
