// A member or a machine with a key: signs, dials, posts.  Link keeps at it over cuts, as a careful
// client does: sign once, keep the string, repeat it until posted, resume from the cursor.
import { signJws, uuid7, TYP } from './jose.mjs';
import { Session, Refusal } from './session.mjs';
import { View } from './view.mjs';
import { sleep } from './wait.mjs';

const ADMIN = /^((agency|category|place|policy|rule|member|source)\.put|device\.(invite|revoke))$/;

export class Person {
  constructor(world, { agency, member, roles, key }) {
    Object.assign(this, { world, agency, member, roles, key });
    this.name = `${agency}/${member}`;
  }

  claims(kind, claims = {}) {
    const head = { v: 1, aud: this.world.aud, iss: this.agency, act: this.member, kind };
    return { ...head, jti: uuid7(), iat: Date.now(), ...claims };
  }

  /** Signs once: {jws, jti, claims}.  A claim given as undefined is left out. */
  async sign(kind, extra, { typ, alg, key = this.key } = {}) {
    const claims = this.claims(kind, extra);
    const jws = await signJws(key, typ ?? (ADMIN.test(kind) ? TYP.admin : TYP.record), claims, alg);
    return { jws, jti: claims.jti, claims };
  }

  /** A session that is logged in, with a view of what it is told; follow: true, or {after}. */
  async connect({ hub = this.world.hub, follow = false, view, ...options } = {}) {
    view ??= new View(this.world.hubKid);
    view.begin();
    const on = (m) => {
      view.accept(m);
      options.on?.(m);
    };
    const s = await Session.dial(hub, { ...options, on });
    s.view = view;
    s.person = this;
    this.world.opened(s);
    try {
      await s.auth(this.key);
      if (follow) await s.follow(follow === true ? undefined : follow.after);
    } catch (e) {
      s.cut(); // else it stays, logged in late, and the key has a socket too many
      throw e;
    }
    return s;
  }

  /** Signs and posts on a session of its own that stays open: {seq, at, jti, jws}. */
  async post(kind, claims, options) {
    const signed = await this.sign(kind, claims, options);
    return { ...(await (await this.desk()).post(signed.jws)), ...signed };
  }

  /** The session of its own, dialled once however many ask for it. */
  async desk() {
    if (this.session?.open) return this.session;
    this.dialling ??= this.connect().finally(() => (this.dialling = undefined));
    this.session = await this.dialling;
    return this.session;
  }

  /** The code with which it is refused; "posted" when it is not. */
  async refusal(kind, claims, options) {
    try {
      await this.post(kind, claims, options);
      return 'posted';
    } catch (e) {
      if (e instanceof Refusal) return e.code;
      throw e;
    }
  }

  async over(body, hub = this.world.hub, signal = undefined) {
    const reply = await fetch(`${hub.url}/v1/records`, { method: 'POST', body, signal });
    const text = await reply.text();
    return { status: reply.status, ...(text ? JSON.parse(text) : {}) };
  }
}

const DEAF_MS = 15_000;
const AGAIN = new Set(['busy', 'too_many', 'not_stored', 'draining']);

export class Link {
  /** silence: the 10 s of the protocol, shorter so that a fault test ends today. */
  constructor(person, hubs, { silence = 1000, follow = true, after, view } = {}) {
    Object.assign(this, { person, hubs, silence, follow });
    this.view = view ?? new View(person.world.hubKid);
    this.view.cursor = after;
    this.outbox = new Map(); // jti -> {jws, sent, done, fail}
    this.connects = 0;
    this.stopped = false;
    this.running = this.run();
    this.timer = setInterval(() => this.repeat(), 100);
  }

  async run() {
    for (let i = 0; !this.stopped; i++) {
      try {
        await this.attend(this.hubs[i % this.hubs.length]);
      } catch (e) {
        this.lastError = e;
      }
      if (!this.stopped) await sleep(50 + Math.random() * 100);
    }
  }

  async attend(hub) {
    const s = await this.person.connect({ hub, view: this.view, keep: false });
    this.session = s;
    this.connects++;
    if (this.follow)
      s.send(
        this.view.cursor === undefined
          ? { op: 'follow' }
          : { op: 'follow', after: this.view.cursor },
      );
    for (const item of this.outbox.values()) item.sent = 0;
    this.repeat();
    await s.closed;
  }

  repeat() {
    const now = performance.now();
    // A mark comes every 5 s: a line that has been silent for three of them is dead.
    if (this.session?.open && now - this.session.heard > DEAF_MS) this.session.cut();
    for (const item of this.outbox.values()) {
      if (!this.session?.open || now - item.sent < this.silence) continue;
      item.sent = now;
      this.session
        .ask({ op: 'post', jws: item.jws }, 600_000)
        .then((answer) => this.answered(item, answer));
    }
  }

  answered(item, answer) {
    if (answer.op === 'posted') {
      if (item.posted && item.posted.seq !== answer.seq)
        this.view.wrong.push(`${item.jti} got two seqs`);
      item.posted = answer;
      this.outbox.delete(item.jti);
      item.done(answer);
    } else if (answer.op === 'refused' && AGAIN.has(answer.code)) {
      item.sent = performance.now() - this.silence + Math.min(answer.retry_ms ?? 300, this.silence);
    } else if (answer.op === 'refused') {
      this.outbox.delete(item.jti);
      item.fail(new Refusal(answer));
    }
  }

  /** Resolves with posted, however long it takes. */
  deliver({ jws, jti }) {
    return new Promise((done, fail) => {
      this.outbox.set(jti, { jws, jti, sent: 0, done, fail });
      this.repeat();
    });
  }

  async stop() {
    this.stopped = true;
    clearInterval(this.timer);
    this.session?.cut();
    await this.running;
  }
}
