/* The one database of all hubs: a log of commits, the lock of the head row, and a standby that
 * hears of commits a little later.  The tables that follow are sim_tables. */
#include "sim_session.h"
#include "sim_tables.h"

#include <assert.h>

int64_t db_clock_ms(const struct world *w)
{
    return SIM_T0 + w->now / 1000 + w->skew_ms + w->db.clock_offset_ms;
}

static void tell_all(struct db *db)
{
    struct world *w = db->world;
    for (int i = 0; i < w->node_count; i++)
        if (w->nodes[i].up)
            sim_tail_notify(w->nodes[i].tail, db->head.seq);
}

void db_show(struct db *db)
{
    if (db->visible == db->count)
        return;
    while (db->visible < db->count)
        tables_show(db, db->log[db->visible++]);
    tell_all(db);
}

/* ---- the standby ---- */

size_t db_durable(const struct db *db)
{
    return db->world->sync ? db->replicated : db->count;
}

bool db_is_durable(const struct db *db, int64_t seq)
{
    size_t durable = db_durable(db);
    if (seq == 0)
        return true;
    return durable > 0 && db->log[durable - 1]->rows.head.seq >= seq;
}

static void answer_waiters(struct db *db)
{
    struct waiter **at = &db->waiters;
    while (*at) {
        struct waiter *waiter = *at;
        if (waiter->upto > db_durable(db)) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        waiter->fn(waiter->arg, true);
        at = &db->waiters; /* the call may have changed the list */
    }
}

static void plan_replication(struct db *db)
{
    if (db->replicated < db->count && !db->stalled && !db->down && db->replicate.place == 0)
        event_set(db->world, &db->replicate, some_time(db->world, db->world->usual_us / 2 + 1));
}

static void on_replicate(void *arg)
{
    struct db *db = arg;
    if (db->stalled || db->down)
        return;
    /* Not always all of it. */
    int64_t behind = (int64_t)(db->count - db->replicated);
    db->replicated += (size_t)between(db->world, behind > 0 ? 1 : 0, behind);
    answer_waiters(db);
    plan_replication(db);
}

void db_await_standby(struct db *db, struct waiter *waiter)
{
    waiter->next = db->waiters;
    db->waiters = waiter;
    plan_replication(db);
}

void db_forget_waiter(struct db *db, const struct waiter *waiter)
{
    for (struct waiter **at = &db->waiters; *at; at = &(*at)->next)
        if (*at == waiter) {
            *at = waiter->next;
            return;
        }
}

void db_cancel_waits(struct db *db)
{
    struct waiter *list = db->waiters;
    db->waiters = NULL;
    db_show(db);
    while (list) {
        struct waiter *next = list->next;
        list->fn(list->arg, false);
        list = next;
    }
}

void db_stall(struct db *db, bool stalled)
{
    db->stalled = stalled;
    plan_replication(db);
}

/* ---- the lock ---- */

void db_grant(struct db *db)
{
    if (db->holder || db->hogged || db->down || !db->first)
        return;
    struct session *s = db->first;
    db->first = s->next;
    if (!db->first)
        db->last = &db->first;
    s->next = NULL;
    s->waits_lock = false;
    db->holder = s;
    s->granted(s);
}

void db_set_hogged(struct db *db, bool hogged)
{
    db->hogged = hogged && !db->holder;
    db_grant(db);
}

/* ---- the end of a server, and the next ---- */

static void cut_off(struct db *db)
{
    trace(db->world, "fail-over: %zu commits, %zu of them on the standby", db->count,
          db->replicated);
    db->lost = mem_grow(db->lost, (db->lost_count + db->count + 1) * sizeof(*db->lost));
    while (db->count > db->replicated)
        db->lost[db->lost_count++] = db->log[--db->count];
    tables_wipe(db);
    while (db->visible < db->count)
        tables_show(db, db->log[db->visible++]);
}

static void on_come_up(void *arg)
{
    struct db *db = arg;
    db->down = false;
    trace(db->world, "database is up");
    plan_replication(db);
    db_grant(db);
}

void db_restart(struct world *w, bool failover, int64_t down_us)
{
    struct db *db = &w->db;
    db->down = true;
    sim_store_db_gone(w);
    assert(!db->holder && !db->first && !db->waiters);
    if (failover)
        cut_off(db);
    else
        while (db->visible < db->count) /* recovery shows what was on its disk */
            tables_show(db, db->log[db->visible++]);
    event_set(w, &db->come_up, down_us);
}

/* ---- writes ---- */

struct commit *commit_new(const struct db *db, const struct turn_rows *rows)
{
    struct commit *c = mem_new(sizeof(*c));
    arena_init(&c->arena);
    for (size_t i = 0; i < rows->ticket_count; i++) /* who holds the lock knows what there is */
        assert(rows_was_right(db_ticket(db, rows->tickets[i].id), &rows->tickets[i]));
    rows_copy(&c->arena, rows, &c->rows);
    return c;
}

void commit_free(struct commit *c)
{
    if (!c)
        return;
    arena_deinit(&c->arena);
    mem_free(c);
}

void db_append(struct world *w, struct commit *c)
{
    struct db *db = &w->db;
    assert(db->count == db->visible); /* the lock: nobody else writes */
    check_append(w, &c->rows);
    c->at_us = w->now;
    if (db->count == db->size) {
        db->size = db->size ? 2 * db->size : 256;
        db->log = mem_grow(db->log, db->size * sizeof(struct commit *));
    }
    db->log[db->count++] = c;
    bool often = w->whole || w->node_count > 2; /* will it be read */
    for (size_t i = 0; i < c->rows.ticket_count && often; i++)
        sim_json_share(&c->arena, c->rows.tickets[i].doc);
    if (!w->sync)
        db->replicated = db->count;
}

static void on_hog_ends(void *arg)
{
    db_set_hogged(arg, false);
}

void db_open(struct world *w)
{
    struct db *db = &w->db;
    *db = (struct db){.world = w};
    db->last = &db->first;
    db->replicate = (struct event){.fn = on_replicate, .arg = db};
    db->come_up = (struct event){.fn = on_come_up, .arg = db};
    db->hog = (struct event){.fn = on_hog_ends, .arg = db};
}

void db_close(struct world *w)
{
    struct db *db = &w->db;
    event_stop(w, &db->replicate);
    event_stop(w, &db->come_up);
    event_stop(w, &db->hog);
    tables_wipe(db);
    sim_json_forget();
    for (size_t i = 0; i < db->count; i++)
        commit_free(db->log[i]);
    for (size_t i = 0; i < db->lost_count; i++)
        commit_free(db->lost[i]);
    mem_free(db->log);
    mem_free(db->lost);
    mem_free(db->ledger);
    mem_free(db->revs);
}
