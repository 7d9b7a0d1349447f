import { expect, test } from 'vitest';
import type { Ticket } from './model';
import { SIMILAR_MS, similarTo } from './similar';

const held = (more: Partial<Ticket> = {}): Ticket => ({
  id: 'a', no: 1, opened: 1000, by: 'kpu', lead: 'kpu', state: 'open', status: 'actual', cat: 'physical.crowd', sev: 'severe', tlp: 'amber',
  title: 'T', place: 'bitung.girian.tps1', veracity: 'unverified', clear: false, n: 1, seq: 1, agencies: [], owed: [], ...more,
});
const lies = (place: string | undefined, within: string) => place?.startsWith(within) ?? false;
const found = (t: Ticket, more = {}, at = 1000) =>
  similarTo({ cat: 'physical.crowd', place: 'bitung.girian', exercise: false, ...more }, [t], at, lies).length === 1;

test('the same category in the same district within half an hour', () => {
  expect(found(held())).toBe(true);
  expect(found(held(), {}, 1000 + SIMILAR_MS)).toBe(true);
  expect(found(held(), {}, 1001 + SIMILAR_MS)).toBe(false);
});

test.each<Partial<Ticket>>([{ state: 'resolved' }, { status: 'exercise' }, { cat: 'other.other' }, { place: 'bitung.maesa' }])('not when %j', (more) => {
  expect(found(held(more))).toBe(false);
});

test('without a place only what has none', () => {
  expect(found(held(), { place: '' })).toBe(false);
  const { place: _place, ...nowhere } = held();
  expect(found(nowhere, { place: '' })).toBe(true);
});
