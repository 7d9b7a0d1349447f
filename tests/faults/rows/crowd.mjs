// Too slow, too fast: readers who stop reading, an alarm of every machine at once.
import assert from 'node:assert/strict';
import { calm } from '../../flow/lib/world.mjs';
import { Link } from '../../flow/lib/person.mjs';
import { checkAll } from '../../flow/lib/checker.mjs';
import { quantile, sleep, spread, until } from '../../flow/lib/wait.mjs';
import { rss, sessionsAt } from '../lib/figures.mjs';

/** 9: 200 followers read a byte a second while a load of large records goes on. */
export async function slowReaders(run) {
  const world = await run.world({ hubs: 1 });
  const load = await run.load(world, { pause: 10 });
  const slow = run.size(200, 40);
  const devices = await spread(Math.ceil(slow / 4), 8, () => world.device('kpu', 'juru-audit'));
  const others = await sessionsAt(world.hub);
  const sessions = await spread(slow, 16, (i) => devices[i >> 2].connect({ keep: false, follow: true }));
  const before = rss(world.hub);
  const beside = quantile(await largeNotes(load, 200), 0.99);
  for (const s of sessions) s.ws.pause();
  const sip = setInterval(() => sessions.forEach((s) => s.ws._socket?.read(1)), 1000);
  const times = await largeNotes(load, run.size(3000, 400));
  const most = rss(world.hub);
  const closed = slow + others - (await sessionsAt(world.hub));
  run.say(
    `${closed} of ${slow} slow readers closed; others p99 ${quantile(times, 0.99).toFixed(0)} ms ` +
      `(${beside.toFixed(0)} ms before); ` +
      `hub ${(before / 1024).toFixed(0)} to ${(most / 1024).toFixed(0)} MiB`,
  );
  clearInterval(sip);
  for (const s of sessions) s.cut();
  assert.ok(run.quick || closed >= slow, 'each was closed at the cap');
  run.recovered('posted beside slow readers (p99)', quantile(times, 0.99));
  // Records are shared by all queues: the cap counts each, memory holds one of each.
  assert.ok(most - before < 128 * 1024, `the hub grew by ${most - before} KiB`);
  await run.check(load);
}

/** How long each took to be posted. */
async function largeNotes(load, n) {
  const heard = load.posted.length;
  const { inc } = load.open[0];
  for (let i = 0; i < n; i++) {
    load.say(load.reporters[i % 2], 'incident.note', { inc, body: 'x'.repeat(4000) });
    await sleep(8);
  }
  return load.posted.slice(heard).map((p) => p.ms);
}

/** 14: 50 sources raise a thousand alerts a second, a few keys each: tickets are few. */
export async function storm(run) {
  const world = await run.world({ hubs: 2 });
  await world.policy(calm());
  const from = (await world.head()) + 1;
  const sources = await spread(50, 4, (i) => world.addSource('kpu', `sensor-${i}`));
  const links = sources.map((s, i) => new Link(s, [world.hubs[i % 2]], { follow: false, silence: 5000 }));
  const auditor = await world.add('kpu', 'juru-audit', ['auditor']);
  const reader = new Link(auditor, world.hubs, { after: from - 1 });
  run.after(() => Promise.all([...links, reader].map((l) => l.stop())));
  await until('all are connected', () => [...links, reader].every((l) => l.session?.open), 20_000);
  const posted = [];
  const waits = [];
  const seconds = run.size(30, 5);
  const begin = performance.now();
  let sent = 0;
  while (performance.now() - begin < seconds * 1000) {
    const due = Math.floor(performance.now() - begin); // one a millisecond
    for (; sent < due; sent++) {
      const link = links[sent % links.length];
      const key = `kunci-${Math.floor(sent / links.length) % 5}`;
      const claims = { key, cat: 'other.other', sev: 'severe', title: `Alarm ${key}` };
      waits.push(raise(link, claims, posted));
    }
    await sleep(5);
  }
  const rate = sent / ((performance.now() - begin) / 1000);
  await Promise.all(waits);
  const took = (performance.now() - begin) / 1000;
  const rows = await until('the reader has it all', () => reader.view.cursor >= posted.at(-1).seq, 30_000).then(
    () => checkAll(world, { posted, views: [Object.assign(reader.view, { from, upto: reader.view.last })] }),
  );
  const tickets = (await world.sql('SELECT count(*) AS n FROM ticket'))[0].n;
  run.say(
    `${sent} alerts, ${rate.toFixed(0)} a second; all posted after ${took.toFixed(1)} s, ` +
      `${(sent / took).toFixed(0)} a second; ` +
      `${tickets} tickets; p99 ${quantile(posted.map((p) => p.ms), 0.99).toFixed(0)} ms`,
  );
  run.recovered('all posted after the storm', (took - seconds) * 1000);
  assert.ok(rate > 990, 'a thousand a second were raised');
  assert.equal(tickets, 250, 'one ticket for each source and key');
  assert.ok(rows.length >= sent);
}

async function raise(link, claims, posted) {
  const signed = await link.person.sign('alert.raise', claims);
  const from = performance.now();
  const answer = await link.deliver(signed);
  const ms = performance.now() - from;
  posted.push({ jti: signed.jti, seq: answer.seq, at: answer.at, ms });
}
