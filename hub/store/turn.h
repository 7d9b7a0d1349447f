/* The narrow seam to the database: everything that app/turn needs of it, and all
 * that the simulator must bring.  Nothing blocks; each call answers once, by its callback, on the
 * loop.  One call at a time. */
#ifndef POSKO_STORE_TURN_H
#define POSKO_STORE_TURN_H

#include "base/crypt.h"
#include "base/id.h"
#include "base/log.h"
#include "base/loop.h"
#include "core/state.h" /* struct owed_row: types only */

/* How a step ended.
 * OK       it is so.
 * REFUSED  PostgreSQL refused it: rolled back, certain.  Not classes 08, 40, 53, 57, 58
 *          nor 25 and 55 (a session that idled too long, a lock not given in time).
 * FAILED   it is certainly not so, and may go better later: no connection before COMMIT was sent,
 *          or one of those classes on a statement before COMMIT.
 * UNKNOWN  COMMIT was sent and its answer is not a plain COMMIT (lost connection, any warning).  An
 *          error of COMMIT itself that names a constraint is REFUSED: those are checked before. */
enum turn_end { TURN_OK, TURN_REFUSED, TURN_FAILED, TURN_UNKNOWN };

struct head {
    int64_t seq, at; /* the last record */
    int64_t rev; /* the last turn that wrote anything: every row carries the rev that wrote it */
    int64_t no, no_exercise; /* the last ticket numbers */
    int64_t accept_clock;    /* counts `poskod --accept-clock` */
};

/* ---- rows, as read and as written ---- */
struct ledger_row {
    int64_t seq, at;
    struct str typ, kind, iss, act, kid; /* typ "record" "admin" "event" */
    struct record_id jti;
    struct ticket_id ticket; /* none: all zero */
    struct str admins;       /* agency whose admins alone may read it; empty: none */
    struct hash sha256;      /* of jws */
    struct hash leaf;
    struct str jws;
};
struct entry_row { /* directory */
    struct str kind, id;
    int64_t seq;
    struct str doc;
};
struct ticket_row {
    struct ticket_id id;
    int64_t seq, rev;
    int64_t no;
    bool exercise;
    struct str state;      /* "open" ... */
    struct ticket_id into; /* merged */
    struct str doc;
    const struct owed_row *owed, *was; /* was: as written before, when it is written again */
    size_t owed_count, was_count;
};
struct beat_row {
    struct str agency, source;
    int64_t first, last, silent; /* ms; 0: none */
};
struct known_row { /* a jti or a string that is in the ledger already */
    struct record_id jti;
    struct hash sha256;
    int64_t seq, at;
};

/* What changed, in one snapshot.  Slices live until the callback returns. */
struct rows {
    struct head head;
    int64_t db_ms; /* the database's clock_timestamp(), after the lock */
    const struct entry_row *entries;
    size_t entry_count;
    const struct ticket_row *tickets; /* changed; and, behind them, those that were asked for */
    size_t ticket_count;
    const struct beat_row *beats;
    size_t beat_count;
    const struct ledger_row *ledger; /* above want.told, in order */
    size_t ledger_count;
    const struct known_row *known;
    size_t known_count;
};

/* What to read under the lock.  Borrowed until the callback. */
struct turn_want {
    int64_t rev;   /* rows above it */
    int64_t told;  /* ledger rows above it (those of other hubs); at most 1,000 */
    int64_t heard; /* a look: what a NOTIFY named; above `told` there is something to read */
    const struct record_id *jtis;
    const struct hash *hashes; /* beside jtis: the strings' SHA-256 */
    size_t jti_count;
    const struct ticket_id *tickets; /* not in memory; `into` is followed */
    size_t ticket_count;
};

/* What to write, borrowed until the callback.  Head is always written, rev is the turn's.  A
 * ticket, directory row or beat stands here once: one statement cannot write a row twice. */
struct turn_rows {
    struct head head; /* new; rev = the locked head's + 1 */
    const struct ledger_row *ledger;
    size_t ledger_count;
    const struct ticket_row *tickets; /* whole; of their obligations what is not as it was */
    size_t ticket_count;
    const struct entry_row *entries;
    size_t entry_count;
    const struct beat_row *beats;
    size_t beat_count;
};

typedef void turn_rows_fn(void *arg, enum turn_end end, const struct rows *rows);
typedef void turn_end_fn(void *arg, enum turn_end end, const char *text);

struct turn_store;
struct turn_store *turn_store_open(struct loop *loop, const struct log *log, const char *conninfo,
                                   const char *hub_name);
void turn_store_close(struct turn_store *ts);

/* BEGIN, the head FOR UPDATE, and the reads of `want`: in one pipeline, or in two when the head
 * says that others have written. */
void turn_store_lock(struct turn_store *ts, const struct turn_want *want, turn_rows_fn *fn,
                     void *arg);
/* All rows, the head, NOTIFY, COMMIT, in one pipeline. */
void turn_store_commit(struct turn_store *ts, const struct turn_rows *rows, turn_end_fn *fn,
                       void *arg);
/* Gives the lock back: nothing to write after all. */
void turn_store_rollback(struct turn_store *ts, turn_end_fn *fn, void *arg);
/* Everything a hub holds, in one snapshot with the head: start, and after a doubt.  It ends with a
 * synchronous commit of the hub's own: what it showed no fail-over takes away.  In several
 * calls of fn (tickets by the thousand) with end = TURN_OK and rows->head the same.  The directory;
 * then the last `last` ledger rows with the closed and merged tickets that they are of; then all
 * open tickets; the last call has neither entries, tickets nor ledger rows. */
void turn_store_load(struct turn_store *ts, int64_t last, turn_rows_fn *fn, void *arg);

#endif
