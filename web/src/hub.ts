// Where the parts meet: this device, the session (or another tab's), what it told, what waits.
import { batch, computed, effect, signal } from '@preact/signals';
import { hubClock } from './clock';
import { openDb, type Db } from './db';
import { readIdentity, signAuth, selfTest, keepIdentity, type KeyTrouble } from './keys';
import { signJws, uuid7, type Signer } from './jws';
import type { Claims, HubMessage, Identity, Member, Refused } from './model';
import type { Me } from './moves';
import { Outbox, type Item } from './outbox';
import { browserPorts, Session, type Status } from './socket';
import { Store } from './store';
import { openTabs, whenLeader, type TabMessage } from './tabs';
import { KIND, LIMIT, TYP, type Kind, type Role } from './wire';

export type Gate = 'starting' | 'trouble' | 'nobody' | 'in';

export const gate = signal<Gate>('starting');
export const trouble = signal<KeyTrouble | null>(null);
export const identity = signal<Identity | null>(null);
export const status = signal<Status>({ phase: 'idle' });
export const downSince = signal<number | null>(null);
export const store = new Store();
export let db: Db;
export let outbox: Outbox;

let signer: Signer;
let session: Session | null = null; // in the tab that leads
let token = '';
let roles: Role[] = [];
let synced = false;
const early: HubMessage[] = [];

const tabs = openTabs(heard);
const wsUrl = (): string => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;

export const me = computed<Me | null>(() => {
  const who = identity.value;
  if (!who) return null;
  const member = store.tables.member.get(`${who.agency}/${who.member}`);
  const agency = store.tables.agency.get(who.agency);
  return { agency: who.agency, member: who.member, roles: member?.roles ?? roles, host: agency?.host ?? false };
});
export const myName = computed<Member | undefined>(() =>
  identity.value ? store.tables.member.get(`${identity.value.agency}/${identity.value.member}`) : undefined);

export async function boot(): Promise<void> {
  try {
    db = await openDb();
  } catch {
    trouble.value = globalThis.crypto?.subtle ? 'no_storage' : 'insecure';
    gate.value = 'trouble';
    return;
  }
  outbox = new Outbox(db, {
    now: () => hubClock.now(),
    send: (m) => session?.send(m) ?? false,
    changed: () => tabs.tell({ t: 'outbox' }),
  });
  const kept = await readIdentity(db);
  if (!kept) {
    trouble.value = await selfTest(db);
    gate.value = trouble.value ? 'trouble' : 'nobody';
    return;
  }
  await enter(kept.who, kept.signer);
}

export async function enter(who: Identity, by: Signer): Promise<void> {
  signer = by;
  identity.value = who;
  await outbox.load();
  void navigator.storage?.persist?.();
  gate.value = 'in';
  tabs.tell({ t: 'ask' });
  whenLeader('posko.session', lead, overtaken);
  setInterval(watchLeader, 1000);
  addEventListener('online', () => session?.hurry());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && session?.hurry());
}

/** This tab speaks with the hub from now on. */
function lead(): void {
  const who = identity.value;
  if (!who) return;
  early.length = 0; // without a snapshot they hang in the air: the hub tells all of it again
  synced = true;
  session = new Session(
    {
      url: wsUrl(),
      aud: () => identity.value?.aud ?? '',
      cursor: () => store.cursor,
      auth: (aud, nonce) => signAuth(signer, TYP.auth, aud, nonce, location.host.toLowerCase()),
      on: (m) => {
        fold(m);
        tabs.tell({ t: 'hub', m });
      },
      sample: (at, got, asked) => hubClock.sample(at, got, asked),
    },
    browserPorts,
  );
  effect(() => {
    if (!session) return;
    setStatus(session.status.value);
    tabs.tell({ t: 'status', status: session.status.value, token });
  });
  setInterval(() => outbox.pump(), 500);
  session.start();
}

/* ---- a leader that the system put to sleep ---- */
const LEADER_QUIET_MS = 15_000;
let heardAt = 0;
let asleep = false;

/** Marks come every 5 s through the leading tab: without them nothing here is live. */
function watchLeader(): void {
  if (session || status.value.phase !== 'live' || browserPorts.now() - heardAt < LEADER_QUIET_MS) return;
  asleep = true;
  setStatus({ phase: 'waiting' });
}

/** Another tab took the line while this one slept: it listens from now on. */
function overtaken(): void {
  session?.stop();
  location.reload();
}

function setStatus(next: Status): void {
  const up = next.phase === 'live';
  batch(() => {
    status.value = next;
    if (up) downSince.value = null;
    else downSince.value ??= hubClock.now();
  });
}

function fold(m: HubMessage): void {
  store.accept(m);
  if (m.op === 'welcome') {
    token = m.token;
    roles = m.roles;
    outbox.restart();
  } else if (m.op === 'posted' || (m.op === 'refused' && (m.id || m.ref !== undefined))) {
    void outbox.accept(m);
  } else if (m.op === 'live') {
    for (const ticket of store.timelines.keys()) ask(ticket);
  } else if (m.op === 'end' && m.ref !== undefined && take(m.ref) && m.more) {
    ask(m.of);
  }
  if (m.op === 'refused' && m.ref !== undefined) unanswered(m.ref, m);
  if (m.op === 'record' && m.of === undefined) receive(m.seq);
  if (m.op === 'live') receive(m.head);
}

/* ---- receipts ---- */
let gotTimer: ReturnType<typeof setTimeout> | null = null;
let gotSeq = 0;

function receive(seq: number): void {
  gotSeq = Math.max(gotSeq, seq);
  if (!session) return;
  gotTimer ??= setTimeout(() => {
    gotTimer = null;
    session?.send({ op: 'got', seq: gotSeq });
  }, 200);
}

const shownSeqs = new Set<number>();
const showing = new Set<number>();
let shownTimer: ReturnType<typeof setTimeout> | null = null;

/** This record stood before the eyes of the user. Told together: a screen shows many at once. */
export function shown(seq: number): void {
  if (shownSeqs.has(seq)) return;
  showing.add(seq);
  shownTimer ??= setTimeout(() => {
    shownTimer = null;
    const seqs = [...showing].slice(0, LIMIT.SHOWN_MAX);
    if (!send({ op: 'shown', seqs })) return;
    for (const one of seqs) {
      shownSeqs.add(one);
      showing.delete(one);
    }
  }, 150);
}

/* ---- other tabs ---- */
function drainEarly(): void {
  const waited = early.splice(0);
  if (synced) waited.forEach(fold);
}

function heard(m: TabMessage): void {
  switch (m.t) {
    case 'ask':
      if (session) tabs.tell({ t: 'snapshot', snapshot: store.snapshot(), status: status.value, token, offset: [hubClock.now(), Date.now()] });
      return;
    case 'snapshot':
      if (synced || session) return;
      heardAt = browserPorts.now();
      store.load(m.snapshot);
      token = m.token;
      hubClock.sample(m.offset[0] + (Date.now() - m.offset[1]), browserPorts.now());
      setStatus(m.status);
      synced = true;
      drainEarly();
      return;
    case 'hub':
      if (session) return;
      heardAt = browserPorts.now();
      if (asleep) setStatus({ phase: 'live' }); // it woke
      asleep = false;
      if (m.m.op === 'mark') hubClock.sample(m.m.at, browserPorts.now());
      if (m.m.op === 'reset') synced = true; // all of it comes now
      if (synced) fold(m.m);
      else early.push(m.m);
      return;
    case 'status':
      if (session) return;
      heardAt = browserPorts.now();
      asleep = false;
      token = m.token || token;
      setStatus(m.status);
      return;
    case 'send':
      if (session) session.send(m.m);
      return;
    case 'outbox':
      if (gate.value === 'in') void outbox.load().then(() => outbox.pump());
      return;
    case 'hurry':
      session?.hurry();
      return;
    case 'left':
      location.reload();
  }
}

function send(m: object): boolean {
  if (session) return session.send(m);
  if (status.value.phase !== 'live') return false;
  tabs.tell({ t: 'send', m });
  return true;
}

/** The leading tab sleeps and cannot speak; the user is here. */
function takeLine(): void {
  asleep = false;
  whenLeader('posko.session', lead, overtaken, true);
}

export function hurry(): void {
  if (session) session.hurry();
  else if (asleep) takeLine();
  else tabs.tell({ t: 'hurry' });
}

/** Connects although another window took the line. */
export const reconnect = (): void => session?.start();

/* ---- acts ---- */

export async function act(kind: Kind, claims: Record<string, unknown>): Promise<Item> {
  const who = identity.value!;
  const all: Claims = {
    v: 1, aud: who.aud, iss: who.agency, act: who.member, kind, jti: uuid7(Math.floor(hubClock.now())), iat: Math.floor(hubClock.now()), ...claims,
  };
  return outbox.add(await signJws(signer, KIND[kind].typ, all), all);
}

/** What was refused or is of another ledger is signed anew, under a new name. */
export async function actAgain(item: Item): Promise<void> {
  const { v: _v, aud: _aud, iss: _iss, act: _act, kind, jti: _jti, iat: _iat, ...rest } = item.claims;
  await act(kind, rest);
  await outbox.discard(item.jti);
}

const asked = new Map<number, string>(); // the tickets whose history was asked for

function take(ref: number): string | undefined {
  const ticket = asked.get(ref);
  asked.delete(ref);
  return ticket;
}

/** A history that was refused: there is no such ticket for us, or the hub is busy and is asked again. */
function unanswered(ref: number, m: Refused): void {
  const ticket = take(ref);
  if (ticket === undefined) return;
  if (m.code === 'not_found') store.none(ticket);
  else setTimeout(() => ask(ticket), m.retry_ms ?? 1000);
}

function ask(ticket: string): void {
  const held = store.timelines.get(ticket);
  const after = held?.size ? Math.max(...held.keys()) : 0;
  const ref = Math.floor(Math.random() * 2 ** 40); // no other tab's
  if (send({ op: 'history', ticket, after, limit: 200, ref })) asked.set(ref, ticket);
}

/** The timeline of this ticket, from now on. */
export function watch(ticket: string): void {
  store.watch(ticket);
  ask(ticket);
}

/** Everything from the beginning: something is missing in between. */
export const askAll = (ticket: string): boolean => send({ op: 'history', ticket, after: 0, limit: 1000 });

export async function readers(to: readonly string[], tlp: string): Promise<{ agency: string; member: string }[]> {
  const query = new URLSearchParams({ to: to.join(','), tlp });
  const reply = await fetch(`/v1/readers?${query}`, { headers: { Authorization: `Bearer ${token}` } });
  if (!reply.ok) throw new Error(String(reply.status));
  return ((await reply.json()) as { readers: { agency: string; member: string }[] }).readers;
}

/** The user saw that it is another ledger and goes on with it. */
export async function adoptLedger(aud: string): Promise<void> {
  const who = { ...identity.value!, aud };
  await keepIdentity(db, who);
  identity.value = who;
  for (const item of outbox.items.value) if (item.state !== 'stored') await actAgain(item);
  location.reload();
}

/** Forgets who this device is; the admin gives a new link. */
export async function leave(): Promise<void> {
  const who = identity.value;
  await db.drop('keep', 'identity');
  if (who) await db.drop('keep', `key:${who.kid}`);
  tabs.tell({ t: 'left' });
  location.reload();
}
