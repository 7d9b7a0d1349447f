#include "store/turn_inside.h"

#include "store/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    WAIT_MS = 5000,   /* for a connection */
    SILENT_MS = 15000 /* for an answer to what only reads; lock_timeout comes before */
};

/* ---- answering ---- */

void turn_store_answer(struct turn_store *ts, enum turn_end end, const struct rows *rows)
{
    enum step step = ts->step;
    ts->step = STEP_NONE;
    ts->waits = TIMER_OFF;
    loop_timer_stop(ts->timer);
    switch (step) {
    case STEP_LOCK:
    case STEP_LOAD:
        ts->rows_fn(ts->arg, end, rows);
        return;
    case STEP_COMMIT:
    case STEP_ROLLBACK:
        ts->end_fn(ts->arg, end, ts->text);
        return;
    case STEP_NONE:
        return;
    }
}

static void set_end(struct turn_store *ts, enum turn_end end, const char *text)
{
    ts->end = end;
    (void)snprintf(ts->text, sizeof(ts->text), "%s", text);
}

static void on_cleaned(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    (void)a; /* a lost connection has rolled back too */
    turn_store_answer(ts, ts->end, NULL);
}

void turn_store_fail(struct turn_store *ts, enum turn_end end, const char *text)
{
    set_end(ts, end, text);
    ts->locked = 0;
    if (ts->step != STEP_COMMIT) /* the turn itself logs those */
        log_warn(ts->log, "turn.step_failed", F_TEXT("text", ts->text));
    if (!pg_in_transaction(ts->pg)) {
        turn_store_answer(ts, end, NULL);
        return;
    }
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "rollback", &ts->params);
    pg_finish(ts->pg, on_cleaned, ts);
}

bool turn_store_went_well(struct turn_store *ts, const struct pg_answer *a)
{
    enum turn_end end = pg_end(a, false);
    if (end != TURN_OK)
        turn_store_fail(ts, end, a->text);
    return end == TURN_OK;
}

static void answer_soon(struct turn_store *ts, enum turn_end end, const char *text)
{
    set_end(ts, end, text);
    ts->waits = TIMER_ANSWER;
    loop_timer_set(ts->timer, 0);
}

static void on_timer(void *arg)
{
    struct turn_store *ts = arg;
    switch (ts->waits) {
    case TIMER_CONNECTION:
        set_end(ts, TURN_FAILED, "no connection to the database");
        turn_store_answer(ts, ts->end, NULL);
        return;
    case TIMER_ANSWER:
        turn_store_answer(ts, ts->end, NULL);
        return;
    case TIMER_SILENCE:
        pg_drop(ts->pg); /* answers what is out */
        return;
    case TIMER_OFF:
        return;
    }
}

void turn_store_expect(struct turn_store *ts)
{
    ts->waits = TIMER_SILENCE;
    loop_timer_set(ts->timer, SILENT_MS);
}

/* ---- lock ---- */

/* Mostly nobody else has written since: what others changed is asked for only when the head says
 * that there is something. */
enum { LOCK_BEGIN, LOCK_HEAD, LOCK_REST };

static void send_known(struct turn_store *ts)
{
    const struct turn_want *want = ts->want;
    pg_params_clear(&ts->params);
    struct buf *jtis = pg_add_array(&ts->params, PG_UUID, want->jti_count);
    for (size_t i = 0; i < want->jti_count; i++)
        pg_item_uuid(jtis, want->jtis[i].at);
    pg_send(ts->pg, "known", &ts->params);
}

static void answer_locked(struct turn_store *ts, struct arena *arena, struct rows *rows,
                          PGresult *known)
{
    if (known != NULL)
        rows_read_known(arena, known, rows);
    ts->locked = pg_session(ts->pg);
    turn_store_answer(ts, TURN_OK, rows);
}

static void on_changes(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    if (!turn_store_went_well(ts, a))
        return;
    struct rows rows = ts->loaded;
    struct arena arena;
    arena_init(&arena);
    rows_read_changes(&arena, a->results, &rows);
    answer_locked(ts, &arena, &rows, a->count > ROWS_CHANGES ? a->results[ROWS_CHANGES] : NULL);
    arena_deinit(&arena);
}

static void send_changes(struct turn_store *ts)
{
    rows_ask_changes(ts->pg, &ts->params, ts->want);
    if (ts->want->jti_count > 0)
        send_known(ts);
    pg_finish(ts->pg, on_changes, ts);
    turn_store_expect(ts);
}

static void on_locked(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    const struct turn_want *want = ts->want;
    enum turn_end end = pg_end(a, false);
    struct rows rows = {0};
    if (end == TURN_OK && !rows_read_head(a->results[LOCK_HEAD], &rows.head)) {
        turn_store_fail(ts, TURN_FAILED, "the database has no head row");
        return;
    }
    if (end != TURN_OK) {
        turn_store_fail(ts, end, a->text);
        return;
    }
    rows.db_ms = pg_get_int(a->results[LOCK_HEAD], 0, ROWS_HEAD_COLUMNS);
    if (rows.head.rev > want->rev || rows.head.seq > want->told) {
        ts->loaded = rows;
        send_changes(ts);
        return;
    }
    size_t at = LOCK_REST;
    PGresult *known = want->jti_count > 0 ? a->results[at++] : NULL;
    struct arena arena;
    arena_init(&arena);
    if (want->ticket_count > 0)
        rows_read_tickets(&arena, a->results[at], a->results[at + 1], &rows);
    answer_locked(ts, &arena, &rows, known);
    arena_deinit(&arena);
}

static void send_lock(struct turn_store *ts)
{
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "begin", &ts->params);
    pg_send(ts->pg, "lock_head", &ts->params);
    if (ts->want->jti_count > 0)
        send_known(ts);
    if (ts->want->ticket_count > 0)
        rows_ask_tickets(ts->pg, &ts->params, INT64_MAX, ts->want);
    pg_finish(ts->pg, on_locked, ts);
    turn_store_expect(ts);
}

/* ---- commit and rollback ---- */

static void on_committed(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    enum turn_end end = pg_end(a, true);
    ts->locked = 0;
    if (end == TURN_REFUSED || end == TURN_FAILED) {
        turn_store_fail(ts, end, a->text);
        return;
    }
    set_end(ts, end, a->text);
    turn_store_answer(ts, end, NULL);
}

static void send_commit(struct turn_store *ts)
{
    rows_write(ts->pg, &ts->params, ts->rows);
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "commit", &ts->params);
    pg_finish(ts->pg, on_committed, ts);
}

static void on_rolled_back(void *arg, const struct pg_answer *a)
{
    struct turn_store *ts = arg;
    (void)a; /* nothing was written and the lock is given back, whatever the answer */
    turn_store_answer(ts, TURN_OK, NULL);
}

/* ---- the seam ---- */

static void start(struct turn_store *ts)
{
    switch (ts->step) {
    case STEP_LOCK:
        send_lock(ts);
        return;
    case STEP_LOAD:
        turn_store_send_load(ts);
        return;
    case STEP_NONE:
    case STEP_COMMIT:
    case STEP_ROLLBACK:
        return;
    }
}

static void on_up(void *arg)
{
    struct turn_store *ts = arg;
    if (ts->waits == TIMER_CONNECTION)
        start(ts);
}

static void start_or_wait(struct turn_store *ts)
{
    if (pg_is_up(ts->pg)) {
        start(ts);
        return;
    }
    ts->waits = TIMER_CONNECTION;
    loop_timer_set(ts->timer, WAIT_MS);
}

struct turn_store *turn_store_open(struct loop *loop, const struct log *log, const char *conninfo,
                                   const char *hub_name)
{
    struct turn_store *ts = mem_new(sizeof(*ts));
    ts->loop = loop;
    ts->log = log;
    size_t size = strlen(hub_name) + 1;
    ts->hub_name = mem_new(size);
    memcpy(ts->hub_name, hub_name, size);
    pg_params_init(&ts->params);
    ts->timer = loop_timer_open(loop, on_timer, ts);
    char name[FAULT_FIELD_BYTES];
    (void)snprintf(name, sizeof(name), "posko turn %s", hub_name);
    struct pg_options options = {.name = name, .up = on_up, .arg = ts};
    ts->pg = pg_open(loop, log, conninfo, &options);
    return ts;
}

void turn_store_close(struct turn_store *ts)
{
    if (ts == NULL)
        return;
    pg_close(ts->pg);
    loop_timer_close(ts->timer);
    pg_params_deinit(&ts->params);
    mem_free(ts->hub_name);
    mem_free(ts);
}

static void begin_step(struct turn_store *ts, enum step step)
{
    assert(ts->step == STEP_NONE);
    ts->step = step;
    ts->text[0] = '\0';
}

void turn_store_lock(struct turn_store *ts, const struct turn_want *want, turn_rows_fn *fn,
                     void *arg)
{
    begin_step(ts, STEP_LOCK);
    assert(ts->locked == 0);
    ts->want = want;
    ts->rows_fn = fn;
    ts->arg = arg;
    start_or_wait(ts);
}

void turn_store_commit(struct turn_store *ts, const struct turn_rows *rows, turn_end_fn *fn,
                       void *arg)
{
    begin_step(ts, STEP_COMMIT);
    assert(ts->locked != 0);
    ts->rows = rows;
    ts->end_fn = fn;
    ts->arg = arg;
    if (pg_session(ts->pg) == ts->locked) {
        send_commit(ts);
        return;
    }
    ts->locked = 0; /* the lock went with its session; nothing was sent */
    answer_soon(ts, TURN_FAILED, "the connection was lost before the turn was written");
}

void turn_store_rollback(struct turn_store *ts, turn_end_fn *fn, void *arg)
{
    begin_step(ts, STEP_ROLLBACK);
    assert(ts->locked != 0);
    ts->end_fn = fn;
    ts->arg = arg;
    bool holds = pg_session(ts->pg) == ts->locked;
    ts->locked = 0;
    if (!holds) {
        answer_soon(ts, TURN_OK, "");
        return;
    }
    pg_params_clear(&ts->params);
    pg_send(ts->pg, "rollback", &ts->params);
    pg_finish(ts->pg, on_rolled_back, ts);
}

void turn_store_load(struct turn_store *ts, int64_t last, turn_rows_fn *fn, void *arg)
{
    begin_step(ts, STEP_LOAD);
    ts->last = last;
    ts->rows_fn = fn;
    ts->arg = arg;
    start_or_wait(ts);
}
