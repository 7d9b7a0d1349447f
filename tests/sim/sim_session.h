/* A server process of the database: it stands in the lock's line, holds the lock, lets go of it. */
#ifndef POSKO_TESTS_SIM_SESSION_H
#define POSKO_TESTS_SIM_SESSION_H

#include "sim.h"

struct session {
    struct session *next; /* in the lock's line */
    struct db *db;
    struct turn_store *store; /* NULL: the client is gone */
    struct commit *commit;    /* sent, not there yet */
    bool waits_lock, writes;
    struct event timeout; /* lock_timeout, idle in transaction, or the commit of a gone client */
    struct waiter waiter;
    void (*granted)(struct session *s);
    struct session *next_open, **prev_open;
};
/* One that belongs to `store`; `timed_out` gets the session. */
struct session *session_new(struct db *db, struct turn_store *store,
                            void (*granted)(struct session *s), loop_fn *timed_out);
void session_free(struct session *s);
void session_wait(struct session *s); /* at the end of the line */
void session_leave_line(struct session *s);
/* Whatever it began is rolled back; the next in line gets the lock.  Frees it if nobody is there.
 */
void session_unlock(struct session *s);

#endif
