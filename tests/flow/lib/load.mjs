// A load that knows afterwards what it was told: people who report, answer and note, each string
// kept until posted; readers who resume; and clocks of seconds on every ticket.
import { Link } from './person.mjs';
import { rows } from './world.mjs';
import { checkAll } from './checker.mjs';
import { sleep, until } from './wait.mjs';

const far = { within: 3000 };
export const POLICY = rows({
  ack: {
    within: 1,
    steps: [
      [0, ['agency']],
      [1, ['chief']],
    ],
    repeat: 4,
  },
  accept: far,
  update: far,
  resolve: far,
});

export class Load {
  /** Four writers and two readers; each reader is spread over the hubs by its own turn. */
  static async start(world, { pause = 5, reportEvery = 25 } = {}) {
    const load = new Load();
    Object.assign(load, {
      world,
      pause,
      reportEvery,
      posted: [],
      open: [],
      stopped: false,
      sent: 0,
    });
    await world.policy(POLICY);
    const [kpu, polres, pemkot, coordinator] = await Promise.all([
      world.who('kpu', 'duty'),
      world.who('polres', 'duty'),
      world.who('pemkot', 'duty'),
      world.who('kpu', 'coordinator'),
    ]);
    const auditor = world.people.has('kpu/juru-audit')
      ? await world.people.get('kpu/juru-audit')
      : await world.add('kpu', 'juru-audit', ['auditor']);
    load.from = (await world.head()) + 1;
    const order = (i) => world.hubs.map((_, k) => world.hubs[(i + k) % world.hubs.length]);
    const link = (person, i, options) => new Link(person, order(i), options);
    load.readers = [coordinator, auditor].map((p, i) => link(p, i, { after: load.from - 1 }));
    load.reporters = [link(kpu, 0, { follow: false }), link(coordinator, 1, { follow: false })];
    load.answerers = [link(polres, 1, { follow: false }), link(pemkot, 0, { follow: false })];
    const links = [...load.readers, ...load.reporters, ...load.answerers];
    await until('everybody is connected', () => links.every((l) => l.session?.open));
    load.links = links;
    load.running = [
      ...load.reporters.map((l) => load.report(l)),
      ...load.answerers.map((l, i) => load.answer(l, i === 0 ? 2 : 3)),
    ];
    return load;
  }

  async say(link, kind, claims) {
    const signed = await link.person.sign(kind, claims);
    this.sent++;
    const answer = await link.deliver(signed);
    this.posted.push({ jti: signed.jti, seq: answer.seq, at: answer.at, heard: Date.now(), kind });
    this.lastHeard = performance.now();
    return { ...answer, jti: signed.jti };
  }

  async report(link) {
    for (let i = 0; !this.stopped; i++) {
      if (i % this.reportEvery === 0) {
        const claims = {
          cat: 'other.other',
          sev: 'severe',
          title: `Beban ${i}`,
          to: ['polres', 'pemkot'],
        };
        const { jti } = await this.say(link, 'incident.report', claims);
        this.open.push({ inc: jti, acks: new Set() });
      } else {
        const { inc } = this.open[i % this.open.length];
        await this.say(link, 'incident.note', { inc, body: `catatan ${i}` });
      }
      await sleep(this.pause);
    }
  }

  /** Acknowledges every `nth` ticket, some after a moment and some after its clock. */
  async answer(link, nth) {
    let i = 0;
    while (!this.stopped) {
      const ticket = this.open[i];
      if (ticket && i % nth === 0) {
        await sleep(Math.random() * 1500);
        await this.say(link, 'response.ack', { inc: ticket.inc });
      }
      if (ticket) i++;
      await sleep(this.pause * 4);
    }
  }

  /** Ends the writing; whoever waits for posted waits on. */
  async finish(ms = 60_000) {
    this.stopped = true;
    await until('every sent record is posted', () => this.posted.length === this.sent, ms, 50);
    await Promise.all(this.running);
    await sleep(4000); // late clocks have fired by now
  }

  /** L0, D0, O0, E0 over the whole ledger. */
  async check({ late } = {}) {
    const upto = Date.now() - 500;
    const last = await this.world.head();
    for (const r of this.readers) {
      await until('readers have it all', () => r.view.last >= last, 20_000);
      await r.stop(); // clocks go on; the view stays as it is now, and the ledger is read after it
      if (r.view.resets)
        throw new Error(`a reader who resumed was reset: ${JSON.stringify(r.view.reset)}`);
      Object.assign(r.view, { from: this.from, upto: r.view.last });
    }
    const views = this.readers.map((r) => r.view);
    return checkAll(this.world, { posted: this.posted, views, upto: upto - 2000, late });
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.links.map((l) => l.stop()));
  }
}
