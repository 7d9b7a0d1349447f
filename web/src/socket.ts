// One session with the hub: log in, follow from the cursor, prove that it lives, and come back
// with full jitter when it does not. Only one tab runs it.
import { signal } from '@preact/signals';
import type { HubMessage, Welcome } from './model';
import { CLOSE, SUBPROTOCOL } from './wire';

export type Phase = 'idle' | 'connecting' | 'syncing' | 'live' | 'waiting' | 'stopped';
export type Stop = 'revoked' | 'replaced' | 'other_ledger' | 'refused';
export interface Status { phase: Phase; why?: Stop; detail?: string }

export interface Wire { send(text: string): void; close(): void }
export interface WireEvents { message(text: string): void; close(code: number): void }

/** The world outside, so that a test brings its own. */
export interface Ports {
  dial(url: string, protocol: string, events: WireEvents): Wire;
  now(): number;
  random(): number;
  timer(fn: () => void, ms: number): () => void;
}

export interface SessionOptions {
  url: string;
  aud(): string;
  cursor(): number | undefined;
  auth(aud: string, nonce: string): Promise<string>;
  on(m: HubMessage): void;
  sample(at: number, got: number, asked?: number): void;
}

const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 15_000;
/** Marks come every 5 s: three missing, and the link is dead whatever the socket says. */
const QUIET_MS = 15_000;
const PERMANENT = new Set<string>(['revoked_key', 'unknown_key', 'bad_signature', 'bad_claim', 'bad_header']);

export class Session {
  readonly status = signal<Status>({ phase: 'idle' });
  welcome: Welcome | null = null;
  private wire: Wire | null = null;
  private tries = 0;
  private asked = 0;
  private count = 0;
  private floor = 0;
  private fresh = false;
  private good: number | undefined; // the cursor of the last mark that agreed
  private quiet: () => void = () => undefined;
  private retry: () => void = () => undefined;

  constructor(private readonly options: SessionOptions, private readonly ports: Ports) {}

  start(): void {
    if (this.wire) return;
    this.retry();
    this.status.value = { phase: 'connecting' };
    const wire = this.ports.dial(this.options.url, SUBPROTOCOL, {
      message: (text) => this.wire === wire && void this.received(JSON.parse(text) as HubMessage),
      close: (code) => this.wire === wire && this.closed(code),
    });
    this.wire = wire;
    this.listen();
  }

  stop(why?: Stop, detail?: string): void {
    this.retry();
    this.quiet();
    const wire = this.wire;
    this.wire = null;
    wire?.close();
    this.status.value = { phase: 'stopped', ...(why && { why }), ...(detail && { detail }) };
  }

  /** The network is back, or the user says so: no waiting now. */
  hurry(): void {
    if (this.status.value.phase === 'waiting') this.start();
  }

  /** False when nobody is there to hear it. */
  send(message: object): boolean {
    const phase = this.status.value.phase;
    if (!this.wire || (phase !== 'live' && phase !== 'syncing')) return false;
    this.wire.send(JSON.stringify(message));
    return true;
  }

  private listen(): void {
    this.quiet();
    this.quiet = this.ports.timer(() => this.closed(0), QUIET_MS);
  }

  private async received(m: HubMessage): Promise<void> {
    this.listen();
    switch (m.op) {
      case 'hello':
        return this.hello(m.aud, m.nonce, m.at);
      case 'welcome':
        return this.welcomed(m);
      case 'record':
        if (m.of === undefined) this.count++;
        break;
      case 'reset':
        this.good = undefined;
        break;
      case 'live':
        this.status.value = { phase: 'live' };
        this.tries = 0;
        break;
      case 'mark':
        this.options.sample(m.at, this.ports.now());
        if (m.sent !== this.count) return this.recount(m.sent);
        this.good = m.head;
        break;
      case 'bye':
        this.floor = m.retry_ms ?? 0;
        if (m.code === 'changed') this.fresh = true;
        break;
      case 'refused':
        if (this.status.value.phase === 'connecting' && PERMANENT.has(m.code))
          return this.stop(m.code === 'revoked_key' || m.code === 'unknown_key' ? 'revoked' : 'refused', m.text);
        break;
      default:
        break;
    }
    this.options.on(m);
  }

  private async hello(aud: string, nonce: string, at: number): Promise<void> {
    this.options.sample(at, this.ports.now());
    if (aud !== this.options.aud()) return this.stop('other_ledger', aud);
    const wire = this.wire;
    const jws = await this.options.auth(aud, nonce);
    if (this.wire !== wire) return; // it went while we signed
    this.asked = this.ports.now();
    wire?.send(JSON.stringify({ op: 'auth', jws }));
  }

  private welcomed(m: Welcome): void {
    this.options.sample(m.at, this.ports.now(), this.asked);
    this.welcome = m;
    this.count = 0;
    this.status.value = { phase: 'syncing' };
    this.options.on(m);
    this.follow(this.fresh ? undefined : this.options.cursor());
    this.fresh = false;
  }

  private follow(after: number | undefined): void {
    this.send(after === undefined ? { op: 'follow' } : { op: 'follow', after });
  }

  /** Something was lost on the way: tell us again from where we were sure. */
  private recount(sent: number): void {
    this.count = sent;
    this.follow(this.good);
  }

  private closed(code: number): void {
    this.quiet();
    const wire = this.wire;
    this.wire = null;
    wire?.close();
    if (code === CLOSE.REVOKED) return this.stop('revoked');
    if (code === CLOSE.REPLACED) return this.stop('replaced');
    const cap = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** this.tries++);
    this.status.value = { phase: 'waiting' };
    this.retry = this.ports.timer(() => this.start(), Math.max(this.floor, this.ports.random() * cap));
    this.floor = 0;
  }
}

export const browserPorts: Ports = {
  dial(url, protocol, events) {
    const socket = new WebSocket(url, protocol);
    socket.onmessage = (e) => events.message(String(e.data));
    socket.onclose = (e) => events.close(e.code);
    return { send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text), close: () => socket.close() };
  },
  now: () => performance.timeOrigin + performance.now(),
  random: Math.random,
  timer(fn, ms) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
