/* 128-bit ids.  Distinct things have distinct types: a ticket where a record is due does not
 * compile.  Text form 8-4-4-4-12, lower case, version 7 or 4 (RFC 9562). */
#ifndef POSKO_BASE_ID_H
#define POSKO_BASE_ID_H

#include "base/str.h"

enum { ID_BYTES = 16, ID_CHARS = 36 };

struct record_id {
    uint8_t at[ID_BYTES];
};
struct ticket_id {
    uint8_t at[ID_BYTES]; /* the jti of the record that opened it */
};

struct id_text {
    char at[ID_CHARS + 1];
};

MUST_CHECK bool id_parse(struct str text, uint8_t out[static ID_BYTES]);
struct id_text id_text(const uint8_t id[static ID_BYTES]);

/* Version 7: 48 bits of time (ms), then 74 bits of `rest` (its first 74 bits, in order). */
void id_make(int64_t ms, const uint8_t rest[static 10], uint8_t out[static ID_BYTES]);

bool ticket_id_eq(struct ticket_id a, struct ticket_id b);
bool ticket_id_is_none(struct ticket_id a); /* all zero */
bool record_id_eq(struct record_id a, struct record_id b);

#endif
