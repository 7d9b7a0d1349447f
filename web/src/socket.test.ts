import { beforeEach, expect, test } from 'vitest';
import type { HubMessage } from './model';
import { Session, type WireEvents } from './socket';

interface Line { events: WireEvents; sent: { op: string; after?: number }[]; open: boolean }

let lines: Line[];
let now: number;
let timers: { fn: () => void; at: number; on: boolean }[];
let heard: HubMessage[];
let cursor: number | undefined;
let session: Session;

const line = () => lines.at(-1)!;
const settle = () => new Promise((done) => setTimeout(done));
async function hub(m: unknown) {
  line().events.message(JSON.stringify(m));
  await settle();
}
async function pass(ms: number) {
  now += ms;
  for (const timer of timers.filter((t) => t.on && t.at <= now)) {
    timer.on = false;
    timer.fn();
  }
  await settle();
}
const hello = (aud = 'a') => hub({ op: 'hello', aud, nonce: 'n', at: now, version: '1' });
async function logIn() {
  await hello();
  await hub({ op: 'welcome', agency: 'polres', member: 'piket', roles: ['duty'], head: 9, at: now, token: 't' });
}

beforeEach(() => {
  lines = [];
  timers = [];
  heard = [];
  now = 1000;
  cursor = undefined;
  session = new Session(
    {
      url: 'ws://localhost/ws', aud: () => 'a', cursor: () => cursor, auth: async () => 'jws',
      on: (m) => heard.push(m), sample: () => undefined,
    },
    {
      dial(_url, _protocol, events) {
        const made: Line = { events, sent: [], open: true };
        lines.push(made);
        return { send: (text) => made.sent.push(JSON.parse(text)), close: () => (made.open = false) };
      },
      now: () => now,
      random: () => 1,
      timer(fn, ms) {
        const timer = { fn, at: now + ms, on: true };
        timers.push(timer);
        return () => (timer.on = false);
      },
    },
  );
  session.start();
});

test('hello, auth, welcome, follow, live', async () => {
  await logIn();
  expect(line().sent.map((m) => m.op)).toEqual(['auth', 'follow']);
  expect(session.status.value.phase).toBe('syncing');
  await hub({ op: 'live', head: 9 });
  expect(session.status.value.phase).toBe('live');
});

test('it resumes from the cursor, after a wait with full jitter that doubles', async () => {
  await logIn();
  await hub({ op: 'live', head: 9 });
  cursor = 9;
  line().events.close(1006);
  expect(session.status.value.phase).toBe('waiting');
  await pass(499);
  expect(lines).toHaveLength(1);
  await pass(1);
  expect(lines).toHaveLength(2);
  await logIn();
  expect(line().sent[1]).toEqual({ op: 'follow', after: 9 });
  line().events.close(1006);
  await pass(999);
  expect(lines).toHaveLength(2);
  await pass(1);
  expect(lines).toHaveLength(3);
});

test('the wait is never over 15 s, and the user may cut it short', async () => {
  for (let i = 0; i < 8; i++) {
    line().events.close(1006);
    await pass(15_000);
  }
  expect(lines).toHaveLength(9);
  line().events.close(1006);
  session.hurry();
  expect(lines).toHaveLength(10);
});

test('a silent socket is dead, whatever it says', async () => {
  await logIn();
  await hub({ op: 'live', head: 9 });
  await pass(15_000);
  expect(line().open).toBe(false);
  expect(session.status.value.phase).toBe('waiting');
});

test('a mark that counted otherwise asks again from the last good cursor', async () => {
  await logIn();
  await hub({ op: 'live', head: 9 });
  await hub({ op: 'mark', head: 10, sent: 0, at: now, overdue: 0, copies: 1 });
  await hub({ op: 'record', seq: 11, at: now, jws: '', ticket: { id: 'a' } });
  await hub({ op: 'record', seq: 11, at: now, jws: '', of: 'a' }); // history does not count
  await hub({ op: 'mark', head: 12, sent: 2, at: now, overdue: 0, copies: 1 });
  expect(line().sent.at(-1)).toEqual({ op: 'follow', after: 10 });
  expect(heard.filter((m) => m.op === 'mark')).toHaveLength(1); // the wrong one moved no cursor
  await hub({ op: 'record', seq: 11, at: now, jws: '' });
  await hub({ op: 'record', seq: 12, at: now, jws: '' });
  await hub({ op: 'live', head: 12 });
  await hub({ op: 'mark', head: 12, sent: 4, at: now, overdue: 0, copies: 1 });
  expect(line().sent.filter((m) => m.op === 'follow')).toHaveLength(2);
});

test('another ledger is not spoken to', async () => {
  await hello('other');
  expect(session.status.value).toEqual({ phase: 'stopped', why: 'other_ledger', detail: 'other' });
  expect(line().sent).toEqual([]);
});

test('a revoked device stops and does not knock again', async () => {
  await logIn();
  line().events.close(4403);
  expect(session.status.value).toEqual({ phase: 'stopped', why: 'revoked' });
  await pass(60_000);
  expect(lines).toHaveLength(1);
});

test('a key that was revoked while it was away hears it at log-in', async () => {
  await hello();
  await hub({ op: 'refused', id: null, code: 'revoked_key', text: 'revoked' });
  expect(session.status.value.why).toBe('revoked');
});

test('a fifth window does not fight for the line', async () => {
  await logIn();
  line().events.close(4409);
  expect(session.status.value.why).toBe('replaced');
});

test('when roles changed it starts from the present', async () => {
  await logIn();
  cursor = 9;
  await hub({ op: 'bye', code: 'changed', retry_ms: 0 });
  line().events.close(1012);
  await pass(500);
  await logIn();
  expect(line().sent.at(-1)).toEqual({ op: 'follow' });
});

test('a draining hub names the time', async () => {
  await logIn();
  await hub({ op: 'bye', code: 'draining', retry_ms: 3000 });
  line().events.close(1012);
  await pass(2999);
  expect(lines).toHaveLength(1);
  await pass(1);
  expect(lines).toHaveLength(2);
});

test('nothing is sent while nobody is there', async () => {
  expect(session.send({ op: 'post' })).toBe(false);
  await logIn();
  expect(session.send({ op: 'post' })).toBe(true);
  line().events.close(1006);
  expect(session.send({ op: 'post' })).toBe(false);
});
