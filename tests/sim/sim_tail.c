/* store/tail.h against the simulated database, as far as the turn uses it: looks, and wakes. */
#include "sim.h"

#include "store/tail.h"

#include <assert.h>

enum { RETRY_US = 100000, WAIT_US = 5000000 };

struct note { /* a NOTIFY on its way */
    struct note *next;
    struct event event;
    struct tail *tail;
    int64_t seq;
};

struct tail {
    struct world *world;
    struct process *node;
    tail_wake_fn *wake;
    void *wake_arg;
    bool connected, out, waits;
    struct event connect, there, back;
    struct waiter waiter;
    struct turn_want want;
    turn_rows_fn *fn;
    void *arg;
    int64_t gives_up;
    enum turn_end end;
    struct arena arena;
    struct rows found;
    struct note *notes;
};

static int64_t trip(const struct tail *t)
{
    return some_time(t->world, t->world->usual_us);
}

static void on_connect(void *arg)
{
    struct tail *t = arg;
    if (t->world->db.down || t->node->cut) {
        event_set(t->world, &t->connect, RETRY_US);
        return;
    }
    t->connected = true;
    t->wake(t->wake_arg, 0);
}

static void answer(struct tail *t, enum turn_end end, int64_t delay)
{
    t->end = end;
    event_set(t->world, &t->back, delay);
}

static void on_replicated(void *arg, bool replicated)
{
    struct tail *t = arg;
    t->waits = false;
    answer(t, replicated ? TURN_OK : TURN_UNKNOWN, trip(t));
}

/* One snapshot; and where it shows what was not told yet, a commit of the hub's own, which ends
 * only when the standby has everything before it. */
static void on_there(void *arg)
{
    struct tail *t = arg;
    struct world *w = t->world;
    if (!t->connected) {
        if (w->now >= t->gives_up)
            answer(t, TURN_FAILED, 1);
        else
            event_set(w, &t->there, RETRY_US);
        return;
    }
    arena_deinit(&t->arena);
    arena_init(&t->arena);
    db_read(&w->db, &t->want, &t->arena, &t->found);
    bool fresh = t->found.head.seq > t->want.told || t->found.head.rev > t->want.rev;
    if (!w->sync || !fresh || w->db.visible <= db_durable(&w->db)) {
        answer(t, TURN_OK, trip(t));
        return;
    }
    t->waits = true;
    t->waiter = (struct waiter){.upto = w->db.visible, .fn = on_replicated, .arg = t};
    db_await_standby(&w->db, &t->waiter);
}

static void on_back(void *arg)
{
    struct tail *t = arg;
    t->out = false;
    t->fn(t->arg, t->end, t->end == TURN_OK ? &t->found : NULL);
}

void tail_look(struct tail *t, const struct turn_want *want, turn_rows_fn *fn, void *arg)
{
    assert(!t->out); /* the turn asks one thing at a time */
    t->out = true;
    t->want = *want;
    t->fn = fn;
    t->arg = arg;
    t->gives_up = t->world->now + WAIT_US;
    event_set(t->world, &t->there, trip(t));
}

/* ---- wakes ---- */

static void forget(struct note *n)
{
    for (struct note **at = &n->tail->notes; *at; at = &(*at)->next)
        if (*at == n) {
            *at = n->next;
            break;
        }
    event_stop(n->tail->world, &n->event);
    mem_free(n);
}

static void on_note(void *arg)
{
    struct note *n = arg;
    struct tail *t = n->tail;
    int64_t seq = n->seq;
    forget(n);
    t->wake(t->wake_arg, seq);
}

void sim_tail_notify(struct tail *t, int64_t seq)
{
    struct world *w = t->world;
    if (!t->connected || (w->on[FAULT_NOTIFY] && chance(w, 500)))
        return;
    struct note *n = mem_new(sizeof(*n));
    n->tail = t;
    n->seq = seq;
    n->event = (struct event){.fn = on_note, .arg = n, .owner = &t->node->loop};
    n->next = t->notes;
    t->notes = n;
    event_set(w, &n->event, trip(t));
}

/* ---- its connection ---- */

void sim_tail_cut(struct tail *t)
{
    struct world *w = t->world;
    if (!t->connected)
        return;
    t->connected = false;
    event_set(w, &t->connect, between(w, 1, 500000));
    bool asked = t->waits || t->there.place;
    if (t->waits)
        db_forget_waiter(&w->db, &t->waiter);
    t->waits = false;
    event_stop(w, &t->there);
    if (asked || (t->back.place && chance(w, 500)))
        answer(t, TURN_UNKNOWN, between(w, 1, 500000));
}

struct tail *sim_tail_open(struct process *n, tail_wake_fn *wake, void *arg)
{
    struct tail *t = mem_new(sizeof(*t));
    t->world = n->world;
    t->node = n;
    t->wake = wake;
    t->wake_arg = arg;
    arena_init(&t->arena);
    t->connect = (struct event){.fn = on_connect, .arg = t, .owner = &n->loop};
    t->there = (struct event){.fn = on_there, .arg = t};
    t->back = (struct event){.fn = on_back, .arg = t, .owner = &n->loop};
    event_set(t->world, &t->connect, trip(t));
    return t;
}

void tail_close(struct tail *t)
{
    struct world *w = t->world;
    if (t->waits)
        db_forget_waiter(&w->db, &t->waiter);
    while (t->notes)
        forget(t->notes);
    event_stop(w, &t->connect);
    event_stop(w, &t->there);
    event_stop(w, &t->back);
    arena_deinit(&t->arena);
    mem_free(t);
}
