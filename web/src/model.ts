// What the hub tells, as types: the `state` shapes and messages of docs/protocol.md.
import type {
  AgencyKind, AnswerState, ErrorCode, Kind, PlaceKind, Role, Sev, StateName, TicketState, Tier, Tlp, Veracity, What,
} from './wire';

export interface Receipt { at: number; member: string }
export interface Answer { id: string; state: AnswerState; eta?: number; got?: Receipt; shown?: Receipt }
export interface Owed { agency: string; what: What; about: string; since: number; due: number; next: number; step: number }

export interface Ticket {
  id: string; no: number; opened: number; by: string; author?: string; lead: string; offered?: string;
  state: TicketState; into?: string; status: 'actual' | 'exercise'; cat: string; sev: Sev; tlp: Tlp; title: string;
  place?: string; lat?: number; lon?: number; veracity: Veracity; count?: number; last?: number; clear: boolean;
  n: number; seq: number; agencies: Answer[]; owed: Owed[];
}

export interface Agency { id: string; name: string; kind: AgencyKind; host: boolean; superior?: string; phones: string[]; active: boolean }
export interface Member { id: string; agency: string; name: string; roles: Role[]; phones: string[]; active: boolean }
export interface Jwk { kty: 'OKP'; crv: 'Ed25519'; x: string }
export interface Device { kid: string; jwk: Jwk; agency: string; member: string; from: number; until?: number }
export interface Place { place: string; name: string; kind: PlaceKind; in?: string; tier?: Tier; lat?: number; lon?: number; active: boolean }
export interface Category { cat: string; id: string; en: string; sev: Sev; kinds: AgencyKind[]; ask: string[]; maps?: string; active: boolean }
export interface Step { after: number; tell: string[] }
export interface PolicyRow { what: What; sev: Sev; within: number; open: string[]; steps: Step[]; repeat: number }
export interface Policy { policy: string; rows: PolicyRow[] }
export interface Rule { to: string[]; cat?: string; sev?: Sev; place?: string; source?: string; policy?: string }
export interface Source { agency: string; source: string; name: string; kid?: string; every?: number; cats: string[]; place?: string; last?: number; active: boolean }
export interface Duty { agency: string; member: string; since: number; until: number }

/** The thing that each `state` message carries. */
export interface States {
  agency: Agency; member: Member; source: Source; device: Device; place: Place; category: Category;
  policy: Policy; rules: Rule[]; duty: Duty; ticket: Ticket;
}
const _every: Record<StateName, unknown> = {} as States; // the list of wire.ts and this one are the same
void _every;

export interface Claims {
  v: 1; aud: string; iss: string; act: string; kind: Kind; jti: string; iat: number;
  inc?: string; status?: 'actual' | 'exercise';
  [claim: string]: unknown;
}

export interface RecordMessage { op: 'record'; seq: number; at: number; jws: string; ticket?: Ticket; of?: string; ref?: number }
export type StateMessage = { op: 'state'; seq: number } & Partial<States>;
export interface Refused { op: 'refused'; id: string | null; code: ErrorCode; text: string; field?: string; retry_ms?: number; ref?: number }
export interface Posted { op: 'posted'; id: string; seq: number; at: number; ref?: number }
export interface Mark { op: 'mark'; head: number; sent: number; at: number; overdue: number; copies: number; clock?: string }
export interface Welcome { op: 'welcome'; agency: string; member: string; roles: Role[]; head: number; at: number; token: string }

export type HubMessage =
  | { op: 'hello'; aud: string; nonce: string; at: number; version: string }
  | Welcome
  | RecordMessage
  | StateMessage
  | { op: 'reset'; head: number; why: 'fresh' | 'behind' | 'ahead' }
  | { op: 'live'; head: number }
  | Mark
  | { op: 'gone'; ticket: string }
  | { op: 'receipt'; ticket: string; seq: number; agency: string; member: string; how: 'got' | 'shown'; at: number }
  | { op: 'end'; of: string; more: boolean; ref?: number }
  | Posted
  | Refused
  | { op: 'enrolled'; agency: string; member: string; kid: string; aud: string; hub: string }
  | { op: 'bye'; code: string; retry_ms?: number };

/** Who this device is, and what it pinned when it was enrolled. */
export interface Identity { agency: string; member: string; kid: string; x: string; aud: string; hub: string; host: string }
