// Writes src/wire.ts from the hub's own lists, so that names and limits cannot drift apart.
// `node wire.mjs` writes; `node wire.mjs --check` fails when the file differs.
import { readFileSync, writeFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const out = new URL('src/wire.ts', import.meta.url);
const wire = read('../include/posko/wire.h');
const records = read('../hub/core/record.h');
const words = read('../hub/core/words.c');
const forms = read('../hub/ledger/codec_table.c');

const all = (text, pattern) => [...text.matchAll(pattern)].map((m) => m.slice(1));
const defines = Object.fromEntries(all(wire, /#define (POSKO_\w+) "([^"]+)"/g));
const errors = all(wire, /X\((\w+), (\d+), "([^"]+)",\s*"([^"]+)"\)/g);
const kinds = all(records, /X\((\w+), "([a-z.]+)", TYP_(\w+)\)/g);

const enumOf = (name) => wire.match(new RegExp(`enum ${name} \\{([^}]*)\\}`))[1];
const numbers = (name, prefix) =>
  all(enumOf(name), new RegExp(`${prefix}(\\w+) = ([^,/\\n]+)`, 'g')).map(([key, value]) => [key, value.trim()]);

function list(name) {
  const text = words.match(new RegExp(`WORDS\\(${name}, \\w+,([^)]*)\\)`))[1];
  return all(text, /"([^"]+)"/g).map(([word]) => word);
}

/** The claims of a kind besides those of every record: [must, may]. */
function claims(name) {
  const at = forms.match(new RegExp(`\\[KIND_${name}\\] = \\{([^}]*)\\}`))[1];
  let depth = 0;
  const cut = [...at].findIndex((c) => (depth += c === '(' ? 1 : c === ')' ? -1 : 0) === 0 && c === ',');
  const names = (text) => all(text.replace(/POINT/g, 'B(LAT) | B(LON)'), /B\((\w+)\)/g).map(([n]) => n.toLowerCase());
  return [names(at.slice(0, cut)), names(at.slice(cut))];
}

const quote = (text) => `'${text.replace(/'/g, "\\'")}'`;
const array = (items) => `[${items.map(quote).join(', ')}]`;
const typed = (name, type, items) =>
  `export const ${name} = ${array(items)} as const;\nexport type ${type} = (typeof ${name})[number];`;
const object = (rows) => `{\n${rows.map(([k, v]) => `  ${k}: ${v},`).join('\n')}\n} as const`;

const lists = [
  ['SEVS', 'Sev', 'SEV'],
  ['TLPS', 'Tlp', 'TLP'],
  ['VERACITIES', 'Veracity', 'VERACITY'],
  ['DISPOSITIONS', 'Disposition', 'DISPOSITION'],
  ['WHATS', 'What', 'WHAT'],
  ['AGENCY_KINDS', 'AgencyKind', 'AGENCY_KIND'],
  ['ROLES', 'Role', 'ROLE'],
  ['PLACE_KINDS', 'PlaceKind', 'PLACE_KIND'],
  ['TIERS', 'Tier', 'TIER'],
  ['REVOKE_REASONS', 'RevokeReason', 'REASON'],
  ['TICKET_STATES', 'TicketState', 'TICKET_STATE'],
];

const text = [
  '// Written by web/wire.mjs from the hub\'s lists; do not edit.',
  `export const SUBPROTOCOL = ${quote(defines.POSKO_SUBPROTOCOL)};`,
  `export const TYP = ${object(['RECORD', 'ADMIN', 'EVENT', 'AUTH'].map((n) => [n.toLowerCase(), quote(defines[`POSKO_TYP_${n}`])]))};`,
  typed('ERRORS', 'ErrorCode', errors.map(([, , name]) => name)),
  `export const LIMIT = ${object(numbers('posko_limit', 'POSKO_'))};`,
  `export const CLOSE = ${object(numbers('posko_close', 'POSKO_CLOSE_'))};`,
  ...lists.map(([name, type, from]) => typed(name, type, list(from))),
  typed('ANSWER_STATES', 'AnswerState', list('ANSWER_STATE').filter((word) => word !== 'none')),
  typed('STATES', 'StateName', list('ENTRY').filter((word) => word !== 'invite')),
  typed('KINDS', 'Kind', kinds.map(([, name]) => name)),
  `/** Which typ signs a kind, and its claims besides those of every record. */`,
  `export const KIND: Record<Kind, { typ: string; must: readonly string[]; may: readonly string[] }> = {\n${kinds
    .map(([name, kind, typ]) => {
      const [must, may] = claims(name);
      return `  ${quote(kind)}: { typ: TYP.${typ.toLowerCase()}, must: ${array(must)}, may: ${array(may)} },`;
    })
    .join('\n')}\n};`,
  '',
].join('\n\n');

if (process.argv[2] !== '--check') {
  writeFileSync(out, text);
} else if (readFileSync(out, 'utf8') !== text) {
  console.error('web/src/wire.ts differs from the hub\'s lists; run `node web/wire.mjs`');
  process.exit(1);
}
