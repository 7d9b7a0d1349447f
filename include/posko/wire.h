/* The wire, version 1: names and limits of docs/protocol.md.  Public; no other header needed.
 * Lists are X-macros, so that parser, writer, text and the page's types come from one place. */
#ifndef POSKO_WIRE_H
#define POSKO_WIRE_H

#define POSKO_SUBPROTOCOL "posko.v1"
#define POSKO_TYP_RECORD "posko-record+jws"
#define POSKO_TYP_ADMIN "posko-admin+jws"
#define POSKO_TYP_EVENT "posko-event+jws"
#define POSKO_TYP_AUTH "posko-auth+jws"

/* Errors: C name, HTTP status, wire name, English text (the field is named beside it). */
#define POSKO_ERROR_LIST(X)                                                                        \
    X(BAD_FRAME, 400, "bad_frame", "the message is not one of the protocol's; see section 3")      \
    X(BAD_SHAPE, 400, "bad_shape", "this is not a JWS in compact serialization")                   \
    X(BAD_HEADER, 400, "bad_header", "the header must be exactly alg, typ and kid")                \
    X(BAD_JSON, 400, "bad_json", "the payload is not JSON within the protocol's limits")           \
    X(UNKNOWN_KEY, 401, "unknown_key", "no such key is enrolled here; enrol this device first")    \
    X(REVOKED_KEY, 401, "revoked_key", "this key is revoked; ask your admin for a new invitation") \
    X(BAD_SIGNATURE, 401, "bad_signature", "the signature does not match the key")                 \
    X(UNKNOWN_FIELD, 422, "unknown_field", "this kind has no such claim; use an x- name")          \
    X(BAD_CLAIM, 422, "bad_claim", "this claim is missing or not of its form")                     \
    X(NOT_ALLOWED, 403, "not_allowed", "your role may not do this here")                           \
    X(NOT_FOUND, 404, "not_found", "there is no such thing, or you may not know of it")            \
    X(ID_CONFLICT, 409, "id_conflict", "this jti stands for another record; make a new one")       \
    X(CONFLICT, 409, "conflict", "the ticket's state does not allow this")                         \
    X(CLOSED, 409, "closed", "the ticket is closed; reopen it first")                              \
    X(CLOCK_AHEAD, 422, "clock_ahead", "iat is over 120 s ahead of the hub; set your clock")       \
    X(TOO_OLD, 422, "too_old", "iat is over 72 h old; sign a new record")                          \
    X(TOO_BIG, 413, "too_big", "the message is over its limit; shorten the text")                  \
    X(TOO_MANY, 429, "too_many", "too many in a short time; wait and send again")                  \
    X(BUSY, 503, "busy", "the hub's line is full; nothing was stored, send again")                 \
    X(NOT_STORED, 503, "not_stored", "nothing was stored; the same string may be sent again")      \
    X(DRAINING, 503, "draining", "this hub is stopping; send to another, or again in a moment")

enum posko_limit {
    POSKO_CLIENT_BYTES_MAX = 65536,
    POSKO_HUB_BYTES_MAX = 98304,
    POSKO_JWS_BYTES_MAX = 48000,
    POSKO_HEADER_BYTES_MAX = 256, /* the decoded protected header */
    POSKO_DEPTH_MAX = 8,
    POSKO_MEMBERS_MAX = 64,
    POSKO_ITEMS_MAX = 256,
    POSKO_ID_CHARS_MAX = 64,
    POSKO_KID_CHARS = 43,
    POSKO_NONCE_CHARS = 43,
    POSKO_SECRET_CHARS = 26,
    POSKO_AGENCIES_MAX = 32, /* of a ticket */
    POSKO_OWED_MAX = 68,     /* obligations of a ticket */
    POSKO_TICKET_BYTES_MAX = 28672,
    POSKO_SHOWN_MAX = 64,
    POSKO_HISTORY_MAX = 1000,
    POSKO_REPLAY_SEQS_MAX = 10000,   /* further behind: reset */
    POSKO_REPLAY_BYTES_MAX = 65536,  /* ahead of a reader during replay */
    POSKO_QUEUE_BYTES_MAX = 1 << 20, /* for a live reader: then too_slow */
    POSKO_SOCKETS_PER_KEY_MAX = 4,
    POSKO_AUTH_MS = 5000,
    POSKO_MARK_MS = 5000,
    POSKO_PING_MS = 20000,
    POSKO_SILENT_MS = 45000,
    POSKO_AHEAD_MS = 120000,
    POSKO_OLD_MS = 72 * 3600 * 1000,
    POSKO_TOKEN_MS = 12 * 3600 * 1000,
    POSKO_RESEND_MS = 10000
};

enum posko_close {
    POSKO_CLOSE_DONE = 1000,
    POSKO_CLOSE_TOO_BIG = 1009,
    POSKO_CLOSE_RESTART = 1012, /* draining, changed */
    POSKO_CLOSE_TOO_SLOW = 1013,
    POSKO_CLOSE_BAD_FRAME = 4400,
    POSKO_CLOSE_NOT_AUTHENTICATED = 4401,
    POSKO_CLOSE_REVOKED = 4403,
    POSKO_CLOSE_AUTH_TIMEOUT = 4408,
    POSKO_CLOSE_REPLACED = 4409,
    POSKO_CLOSE_TOO_MANY = 4429
};

#endif
