// Written by web/wire.mjs from the hub's lists; do not edit.

export const SUBPROTOCOL = 'posko.v1';

export const TYP = {
  record: 'posko-record+jws',
  admin: 'posko-admin+jws',
  event: 'posko-event+jws',
  auth: 'posko-auth+jws',
} as const;

export const ERRORS = ['bad_frame', 'bad_shape', 'bad_header', 'bad_json', 'unknown_key', 'revoked_key', 'bad_signature', 'unknown_field', 'bad_claim', 'not_allowed', 'not_found', 'id_conflict', 'conflict', 'closed', 'clock_ahead', 'too_old', 'too_big', 'too_many', 'busy', 'not_stored', 'draining'] as const;
export type ErrorCode = (typeof ERRORS)[number];

export const LIMIT = {
  CLIENT_BYTES_MAX: 65536,
  HUB_BYTES_MAX: 98304,
  JWS_BYTES_MAX: 48000,
  HEADER_BYTES_MAX: 256,
  DEPTH_MAX: 8,
  MEMBERS_MAX: 64,
  ITEMS_MAX: 256,
  ID_CHARS_MAX: 64,
  KID_CHARS: 43,
  NONCE_CHARS: 43,
  SECRET_CHARS: 26,
  AGENCIES_MAX: 32,
  OWED_MAX: 68,
  TICKET_BYTES_MAX: 28672,
  SHOWN_MAX: 64,
  HISTORY_MAX: 1000,
  REPLAY_SEQS_MAX: 10000,
  REPLAY_BYTES_MAX: 65536,
  QUEUE_BYTES_MAX: 1 << 20,
  SOCKETS_PER_KEY_MAX: 4,
  AUTH_MS: 5000,
  MARK_MS: 5000,
  PING_MS: 20000,
  SILENT_MS: 45000,
  AHEAD_MS: 120000,
  OLD_MS: 72 * 3600 * 1000,
  TOKEN_MS: 12 * 3600 * 1000,
  RESEND_MS: 10000,
} as const;

export const CLOSE = {
  DONE: 1000,
  TOO_BIG: 1009,
  RESTART: 1012,
  TOO_SLOW: 1013,
  BAD_FRAME: 4400,
  NOT_AUTHENTICATED: 4401,
  REVOKED: 4403,
  AUTH_TIMEOUT: 4408,
  REPLACED: 4409,
  TOO_MANY: 4429,
} as const;

export const SEVS = ['minor', 'moderate', 'severe', 'extreme'] as const;
export type Sev = (typeof SEVS)[number];

export const TLPS = ['clear', 'green', 'amber', 'amber+strict'] as const;
export type Tlp = (typeof TLPS)[number];

export const VERACITIES = ['unverified', 'corroborated', 'confirmed', 'refuted'] as const;
export type Veracity = (typeof VERACITIES)[number];

export const DISPOSITIONS = ['handled', 'false_alarm', 'duplicate', 'referred', 'not_election', 'no_access', 'exercise_end'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export const WHATS = ['ack', 'accept', 'arrive', 'update', 'take', 'reassign', 'resolve', 'close'] as const;
export type What = (typeof WHATS)[number];

export const AGENCY_KINDS = ['election', 'police', 'government', 'oversight', 'military', 'relief', 'csirt'] as const;
export type AgencyKind = (typeof AGENCY_KINDS)[number];

export const ROLES = ['reporter', 'duty', 'chief', 'coordinator', 'admin', 'auditor', 'controller'] as const;
export type Role = (typeof ROLES)[number];

export const PLACE_KINDS = ['kota', 'kecamatan', 'kelurahan', 'tps', 'site'] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

export const TIERS = ['aman', 'rawan', 'sangat-rawan'] as const;
export type Tier = (typeof TIERS)[number];

export const REVOKE_REASONS = ['lost', 'compromised', 'retired'] as const;
export type RevokeReason = (typeof REVOKE_REASONS)[number];

export const TICKET_STATES = ['open', 'resolved', 'closed', 'merged'] as const;
export type TicketState = (typeof TICKET_STATES)[number];

export const ANSWER_STATES = ['offered', 'acked', 'accepted', 'enroute', 'onscene', 'done', 'declined'] as const;
export type AnswerState = (typeof ANSWER_STATES)[number];

export const STATES = ['agency', 'member', 'source', 'device', 'place', 'category', 'policy', 'rules', 'duty', 'ticket'] as const;
export type StateName = (typeof STATES)[number];

export const KINDS = ['incident.report', 'alert.raise', 'alert.clear', 'response.ack', 'response.accept', 'response.enroute', 'response.onscene', 'response.done', 'response.decline', 'incident.note', 'incident.change', 'incident.share', 'incident.offer', 'incident.take', 'incident.merge', 'incident.escalate', 'incident.resolve', 'incident.close', 'incident.reopen', 'duty.start', 'duty.end', 'agency.put', 'category.put', 'place.put', 'policy.put', 'rule.put', 'member.put', 'source.put', 'device.invite', 'device.revoke', 'hub.key', 'device.enrol', 'clock.lapse', 'source.silent'] as const;
export type Kind = (typeof KINDS)[number];

/** Which typ signs a kind, and its claims besides those of every record. */

export const KIND: Record<Kind, { typ: string; must: readonly string[]; may: readonly string[] }> = {
  'incident.report': { typ: TYP.record, must: ['cat', 'title', 'to'], may: ['sev', 'body', 'tlp', 'place', 'lat', 'lon', 'ask'] },
  'alert.raise': { typ: TYP.record, must: ['cat', 'title', 'key'], may: ['sev', 'body', 'place', 'count'] },
  'alert.clear': { typ: TYP.record, must: ['key'], may: [] },
  'response.ack': { typ: TYP.record, must: ['inc'], may: [] },
  'response.accept': { typ: TYP.record, must: ['inc'], may: ['eta'] },
  'response.enroute': { typ: TYP.record, must: ['inc'], may: ['note', 'eta'] },
  'response.onscene': { typ: TYP.record, must: ['inc'], may: ['note'] },
  'response.done': { typ: TYP.record, must: ['inc'], may: ['note'] },
  'response.decline': { typ: TYP.record, must: ['inc', 'reason'], may: [] },
  'incident.note': { typ: TYP.record, must: ['inc', 'body'], may: ['next'] },
  'incident.change': { typ: TYP.record, must: ['inc'], may: ['cat', 'sev', 'title', 'place', 'lat', 'lon', 'tlp', 'veracity'] },
  'incident.share': { typ: TYP.record, must: ['inc', 'to'], may: ['reason'] },
  'incident.offer': { typ: TYP.record, must: ['inc', 'agency'], may: ['reason'] },
  'incident.take': { typ: TYP.record, must: ['inc'], may: [] },
  'incident.merge': { typ: TYP.record, must: ['inc', 'into'], may: ['reason'] },
  'incident.escalate': { typ: TYP.record, must: ['inc', 'agency', 'what', 'reason'], may: ['about'] },
  'incident.resolve': { typ: TYP.record, must: ['inc', 'note'], may: [] },
  'incident.close': { typ: TYP.record, must: ['inc', 'disposition'], may: ['note'] },
  'incident.reopen': { typ: TYP.record, must: ['inc', 'reason'], may: [] },
  'duty.start': { typ: TYP.record, must: ['until'], may: [] },
  'duty.end': { typ: TYP.record, must: [], may: [] },
  'agency.put': { typ: TYP.admin, must: ['agency', 'name', 'agency_kind'], may: ['superior', 'phones', 'active'] },
  'category.put': { typ: TYP.admin, must: ['cat', 'id', 'en', 'sev', 'kinds'], may: ['ask', 'maps', 'active'] },
  'place.put': { typ: TYP.admin, must: ['place', 'name', 'place_kind'], may: ['in', 'tier', 'lat', 'lon', 'active'] },
  'policy.put': { typ: TYP.admin, must: ['policy', 'rows'], may: [] },
  'rule.put': { typ: TYP.admin, must: ['rules'], may: [] },
  'member.put': { typ: TYP.admin, must: ['agency', 'member', 'name', 'roles'], may: ['phones', 'active'] },
  'source.put': { typ: TYP.admin, must: ['agency', 'source', 'name'], may: ['jwk', 'every', 'cats', 'place', 'active'] },
  'device.invite': { typ: TYP.admin, must: ['agency', 'member', 'hash', 'until'], may: [] },
  'device.revoke': { typ: TYP.admin, must: ['kid', 'reason'], may: [] },
  'hub.key': { typ: TYP.event, must: ['kid', 'jwk', 'host'], may: [] },
  'device.enrol': { typ: TYP.event, must: ['kid', 'jwk', 'agency', 'member', 'invite'], may: [] },
  'clock.lapse': { typ: TYP.event, must: ['inc', 'agency', 'what', 'since', 'step', 'due', 'late_ms', 'told', 'why'], may: ['about'] },
  'source.silent': { typ: TYP.event, must: ['agency', 'source', 'since'], may: [] },
};

