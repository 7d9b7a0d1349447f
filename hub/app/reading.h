/* Ledger rows on their way to one reader: fetched in small pieces, kept until memory is the truth
 * and the reader has room. */
#ifndef POSKO_APP_READING_H
#define POSKO_APP_READING_H

#include "store/tail.h"

enum { READING_ROWS_MAX = 64 };

struct reading_row {
    int64_t seq, at;
    struct ticket_id ticket;
    struct str admins;
    struct str jws;
    bool merges; /* an incident.merge: about the ticket that it names, too */
};
struct reading_ticket { /* a closed or merged ticket's row, or one that was asked for */
    struct ticket_id id;
    int64_t seq, rev;
    struct str doc;
    struct owed_row *owed;
    size_t owed_count;
};
struct reading {
    struct reading_link *link; /* a fetch under way; NULL: none */
    bool filled;               /* rows below are an answer; at == count: all were used */
    bool failed;
    struct arena arena;
    struct reading_row *rows;
    size_t count, at;
    struct reading_ticket *tickets;
    size_t ticket_count;
};

bool reading_merges(const struct ledger_row *row); /* see struct reading_row */

void reading_init(struct reading *r);
void reading_drop(struct reading *r); /* a fetch under way answers to nobody */

/* Fetches; tickets with some of those that they were merged into.  `done(arg)` when it is there
 * (filled or failed).  One at a time. */
void reading_rows(struct reading *r, struct tail *tail, int64_t after, int64_t upto,
                  const struct ticket_id *ticket, void (*done)(void *arg), void *arg);
void reading_tickets(struct reading *r, struct tail *tail, const struct ticket_id *ids,
                     size_t count, void (*done)(void *arg), void *arg);
bool reading_is_busy(const struct reading *r);

/* The ticket from the answer, read against `st`; NULL when it is not in it, or is of a turn above
 * `rev` (then *newer: ask again when memory is there).  Lives in the reading's arena. */
const struct ticket *reading_ticket(struct reading *r, const struct state *st, int64_t rev,
                                    struct ticket_id id, bool *newer);
bool reading_has(const struct reading *r, struct ticket_id id); /* readable or not */

#endif
