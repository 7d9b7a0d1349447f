// Every kind, every debt, every code has its words in both languages, and every debt its button.
import { expect, test } from 'vitest';
import { MEETS, MOVES } from '../moves';
import * as wire from '../wire';
import { en } from './en';
import { id } from './id';

const GROUPS: Record<string, readonly string[]> = {
  kind: wire.KINDS, what: wire.WHATS, sev: wire.SEVS, tlp: wire.TLPS, veracity: wire.VERACITIES, disposition: wire.DISPOSITIONS,
  agency_kind: wire.AGENCY_KINDS, role: wire.ROLES, place_kind: wire.PLACE_KINDS, tier: wire.TIERS, revoke: wire.REVOKE_REASONS,
  ticket_state: wire.TICKET_STATES, answer: wire.ANSWER_STATES, error: wire.ERRORS, move: MOVES,
};
const SILENT = new Set(['inc', 'hash', 'jwk', 'invite']);

test.each(Object.entries(GROUPS))('%s: each has its words in both languages', (group, words) => {
  for (const one of words) {
    expect(id, `${group}.${one}`).toHaveProperty([`${group}.${one}`]);
    expect((en as Record<string, string>)[`${group}.${one}`], one).toBeTruthy();
  }
});

test('each claim of each kind has a name', () => {
  for (const kind of wire.KINDS)
    for (const claim of [...wire.KIND[kind].must, ...wire.KIND[kind].may])
      if (!SILENT.has(claim)) expect(id, claim).toHaveProperty([`claim.${claim}`]);
});

test('each debt has a move that is a kind of the wire', () => {
  for (const what of wire.WHATS) for (const move of MEETS[what]) expect(wire.KINDS).toContain(move);
});

test('both languages fill in the same blanks', () => {
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(id) as (keyof typeof id)[]) expect(blanks(en[key]), key).toEqual(blanks(id[key]));
});
