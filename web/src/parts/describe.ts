// A record's claims in words, for the timeline and for the check before signing.
import { dateText, t, word } from '../i18n';
import { agencyName, categoryName, memberName, placePath, refOf } from '../names';
import { fieldOf } from '../claims';
import { store } from '../hub';
import { KIND, type Kind } from '../wire';
import { writeRows } from '../policytext';
import type { PolicyRow, Rule } from '../model';

export interface Fact { name: string; text: string }

const SILENT = new Set(['inc', 'hash', 'jwk', 'invite']);
const TIMES = new Set(['eta', 'next', 'until', 'due', 'evt']);
const AGENCIES = new Set(['agency', 'superior', 'about', 'host']);

const pairName = (pair: string): string => {
  const [agency = '', member = ''] = pair.split('/');
  return `${memberName(agency, member)} (${agencyName(agency)})`;
};

const ruleText = (rule: Rule): string => {
  const when = Object.entries(rule).filter(([name]) => name !== 'to').map(([name, value]) => `${word('claim', name)}: ${String(value)}`);
  return `${when.join(', ') || t('any')} → ${rule.to.map(agencyName).join(', ') || '–'}`;
};

function textOf(kind: Kind, name: string, value: unknown): string {
  if (TIMES.has(name) && typeof value === 'number') return dateText(value);
  if (AGENCIES.has(name) && kind !== 'agency.put') return agencyName(String(value));
  if (name === 'to') return (value as string[]).map(agencyName).join(', ');
  if (name === 'told') return (value as string[]).map(pairName).join(', ') || t('told.nobody');
  if (name === 'why') return (value as string[]).join('; ');
  if (name === 'cat') return categoryName(String(value));
  if (name === 'place' || name === 'in') return placePath(String(value));
  if (name === 'what') return t(`what.${value as 'ack'}`);
  if (name === 'late_ms') return `${(Number(value) / 1000).toFixed(1)} s`;
  if (name === 'lat' || name === 'lon') return (Number(value) / 1e7).toFixed(5);
  if (name === 'rows') return writeRows(value as PolicyRow[]);
  if (name === 'rules') return (value as Rule[]).map(ruleText).join('\n');
  if (name === 'into') return ticketText(String(value));
  const type = fieldOf(kind, name);
  if (type?.as === 'word') return word(type.group, String(value));
  if (type?.as === 'words') return (value as string[]).map((one) => word(type.group, one)).join(', ');
  if (type?.as === 'bool') return word('bool', String(value));
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function ticketText(id: string): string {
  const ticket = store.tables.ticket.get(id);
  return ticket ? `#${refOf(ticket)} ${ticket.title}` : id;
}

/** In the order of the wire, what is said and not empty. */
export function factsOf(kind: Kind, claims: Record<string, unknown>): Fact[] {
  const shape = KIND[kind];
  if (!shape) return [];
  return [...shape.must, ...shape.may, 'evt']
    .filter((name) => !SILENT.has(name) && claims[name] !== undefined && claims[name] !== '')
    .map((name) => ({ name: word('claim', name), text: textOf(kind, name, claims[name]) }))
    .filter((fact) => fact.text !== '');
}
