/* What store/turn is made of; only for turn*.c.  turn.c is a turn, turn_load.c a load. */
#ifndef POSKO_STORE_TURN_INSIDE_H
#define POSKO_STORE_TURN_INSIDE_H

#include "store/pg.h"
#include "store/turn.h"

enum timer { TIMER_OFF, TIMER_CONNECTION, TIMER_SILENCE, TIMER_ANSWER };
enum step { STEP_NONE, STEP_LOCK, STEP_COMMIT, STEP_ROLLBACK, STEP_LOAD };

struct turn_store {
    struct loop *loop;
    const struct log *log;
    struct pg *pg;
    char *hub_name;
    struct loop_timer *timer;
    struct pg_params params;

    enum step step; /* what was asked for and not answered yet */
    const struct turn_want *want;
    const struct turn_rows *rows;
    turn_rows_fn *rows_fn;
    turn_end_fn *end_fn;
    void *arg;

    uint64_t locked;  /* the session that holds the lock; 0: none */
    enum timer waits; /* for what */
    enum turn_end end;
    char text[FAULT_TEXT_BYTES];

    struct rows loaded; /* head and clock of the load, or of the lock */
    int64_t last;       /* a load: so many of the last ledger rows */
    struct ticket_id page;
};

void turn_store_answer(struct turn_store *ts, enum turn_end end, const struct rows *rows);
/* The step did not go well: what it began is rolled back before anybody hears of it. */
void turn_store_fail(struct turn_store *ts, enum turn_end end, const char *text);
/* Statements before a COMMIT were answered.  False: they were not well, and the step has failed. */
MUST_CHECK bool turn_store_went_well(struct turn_store *ts, const struct pg_answer *a);
/* Only for what reads: a COMMIT may wait for its standby as long as it takes. */
void turn_store_expect(struct turn_store *ts);

/* ---- turn_load.c ---- */

void turn_store_send_load(struct turn_store *ts);

#endif
