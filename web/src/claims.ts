// Forms over records: which field each claim has, and the check before signing. The claims of a
// kind come from wire.ts, so a kind without a form cannot be.
import { AGENCY_KINDS, DISPOSITIONS, KIND, PLACE_KINDS, REVOKE_REASONS, ROLES, SEVS, TIERS, TLPS, VERACITIES, type Kind } from './wire';
import { readRows } from './policytext';

export type FieldType =
  | { as: 'id' } | { as: 'line'; max: number } | { as: 'area'; max: number } | { as: 'bool' } | { as: 'lines' } | { as: 'ids' }
  | { as: 'word'; group: string; words: readonly string[] } | { as: 'words'; group: string; words: readonly string[] }
  | { as: 'agency' } | { as: 'agencies' } | { as: 'category' } | { as: 'categories' } | { as: 'place' } | { as: 'ticket' }
  | { as: 'minutes'; presets: readonly number[]; max: number } | { as: 'hours'; max: number } | { as: 'int'; min: number; max: number }
  | { as: 'degrees'; max: number } | { as: 'key' } | { as: 'rows' } | { as: 'rules' } | { as: 'fixed' };

const word = (group: string, words: readonly string[]): FieldType => ({ as: 'word', group, words });

const FIELDS: Record<string, FieldType> = {
  cat: { as: 'category' }, cats: { as: 'categories' }, title: { as: 'line', max: 120 }, to: { as: 'agencies' },
  sev: word('sev', [...SEVS].reverse()), body: { as: 'area', max: 4000 }, tlp: word('tlp', TLPS), place: { as: 'place' },
  lat: { as: 'degrees', max: 90 }, lon: { as: 'degrees', max: 180 }, ask: { as: 'ids' },
  eta: { as: 'minutes', presets: [5, 15, 30], max: 1440 }, next: { as: 'minutes', presets: [15, 30, 60], max: 1440 },
  note: { as: 'area', max: 1000 }, reason: { as: 'line', max: 1000 }, veracity: word('veracity', VERACITIES),
  agency: { as: 'agency' }, into: { as: 'ticket' }, disposition: word('disposition', DISPOSITIONS),
  until: { as: 'hours', max: 24 }, name: { as: 'line', max: 120 }, agency_kind: word('agency_kind', AGENCY_KINDS),
  superior: { as: 'agency' }, phones: { as: 'lines' }, active: { as: 'bool' }, id: { as: 'line', max: 120 }, en: { as: 'line', max: 120 },
  kinds: { as: 'words', group: 'agency_kind', words: AGENCY_KINDS }, maps: { as: 'line', max: 120 },
  place_kind: word('place_kind', PLACE_KINDS), in: { as: 'place' }, tier: word('tier', TIERS),
  policy: { as: 'id' }, rows: { as: 'rows' }, rules: { as: 'rules' }, member: { as: 'id' },
  roles: { as: 'words', group: 'role', words: ROLES }, source: { as: 'id' }, jwk: { as: 'key' },
  every: { as: 'int', min: 10, max: 86_400 }, kid: { as: 'fixed' }, hash: { as: 'fixed' },
};

/** Where a claim's name means another thing in one kind. */
const EXCEPT: Record<string, FieldType> = {
  'agency.put agency': { as: 'id' }, 'category.put cat': { as: 'id' }, 'place.put place': { as: 'id' },
  'device.revoke reason': word('revoke', REVOKE_REASONS), 'device.invite until': { as: 'hours', max: 168 },
};

export interface Field { name: string; type: FieldType; must: boolean }
export type Values = Record<string, unknown>;

export const fieldOf = (kind: Kind, name: string): FieldType | undefined => EXCEPT[`${kind} ${name}`] ?? FIELDS[name];

/** The fields of a kind in the order of the wire, without the ticket it is about. */
export function fieldsOf(kind: Kind): Field[] {
  const make = (must: boolean) => (name: string): Field[] => {
    const type = name === 'inc' ? undefined : fieldOf(kind, name);
    return type ? [{ name, type, must }] : [];
  };
  return [...KIND[kind].must.flatMap(make(true)), ...KIND[kind].may.flatMap(make(false))];
}

export type Fault = 'missing' | 'long' | 'not_id' | 'range' | 'not_key' | 'rows' | 'control';

const ID = /^[a-z0-9][a-z0-9._:-]{0,63}$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const count = (text: string): number => [...text].length;
const isEmpty = (value: unknown): boolean => value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

function textFault(text: string, max: number): Fault | null {
  return count(text) > max ? 'long' : CONTROL.test(text) ? 'control' : null;
}

const between = (value: unknown, min: number, max: number): Fault | null =>
  typeof value === 'number' && value >= min && value <= max ? null : 'range';

function faultOf(type: FieldType, value: unknown): Fault | null {
  switch (type.as) {
    case 'id':
      return ID.test(String(value)) ? null : 'not_id';
    case 'ids':
      return (value as string[]).every((one) => ID.test(one)) ? null : 'not_id';
    case 'line':
    case 'area':
      return textFault(String(value), type.max);
    case 'lines':
      return (value as string[]).length > 8 ? 'long' : (value as string[]).map((one) => textFault(one, 32)).find(Boolean) ?? null;
    case 'minutes':
      return between(value, 1, type.max);
    case 'hours':
      return between(value, 0.1, type.max);
    case 'int':
      return between(value, type.min, type.max);
    case 'degrees':
      return between(value, -type.max, type.max);
    case 'key':
      return /^[A-Za-z0-9_-]{43}$/.test(String(value)) ? null : 'not_key';
    case 'rows':
      return readRows(String(value)) ? null : 'rows';
    default:
      return null;
  }
}

/** What stands wrong, by field: the check before signing. */
export function faultsOf(fields: readonly Field[], values: Values): Record<string, Fault> {
  const faults: Record<string, Fault> = {};
  for (const { name, type, must } of fields) {
    const value = values[name];
    const fault = isEmpty(value) ? (must && type.as !== 'words' && type.as !== 'rules' ? 'missing' : null) : faultOf(type, value);
    if (fault) faults[name] = fault;
  }
  return faults;
}

/** What goes on the wire; times are counted from the hub's now. */
function claimOf(type: FieldType, value: unknown, now: number): unknown {
  switch (type.as) {
    case 'minutes':
      return Math.floor(now + Number(value) * 60_000);
    case 'hours':
      return Math.floor(now + Number(value) * 3_600_000);
    case 'degrees':
      return Math.round(Number(value) * 1e7);
    case 'key':
      return { kty: 'OKP', crv: 'Ed25519', x: value };
    case 'rows':
      return readRows(String(value));
    case 'line':
    case 'area':
      return String(value).trim();
    default:
      return value;
  }
}

export function claimsOf(fields: readonly Field[], values: Values, now: number): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const { name, type, must } of fields) {
    const value = values[name];
    if (!isEmpty(value)) claims[name] = claimOf(type, value, now);
    else if (must && (type.as === 'words' || type.as === 'rules')) claims[name] = [];
  }
  return claims;
}
