/* store/tail.h against the simulated database, as far as the turn uses it: looks, and wakes. */
#include "sim_tables.h"

#include "store/tail.h"

#include <assert.h>

enum { RETRY_US = 100000, WAIT_US = 5000000 };
enum { CHAIN_MORE = 64 }; /* as sql/queries/tickets_by_id.sql */

struct note { /* a NOTIFY on its way */
    struct note *next;
    struct event event;
    struct tail *tail;
    int64_t seq;
};

enum asked { ASKED_ROWS, ASKED_TICKETS, ASKED_HEALTH };
struct question {
    struct question *next;
    enum asked what;
    int64_t gives_up, after, upto;
    bool of_ticket;
    struct ticket_id ticket, *ids;
    size_t id_count, limit;
    turn_rows_fn *fn;
    tail_health_fn *health_fn;
    void *arg;
};

struct tail {
    struct question *first, **last; /* answered in order */
    struct event answer;
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
    t->node->must_look = false;
    t->want = *want;
    t->fn = fn;
    t->arg = arg;
    t->gives_up = t->world->now + WAIT_US;
    event_set(t->world, &t->there, trip(t));
}

/* ---- replay, history, health ---- */

static struct question *take_question(struct tail *t)
{
    struct question *q = t->first;
    t->first = q->next;
    if (!t->first)
        t->last = &t->first;
    return q;
}

static void free_question(struct question *q)
{
    mem_free(q->ids);
    mem_free(q);
}

static bool is_over(const struct ticket_row *t)
{
    return str_eq(t->state, STR("closed")) || str_eq(t->state, STR("merged"));
}

static void read_rows(const struct db *db, const struct question *q, struct arena *a,
                      struct rows *out)
{
    struct ledger_row *ledger = ARENA_ARRAY(a, struct ledger_row, q->limit + 1);
    struct ticket_row *tickets = ARENA_ARRAY(a, struct ticket_row, q->limit + 1);
    for (int64_t seq = q->after + 1; seq <= q->upto && out->ledger_count < q->limit; seq++) {
        const struct ledger_row *row = db_row(db, seq);
        if (!row)
            break;
        if (q->of_ticket && !ticket_id_eq(row->ticket, q->ticket))
            continue;
        ledger[out->ledger_count++] = *row;
        const struct ticket_row *t = db_ticket(db, row->ticket);
        bool there = !t || !is_over(t);
        for (size_t i = 0; i < out->ticket_count && !there; i++)
            there = ticket_id_eq(tickets[i].id, t->id);
        if (!there)
            tickets[out->ticket_count++] = *t;
    }
    out->ledger = ledger;
    out->tickets = tickets;
}

static void add_ticket(struct ticket_row *tickets, struct rows *out, const struct ticket_row *t)
{
    for (size_t i = 0; i < out->ticket_count && t; i++)
        if (ticket_id_eq(tickets[i].id, t->id))
            return;
    if (t)
        tickets[out->ticket_count++] = *t;
}

static void read_tickets(const struct db *db, const struct question *q, struct arena *a,
                         struct rows *out)
{
    struct ticket_row *tickets = ARENA_ARRAY(a, struct ticket_row, q->id_count + CHAIN_MORE + 1);
    out->tickets = tickets;
    for (size_t i = 0; i < q->id_count; i++)
        add_ticket(tickets, out, db_ticket(db, q->ids[i]));
    for (size_t i = 0; i < out->ticket_count && out->ticket_count < q->id_count + CHAIN_MORE; i++)
        add_ticket(tickets, out, db_ticket(db, tickets[i].into));
}

static void answer_question(struct tail *t, const struct question *q, bool ok)
{
    struct db *db = &t->world->db;
    enum turn_end end = ok ? TURN_OK : TURN_FAILED;
    struct rows rows = {.head = db->head, .db_ms = db_clock_ms(t->world)};
    struct arena arena;
    arena_init(&arena);
    if (q->what == ASKED_ROWS && ok)
        read_rows(db, q, &arena, &rows);
    if (q->what == ASKED_TICKETS && ok)
        read_tickets(db, q, &arena, &rows);
    if (q->what == ASKED_HEALTH) {
        struct health health = {.copies = t->world->sync ? 2 : 1,
                                .writable = true,
                                .db_ms = rows.db_ms,
                                .head = db->head.seq};
        q->health_fn(q->arg, end, &health);
    } else {
        q->fn(q->arg, end, ok ? &rows : NULL);
    }
    arena_deinit(&arena);
}

static void on_question(void *arg)
{
    struct tail *t = arg;
    struct world *w = t->world;
    bool breaks = w->on[FAULT_BREAK] && chance(w, 50);
    bool ok = t->connected && !breaks;
    if (!ok && !breaks && w->now < t->first->gives_up) {
        event_set(w, &t->answer, RETRY_US);
        return;
    }
    struct question *q = take_question(t);
    if (t->first)
        event_set(w, &t->answer, trip(t));
    answer_question(t, q, ok);
    free_question(q);
}

static struct question *ask(struct tail *t, enum asked what, turn_rows_fn *fn, void *arg)
{
    struct question *q = mem_new(sizeof(*q));
    *q = (struct question){.what = what, .fn = fn, .arg = arg, .gives_up = t->world->now + WAIT_US};
    *t->last = q;
    t->last = &q->next;
    if (t->first == q)
        event_set(t->world, &t->answer, trip(t));
    return q;
}

void tail_read(struct tail *t, int64_t after, int64_t upto, const struct ticket_id *ticket,
               size_t limit, turn_rows_fn *fn, void *arg)
{
    struct question *q = ask(t, ASKED_ROWS, fn, arg);
    q->after = after;
    q->upto = upto;
    q->limit = limit;
    q->of_ticket = ticket != NULL;
    if (ticket)
        q->ticket = *ticket;
}

void tail_tickets(struct tail *t, const struct ticket_id *ids, size_t count, turn_rows_fn *fn,
                  void *arg)
{
    struct question *q = ask(t, ASKED_TICKETS, fn, arg);
    q->ids = mem_new((count + 1) * sizeof(*ids));
    for (size_t i = 0; i < count; i++)
        q->ids[i] = ids[i];
    q->id_count = count;
}

void tail_health(struct tail *t, tail_health_fn *fn, void *arg)
{
    ask(t, ASKED_HEALTH, NULL, arg)->health_fn = fn;
}

bool tail_is_up(const struct tail *t)
{
    return t->connected;
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

void sim_tail_cut(struct tail *t, int64_t away_us)
{
    struct world *w = t->world;
    if (!t->connected)
        return;
    t->connected = false;
    event_set(w, &t->connect, away_us + between(w, 1, 500000));
    bool asked = t->waits || t->there.place;
    if (t->waits)
        db_forget_waiter(&w->db, &t->waiter);
    t->waits = false;
    event_stop(w, &t->there);
    if (asked || (t->back.place && chance(w, 500)))
        answer(t, TURN_UNKNOWN, between(w, 1, 500000));
}

void sim_tail_may_come(struct tail *t)
{
    if (!t->connected)
        event_set(t->world, &t->connect, between(t->world, 1, 500000));
}

struct tail *tail_open(struct loop *loop, const struct log *log, const char *conninfo,
                       const char *hub_name, tail_wake_fn *wake, void *arg)
{
    struct process *n = process_of(loop);
    struct tail *t = mem_new(sizeof(*t));
    (void)log;
    (void)conninfo;
    (void)hub_name;
    n->tail = t;
    t->last = &t->first;
    t->answer = (struct event){.fn = on_question, .arg = t, .owner = &n->loop};
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
    event_stop(w, &t->answer);
    while (t->first) { /* who asked is gone already; this frees what was kept for him */
        struct question *q = take_question(t);
        if (q->fn)
            q->fn(q->arg, TURN_FAILED, NULL);
        free_question(q);
    }
    arena_deinit(&t->arena);
    mem_free(t);
}
