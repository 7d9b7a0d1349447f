import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';
import { openDb, type Db } from './db';
import type { Claims, Refused } from './model';
import { Outbox, OUTBOX_MAX } from './outbox';

interface Sent { op: string; jws: string; ref: number }

let db: Db;
let now: number;
let online: boolean;
let sent: Sent[];
let names = 0;

const claims = (jti: string, inc?: string): Claims => ({
  v: 1, aud: 'a', iss: 'polres', act: 'piket', kind: inc ? 'response.ack' : 'incident.report', jti, iat: now, ...(inc && { inc }),
});
const make = () => new Outbox(db, {
  now: () => now,
  send: (m) => online && sent.push(m as Sent) > 0,
  changed: () => undefined,
});
const refused = (id: string, code: Refused['code'], more: Partial<Refused> = {}): Refused => ({ op: 'refused', id, code, text: code, ...more });
const stateOf = (outbox: Outbox, jti: string) => outbox.get(jti)?.state;

beforeEach(async () => {
  db = await openDb(`outbox${++names}`);
  now = 1000;
  online = true;
  sent = [];
});

test('waiting, sent, stored: each is shown as what it is', async () => {
  online = false;
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  expect(stateOf(outbox, 'r1')).toBe('waiting');
  online = true;
  outbox.restart();
  expect(stateOf(outbox, 'r1')).toBe('sent');
  await outbox.accept({ op: 'posted', id: 'r1', seq: 12, at: 5, ref: sent[0]!.ref });
  expect(outbox.get('r1')).toMatchObject({ state: 'stored', seq: 12 });
  expect(await db.all('outbox')).toEqual([]);
});

test('a killed tab loses nothing: the next one sends the same string', async () => {
  online = false;
  await make().add('the very string', claims('r1'));
  online = true;
  const next = make();
  await next.load();
  next.restart();
  expect(sent.map((m) => m.jws)).toEqual(['the very string']);
});

test('records of one ticket go one after the other, of two tickets side by side', async () => {
  const outbox = make();
  await outbox.add('report', claims('t1'));
  await outbox.add('note', claims('n1', 't1'));
  await outbox.add('other', claims('n2', 't2'));
  expect(sent.map((m) => m.jws)).toEqual(['report', 'other']);
  await outbox.accept({ op: 'posted', id: 't1', seq: 1, at: 1 });
  expect(sent.map((m) => m.jws)).toEqual(['report', 'other', 'note']);
});

test('silence is doubt: again after 10 s, then 1, 2, 4 s apart, at most 30', async () => {
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  const at: number[] = [];
  for (now = 2000; now < 120_000; now += 500) {
    const before = sent.length;
    outbox.pump();
    if (sent.length > before) at.push(now - 1000);
  }
  expect(at).toEqual([10_000, 11_000, 13_000, 17_000, 25_000, 41_000, 71_000, 101_000]);
  expect(new Set(sent.map((m) => m.jws)).size).toBe(1);
});

test('a busy hub is asked again after the time it names', async () => {
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  await outbox.accept(refused('r1', 'busy', { retry_ms: 2000 }));
  now += 1900;
  outbox.pump();
  expect(sent).toHaveLength(1);
  now += 200;
  outbox.pump();
  expect(sent).toHaveLength(2);
});

test('a permanent refusal stops, keeps its reason over a reload, and lets the next one go', async () => {
  const outbox = make();
  await outbox.add('bad', claims('r1', 't1'));
  await outbox.add('next', claims('r2', 't1'));
  await outbox.accept(refused('r1', 'not_allowed'));
  now += 100_000;
  outbox.pump();
  expect(sent.filter((m) => m.jws === 'bad')).toHaveLength(1);
  expect(sent.some((m) => m.jws === 'next')).toBe(true);
  const reloaded = make();
  await reloaded.load();
  expect(reloaded.get('r1')).toMatchObject({ state: 'refused', code: 'not_allowed' });
});

test('what the database itself refused is not tried for ever', async () => {
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  await outbox.accept(refused('r1', 'not_stored'));
  expect(stateOf(outbox, 'r1')).toBe('refused');
});

test('a refusal without id is found by its ref', async () => {
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  await outbox.accept({ ...refused('r1', 'bad_json'), id: null, ref: sent[0]!.ref });
  expect(stateOf(outbox, 'r1')).toBe('refused');
});

test('another tab may read the list while one is in flight', async () => {
  const outbox = make();
  await outbox.add('jws', claims('r1'));
  await outbox.load();
  expect(stateOf(outbox, 'r1')).toBe('sent');
  await outbox.accept({ op: 'posted', id: 'r1', seq: 1, at: 1 });
  await outbox.load();
  expect(stateOf(outbox, 'r1')).toBe('stored');
});

test('over the limit it says so instead of swallowing', async () => {
  online = false;
  const outbox = make();
  for (let i = 0; i < OUTBOX_MAX; i++) await outbox.add('jws', claims(`r${i}`));
  await expect(outbox.add('jws', claims('more'))).rejects.toThrow('outbox_full');
});

test('a device that refuses to keep a record sends it all the same, and says so', async () => {
  const outbox = new Outbox({ ...db, put: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')) }, {
    now: () => now, send: (m) => online && sent.push(m as Sent) > 0, changed: () => undefined,
  });
  online = false;
  await outbox.add('jws', claims('r1'));
  expect(outbox.get('r1')).toMatchObject({ state: 'waiting', unkept: true });
  await outbox.load(); // another tab changed something
  online = true;
  outbox.restart();
  expect(sent.map((m) => m.jws)).toEqual(['jws']);
  await outbox.accept({ op: 'posted', id: 'r1', seq: 3, at: 5 });
  expect(stateOf(outbox, 'r1')).toBe('stored');
});
