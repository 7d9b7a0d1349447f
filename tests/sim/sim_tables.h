/* The tables as of the last visible commit, and what is read of them. */
#ifndef POSKO_TESTS_SIM_TABLES_H
#define POSKO_TESTS_SIM_TABLES_H

#include "sim.h"

const struct ledger_row *db_row(const struct db *db, int64_t seq); /* visible ones; NULL */
const struct ticket_row *db_ticket(const struct db *db, struct ticket_id id); /* or NULL */
int64_t db_rev_of(const struct db *db, int64_t seq);
/* In the log at all, visible or not: its seq, or 0. */
int64_t db_find(const struct db *db, struct record_id jti);
/* What changed above `want`, as of now, in the arena. */
void db_read(const struct db *db, const struct turn_want *want, struct arena *arena,
             struct rows *out);
/* The `last` ledger rows, all tickets but those that ended before them, the directory. */
void db_read_all(const struct db *db, int64_t last, struct arena *arena, struct rows *out);
/* Open or resolved: hubs hold it, and its clocks run. */
bool db_is_open(const struct ticket_row *t);

/* ---- for the database's own file: a commit becomes visible, and all of it goes ---- */
void tables_show(struct db *db, const struct commit *c);
void tables_wipe(struct db *db);

#endif
