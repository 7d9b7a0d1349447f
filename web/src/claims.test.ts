import { expect, test } from 'vitest';
import { claimsOf, faultsOf, fieldsOf } from './claims';
import { readRows, writeRows } from './policytext';
import { KIND, KINDS, TYP } from './wire';

test('every claim of every kind that people sign has a field', () => {
  for (const kind of KINDS) {
    if (KIND[kind].typ === TYP.event || kind.startsWith('alert.')) continue;
    const named = fieldsOf(kind).map((field) => field.name);
    const special = ['inc', 'what', 'about']; // the ticket and the debt it is about
    expect(named, kind).toEqual([...KIND[kind].must, ...KIND[kind].may].filter((name) => !special.includes(name)));
  }
});

test('what is missing or too long is said before signing', () => {
  const fields = fieldsOf('incident.report');
  expect(faultsOf(fields, { title: 'x'.repeat(121), to: [] })).toEqual({ cat: 'missing', title: 'long', to: 'missing' });
  expect(faultsOf(fields, { cat: 'a', title: '🟥'.repeat(120), to: ['polres'] })).toEqual({});
});

test('an id is an id, a hidden character is none', () => {
  expect(faultsOf(fieldsOf('agency.put'), { agency: 'KPU', name: 'K', agency_kind: 'election' })).toEqual({ agency: 'not_id' });
  expect(faultsOf(fieldsOf('incident.resolve'), { note: 'a\u202eb' })).toEqual({ note: 'control' });
  expect(faultsOf(fieldsOf('incident.resolve'), { note: 'a\nb' })).toEqual({});
});

test('times are counted from the hub\'s now, and empty fields stay away', () => {
  expect(claimsOf(fieldsOf('response.enroute'), { eta: 15, note: '' }, 1000.7)).toEqual({ eta: 901_000 });
  expect(claimsOf(fieldsOf('member.put'), { agency: 'a', member: 'b', name: ' C ', roles: [] }, 0)).toEqual({ agency: 'a', member: 'b', name: 'C', roles: [] });
  expect(claimsOf(fieldsOf('place.put'), { place: 'p', name: 'P', place_kind: 'tps', lat: 1.4411, lon: 125.117, active: false }, 0))
    .toEqual({ place: 'p', name: 'P', place_kind: 'tps', lat: 14411000, lon: 1251170000, active: false });
});

test('a policy is written and read back the same', () => {
  const text = 'ack extreme 60 duty | 0 agency; 60 chief owner; 180 superior | 120\nclose minor 86400  | 0 agency:kpu member:kpu/sari | 600';
  const rows = readRows(text)!;
  expect(rows[0]).toEqual({
    what: 'ack', sev: 'extreme', within: 60, open: ['duty'], repeat: 120,
    steps: [{ after: 0, tell: ['agency'] }, { after: 60, tell: ['chief', 'owner'] }, { after: 180, tell: ['superior'] }],
  });
  expect(readRows(writeRows(rows))).toEqual(rows);
});

test.each(['', 'ack extreme x duty | 0 agency | 1', 'ack extreme 60 duty | | 1', 'ack extreme 60 everybody | 0 agency | 1',
  'ack extreme 60 duty | 5 agency; 1 chief | 1', 'ack extreme 60 duty | 0 agency | 1\nack extreme 60 duty | 0 agency | 1',
])('not a policy: %j', (text) => {
  expect(readRows(text)).toBeNull();
});
