// One WebSocket session as section 3 of protocol.md tells it, and no more: what came is kept in
// `seen`, an answer is found by its `ref`.
import WebSocket from 'ws';
import { signJws, TYP } from './jose.mjs';
import { within } from './wait.mjs';

export class Refusal extends Error {
  constructor(message) {
    super(`${message.code}: ${message.text ?? ''}${message.field ? ` (${message.field})` : ''}`);
    Object.assign(this, {
      code: message.code,
      field: message.field,
      retry: message.retry_ms,
      message_: message,
    });
  }
}

export class Session {
  /** Dials and waits for hello.  `on` sees each message, also when `keep` is false. */
  static async dial(hub, { on, keep = true, localAddress, ...options } = {}) {
    const s = new Session();
    Object.assign(s, { hub, on, keep, seen: [], waits: new Set(), refs: new Map(), nextRef: 1 });
    s.ws = new WebSocket(hub.ws, 'posko.v1', {
      family: 4,
      localAddress,
      perMessageDeflate: false,
      ...hub.tls,
      ...options,
    });
    s.closed = new Promise((done) =>
      s.ws.once('close', (code, reason) => done({ code, reason: String(reason) })),
    );
    s.closed.then((how) => s.ended(how));
    s.ws.on('message', (data) => s.received(String(data)));
    const hello = s.wait((m) => m.op === 'hello', { what: 'hello' }); // it comes with the opening itself
    hello.catch(() => {});
    const opened = new Promise((done, fail) => s.ws.once('open', done).once('error', fail));
    try {
      await within('the socket opens', opened, 10_000);
      s.ws.on('error', () => {}); // a cut connection is told by close
      s.hello = await hello;
    } catch (e) {
      s.ws.on('error', () => {});
      s.ws.terminate();
      throw e;
    }
    return s;
  }

  received(text) {
    const message = JSON.parse(text);
    message.got_ms = this.heard = performance.now();
    if (this.keep) this.seen.push(message);
    this.on?.(message);
    for (const wait of [...this.waits]) wait(message);
    if (message.ref !== undefined && this.refs.has(message.ref)) {
      const answer = this.refs.get(message.ref);
      this.refs.delete(message.ref);
      answer(message);
    }
  }

  ended(how) {
    this.how = how;
    for (const wait of [...this.waits]) wait({ op: 'closed', ...how });
    for (const answer of this.refs.values()) answer({ op: 'closed', ...how });
    this.refs.clear();
  }

  /** {code, reason} of the close, which has to come in time. */
  end(ms = 10_000) {
    return within('the hub closes the session', this.closed, ms);
  }

  get open() {
    return this.how === undefined && this.ws.readyState === WebSocket.OPEN;
  }

  /** The first message that `test` accepts, of those since `from` (an index into seen) and those to come. */
  async wait(test, { ms = 10_000, from = 0, what = String(test) } = {}) {
    const before = this.seen.slice(from).find(test);
    if (before) return before;
    if (this.how)
      throw new Error(`closed (${this.how.code} ${this.how.reason}) while waiting for ${what}`);
    let wait;
    const found = new Promise((done, fail) => {
      wait = (m) => {
        if (m.op === 'closed')
          fail(new Error(`closed (${m.code} ${m.reason}) while waiting for ${what}`));
        else if (test(m)) done(m);
      };
    });
    this.waits.add(wait);
    return within(what, found, ms).finally(() => this.waits.delete(wait));
  }

  send(message) {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends with a ref; the message that carries it back ({op:"closed"} when the hub went). */
  async ask(message, ms = 10_000) {
    const ref = this.nextRef++;
    const answer = new Promise((done) => this.refs.set(ref, done));
    if (this.how) return { op: 'closed', ...this.how };
    this.send({ ...message, ref });
    return within(`an answer to ${message.op}`, answer, ms).finally(() => this.refs.delete(ref));
  }

  authClaims(extra = {}) {
    const { aud, nonce } = this.hello;
    return { v: 1, aud, nonce, iat: Date.now(), host: this.hub.host, ...extra };
  }

  async auth(key, extra) {
    const jws = await signJws(key, TYP.auth, this.authClaims(extra));
    const answer = await this.ask({ op: 'auth', jws });
    if (answer.op !== 'welcome')
      throw answer.op === 'refused' ? new Refusal(answer) : new Error(`auth: ${answer.op}`);
    this.welcome = answer;
    return answer;
  }

  async enrol(key, secret, extra) {
    const jws = await signJws(key, TYP.auth, { ...this.authClaims(extra), jwk: key.jwk });
    const answer = await this.ask({ op: 'enrol', secret, jws });
    if (answer.op !== 'enrolled')
      throw answer.op === 'refused' ? new Refusal(answer) : new Error(`enrol: ${answer.op}`);
    return answer;
  }

  /** posted, or throws the Refusal. */
  async post(jws, ms) {
    const answer = await this.ask({ op: 'post', jws }, ms);
    if (answer.op === 'posted') return answer;
    throw answer.op === 'refused'
      ? new Refusal(answer)
      : new Error(`post: ${answer.op} ${answer.code ?? ''}`);
  }

  /** Follows and waits for live; the index in seen where this follow's messages begin. */
  async follow(after, ms = 15_000) {
    const from = this.seen.length;
    this.send(after === undefined ? { op: 'follow' } : { op: 'follow', after });
    await this.wait((m) => m.op === 'live', { from, ms, what: 'live' });
    return from;
  }

  /** All records of a ticket, page by page; throws the Refusal. */
  async history(ticket, { after = 0, limit } = {}) {
    const records = [];
    for (;;) {
      const from = this.seen.length;
      const page = limit ? { limit } : {};
      const end = await this.ask({ op: 'history', ticket, after, ...page });
      if (end.op !== 'end')
        throw end.op === 'refused' ? new Refusal(end) : new Error(`history: ${end.op}`);
      const got = this.seen.slice(from).filter((m) => m.op === 'record' && m.of === ticket);
      records.push(...got);
      if (!end.more) return records;
      after = got.at(-1).seq;
    }
  }

  async close() {
    if (this.how) return this.how;
    this.ws.close(1000);
    return within('the socket closes', this.closed, 5_000).catch(() => this.ws.terminate());
  }

  cut() {
    this.ws.terminate();
  }
}
