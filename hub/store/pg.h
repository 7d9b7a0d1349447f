/* One non-blocking connection to PostgreSQL: connects, prepares every statement of sql/queries, and
 * comes back by itself after it was lost (50 ms .. 2 s).  Work goes in batches: one pipeline, one
 * sync, one answer.  Never cancels.  Loop thread.
 * libpq looks host names up with a blocking call: give addresses (hostaddr) or a Unix socket. */
#ifndef POSKO_STORE_PG_H
#define POSKO_STORE_PG_H

#include "base/log.h"
#include "base/loop.h"
#include "store/pgvalue.h"
#include "store/turn.h"

enum { PG_BATCH_MAX = 16 };

/* ---- answers ---- */
struct pg_answer {
    PGresult *results[PG_BATCH_MAX]; /* of the statements before the one that failed */
    size_t count;
    size_t sent;
    bool failed; /* statement number `count` failed ... */
    bool fatal;  /* ... and the server ended the session with it */
    bool lost;   /* the connection went, and nobody said why */
    bool warned; /* a WARNING came, which at COMMIT means doubt */
    char sqlstate[6];
    char text[FAULT_TEXT_BYTES]; /* "" when all went well */
};
/* How the batch ended.  Its last statement is `commit`: COMMIT says what counts. */
enum turn_end pg_end(const struct pg_answer *a, bool commit);

/* ---- the connection ---- */
struct pg;
struct pg_options {
    const char *name; /* application_name; copied */
    bool listen;      /* to channel posko */
    void (*up)(void *arg);
    void (*notified)(void *arg, struct str payload); /* may be NULL */
    void *arg;
};
struct pg *pg_open(struct loop *loop, const struct log *log, const char *conninfo,
                   const struct pg_options *options);
/* Not from a callback.  What is out is not answered. */
void pg_close(struct pg *pg);
bool pg_is_up(const struct pg *pg);
/* Lets a connection go that does not answer; what is out is answered soon, as lost. */
void pg_drop(struct pg *pg);
uint64_t pg_session(const struct pg *pg); /* another number after each connect; 0: down */
bool pg_in_transaction(const struct pg *pg);

/* A statement of the next batch; the parameters are copied.  Only while up and nothing is out. */
void pg_send(struct pg *pg, const char *query, const struct pg_params *params);
/* Closes the batch.  The results live until fn returns; fn may start another batch. */
typedef void pg_answer_fn(void *arg, const struct pg_answer *answer);
void pg_finish(struct pg *pg, pg_answer_fn *fn, void *arg);

#endif
