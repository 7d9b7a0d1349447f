/* The ledger's last rows as they were told, in memory: a reader who comes back shortly after, or
 * whose replay from the database has taken a moment, gets them from here and is live at once. */
#ifndef POSKO_APP_RECENT_H
#define POSKO_APP_RECENT_H

#include "store/turn.h"

enum { RECENT_ROW_BYTES = 1024 }; /* on average at most: long rows push out more than one */

struct recent {
    struct ledger_row **rows; /* row `seq` at seq % size */
    int64_t size;
    int64_t first, last; /* seqs; first > last: none */
    int64_t bytes;
};

void recent_init(struct recent *r, int64_t size); /* 1.. */
void recent_deinit(struct recent *r);
void recent_clear(struct recent *r);
/* Keeps a copy; one that does not follow on the last begins anew. */
void recent_push(struct recent *r, const struct ledger_row *row);
/* The row after `seq`, with kind, ticket, admins, seq, at and jws; NULL: it is not here.  Until the
 * next push. */
const struct ledger_row *recent_after(const struct recent *r, int64_t seq);

#endif
