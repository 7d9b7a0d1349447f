/* What a hub reads outside its turns: the wake-up, the look, replay, history, closed tickets.
 * Its own connection; nothing blocks; many requests may wait, answered in order. */
#ifndef POSKO_STORE_TAIL_H
#define POSKO_STORE_TAIL_H

#include "store/turn.h"

struct tail;

/* wake: a hub, also this one, committed up to seq (NOTIFY), or the connection came back (seq 0:
 * look). */
typedef void tail_wake_fn(void *arg, int64_t seq);
struct tail *tail_open(struct loop *loop, const struct log *log, const char *conninfo,
                       const char *hub_name, tail_wake_fn *wake, void *arg);
void tail_close(struct tail *t);
bool tail_is_up(const struct tail *t);

/* The head alone, where it says that nothing has changed and nothing else was heard; else
 * one snapshot of what changed above `want` (jtis and tickets of `want` are not used), then a
 * synchronous commit of its own (the row in `hubs`) when the head is above want->told or its rev
 * above want->rev: what is told to fn with TURN_OK no fail-over takes away.  db_ms is set. */
void tail_look(struct tail *t, const struct turn_want *want, turn_rows_fn *fn, void *arg);

/* Ledger rows after < seq <= upto in order, at most `limit`, each with its ticket's row when that
 * is closed or merged (rows->tickets, once each).  ticket NULL: of all; else of that one. */
void tail_read(struct tail *t, int64_t after, int64_t upto, const struct ticket_id *ticket,
               size_t limit, turn_rows_fn *fn, void *arg);

/* Tickets by id, whatever their state, and some of those that they were merged into. */
void tail_tickets(struct tail *t, const struct ticket_id *ids, size_t count, turn_rows_fn *fn,
                  void *arg);

/* Health, for mark, readyz and metrics: copies a commit reaches (1 + synchronous standbys), whether
 * the database is writable, its clock.  As old as the last look, 2 s at most; then fn is called at
 * once. */
struct health {
    int64_t copies;
    bool writable;
    int64_t db_ms;
    int64_t head;
};
typedef void tail_health_fn(void *arg, enum turn_end end, const struct health *health);
void tail_health(struct tail *t, tail_health_fn *fn, void *arg);

#endif
