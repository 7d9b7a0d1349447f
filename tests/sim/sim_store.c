/* store/turn.h against the simulated database: steps that take time, lose their connection, are
 * refused, wait for the lock and for the standby. */
#include "sim_blame.h"
#include "sim_session.h"
#include "sim_tables.h"

#include <assert.h>

enum {
    WAIT_US = 5000000, /* for a connection */
    LOCK_TIMEOUT_US = 5000000,
    IDLE_TIMEOUT_US = 2000000, /* idle in transaction */
    RETRY_US = 100000
};
enum step { STEP_NONE, STEP_LOCK, STEP_COMMIT, STEP_ROLLBACK, STEP_LOAD };

struct turn_store {
    struct world *world;
    struct process *node;
    struct session *session; /* NULL: no connection */
    bool locked;             /* by this very session */
    enum step step;
    const struct turn_want *want;
    const struct turn_rows *rows;
    turn_rows_fn *rows_fn;
    turn_end_fn *end_fn;
    void *arg;
    struct event there, back; /* the request on its way, the answer on its way */
    int64_t gives_up;
    struct blame blame; /* since this hub's start */
    enum turn_end end;
    const char *text;
    struct arena arena;
    struct rows found;
    int64_t page, pages, page_rows, last; /* of a load */
};

static void answer(struct turn_store *ts, enum turn_end end, const char *text, int64_t delay)
{
    ts->end = end;
    ts->text = text;
    event_set(ts->world, &ts->back, delay);
}

static int64_t trip(struct turn_store *ts)
{
    return some_time(ts->world, ts->world->usual_us);
}

static void on_replicated(void *arg, bool replicated)
{
    struct session *s = arg;
    struct turn_store *ts = s->store;
    db_show(s->db);
    if (ts)
        answer(ts, replicated ? TURN_OK : TURN_UNKNOWN,
               replicated ? "" : "WARNING: committed locally, maybe not replicated", trip(ts));
    session_unlock(s);
}

static void write_commit(struct session *s)
{
    struct world *w = s->db->world;
    struct commit *c = s->commit;
    s->commit = NULL;
    s->writes = true;
    db_append(w, c);
    s->waiter = (struct waiter){.upto = s->db->count, .fn = on_replicated, .arg = s};
    if (w->sync)
        db_await_standby(s->db, &s->waiter);
    else
        on_replicated(s, true);
}

static void hear_of_it(struct turn_store *ts, int64_t after);

/* What a client that is gone had sent arrives after all. */
static void arrive_late(struct session *s)
{
    if (!fault_refuses(s->db->world, &s->commit->rows))
        write_commit(s);
    else
        session_unlock(s);
}

static void on_timeout(void *arg)
{
    struct session *s = arg;
    struct turn_store *ts = s->store;
    if (s->commit && !ts && s->db->holder == s) {
        arrive_late(s);
        return;
    }
    if (ts && s->waits_lock) {
        answer(ts, TURN_FAILED, "lock_timeout", trip(ts));
    } else if (ts) { /* idle in transaction: the server closes the connection */
        ts->session = NULL;
        s->store = NULL;
        if (ts->there.place) {
            event_stop(ts->world, &ts->there);
            hear_of_it(ts, 1);
        }
    }
    session_unlock(s);
}

/* ---- a connection is lost ---- */

static void orphan(struct turn_store *ts)
{
    struct session *s = ts->session;
    struct world *w = ts->world;
    ts->session = NULL;
    s->store = NULL;
    event_stop(w, &ts->there);
    if (s->writes)
        return; /* the server waits on */
    if (s->commit && chance(w, 500)) {
        event_set(w, &s->timeout, between(w, 0, IDLE_TIMEOUT_US));
        return;
    }
    commit_free(s->commit);
    s->commit = NULL;
    if (s->db->holder == s && chance(w, 500))
        event_set(w, &s->timeout, between(w, 0, IDLE_TIMEOUT_US)); /* it does not know yet */
    else if (!s->waits_lock || chance(w, 500))
        session_unlock(s);
}

static void hear_of_it(struct turn_store *ts, int64_t after)
{
    struct world *w = ts->world;
    if (ts->back.place && chance(w, 500))
        return; /* the answer was on its way */
    switch (ts->step) {
    case STEP_NONE:
        return;
    case STEP_LOCK:
    case STEP_LOAD:
        answer(ts, TURN_FAILED, "connection lost", after);
        return;
    case STEP_COMMIT:
        /* What was answered already, refused or failed, was certain; else nobody knows. */
        answer(ts, TURN_UNKNOWN, "connection lost at COMMIT", after);
        return;
    case STEP_ROLLBACK:
        answer(ts, TURN_OK, "", after);
        return;
    }
}

void sim_store_cut(struct turn_store *ts)
{
    struct world *w = ts->world;
    if (!ts->session)
        return;
    orphan(ts);
    hear_of_it(ts, chance(w, 700) ? between(w, 1, 50000) : between(w, 1, 5000000));
}

void sim_store_db_gone(struct world *w)
{
    struct db *db = &w->db;
    while (db->sessions) {
        struct session *s = db->sessions;
        struct turn_store *ts = s->store;
        if (s->writes)
            db_forget_waiter(db, &s->waiter);
        s->writes = false;
        s->store = NULL;
        if (s->waits_lock)
            session_leave_line(s);
        if (db->holder == s)
            db->holder = NULL;
        session_free(s);
        if (ts) {
            ts->session = NULL;
            event_stop(w, &ts->there);
            hear_of_it(ts, between(w, 1, 50000));
        }
    }
    for (int i = 0; i < w->node_count; i++)
        if (w->nodes[i].up)
            sim_tail_cut(w->nodes[i].tail, 0);
}

/* ---- at the server ---- */

static void on_granted(struct session *s)
{
    struct world *w = s->db->world;
    struct turn_store *ts = s->store;
    event_set(w, &s->timeout, IDLE_TIMEOUT_US + between(w, 0, 20000));
    if (!ts)
        return; /* nobody there: until the timeout */
    arena_deinit(&ts->arena);
    arena_init(&ts->arena);
    db_read(s->db, ts->want, &ts->arena, &ts->found);
    answer(ts, TURN_OK, "", trip(ts));
}

static bool breaks(struct turn_store *ts, int64_t per_mille)
{
    return ts->world->on[FAULT_BREAK] && chance(ts->world, per_mille);
}

static void arrive_lock(struct turn_store *ts)
{
    struct session *s = ts->session;
    if (breaks(ts, 30)) {
        sim_store_cut(ts);
        return;
    }
    session_wait(s);
    event_set(ts->world, &s->timeout, LOCK_TIMEOUT_US);
    db_grant(s->db);
}

static void arrive_commit(struct turn_store *ts)
{
    struct session *s = ts->session;
    struct world *w = ts->world;
    event_stop(w, &s->timeout);
    if (breaks(ts, 30)) {
        sim_store_cut(ts); /* lost; what was sent may still arrive */
        return;
    }
    if (fault_refuses(w, &s->commit->rows)) {
        blame_refusal(w, &ts->blame, &s->commit->rows);
        answer(ts, TURN_REFUSED, "check constraint", trip(ts));
    } else if (breaks(ts, 30)) {
        answer(ts, TURN_FAILED, "disk full", trip(ts));
    } else {
        write_commit(s);
        if (ts->session && breaks(ts, 30))
            sim_store_cut(ts);
        return;
    }
    commit_free(s->commit);
    s->commit = NULL;
    session_unlock(s);
}

static void on_load_replicated(void *arg, bool replicated)
{
    struct session *s = arg;
    s->writes = false;
    if (s->store)
        answer(s->store, replicated ? TURN_OK : TURN_FAILED, "not replicated", trip(s->store));
    else
        session_unlock(s);
}

/* The snapshot, then a commit of the hub's own: memory holds nothing that a fail-over takes. */
static void arrive_load(struct turn_store *ts)
{
    struct session *s = ts->session;
    struct db *db = s->db;
    arena_deinit(&ts->arena);
    arena_init(&ts->arena);
    db_read_all(db, ts->last, &ts->arena, &ts->found);
    ts->page = 0;
    ts->page_rows = 20 + (int64_t)ts->found.ticket_count / 4;
    ts->pages = 1 + ((int64_t)ts->found.ticket_count + ts->page_rows - 1) / ts->page_rows;
    if (!ts->world->sync || db->visible <= db_durable(db)) {
        answer(ts, TURN_OK, "", trip(ts));
        return;
    }
    s->writes = true;
    s->waiter = (struct waiter){.upto = db->visible, .fn = on_load_replicated, .arg = s};
    db_await_standby(db, &s->waiter);
}

static void on_there(void *arg)
{
    struct turn_store *ts = arg;
    struct world *w = ts->world;
    if (!ts->session) { /* a connection first */
        if (!w->db.down && !ts->node->cut)
            ts->session = session_new(&w->db, ts, on_granted, on_timeout);
        else if (w->now >= ts->gives_up)
            answer(ts, TURN_FAILED, "no connection", 1);
        else
            event_set(w, &ts->there, RETRY_US);
        if (ts->session)
            event_set(w, &ts->there, trip(ts));
        return;
    }
    switch (ts->step) {
    case STEP_LOCK:
        arrive_lock(ts);
        return;
    case STEP_COMMIT:
        arrive_commit(ts);
        return;
    case STEP_LOAD:
        arrive_load(ts);
        return;
    case STEP_ROLLBACK:
        answer(ts, TURN_OK, "", trip(ts));
        session_unlock(ts->session);
        return;
    case STEP_NONE:
        assert(!"a request without a step");
    }
}

/* ---- the answer ---- */

/* Directory and last rows first, then tickets page by page, then the empty end. */
static void answer_load(struct turn_store *ts)
{
    struct rows rows = {.head = ts->found.head, .db_ms = ts->found.db_ms};
    int64_t page = ts->page++;
    if (page == ts->pages + 1 || (page > 0 && breaks(ts, 20))) {
        bool ok = page == ts->pages + 1;
        ts->step = STEP_NONE;
        ts->rows_fn(ts->arg, ok ? TURN_OK : TURN_FAILED, ok ? &rows : NULL);
        return;
    }
    event_set(ts->world, &ts->back, trip(ts));
    if (page == 0) {
        rows.entries = ts->found.entries;
        rows.entry_count = ts->found.entry_count;
        rows.beats = ts->found.beats;
        rows.beat_count = ts->found.beat_count;
        rows.ledger = ts->found.ledger;
        rows.ledger_count = ts->found.ledger_count;
    } else {
        int64_t first = ts->page_rows * (page - 1);
        int64_t left = (int64_t)ts->found.ticket_count - first;
        rows.tickets = ts->found.tickets + first;
        rows.ticket_count = left < 0 ? 0 : (size_t)(left < ts->page_rows ? left : ts->page_rows);
    }
    if (rows.entry_count + rows.ledger_count + rows.ticket_count > 0)
        ts->rows_fn(ts->arg, TURN_OK, &rows);
}

static void on_back(void *arg)
{
    struct turn_store *ts = arg;
    enum step step = ts->step;
    if (step == STEP_LOAD && ts->end == TURN_OK) {
        answer_load(ts);
        return;
    }
    ts->step = STEP_NONE;
    if (step == STEP_LOCK || step == STEP_LOAD) {
        ts->locked = step == STEP_LOCK && ts->end == TURN_OK;
        ts->rows_fn(ts->arg, ts->end, ts->end == TURN_OK ? &ts->found : NULL);
        return;
    }
    ts->end_fn(ts->arg, ts->end, ts->text);
}

/* ---- the seam ---- */

struct turn_store *turn_store_open(struct loop *loop, const struct log *log, const char *conninfo,
                                   const char *hub_name)
{
    struct process *n = process_of(loop);
    (void)log;
    (void)conninfo;
    (void)hub_name;
    struct turn_store *ts = mem_new(sizeof(*ts));
    ts->world = n->world;
    ts->node = n;
    ts->there = (struct event){.fn = on_there, .arg = ts};
    ts->back = (struct event){.fn = on_back, .arg = ts, .owner = &n->loop};
    arena_init(&ts->arena);
    n->store = ts;
    return ts;
}

void turn_store_close(struct turn_store *ts)
{
    if (ts->session)
        orphan(ts);
    event_stop(ts->world, &ts->there);
    event_stop(ts->world, &ts->back);
    arena_deinit(&ts->arena);
    mem_free(ts);
}

static void begin(struct turn_store *ts, enum step step, void *arg)
{
    assert(ts->step == STEP_NONE);
    ts->step = step;
    ts->arg = arg;
    ts->gives_up = ts->world->now + WAIT_US;
}

void turn_store_lock(struct turn_store *ts, const struct turn_want *want, turn_rows_fn *fn,
                     void *arg)
{
    if (ts->node->must_look)
        broken(ts->world, "A0", "hub %d locks again, as far behind as before", ts->node->id);
    begin(ts, STEP_LOCK, arg);
    assert(!ts->locked);
    ts->want = want;
    ts->rows_fn = fn;
    event_set(ts->world, &ts->there, trip(ts));
}

void turn_store_commit(struct turn_store *ts, const struct turn_rows *rows, turn_end_fn *fn,
                       void *arg)
{
    begin(ts, STEP_COMMIT, arg);
    assert(ts->locked);
    ts->locked = false;
    ts->end_fn = fn;
    struct session *s = ts->session;
    if (!s || s->db->holder != s) {
        answer(ts, TURN_FAILED, "the connection was lost before the turn was written", 1);
        return;
    }
    s->commit = commit_new(s->db, rows);
    event_set(ts->world, &ts->there, trip(ts));
}

void turn_store_rollback(struct turn_store *ts, turn_end_fn *fn, void *arg)
{
    begin(ts, STEP_ROLLBACK, arg);
    assert(ts->locked);
    ts->locked = false;
    ts->node->must_look = ts->found.ledger_count >= TURN_FOREIGN_MAX;
    ts->end_fn = fn;
    struct session *s = ts->session;
    if (!s || s->db->holder != s)
        answer(ts, TURN_OK, "", 1);
    else
        event_set(ts->world, &ts->there, trip(ts));
}

void turn_store_load(struct turn_store *ts, int64_t last, turn_rows_fn *fn, void *arg)
{
    ts->last = last;
    ts->node->must_look = false;
    begin(ts, STEP_LOAD, arg);
    ts->rows_fn = fn;
    event_set(ts->world, &ts->there, trip(ts));
}
