/* What a commit made tellable: ledger rows in order, and what changed with them.  Slices and
 * pointers live until the teller returns. */
#ifndef POSKO_APP_NEWS_H
#define POSKO_APP_NEWS_H

#include "store/turn.h"

#include <uthash.h>

struct changed_ticket {
    bool recorded; /* a record of it is among the ledger rows; tell.c finds out */
    struct ticket_id id;
    const struct ticket *before; /* as it was when last told; NULL: not in memory then */
    UT_hash_handle hh;
};
struct changed_entry {
    enum entry_kind kind;
    struct str id;  /* its row's id */
    unsigned roles; /* ENTRY_MEMBER: as they were; others 0 */
    bool active;    /* ENTRY_MEMBER, ENTRY_AGENCY, ENTRY_SOURCE: as it was */
    bool was;       /* it existed */
    int64_t seq;
    struct str doc; /* what `state` shows now; empty for an invite */
    UT_hash_handle hh;
};

/* Gathers changes over a turn (and over looks that could not be told yet). */
struct news {
    struct arena arena;
    struct changed_ticket *tickets; /* uthash by id, in order of first change */
    struct changed_entry *entries;  /* uthash by kind and id */
    const struct ledger_row *ledger;
    size_t ledger_count;
    int64_t head; /* all up to here is told after this */
};

void news_init(struct news *n);
void news_clear(struct news *n); /* forgets all; may be used again */
void news_deinit(struct news *n);

/* Call before `e` is applied to `st`. */
void news_note(struct news *n, const struct state *st, const struct entry *e);

#endif
