/* The turn as a state machine over store/turn and core (docs/architecture.md): what waits, what is
 * out, what is in doubt.  One turn at a time; a look (store/tail) is a turn that writes nothing.
 * The simulator runs this file on a fake store and loop. */
#ifndef POSKO_APP_TURN_H
#define POSKO_APP_TURN_H

#include "app/batch.h"
#include "app/dbclock.h"
#include "base/metrics.h"
#include "store/tail.h"

enum {
    TURN_RECORDS_MAX = 512,
    TURN_BYTES_MAX = 4 << 20,
    TURN_LINE_MAX = 4096,      /* more: busy */
    TURN_WAIT_MS = 5000,       /* certain not to be stored, and waited as long: not_stored */
    TURN_GRACE_MS = 3000,      /* the first clocks after a start or a doubt ... */
    TURN_GRACE_MOST_MS = 4000, /* ... also after the last of many */
    TURN_BEHIND_MAX = 256,     /* rows: further behind, look before locking */
    TURN_FOREIGN_MAX = 1000,   /* ledger rows that one lock or look reads */
    TURN_RETRY_MS = 200,
    TURN_LOOK_MS = 1000, /* heals a lost NOTIFY */
    TURN_MUTE_MS = 60000 /* a clock that PostgreSQL refuses */
};

struct turn_ops {
    /* What may be told now, before the submissions of the turn get their answers... */
    void (*tell)(void *app, const struct news *news);
    /* ...the truth and memory are equal, nothing is out: follow, history, previews go on now. */
    void (*settled)(void *app);
    /* Memory was read again, at the start or after a doubt: every pointer into it is new. */
    void (*loaded)(void *app);
    /* A look that was asked for by turn_look has ended. */
    void (*looked)(void *app);
    /* The hub must stop: the ledger lost its tail, or a row cannot be read. */
    void (*fatal)(void *app, const char *event, const char *text);
    /* At the start, some of the last rows that count as told, in order. */
    void (*recall)(void *app, const struct ledger_row *rows, size_t count);
    /* So many of the last rows the app keeps: their tickets stay in memory, the ended too. */
    int64_t kept_rows;
};

struct turn;
struct turn *turn_new(struct loop *loop, const struct log *log, struct metrics *metrics,
                      struct turn_store *store, struct tail *tail, const struct hub_identity *hub,
                      const struct turn_ops *ops, void *app);
void turn_free(struct turn *t); /* what waits is given back with `draining` */

/* Takes the submission.  False: the line is full, it stays the caller's (busy). */
MUST_CHECK bool turn_submit(struct turn *t, struct submission *s);
/* Another hub committed up to `seq` (0: unknown): look, soon. */
void turn_look(struct turn *t, int64_t seq);

/* Memory.  Ahead of the truth while a turn is out; then only for what needs no truth. */
struct state *turn_state(const struct turn *t);
bool turn_is_settled(const struct turn *t);
bool turn_is_loaded(const struct turn *t);
bool turn_is_empty(const struct turn *t); /* nothing waits and nothing is out */
int64_t turn_told(const struct turn *t);  /* all up to here was given to `tell` */
int64_t turn_rev(const struct turn *t);
int64_t turn_now(const struct turn *t); /* `at` as it would be now; never before the head's */
bool turn_clock_is_held(const struct turn *t);
/* How many looks and locks have begun: what one shows is as of its beginning. */
uint64_t turn_begun(const struct turn *t);
/* How many of them have brought memory up to what they showed. */
uint64_t turn_learned(const struct turn *t);
/* Boottime of the last turn or look that ended well, 0: none. */
int64_t turn_last_good(const struct turn *t);
size_t turn_waiting(const struct turn *t);

#endif
