/* Rows that a turn wrote (this hub's at start, other hubs' since) into memory. */
#ifndef POSKO_APP_LEARN_H
#define POSKO_APP_LEARN_H

#include "app/news.h"
#include "work/pool.h"

/* Applies rows->entries, ->beats, ->tickets to `st`, noting what changes in `news` (NULL: start).
 * rev: what memory held so far; a ticket's row of that turn or before was only asked for.
 * On the loop, which waits until all is read: many tickets with the pool's help (NULL: without).
 * ERR_SYSTEM: a row that this hub cannot read; the fault names it. */
MUST_CHECK enum err learn_rows(struct state *st, struct pool *pool, const struct rows *rows,
                               int64_t rev, struct news *news, struct fault *fault);

#endif
