/* A private cluster, a database a test, and calls of hub/store that wait for their answer. */
#ifndef POSKO_TESTS_SQL_WORLD_H
#define POSKO_TESTS_SQL_WORLD_H

#include "store/migrate.h"
#include "store/tail.h"

#include <libpq-fe.h>

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { WAIT_MS = 30000 };

struct world {
    char folder[64];
    char server[192];   /* connection string without a database */
    char conninfo[256]; /* of this test's database */
    int number;         /* of databases made */
    FILE *guardian;
    struct log log;
    struct loop *loop;
    struct loop_timer *timer;
    PGconn *admin;
    struct arena arena; /* what the last calls answered */
    bool late;
};

int world_begin(void **state); /* group: the cluster, and a migrated database to copy */
int world_end(void **state);
int world_open(void **state); /* test: a database of its own */
int world_shut(void **state);

/* The cluster's script: "start" or "stop".  world_start: also waits for the admin's connection. */
void world_cluster(struct world *w, const char *verb);
void world_reconnect(struct world *w);
/* SQL as the owner; a result of one column and row as text (in the arena), "" when none. */
const char *world_sql(struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);
/* The SQLSTATE of SQL that must fail. */
const char *world_sql_error(struct world *w, const char *sql);
/* The backend of a connection by its application_name; waits for it. */
int world_backend(struct world *w, const char *name);
/* Waits until that backend waits for a standby. */
void world_await_standby_wait(struct world *w, int pid);

/* What a call answered; rows are copied. */
struct reply {
    struct world *w;
    bool done;
    enum turn_end end;
    char text[FAULT_TEXT_BYTES];
    struct rows rows; /* of all callbacks, one after the other */
    size_t calls;
    bool until_empty; /* a load */
    struct health health;
};
void world_wait(struct world *w, const bool *done);
void world_sleep(struct world *w, int64_t ms);
turn_rows_fn reply_rows;
turn_end_fn reply_end;

struct reply world_lock(struct world *w, struct turn_store *ts, struct turn_want want);
struct reply world_commit(struct world *w, struct turn_store *ts, const struct turn_rows *rows);
struct reply world_rollback(struct world *w, struct turn_store *ts);
struct reply world_load(struct world *w, struct turn_store *ts);
struct reply world_look(struct world *w, struct tail *t, int64_t rev, int64_t told);
struct reply world_read(struct world *w, struct tail *t, int64_t after, int64_t upto,
                        const struct ticket_id *ticket, size_t limit);
struct reply world_tickets(struct world *w, struct tail *t, const struct ticket_id *ids,
                           size_t count);
struct reply world_health(struct world *w, struct tail *t);

/* Rows with recognisable contents. */
struct record_id record_no(int64_t n);
struct ticket_id ticket_no(int64_t n);
struct ledger_row ledger_no(int64_t seq, int64_t ticket);
struct owed_row owed_to(struct str agency, int64_t due);
struct ticket_row ticket_row_no(int64_t n, int64_t seq, const struct owed_row *owed, size_t count);
struct head next_head(struct head head, int64_t records);

/* Tickets 2 to `last`, each merged into the next, the last into ticket_no(1); and their names. */
void world_chain(struct world *w, int last);
struct ticket_id chain_no(int n);

/* As world_lock, tried again while a server recovers. */
struct reply world_lock_again(struct world *w, struct turn_store *ts, struct turn_want want);
/* Lock, one record (on ticket `ticket`, 0: none) and its ticket, commit. */
struct reply world_turn(struct world *w, struct turn_store *ts, int64_t ticket);

#endif
