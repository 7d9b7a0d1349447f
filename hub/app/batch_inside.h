/* What a batch gathers; only for batch*.c.  batch.c decides, batch_sign.c signs what is the hub's,
 * batch_rows.c makes rows of it. */
#ifndef POSKO_APP_BATCH_INSIDE_H
#define POSKO_APP_BATCH_INSIDE_H

#include "app/batch.h"

struct known { /* a jti that is in the ledger, or in this turn */
    struct record_id jti;
    struct hash sha256;
    int64_t seq, at;
    bool own; /* of the hub's, in this turn: nobody else has its string, and it is not signed yet */
    UT_hash_handle hh;
};

struct touched_source {
    const struct source *source;
    UT_hash_handle hh;
};

struct touched_entry { /* a directory row to write; the last one wins */
    struct entry_row row;
    UT_hash_handle hh;
};

struct touched_ticket {
    struct ticket_id id;
    const struct owed_row *was; /* what it owed before the turn */
    size_t was_count;
    UT_hash_handle hh;
};

struct batch {
    struct arena arena;
    struct state *st;
    const struct hub_identity *hub;
    struct news *news;
    struct head head;
    int64_t locked_seq; /* the head's, under the lock */
    int64_t at;
    struct ledger_row *ledger;
    size_t ledger_count, ledger_room;
    struct unsigned_row *unsigned_rows; /* newest first */
    struct known *known;
    struct touched_ticket *tickets;
    struct touched_entry *entries;
    struct touched_source *sources;
    bool repeats, receipts;
    size_t clocks;
    int64_t lateness;
    bool built;
    struct turn_rows rows;
};

/* batch_sign.c: the row's string is signed and hashed by whoever has time, until batch_sign_end
 * puts them into the ledger's rows. */
void batch_sign(struct batch *b, size_t row, enum typ typ, struct str payload);
void batch_sign_end(struct batch *b);

/* batch_rows.c: what a ticket owes now. */
const struct owed_row *batch_owed(struct batch *b, const struct ticket *t);

#endif
