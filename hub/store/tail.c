#include "store/tail.h"

#include "store/pg.h"
#include "store/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    WAIT_MS = 5000,    /* for a connection */
    SILENT_MS = 15000, /* for an answer */
    FRESH_MS = 2000    /* health that a look brought is as good as asked for */
};

enum what_asked { ASK_LOOK, ASK_READ, ASK_TICKETS, ASK_HEALTH };

/* One request, with copies of what it needs: it may wait behind others. */
struct request {
    struct request *next;
    enum what_asked what;
    int64_t asked_ms;
    int64_t after, upto; /* look: rev, told */
    int64_t heard;       /* look */
    size_t limit;
    bool of_ticket;
    struct ticket_id ticket;
    struct ticket_id *ids;
    size_t id_count;
    turn_rows_fn *rows_fn;
    tail_health_fn *health_fn;
    void *arg;
};

struct tail {
    struct loop *loop;
    const struct log *log;
    struct pg *pg;
    char *hub_name;
    tail_wake_fn *wake;
    void *wake_arg;
    struct request *first, **last;
    bool out; /* the first request is at the database */
    struct health health;
    int64_t health_at; /* boot ms; 0: not known */
    struct loop_timer *timer;
    struct pg_params params;
};

static void send_first(struct tail *t);

/* ---- the line ---- */

/* A look is never given up: its COMMIT may wait for its standby as long as it takes. */
static void arm_timer(struct tail *t)
{
    if (t->first == NULL || (t->out && t->first->what == ASK_LOOK)) {
        loop_timer_stop(t->timer);
        return;
    }
    int64_t wait = t->out ? SILENT_MS : t->first->asked_ms + WAIT_MS - loop_boot_ms(t->loop);
    loop_timer_set(t->timer, wait > 0 ? wait : 0);
}

static void answer_first(struct tail *t, enum turn_end end, const struct rows *rows,
                         const struct health *health)
{
    struct request *r = t->first;
    t->first = r->next;
    if (t->first == NULL)
        t->last = &t->first;
    t->out = false;
    send_first(t);
    switch (r->what) {
    case ASK_LOOK:
    case ASK_READ:
    case ASK_TICKETS:
        r->rows_fn(r->arg, end, rows);
        break;
    case ASK_HEALTH:
        r->health_fn(r->arg, end, health);
        break;
    }
    mem_free(r->ids);
    mem_free(r);
}

static void on_cleaned(void *arg, const struct pg_answer *a)
{
    (void)a; /* a lost connection has rolled back too */
    answer_first(arg, TURN_FAILED, NULL, NULL);
}

/* Reads are not asked for twice: the caller knows whether he still wants the answer. */
static void fail_first(struct tail *t, enum turn_end end, const char *text)
{
    log_warn(t->log, "tail.read_failed", F_TEXT("text", text));
    if (!pg_in_transaction(t->pg)) {
        answer_first(t, end, NULL, NULL);
        return;
    }
    pg_params_clear(&t->params);
    pg_send(t->pg, "rollback", &t->params);
    pg_finish(t->pg, on_cleaned, t);
}

/* ---- health ---- */

enum { HEALTH_CLOCK = 6, HEALTH_COPIES, HEALTH_WRITABLE };

static void read_health(struct tail *t, const PGresult *res, const struct head *head)
{
    t->health = (struct health){.copies = pg_get_int(res, 0, HEALTH_COPIES),
                                .writable = pg_get_bool(res, 0, HEALTH_WRITABLE),
                                .db_ms = pg_get_int(res, 0, HEALTH_CLOCK),
                                .head = head->seq};
    t->health_at = loop_boot_ms(t->loop);
}

static void send_health(struct tail *t, pg_answer_fn *fn)
{
    pg_params_clear(&t->params);
    pg_send(t->pg, "health", &t->params);
    pg_finish(t->pg, fn, t);
}

static void on_health(void *arg, const struct pg_answer *a)
{
    struct tail *t = arg;
    struct head head;
    enum turn_end end = pg_end(a, false);
    if (end == TURN_OK && !rows_read_head(a->results[0], &head))
        end = TURN_FAILED;
    if (end != TURN_OK) {
        fail_first(t, end, a->text);
        return;
    }
    read_health(t, a->results[0], &head);
    struct health health = t->health;
    answer_first(t, TURN_OK, NULL, &health);
}

/* ---- look ---- */

enum { LOOK_BEGIN, LOOK_HEAD, LOOK_CLOCK, LOOK_CHANGES };

static void on_looked(void *arg, const struct pg_answer *a)
{
    struct tail *t = arg;
    enum turn_end end = pg_end(a, true);
    struct rows rows = {0};
    if (end == TURN_OK && !rows_read_head(a->results[LOOK_HEAD], &rows.head))
        end = TURN_FAILED;
    if (end != TURN_OK) {
        fail_first(t, end, a->text[0] != '\0' ? a->text : "the database has no head row");
        return;
    }
    struct arena arena;
    arena_init(&arena);
    rows.db_ms = pg_get_int(a->results[LOOK_CLOCK], 0, 0);
    rows_read_changes(&arena, &a->results[LOOK_CHANGES], &rows);
    answer_first(t, TURN_OK, &rows, NULL);
    arena_deinit(&arena);
}

static void send_look(struct tail *t, const struct request *r)
{
    struct turn_want want = {.rev = r->after, .told = r->upto};
    pg_params_clear(&t->params);
    pg_send(t->pg, "begin_snapshot", &t->params);
    pg_send(t->pg, "head", &t->params);
    pg_send(t->pg, "clock", &t->params);
    rows_ask_changes(t->pg, &t->params, &want);
    pg_params_clear(&t->params);
    pg_add_text(&t->params, str_of(t->hub_name));
    pg_add_int(&t->params, want.told);
    pg_add_int(&t->params, want.rev);
    pg_send(t->pg, "look_told", &t->params);
    pg_params_clear(&t->params);
    pg_send(t->pg, "commit", &t->params);
    pg_finish(t->pg, on_looked, t);
}

/* The short look of an idle hub: the head says that nothing has changed, and that is all. */
static void on_glanced(void *arg, const struct pg_answer *a)
{
    struct tail *t = arg;
    struct rows rows = {0};
    enum turn_end end = pg_end(a, false);
    if (end == TURN_OK && !rows_read_head(a->results[0], &rows.head))
        end = TURN_FAILED;
    if (end != TURN_OK) {
        fail_first(t, end, a->text[0] != '\0' ? a->text : "the database has no head row");
        return;
    }
    read_health(t, a->results[0], &rows.head);
    rows.db_ms = t->health.db_ms;
    if (rows.head.rev == t->first->after && rows.head.seq == t->first->upto)
        answer_first(t, TURN_OK, &rows, NULL);
    else
        send_look(t, t->first);
}

/* ---- reads ---- */

enum { READ_BEGIN, READ_ROWS, READ_MORE };

static void on_read(void *arg, const struct pg_answer *a)
{
    struct tail *t = arg;
    enum turn_end end = pg_end(a, false);
    if (end != TURN_OK) {
        fail_first(t, end, a->text);
        return;
    }
    struct rows rows = {0};
    struct arena arena;
    arena_init(&arena);
    if (t->first->what == ASK_TICKETS) {
        rows_read_tickets(&arena, a->results[READ_ROWS], a->results[READ_MORE], &rows);
    } else {
        rows_read_ledger(&arena, a->results[READ_ROWS], &rows);
        rows_read_tickets(&arena, a->results[READ_MORE], NULL, &rows);
    }
    answer_first(t, TURN_OK, &rows, NULL);
    arena_deinit(&arena);
}

static void send_read(struct tail *t, const struct request *r)
{
    pg_params_clear(&t->params);
    pg_send(t->pg, "begin_snapshot", &t->params);
    pg_add_int(&t->params, r->after);
    pg_add_int(&t->params, r->upto);
    pg_add_int(&t->params, (int64_t)r->limit);
    if (!r->of_ticket) {
        pg_send(t->pg, "read_ledger", &t->params);
        pg_send(t->pg, "read_closed", &t->params);
    } else {
        pg_add_uuid(&t->params, r->ticket.at);
        pg_send(t->pg, "read_ledger_of", &t->params);
        pg_params_clear(&t->params);
        pg_add_uuid(&t->params, r->ticket.at);
        pg_send(t->pg, "read_closed_of", &t->params);
    }
    pg_params_clear(&t->params);
    pg_send(t->pg, "commit", &t->params);
    pg_finish(t->pg, on_read, t);
}

static void send_tickets(struct tail *t, const struct request *r)
{
    pg_params_clear(&t->params);
    pg_send(t->pg, "begin_snapshot", &t->params);
    rows_add_tickets(&t->params, r->ids, r->id_count);
    pg_send(t->pg, "tickets_by_id", &t->params);
    pg_send(t->pg, "obligations_by_id", &t->params);
    pg_params_clear(&t->params);
    pg_send(t->pg, "commit", &t->params);
    pg_finish(t->pg, on_read, t);
}

static void send_first(struct tail *t)
{
    assert(!t->out);
    struct request *r = t->first;
    if (r != NULL && pg_is_up(t->pg)) {
        t->out = true;
        switch (r->what) {
        case ASK_LOOK:
            if (r->heard > r->upto)
                send_look(t, r);
            else
                send_health(t, on_glanced);
            break;
        case ASK_READ:
            send_read(t, r);
            break;
        case ASK_TICKETS:
            send_tickets(t, r);
            break;
        case ASK_HEALTH:
            send_health(t, on_health);
            break;
        }
    }
    arm_timer(t);
}

static void on_timer(void *arg)
{
    struct tail *t = arg;
    if (t->out)
        pg_drop(t->pg); /* answers what is out */
    else if (t->first != NULL)
        answer_first(t, TURN_FAILED, NULL, NULL);
}

/* ---- wake ---- */

static void on_up(void *arg)
{
    struct tail *t = arg;
    if (!t->out)
        send_first(t);
    t->wake(t->wake_arg, 0);
}

static void on_notified(void *arg, struct str payload)
{
    struct tail *t = arg;
    int64_t seq = 0;
    if (str_to_int(payload, 0, INT64_MAX, &seq))
        t->wake(t->wake_arg, seq);
}

/* ---- the seam ---- */

struct tail *tail_open(struct loop *loop, const struct log *log, const char *conninfo,
                       const char *hub_name, tail_wake_fn *wake, void *arg)
{
    struct tail *t = mem_new(sizeof(*t));
    t->loop = loop;
    t->log = log;
    t->wake = wake;
    t->wake_arg = arg;
    t->last = &t->first;
    size_t size = strlen(hub_name) + 1;
    t->hub_name = mem_new(size);
    memcpy(t->hub_name, hub_name, size);
    pg_params_init(&t->params);
    t->timer = loop_timer_open(loop, on_timer, t);
    char name[FAULT_FIELD_BYTES];
    (void)snprintf(name, sizeof(name), "posko tail %s", hub_name);
    struct pg_options options = {
        .name = name, .listen = true, .up = on_up, .notified = on_notified, .arg = t};
    t->pg = pg_open(loop, log, conninfo, &options);
    return t;
}

void tail_close(struct tail *t)
{
    if (t == NULL)
        return;
    pg_close(t->pg);
    loop_timer_close(t->timer);
    while (t->first != NULL) {
        struct request *r = t->first;
        t->first = r->next;
        mem_free(r->ids);
        mem_free(r);
    }
    pg_params_deinit(&t->params);
    mem_free(t->hub_name);
    mem_free(t);
}

bool tail_is_up(const struct tail *t)
{
    return pg_is_up(t->pg);
}

static struct request *ask(enum what_asked what, turn_rows_fn *fn, void *arg)
{
    struct request *r = mem_new(sizeof(*r));
    r->what = what;
    r->rows_fn = fn;
    r->arg = arg;
    return r;
}

static void enqueue(struct tail *t, struct request *r)
{
    r->asked_ms = loop_boot_ms(t->loop);
    *t->last = r;
    t->last = &r->next;
    if (!t->out)
        send_first(t);
}

void tail_look(struct tail *t, const struct turn_want *want, turn_rows_fn *fn, void *arg)
{
    struct request *r = ask(ASK_LOOK, fn, arg);
    r->after = want->rev;
    r->upto = want->told;
    r->heard = want->heard;
    enqueue(t, r);
}

void tail_read(struct tail *t, int64_t after, int64_t upto, const struct ticket_id *ticket,
               size_t limit, turn_rows_fn *fn, void *arg)
{
    struct request *r = ask(ASK_READ, fn, arg);
    r->after = after;
    r->upto = upto;
    r->limit = limit;
    r->of_ticket = ticket != NULL;
    if (ticket != NULL)
        r->ticket = *ticket;
    enqueue(t, r);
}

void tail_tickets(struct tail *t, const struct ticket_id *ids, size_t count, turn_rows_fn *fn,
                  void *arg)
{
    struct request *r = ask(ASK_TICKETS, fn, arg);
    r->ids = mem_new((count + 1) * sizeof(*ids));
    r->id_count = count;
    if (count > 0)
        memcpy(r->ids, ids, count * sizeof(*ids));
    enqueue(t, r);
}

void tail_health(struct tail *t, tail_health_fn *fn, void *arg)
{
    if (t->health_at != 0 && loop_boot_ms(t->loop) - t->health_at < FRESH_MS && pg_is_up(t->pg)) {
        struct health health = t->health;
        fn(arg, TURN_OK, &health);
        return;
    }
    struct request *r = ask(ASK_HEALTH, NULL, arg);
    r->health_fn = fn;
    enqueue(t, r);
}
