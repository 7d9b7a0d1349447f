import { expect, test } from 'vitest';
import type { Ticket } from './model';
import { MEETS, MOVES, movesFor, movesOf, type Me, type Move } from './moves';
import { KINDS, WHATS, type AnswerState, type Role, type TicketState } from './wire';

const me = (agency: string, ...roles: Role[]): Me => ({ agency, member: 'budi', roles, host: agency === 'kpu' });
const owed = { agency: 'polres', what: 'ack', about: '', since: 1, due: 9, next: 9, step: 0 } as const;
const ticket = (more: Partial<Ticket> = {}): Ticket => ({
  id: 'a', no: 1, opened: 1, by: 'kpu', author: 'kpu/sari', lead: 'kpu', state: 'open', status: 'actual', cat: 'c', sev: 'severe',
  tlp: 'amber', title: 'T', veracity: 'unverified', clear: false, n: 1, seq: 1, agencies: [{ id: 'polres', state: 'offered' }],
  owed: [owed], ...more,
});
const at = (state: AnswerState, more: Partial<Ticket> = {}) => ticket({ agencies: [{ id: 'polres', state }], ...more });
const around = { now: 1000, others: [] };
const short = (moves: Move[]) => moves.map((m) => m.split('.')[1]).join(' ');
const may = (t: Ticket, who: Me, more = {}) => short(movesOf(t, who, { ...around, ...more }));

const polres = me('polres', 'duty');

test.each<[AnswerState, string]>([
  ['offered', 'ack accept enroute onscene done decline note escalate'],
  ['acked', 'accept enroute onscene done decline note escalate'],
  ['accepted', 'accept enroute onscene done decline note escalate'],
  ['enroute', 'accept enroute onscene done decline note escalate'],
  ['onscene', 'accept enroute done decline note escalate'],
  ['done', 'accept enroute onscene note escalate'],
  ['declined', 'accept note escalate'],
])('an addressed agency that is %s may: %s', (state, moves) => {
  expect(may(at(state), polres)).toBe(moves);
});

test.each<[TicketState, string]>([
  ['resolved', 'ack accept enroute onscene done decline note reopen'],
  ['closed', 'note reopen'],
  ['merged', ''],
])('an addressed agency on a ticket that is %s may: %s', (state, moves) => {
  expect(may(ticket({ state, owed: [] }), polres)).toBe(moves);
});

test('the lead leads, and may join by accepting', () => {
  expect(may(ticket(), me('kpu', 'duty'))).toBe('accept note change share offer escalate resolve close');
});

test('a coordinator of the host leads what others lead, but does not accept for them', () => {
  expect(may(ticket({ lead: 'polres', agencies: [] }), me('kpu', 'coordinator'))).toBe('note change share offer escalate resolve close');
});

test('a coordinator elsewhere is nobody', () => {
  expect(may(ticket({ lead: 'bawaslu' }), { ...me('pemkot', 'coordinator'), host: false })).toBe('');
});

test('the author may add and press, and nothing else', () => {
  expect(may(ticket(), { agency: 'kpu', member: 'sari', roles: ['reporter'], host: true })).toBe('note escalate');
});

test.each<Role>(['reporter', 'admin', 'auditor', 'controller'])('the role %s alone may make no move', (role) => {
  expect(may(ticket(), me('kpu', role))).toBe('');
  expect(may(ticket(), me('polres', role))).toBe('');
});

test('an offered lead may be taken or declined, also by whom nobody addressed', () => {
  expect(may(ticket({ offered: 'bpbd' }), me('bpbd', 'chief'))).toBe('decline take');
});

test('merge needs another open ticket of the same lane that one leads', () => {
  const lead = me('kpu', 'duty');
  const other = ticket({ id: 'b' });
  expect(may(ticket(), lead, { others: [other] })).toContain('merge');
  for (const no of [{ state: 'resolved' }, { status: 'exercise' }, { lead: 'polres' }, { id: 'a' }] as Partial<Ticket>[])
    expect(may(ticket(), lead, { others: [{ ...other, ...no }] })).not.toContain('merge');
});

test('a closed ticket is reopened within a day', () => {
  const closed = ticket({ state: 'closed', owed: [] });
  expect(may(closed, polres, { now: 86_400_000, closedAt: 1 })).toContain('reopen');
  expect(may(closed, polres, { now: 86_400_002, closedAt: 1 })).not.toContain('reopen');
});

test('nothing owed, nothing to escalate', () => {
  expect(may(ticket({ owed: [] }), polres)).not.toContain('escalate');
});

test('a full ticket takes no lead in', () => {
  const agencies = Array.from({ length: 32 }, (_, i) => ({ id: `x${i}`, state: 'offered' as const }));
  expect(may(ticket({ agencies }), me('kpu', 'duty'))).not.toContain('accept');
});

test('every debt has a move that meets it, and whoever owes it may make one', () => {
  for (const what of WHATS) {
    expect(MEETS[what].length).toBeGreaterThan(0);
    const lead = what === 'reassign' || what === 'resolve' || what === 'close';
    const agency = lead ? 'kpu' : 'polres';
    const t = at(what === 'ack' ? 'offered' : what === 'accept' ? 'acked' : 'accepted', {
      state: what === 'close' ? 'resolved' : 'open',
      ...(what === 'take' && { offered: 'polres' }),
    });
    expect(movesFor({ ...owed, agency, what }, t, me(agency, 'duty'), around)[0]).toBe(MEETS[what][0]);
  }
});

test('the moves are the kinds of the wire that name a ticket', () => {
  expect(KINDS.filter((kind) => /^(response|incident)\./.test(kind) && kind !== 'incident.report')).toEqual([...MOVES]);
});
