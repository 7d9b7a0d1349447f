// Signed and not yet posted. Sign once, keep the string, send it until the hub says `posted`:
// over a cut, a reload, a killed tab. Nothing here is ever shown as done before that.
import { signal } from '@preact/signals';
import type { Db } from './db';
import type { Claims, Posted, Refused } from './model';
import { LIMIT } from './wire';

export type ItemState = 'waiting' | 'sent' | 'stored' | 'refused';
export interface Item {
  jti: string; jws: string; claims: Claims; made: number; state: ItemState;
  seq?: number; done?: number; code?: string; text?: string; field?: string;
  unkept?: boolean; // the device refused to keep it: it lives as long as this page
}

/** Over this many something is wrong; the officer hears it at once. */
export const OUTBOX_MAX = 500;
const FLIGHT_MAX = 8;
const STORED_KEPT_MS = 60_000;
const AGAIN = new Set(['busy', 'too_many', 'not_stored', 'draining']);

interface Flight { ref: number; sent: number; tries: number; hold: number }

export interface OutboxPorts {
  now(): number;
  /** False: nobody is there. */
  send(message: object): boolean;
  /** Other tabs hold the same list. */
  changed(): void;
}

export const groupOf = (claims: Claims): string => claims.inc ?? claims.jti;

/** Certain not to be stored, and worth another try. Without retry_ms the database itself said no. */
const isPassing = (m: Refused): boolean =>
  AGAIN.has(m.code) && (m.code !== 'not_stored' || m.retry_ms !== undefined);

export class Outbox {
  readonly items = signal<readonly Item[]>([]);
  readonly full = signal(false); // more were made than may wait
  private readonly flights = new Map<string, Flight>();
  private nextRef = 1;
  private lastMade = 0;

  constructor(private readonly db: Db, private readonly ports: OutboxPorts) {}

  async load(): Promise<void> {
    const kept = await this.db.all<Item>('outbox');
    const stored = new Map(this.items.value.filter((item) => item.state === 'stored').map((item) => [item.jti, item]));
    const waiting = kept
      .filter((item) => !stored.has(item.jti))
      .map((item) => (item.state === 'waiting' && this.flights.has(item.jti) ? { ...item, state: 'sent' as const } : item));
    const unkept = this.items.value.filter((item) => item.unkept && item.state !== 'stored');
    this.items.value = [...waiting, ...unkept, ...stored.values()].sort((a, b) => a.made - b.made);
    this.makeRoom();
  }

  get(jti: string): Item | undefined {
    return this.items.value.find((item) => item.jti === jti);
  }

  get unsent(): number {
    return this.items.value.filter((item) => item.state === 'waiting' || item.state === 'sent').length;
  }

  /** Resolves when it is safe on this device, or, where the device refuses to keep it, on its way. */
  async add(jws: string, claims: Claims): Promise<Item> {
    this.full.value = this.unsent >= OUTBOX_MAX;
    if (this.full.value) throw new Error('outbox_full');
    this.lastMade = Math.max(this.ports.now(), this.lastMade + 1); // the order is theirs, not the clock's
    const made: Item = { jti: claims.jti, jws, claims, made: this.lastMade, state: 'waiting' };
    const item = await this.db.put('outbox', made.jti, made).then(() => made, () => ({ ...made, unkept: true }));
    this.items.value = [...this.items.value.filter((one) => one.jti !== item.jti), item];
    this.ports.changed();
    this.pump();
    return item;
  }

  async discard(jti: string): Promise<void> {
    await this.db.drop('outbox', jti).catch(() => undefined);
    this.items.value = this.items.value.filter((item) => item.jti !== jti);
    this.makeRoom();
    this.ports.changed();
  }

  /** A new connection: what was in flight is in doubt and goes again, the same string. */
  restart(): void {
    this.flights.clear();
    this.pump();
  }

  /** Sends what is due: of one ticket one after the other, in the order in which they were made. */
  pump(): void {
    const now = this.ports.now();
    const busy = new Set<string>();
    let flying = 0;
    for (const item of this.items.value) {
      if (item.state !== 'waiting' && item.state !== 'sent') continue;
      const group = groupOf(item.claims);
      if (busy.has(group) || flying >= FLIGHT_MAX) continue;
      busy.add(group);
      flying++;
      const flight = this.flights.get(item.jti);
      if (flight && now - flight.sent < flight.hold) continue;
      if (!this.fly(item, flight, now)) return;
    }
    this.forget(now);
  }

  private fly(item: Item, before: Flight | undefined, now: number): boolean {
    const flight = before ?? { ref: this.nextRef++, sent: now, tries: 0, hold: 0 };
    if (!this.ports.send({ op: 'post', jws: item.jws, ref: flight.ref })) return false;
    flight.sent = now;
    // Silence is doubt: 10 s, then 1, 2, 4 .. 30 s apart.
    flight.hold = flight.tries === 0 ? LIMIT.RESEND_MS : Math.min(30_000, 1000 * 2 ** (flight.tries - 1));
    flight.tries++;
    this.flights.set(item.jti, flight);
    if (item.state === 'waiting') this.change(item.jti, { state: 'sent' });
    return true;
  }

  async accept(m: Posted | Refused): Promise<void> {
    const jti = m.id ?? [...this.flights].find(([, flight]) => flight.ref === m.ref)?.[0];
    const item = jti === undefined ? undefined : this.get(jti);
    if (!item || item.state === 'stored') return;
    if (m.op === 'posted') {
      this.flights.delete(item.jti);
      this.change(item.jti, { state: 'stored', seq: m.seq, done: this.ports.now() });
      await this.db.drop('outbox', item.jti).catch(() => undefined); // sent again one day, and posted again
    } else if (isPassing(m)) {
      const flight = this.flights.get(item.jti);
      if (flight) Object.assign(flight, { sent: this.ports.now(), hold: Math.max(300, m.retry_ms ?? 1000) });
      return;
    } else {
      this.flights.delete(item.jti);
      const refused = { ...item, state: 'refused' as const, code: m.code, text: m.text, ...(m.field && { field: m.field }) };
      this.change(item.jti, refused);
      await this.db.put('outbox', item.jti, refused).catch(() => undefined);
    }
    this.ports.changed();
    this.pump();
  }

  private change(jti: string, to: Partial<Item>): void {
    this.items.value = this.items.value.map((item) => (item.jti === jti ? { ...item, ...to } : item));
    this.makeRoom();
  }

  private makeRoom(): void {
    if (this.full.value) this.full.value = this.unsent >= OUTBOX_MAX;
  }

  /** What is stored stays on the screen for a minute. */
  private forget(now: number): void {
    const old = (item: Item) => item.state === 'stored' && now - (item.done ?? 0) > STORED_KEPT_MS;
    if (this.items.value.some(old)) this.items.value = this.items.value.filter((item) => !old(item));
  }
}
