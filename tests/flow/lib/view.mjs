// What a reader makes of the messages: the present state, the records, the cursor; and the doubts
// that a careful client has: order, count, signature, the key's place in the ledger.
import { parseJws, thumbprint, verifyJws, TYP } from './jose.mjs';

const STATES = [
  'agency',
  'member',
  'device',
  'place',
  'category',
  'policy',
  'rules',
  'source',
  'duty',
  'ticket',
];

const stateId = {
  agency: (v) => v.id,
  member: (v) => `${v.agency}/${v.id ?? v.member}`,
  device: (v) => v.kid,
  place: (v) => v.id ?? v.place,
  category: (v) => v.code ?? v.cat,
  policy: (v) => v.id ?? v.policy,
  rules: () => 'rules',
  source: (v) => `${v.agency}/${v.id ?? v.source}`,
  duty: (v) => `${v.agency}/${v.member}`,
  ticket: (v) => v.id,
};

export class View {
  constructor(hubKid) {
    this.hubKid = hubKid;
    this.cursor = undefined;
    this.records = new Map(); // seq -> message, in the order of arrival
    this.wrong = []; // what a client must never see
    this.resets = 0;
    this.gone = new Set();
    this.receipts = [];
    this.clear();
  }

  clear() {
    for (const name of STATES) this[name] = new Map();
  }

  /** A new session: `sent` counts from welcome, and the past is told before live. */
  begin() {
    this.count = 0;
    this.live = false;
  }

  accept(m) {
    if (m.op === 'record') this.acceptRecord(m);
    else if (m.op === 'state') this.acceptState(m);
    else if (m.op === 'mark') this.acceptMark(m);
    else if (m.op === 'live') this.live = true;
    else if (m.op === 'gone') this.acceptGone(m);
    else if (m.op === 'receipt') this.receipts.push(m);
    else if (m.op === 'reset') this.acceptReset(m);
  }

  acceptRecord(m) {
    if (m.of !== undefined) return;
    this.count++;
    const seen = this.records.get(m.seq);
    if (seen) {
      if (seen.jws !== m.jws || seen.at !== m.at)
        this.wrong.push(`seq ${m.seq} came again and differs`);
    } else {
      const last = this.last ?? 0;
      if (m.seq <= last) this.wrong.push(`seq ${m.seq} came after ${last}`);
      this.last = m.seq;
      this.records.set(m.seq, m);
    }
    if (!this.live && m.ticket) this.wrong.push(`a past record carries a ticket: ${m.seq}`);
    if (this.live) this.cursor = Math.max(this.cursor ?? 0, m.seq);
    if (m.ticket) this.keep('ticket', m.ticket, m.ticket.seq ?? m.seq);
  }

  acceptState(m) {
    const names = STATES.filter((name) => m[name] !== undefined);
    if (names.length !== 1)
      this.wrong.push(`a state has ${names.length} things: ${JSON.stringify(m)}`);
    if (!Number.isInteger(m.seq)) this.wrong.push(`a state without seq: ${JSON.stringify(m)}`);
    if (names.length === 1) this.keep(names[0], m[names[0]], m.seq);
  }

  /** Keep the one with the greater seq. */
  keep(name, value, seq) {
    const id = stateId[name](value);
    const old = this[name].get(id);
    if (!old || old.seq <= seq) this[name].set(id, { seq, value });
    if (name === 'ticket') this.gone.delete(id);
  }

  acceptMark(m) {
    if (m.sent !== this.count) this.wrong.push(`mark says ${m.sent} sent, ${this.count} came`);
    if (m.head < (this.cursor ?? 0))
      this.wrong.push(`mark's head ${m.head} is below ${this.cursor}`);
    this.cursor = m.head;
    this.mark = m;
  }

  acceptGone(m) {
    this.gone.add(m.ticket);
    this.ticket.delete(m.ticket);
  }

  acceptReset(m) {
    this.resets++;
    this.reset = { ...m, cursor: this.cursor };
    this.clear();
    this.cursor = undefined;
    this.records.clear();
    this.last = undefined;
  }

  ticketOf(id) {
    return this.ticket.get(id)?.value;
  }

  /** Checks every record: signature, key at that place, author. Throws at the first that is not so. */
  async verify(extra = []) {
    const records = [...this.records.values(), ...extra].sort((a, b) => a.seq - b.seq);
    const known = [...this.device.values()].map(({ value }) => value);
    return verifyRecords(records, this.hubKid, known);
  }
}

export const claimsOf = (m) => parseJws(m.jws).claims;

/** The keys and where in the ledger each holds: those known before, and from the records themselves. */
function keysOf(records, known) {
  const keys = new Map();
  for (const device of known) keys.set(device.kid, { ...device });
  for (const m of records) {
    const claims = claimsOf(m);
    const kid = claims.jwk && (claims.kid ?? thumbprint(claims.jwk));
    if (kid && !keys.has(kid))
      keys.set(kid, { jwk: claims.jwk, from: m.seq, agency: claims.agency ?? 'hub' });
    if (claims.kind === 'device.revoke' && keys.has(claims.kid))
      keys.get(claims.kid).until ??= m.seq;
  }
  return keys;
}

/** Each of these, in the ledger's order: signed, by a key that held at its place, of its author. */
export async function verifyRecords(records, hubKid, known = []) {
  const keys = keysOf(records, known);
  for (const m of records) {
    const { header, claims } = parseJws(m.jws);
    const key = keys.get(header.kid);
    if (!key) throw new Error(`seq ${m.seq}: key ${header.kid} is not known`);
    if (!(await verifyJws(m.jws, key.jwk))) throw new Error(`seq ${m.seq}: the signature is wrong`);
    if (m.seq < key.from || (key.until && m.seq > key.until))
      throw new Error(`seq ${m.seq}: key not valid there`);
    const author = header.typ === TYP.event || header.kid === hubKid ? 'hub' : key.agency;
    if (claims.iss !== author)
      throw new Error(`seq ${m.seq}: iss ${claims.iss}, the key is of ${author}`);
    if (header.typ === TYP.event && header.kid !== hubKid)
      throw new Error(`seq ${m.seq}: not the hub's key`);
  }
  return records.length;
}
