import { expect, test } from 'vitest';
import { Alarm, duesOf, REPEAT_MS } from './alarm';
import type { Ticket } from './model';
import type { Me } from './moves';
import type { Sev, What } from './wire';

const me: Me = { agency: 'polres', member: 'piket', roles: ['duty'], host: false };
const ticket = (sev: Sev, what: What = 'ack', step = 0): Ticket => ({
  id: sev, no: 1, opened: 1, by: 'kpu', lead: 'kpu', state: 'open', status: 'actual', cat: 'c', sev, tlp: 'amber', title: 'T',
  veracity: 'unverified', clear: false, n: 1, seq: 1, agencies: [],
  owed: [{ agency: 'polres', what, about: '', since: 1, due: 9, next: 9, step }, { agency: 'pemkot', what: 'ack', about: '', since: 1, due: 9, next: 9, step: 0 }],
});
const dues = (...tickets: Ticket[]) => duesOf(tickets, 'polres');

test('only what my agency owes rings', () => {
  expect(dues(ticket('severe'))).toHaveLength(1);
});

test('a new obligation rings once', () => {
  const alarm = new Alarm();
  expect(alarm.step(dues(ticket('severe')), me, 0)).toMatchObject({ ring: ['severe'], notify: [{ owed: { what: 'ack' } }] });
  expect(alarm.step(dues(ticket('severe')), me, 60_000)).toEqual({ ring: [], notify: [] });
});

test('kritis repeats every 20 s until the hub has the ack', () => {
  const alarm = new Alarm();
  alarm.step(dues(ticket('extreme')), me, 0);
  expect(alarm.step(dues(ticket('extreme')), me, REPEAT_MS - 1).ring).toEqual([]);
  expect(alarm.step(dues(ticket('extreme')), me, REPEAT_MS)).toEqual({ ring: ['extreme'], notify: [] });
  expect(alarm.step([], me, REPEAT_MS * 2)).toEqual({ ring: [], notify: [] });
});

test('a critical update that is owed rings once', () => {
  const alarm = new Alarm();
  alarm.step(dues(ticket('extreme', 'update')), me, 0);
  expect(alarm.step(dues(ticket('extreme', 'update')), me, REPEAT_MS).ring).toEqual([]);
});

test('a clock that fired rings again', () => {
  const alarm = new Alarm();
  alarm.step(dues(ticket('minor')), me, 0);
  expect(alarm.step(dues(ticket('minor', 'ack', 1)), me, 10).notify).toHaveLength(1);
});

test('who cannot answer is not woken', () => {
  expect(new Alarm().step(dues(ticket('extreme')), { ...me, roles: ['admin'] }, 0).ring).toEqual([]);
});
