/* All that the database holds, in one snapshot, for who examines it: every ledger row, and every
 * row of the tables that are computed from the ledger.  Synchronous, a page at a time: memory does
 * not grow with the ledger.  Not for a hub: it waits for the server.  Reads only. */
#ifndef POSKO_STORE_ARCHIVE_H
#define POSKO_STORE_ARCHIVE_H

#include "store/turn.h"

struct archive;

/* Connects and takes the snapshot.  ERR_SYSTEM: no connection, or no ledger there. */
MUST_CHECK enum err archive_open(const char *conninfo, struct fault *fault, struct archive **out);
void archive_close(struct archive *a); /* NULL allowed */
const struct head *archive_head(const struct archive *a);

/* Each walk calls fn for every row, in the order of its key; slices live until fn returns.  False
 * from fn ends the walk.  ERR_SYSTEM: the server failed in the middle. */
typedef bool archive_ledger_fn(void *arg, const struct ledger_row *row, int64_t rev);
MUST_CHECK enum err archive_ledger(struct archive *a, archive_ledger_fn *fn, void *arg,
                                   struct fault *fault);
typedef bool archive_entry_fn(void *arg, const struct entry_row *row, int64_t rev);
MUST_CHECK enum err archive_entries(struct archive *a, archive_entry_fn *fn, void *arg,
                                    struct fault *fault);
/* row->owed is empty: obligations are a walk of their own, also those of no ticket. */
typedef bool archive_ticket_fn(void *arg, const struct ticket_row *row);
MUST_CHECK enum err archive_tickets(struct archive *a, archive_ticket_fn *fn, void *arg,
                                    struct fault *fault);
typedef bool archive_owed_fn(void *arg, const struct owed_row *row);
MUST_CHECK enum err archive_obligations(struct archive *a, archive_owed_fn *fn, void *arg,
                                        struct fault *fault);

#endif
