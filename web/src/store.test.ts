import { effect } from '@preact/signals';
import { beforeEach, expect, test } from 'vitest';
import type { HubMessage, Ticket } from './model';
import { Store } from './store';

const ticket = (id: string, seq: number, more: Partial<Ticket> = {}): Ticket => ({
  id, no: 1, opened: 1, by: 'kpu', lead: 'kpu', state: 'open', status: 'actual', cat: 'physical.crowd', sev: 'extreme',
  tlp: 'amber', title: 'Massa', veracity: 'unverified', clear: false, n: 1, seq,
  agencies: [{ id: 'polres', state: 'offered' }], owed: [], ...more,
});
const state = (t: Ticket): HubMessage => ({ op: 'state', seq: t.seq, ticket: t });
const b = (text: object) => btoa(JSON.stringify(text)).replace(/=+$/, '');
const jws = (claims: object) => `${b({})}.${b(claims)}.`;

let store: Store;
beforeEach(() => {
  store = new Store(() => 0);
});

test('the state with the greater seq is kept, whatever comes last', () => {
  store.accept(state(ticket('a', 5, { title: 'new' })));
  store.accept(state(ticket('a', 4, { title: 'old' })));
  expect(store.tables.ticket.peek('a')?.title).toBe('new');
});

test('a live record moves its ticket and the cursor; a past one moves neither', () => {
  store.accept({ op: 'record', seq: 9, at: 1, jws: '' });
  expect(store.cursor).toBeUndefined();
  store.accept({ op: 'record', seq: 10, at: 1, jws: '', ticket: ticket('a', 10) });
  expect(store.cursor).toBe(10);
  expect(store.tables.ticket.peek('a')?.seq).toBe(10);
});

test('records are kept of watched tickets only, once, in the order of the ledger', () => {
  store.accept({ op: 'record', seq: 1, at: 1, jws: '', ticket: ticket('a', 1) });
  expect(store.timeline('a')).toEqual([]);
  store.watch('a');
  store.accept({ op: 'record', seq: 3, at: 1, jws: 'live', ticket: ticket('a', 3) });
  store.accept({ op: 'record', seq: 2, at: 1, jws: 'history', of: 'a' });
  store.accept({ op: 'record', seq: 2, at: 1, jws: 'again', of: 'a' });
  expect(store.timeline('a').map((r) => r.jws)).toEqual(['history', 'live']);
});

test('a past record finds its timeline by what it claims', () => {
  store.watch('a');
  const text = jws({ inc: 'a', jti: 'x' });
  store.accept({ op: 'record', seq: 4, at: 1, jws: text });
  expect(store.timeline('a')).toHaveLength(1);
});

test('a receipt stands in the ticket', () => {
  store.accept(state(ticket('a', 1)));
  store.accept({ op: 'receipt', ticket: 'a', seq: 1, agency: 'polres', member: 'piket', how: 'shown', at: 7 });
  expect(store.tables.ticket.peek('a')?.agencies[0]?.shown).toEqual({ at: 7, member: 'piket' });
});

test('gone drops the ticket and what was kept of it', () => {
  store.accept(state(ticket('a', 1)));
  store.watch('a');
  store.accept({ op: 'gone', ticket: 'a' });
  expect(store.tables.ticket.peek('a')).toBeUndefined();
  expect(store.timeline('a')).toEqual([]);
});

test('reset drops all, and says when the ledger lost its tail', () => {
  store.accept(state(ticket('a', 1)));
  store.accept({ op: 'reset', head: 3, why: 'ahead' });
  expect(store.tables.ticket.size).toBe(0);
  expect(store.lost.value).toBe(true);
  store.accept({ op: 'live', head: 3 });
  expect([store.cursor, store.live.value]).toEqual([3, true]);
});

test('rules are one thing and replace each other', () => {
  store.accept({ op: 'state', seq: 1, rules: [{ to: ['polres'] }] });
  store.accept({ op: 'state', seq: 2, rules: [] });
  expect(store.tables.rules.peek('rules')).toEqual([]);
});

test('a hundred messages wake a reader once', () => {
  let runs = 0;
  effect(() => {
    store.tables.ticket.list();
    runs++;
  });
  for (let i = 0; i < 100; i++) store.accept(state(ticket(`t${i}`, i + 1)));
  store.flush();
  expect(runs).toBe(2);
});

test('what an op of a newer hub says is passed over', () => {
  store.accept({ op: 'weather', rain: true } as never);
  store.accept({ op: 'state', seq: 1, weather: {} } as never);
  expect(store.snapshot().states).toEqual([]);
});

test('another tab goes on from a snapshot', () => {
  store.accept(state(ticket('a', 5)));
  store.accept({ op: 'mark', head: 6, sent: 0, at: 1, overdue: 0, copies: 1 });
  const other = new Store(() => 0);
  other.load(structuredClone(store.snapshot()));
  expect(other.tables.ticket.peek('a')?.seq).toBe(5);
  expect(other.cursor).toBe(6);
});

test('5,000 tickets and 50 records are folded well within a frame each', () => {
  for (let i = 0; i < 5000; i++) store.accept(state(ticket(`t${i}`, i + 1)));
  store.flush();
  const runs = Array.from({ length: 5 }, (_, run) => {
    const begin = performance.now();
    for (let i = 0; i < 50; i++) {
      const seq = 6000 + run * 50 + i;
      store.accept({ op: 'record', seq, at: 1, jws: '', ticket: ticket(`t${i}`, seq) });
    }
    store.flush();
    expect(store.tables.ticket.list()).toHaveLength(5000);
    return performance.now() - begin;
  });
  expect(Math.min(...runs)).toBeLessThan(16); // the best of five: the machine may be busy
});
