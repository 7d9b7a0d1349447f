/* Rows between the database and turn.h's structs: what turn and tail both read, what a turn
 * writes.  Slices point into the results; arrays are in the arena. */
#ifndef POSKO_STORE_ROWS_H
#define POSKO_STORE_ROWS_H

#include "store/pg.h"

enum { ROWS_LEDGER_MAX = 1000 }; /* of one lock or look */
enum { ROWS_HEAD_COLUMNS = 6 };  /* of head.sql; behind them lock_head.sql has the clock */

/* Sends the reads of `want` that lock and look share: ROWS_CHANGES statements. */
enum { ROWS_CHANGES = 5 };
void rows_ask_changes(struct pg *pg, struct pg_params *p, const struct turn_want *want);
/* Two of them: tickets that turns after `rev` wrote, and those that `want` asks for. */
void rows_ask_tickets(struct pg *pg, struct pg_params *p, int64_t rev,
                      const struct turn_want *want);
/* Reads their results, at[0] .. at[ROWS_CHANGES - 1]. */
void rows_read_changes(struct arena *arena, PGresult *const *at, struct rows *out);

/* False: the head row is not there. */
MUST_CHECK bool rows_read_head(const PGresult *res, struct head *out);
void rows_read_entries(struct arena *arena, const PGresult *res, struct rows *out);
void rows_read_beats(struct arena *arena, const PGresult *res, struct rows *out);
void rows_read_ledger(struct arena *arena, const PGresult *res, struct rows *out);
void rows_read_known(struct arena *arena, const PGresult *res, struct rows *out);
/* owed: in order of inc; NULL: these tickets owe nothing. */
void rows_read_tickets(struct arena *arena, const PGresult *res, const PGresult *owed,
                       struct rows *out);

/* A parameter: an array of ticket ids. */
void rows_add_tickets(struct pg_params *p, const struct ticket_id *ids, size_t count);

/* Sends all that a turn writes, the head first. */
void rows_write(struct pg *pg, struct pg_params *p, const struct turn_rows *rows);

#endif
