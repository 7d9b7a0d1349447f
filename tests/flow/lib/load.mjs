// A load that knows afterwards what it was told: people who report, answer and note, over the line
// and over HTTP, each string kept until posted; readers of all and of a part, who resume; a forger;
// and clocks of seconds on every ticket.
import assert from 'node:assert/strict';
import { Link } from './person.mjs';
import { Forger } from './forger.mjs';
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
  /** Five writers, four readers, one forger; each is spread over the hubs by its own turn.
   *  silence: after how long a string without an answer is sent again. */
  static async start(world, { pause = 5, reportEvery = 25, silence } = {}) {
    const load = new this();
    Object.assign(load, {
      world,
      pause,
      reportEvery,
      silence,
      posted: [],
      open: [],
      stopped: false,
      sent: 0,
    });
    await world.policy(POLICY);
    await load.people();
    load.from = (await world.head()) + 1;
    load.connect();
    await until('everybody is connected', () => load.links.every((l) => l.session?.open));
    load.running = [
      ...load.reporters.map((l) => load.report(l)),
      ...load.answerers.map((l, i) => load.answer(l, i === 0 ? 2 : 3)),
      load.note(new Web(load.kpu, load.order(1))),
      load.forger.run(load),
    ];
    return load;
  }

  async people() {
    const { world } = this;
    const who = [
      ['kpu', 'duty'],
      ['polres', 'duty'],
      ['pemkot', 'duty'],
      ['kpu', 'coordinator'],
      ['bawaslu', 'duty'],
    ];
    [this.kpu, this.polres, this.pemkot, this.coordinator, this.bawaslu] = await Promise.all(
      who.map(([agency, role]) => world.who(agency, role)),
    );
    this.auditor = world.people.has('kpu/juru-audit')
      ? await world.people.get('kpu/juru-audit')
      : await world.add('kpu', 'juru-audit', ['auditor']);
  }

  order(i) {
    const { hubs } = this.world;
    return hubs.map((_, k) => hubs[(i + k) % hubs.length]);
  }

  connect() {
    const link = (person, i, options) =>
      new Link(person, this.order(i), { silence: this.silence, ...options });
    const after = this.from - 1;
    const part = [this.polres, this.bawaslu].map((p, i) => link(p, i, { after }));
    for (const l of part) l.view.only = { agency: l.person.agency, name: l.person.name };
    this.readers = [this.coordinator, this.auditor].map((p, i) => link(p, i, { after }));
    this.readers.push(...part);
    this.reporters = [
      link(this.kpu, 0, { follow: false }),
      link(this.coordinator, 1, { follow: false }),
    ];
    this.answerers = [
      link(this.polres, 1, { follow: false }),
      link(this.pemkot, 0, { follow: false }),
    ];
    this.forger = new Forger(link(this.bawaslu, 1, { follow: false }));
    this.links = [...this.readers, ...this.reporters, ...this.answerers, this.forger.link];
  }

  async say(link, kind, claims) {
    const signed = await link.person.sign(kind, claims);
    this.sent++;
    const from = performance.now();
    const answer = await link.deliver(signed);
    const ms = performance.now() - from;
    this.lastSigned = signed;
    this.posted.push({ jti: signed.jti, seq: answer.seq, at: answer.at, heard: Date.now(), ms, kind });
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
          to: this.open.length % 4 === 3 ? ['pemkot'] : ['polres', 'pemkot'],
        };
        const { jti } = await this.say(link, 'incident.report', claims);
        this.open.push({ inc: jti, to: claims.to });
      } else {
        const { inc } = this.open[i % this.open.length];
        await this.say(link, 'incident.note', { inc, body: `catatan ${i}` });
      }
      await sleep(this.pause);
    }
  }

  /** A machine of KPU's that posts by HTTP, more slowly. */
  async note(web) {
    for (let i = 0; !this.stopped; i++) {
      const ticket = this.open[i % Math.max(this.open.length, 1)];
      if (ticket) await this.say(web, 'incident.note', { inc: ticket.inc, body: `HTTP ${i}` });
      await sleep(this.pause * 8);
    }
  }

  /** Acknowledges every `nth` ticket, some after a moment and some after its clock. */
  async answer(link, nth) {
    let i = 0;
    while (!this.stopped) {
      const ticket = this.open[i];
      if (ticket && i % nth === 0 && ticket.to.includes(link.person.agency)) {
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

  /** L0, D0, O0, E0, S0, V0 over the whole ledger.  faults: when what was broken, for lateness. */
  async check({ late, faults } = {}) {
    const upto = Date.now() - 500;
    const last = await this.world.head();
    for (const r of this.readers) {
      await until('readers have it all', () => r.view.cursor >= last, 20_000);
      await r.stop(); // clocks go on; the view stays as it is now, and the ledger is read after it
      if (r.view.resets)
        throw new Error(`a reader who resumed was reset: ${JSON.stringify(r.view.reset)}`);
      Object.assign(r.view, { from: this.from, upto: Math.max(last, r.view.last ?? 0) });
    }
    const views = this.readers.map((r) => r.view);
    const { forged, link } = this.forger;
    assert.deepEqual(link.view.wrong, [], 'each forgery is refused under its own code');
    for (const l of [...this.reporters, ...this.answerers])
      assert.deepEqual(l.view.wrong, [], 'a repeat is answered as the first was');
    const options = { posted: this.posted, views, upto: upto - 2000, late, faults, forged };
    return checkAll(this.world, options);
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.links.map((l) => l.stop()));
  }
}

/** Posts one string after another by HTTP, each again and again until it is posted. */
class Web {
  constructor(person, hubs) {
    Object.assign(this, { person, hubs, tries: 0 });
  }

  async deliver({ jws }) {
    for (;;) {
      const hub = this.hubs[this.tries++ % this.hubs.length];
      const signal = AbortSignal.timeout(2000);
      const answer = await this.person.over(jws, hub, signal).catch(() => ({ status: 0 }));
      if (answer.status === 200) return answer;
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429)
        throw new Error(`HTTP ${answer.status}: ${JSON.stringify(answer)}`);
      await sleep(100);
    }
  }
}
