// What the hub told, folded from its messages. Pure but for the timer that wakes the screen:
// a new tab may take another's snapshot and go on from there.
import { batch, signal } from '@preact/signals';
import type { HubMessage, Mark, RecordMessage, StateMessage, States, Ticket } from './model';
import { Table } from './table';
import { parseJws } from './jws';
import { STATES, type StateName } from './wire';

export interface Rec { seq: number; at: number; jws: string }
export interface Snapshot { states: [StateName, unknown, number][]; cursor: number | undefined; mark: Mark | null; live: boolean }

type Tables = { [K in StateName]: Table<States[K]> };

function makeTables(): Tables {
  return {
    agency: new Table((v) => v.id),
    member: new Table((v) => `${v.agency}/${v.id}`),
    source: new Table((v) => `${v.agency}/${v.source}`),
    device: new Table((v) => v.kid),
    place: new Table((v) => v.place),
    category: new Table((v) => v.cat),
    policy: new Table((v) => v.policy),
    rules: new Table(() => 'rules'),
    duty: new Table((v) => `${v.agency}/${v.member}`),
    ticket: new Table((v) => v.id),
  };
}

const WAIT_MAX_MS = 250;

/** Timelines that are open on the screen, or were lately. */
const TIMELINES_MAX = 20;

export class Store {
  readonly tables = makeTables();
  readonly mark = signal<Mark | null>(null);
  readonly live = signal(false);
  readonly lost = signal(false); // the ledger lost its tail
  readonly timelines = new Map<string, Map<number, Rec>>();
  readonly timelinesRev = signal(0);
  readonly ended = signal<ReadonlySet<string>>(new Set()); // told to the end once
  cursor: number | undefined;
  private dirty = new Set<Table<never>>();
  private timer: unknown = null;

  private cost = 0; // of the last waking, ms: a slow screen is woken less often

  constructor(private readonly later: (fn: () => void, ms: number) => unknown = (fn, ms) => setTimeout(fn, ms)) {}

  accept(m: HubMessage): void {
    switch (m.op) {
      case 'record':
        this.record(m);
        break;
      case 'state':
        this.state(m);
        break;
      case 'reset':
        this.reset(m.why === 'ahead');
        break;
      case 'live':
        this.cursor = Math.max(this.cursor ?? 0, m.head);
        this.live.value = true;
        this.flush();
        break;
      case 'mark':
        this.cursor = m.head;
        this.mark.value = m;
        break;
      case 'gone':
        if (this.tables.ticket.drop(m.ticket)) this.touch('ticket');
        this.timelines.delete(m.ticket);
        break;
      case 'end':
        if (!m.more) this.none(m.of);
        break;
      case 'receipt':
        this.receipt(m);
        break;
      default:
        break; // of the session or the outbox; or of a newer hub
    }
  }

  /** No more of this ticket's past will come. */
  none(ticket: string): void {
    this.ended.value = new Set(this.ended.value).add(ticket);
  }

  private record(m: RecordMessage): void {
    if (m.of === undefined && m.ticket) this.cursor = Math.max(this.cursor ?? 0, m.seq);
    if (m.ticket) this.put('ticket', m.ticket, m.ticket.seq);
    const rec = { seq: m.seq, at: m.at, jws: m.jws };
    const timeline = this.timelines.get(m.of ?? m.ticket?.id ?? this.ticketOf(m.jws));
    if (!timeline || timeline.has(m.seq)) return;
    timeline.set(m.seq, rec);
    this.wakeLater();
  }

  /** A past record carries no ticket; its claims name one. */
  private ticketOf(jws: string): string {
    if (this.timelines.size === 0) return '';
    try {
      const { claims } = parseJws(jws);
      return claims.inc ?? claims.jti;
    } catch {
      return '';
    }
  }

  private state(m: StateMessage): void {
    const name = STATES.find((one) => m[one] !== undefined);
    if (name) this.put(name, m[name] as never, m.seq);
  }

  private put<K extends StateName>(name: K, value: States[K], seq: number): void {
    if (this.tables[name].put(value, seq)) this.touch(name);
  }

  private receipt(m: Extract<HubMessage, { op: 'receipt' }>): void {
    const ticket = this.tables.ticket.peek(m.ticket);
    if (!ticket) return;
    const agencies = ticket.agencies.map((a) =>
      a.id === m.agency ? { ...a, [m.how]: { at: m.at, member: m.member } } : a);
    this.put('ticket', { ...ticket, agencies } satisfies Ticket, ticket.seq);
  }

  private reset(ahead: boolean): void {
    for (const name of STATES) {
      this.tables[name].clear();
      this.touch(name);
    }
    this.timelines.forEach((timeline) => timeline.clear());
    this.cursor = undefined;
    this.live.value = false;
    this.lost.value = ahead;
  }

  /** Keeps the records of this ticket from now on. True when it was not kept before. */
  watch(ticket: string): boolean {
    const held = this.timelines.get(ticket);
    this.timelines.delete(ticket); // the youngest stands last
    this.timelines.set(ticket, held ?? new Map());
    if (this.timelines.size > TIMELINES_MAX) this.timelines.delete(this.timelines.keys().next().value!);
    return !held;
  }

  timeline(ticket: string): Rec[] {
    void this.timelinesRev.value;
    return [...(this.timelines.get(ticket)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  snapshot(): Snapshot {
    const states = STATES.flatMap((name) =>
      (this.tables[name].entries() as [unknown, number][]).map(([value, seq]): [StateName, unknown, number] => [name, value, seq]));
    return { states, cursor: this.cursor, mark: this.mark.value, live: this.live.value };
  }

  load(snapshot: Snapshot): void {
    this.reset(false);
    for (const [name, value, seq] of snapshot.states) this.put(name, value as never, seq);
    this.cursor = snapshot.cursor;
    this.mark.value = snapshot.mark;
    this.live.value = snapshot.live;
    this.flush();
  }

  private touch(name: StateName): void {
    this.dirty.add(this.tables[name] as unknown as Table<never>);
    this.wakeLater();
  }

  private wakeLater(): void {
    this.timer ??= this.later(() => this.flush(), Math.min(WAIT_MAX_MS, Math.max(16, 2 * this.cost)));
  }

  flush(): void {
    this.timer = null;
    const dirty = this.dirty;
    this.dirty = new Set();
    const begin = performance.now();
    batch(() => {
      dirty.forEach((table) => table.wake());
      this.timelinesRev.value += 1;
    });
    queueMicrotask(() => setTimeout(() => (this.cost = performance.now() - begin))); // drawn by then
  }
}
