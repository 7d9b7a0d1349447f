#include "app/turn.h"

#include "app/learn.h"
#include "app/line.h"

#include <assert.h>
#include <string.h>

enum phase { PHASE_IDLE, PHASE_LOOKING, PHASE_LOCKING, PHASE_ENDING, PHASE_LOADING, PHASE_WAITING };

struct turn {
    struct loop *loop;
    const struct log *log;
    struct turn_store *store;
    struct tail *tail;
    const struct hub_identity *hub;
    struct turn_ops ops;
    void *app;

    enum phase phase;
    struct line line;       /* waits */
    struct submission *out; /* is in the turn at the database, in order */
    struct batch *batch;
    struct news news;
    struct state *state;
    struct state *loading;
    struct dbclock clock;
    struct head head;           /* what memory holds */
    struct arena want_arena;    /* what the lock was asked for */
    struct arena foreign_arena; /* ledger rows of other hubs that the lock showed, */
    struct ledger_row *foreign; /* to be told with ours, before ours */
    size_t foreign_count;
    bool stale;          /* memory must be read again */
    int64_t told, heard; /* heard: the highest head that a NOTIFY named */
    bool look_wanted, look_asked, loaded, settling;
    int64_t clocks_from; /* boottime: grace after a start or a doubt */
    bool clock_alone;    /* the last turn was refused: clocks one by one */
    struct loop_timer *due_timer, *retry_timer, *look_timer;
    int64_t last_good, began_us;
    uint64_t *turns, *refused_turns, *doubts, *records, *fired, *looks;
    struct histogram *turn_seconds, *lateness_seconds;
};

static void kick(struct turn *t);
static void start_load(struct turn *t);

static int64_t boot_now(const struct turn *t)
{
    return loop_boot_ms(t->loop);
}

int64_t turn_now(const struct turn *t)
{
    int64_t now = dbclock_estimate(&t->clock, boot_now(t));
    return now > t->head.at ? now : t->head.at;
}

/* ---- clocks ---- */

static void arm_due_timer(struct turn *t)
{
    const struct owed *o = NULL;
    int64_t next = INT64_MAX;
    if (state_due(t->state, INT64_MAX, &o))
        next = o->next;
    int64_t due = 0;
    if (state_silent(t->state, INT64_MAX, &due) && due < next)
        next = due;
    if (next == INT64_MAX) {
        loop_timer_stop(t->due_timer);
        return;
    }
    int64_t delay = next - turn_now(t);
    int64_t grace = t->clocks_from - boot_now(t);
    if (delay < grace)
        delay = grace;
    loop_timer_set(t->due_timer, delay < 1 ? 1 : delay);
}

static bool clocks_may_fire(const struct turn *t)
{
    return boot_now(t) >= t->clocks_from;
}

static bool clocks_are_due(const struct turn *t)
{
    const struct owed *o = NULL;
    int64_t due = 0;
    int64_t now = turn_now(t);
    return clocks_may_fire(t) &&
           (state_due(t->state, now, &o) || state_silent(t->state, now, &due));
}

/* ---- ends ---- */

/* All that memory holds was told: rows of other hubs that a lock showed may still wait for it. */
static bool memory_is_truth(const struct turn *t)
{
    return t->told == t->head.seq && !t->news.tickets && !t->news.entries;
}

static void settle(struct turn *t)
{
    t->phase = PHASE_IDLE;
    t->last_good = boot_now(t);
    state_forget(t->state);
    arm_due_timer(t);
    if (t->settling)
        return;
    t->settling = true;
    if (memory_is_truth(t))
        t->ops.settled(t->app);
    t->settling = false;
    kick(t);
}

static void tell(struct turn *t, const struct ledger_row *rows, size_t count, int64_t head)
{
    t->news.ledger = rows;
    t->news.ledger_count = count;
    t->news.head = head;
    t->told = head;
    t->ops.tell(t->app, &t->news);
    news_clear(&t->news);
}

static void answer_look(struct turn *t)
{
    if (!t->look_asked)
        return;
    t->look_asked = false;
    t->ops.looked(t->app);
}

static void wait_and_retry(struct turn *t)
{
    t->phase = PHASE_WAITING;
    line_expire(&t->line, boot_now(t) - TURN_WAIT_MS);
    loop_timer_set(t->retry_timer, TURN_RETRY_MS);
}

/* The submissions of the turn at the database back to the head of the line. */
static void take_back(struct turn *t, bool in_doubt, bool alone)
{
    for (struct submission *s = t->out; s; s = s->next) {
        s->in_doubt |= in_doubt;
        s->alone |= alone && !s->together;
    }
    line_put_back(&t->line, t->out);
    t->out = NULL;
}

static void drop_memory(struct turn *t)
{
    batch_free(t->batch);
    t->batch = NULL;
    news_clear(&t->news);
    t->clocks_from = boot_now(t) + TURN_GRACE_MS;
    t->stale = true;
    start_load(t);
}

static void stop_for(struct turn *t, const char *event, const char *text)
{
    log_error(t->log, event, F_TEXT("text", text));
    t->phase = PHASE_WAITING;
    t->ops.fatal(t->app, event, text);
}

/* ---- load: start, and after a doubt ---- */

static void load_done(struct turn *t, const struct rows *rows)
{
    if (rows->head.seq < t->told) {
        stop_for(t, "ledger.lost_tail", "the head is below what was told; see docs/operations.md");
        return;
    }
    state_free(t->state);
    t->state = t->loading;
    t->loading = NULL;
    t->head = rows->head;
    dbclock_read(&t->clock, &(struct dbclock_reading){.db = rows->db_ms,
                                                      .boot = boot_now(t),
                                                      .wall = loop_wall_ms(t->loop),
                                                      .accept = rows->head.accept_clock});
    bool first = !t->loaded;
    t->loaded = true;
    t->stale = false;
    /* At the start all but the last row counts as told: the look that tells that one commits, and
     * with it all before is durable.  After a doubt the rest is looked up. */
    if (first && rows->head.seq > 0)
        t->told = rows->head.seq - 1;
    t->look_wanted = true;
    t->phase = PHASE_IDLE;
    log_info(t->log, "state.loaded", F_INT("head", rows->head.seq),
             F_INT("tickets", state_count(t->state, ENTRY_TICKET)));
    t->ops.loaded(t->app);
    settle(t);
}

static void on_loaded(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn *t = arg;
    if (end != TURN_OK) {
        state_free(t->loading);
        t->loading = NULL;
        wait_and_retry(t);
        return;
    }
    if (rows->entry_count == 0 && rows->ticket_count == 0) {
        load_done(t, rows);
        return;
    }
    struct fault fault;
    if (learn_rows(t->loading, rows, 0, NULL, &fault) != OK)
        stop_for(t, "row.unreadable", fault.text);
}

static void start_load(struct turn *t)
{
    t->phase = PHASE_LOADING;
    t->loading = state_new();
    turn_store_load(t->store, on_loaded, t);
}

/* ---- look: what other hubs wrote, when nothing of ours is to be written ---- */

static bool learn(struct turn *t, const struct rows *rows)
{
    if (rows->head.seq < t->told || rows->head.rev < t->head.rev) {
        stop_for(t, "ledger.lost_tail", "the head is below what was told; see docs/operations.md");
        return false;
    }
    struct fault fault;
    if (learn_rows(t->state, rows, t->head.rev, &t->news, &fault) != OK) {
        stop_for(t, "row.unreadable", fault.text);
        return false;
    }
    t->head = rows->head;
    return true;
}

static int64_t read_clock(struct turn *t, const struct rows *rows)
{
    bool held = t->clock.held;
    int64_t at =
        dbclock_read(&t->clock, &(struct dbclock_reading){.db = rows->db_ms,
                                                          .boot = boot_now(t),
                                                          .wall = loop_wall_ms(t->loop),
                                                          .accept = rows->head.accept_clock});
    if (held != t->clock.held) {
        if (t->clock.held)
            log_error(t->log, "clock.held", F_INT("database_ms", rows->db_ms), F_INT("at", at));
        else
            log_info(t->log, "clock.believed", F_INT("database_ms", rows->db_ms));
    }
    return at > rows->head.at ? at : rows->head.at;
}

static void on_looked(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn *t = arg;
    if (end != TURN_OK) {
        t->look_wanted = true;
        wait_and_retry(t);
        return;
    }
    if (!learn(t, rows))
        return;
    read_clock(t, rows);
    int64_t upto = rows->head.seq;
    if (rows->ledger_count >= TURN_FOREIGN_MAX)
        upto = rows->ledger[rows->ledger_count - 1].seq;
    t->look_wanted = upto < rows->head.seq;
    if (upto > t->told || t->news.tickets || t->news.entries)
        tell(t, rows->ledger, rows->ledger_count, upto);
    answer_look(t);
    settle(t);
}

static void start_look(struct turn *t)
{
    t->phase = PHASE_LOOKING;
    t->look_wanted = false;
    ++*t->looks;
    struct turn_want want = {.rev = t->head.rev, .told = t->told};
    tail_look(t->tail, &want, on_looked, t);
}

/* ---- commit ---- */

static void answer_all(struct turn *t)
{
    struct submission *s = t->out;
    t->out = NULL;
    while (s) {
        struct submission *next = s->next;
        s->next = NULL;
        s->done(s, s->owner);
        s = next;
    }
}

/* PostgreSQL refused the turn: one record a turn; the one that fails alone is dropped. */
static void turn_refused(struct turn *t, const char *text)
{
    ++*t->refused_turns;
    bool one = t->out && !t->out->next && (t->out->alone || t->out->together);
    log_error(t->log, one ? "record.refused_by_database" : "turn.refused", F_TEXT("text", text),
              F_STR("jti", one ? str_of(id_text(t->out->record.jti.at).at) : STR("")));
    if (one) {
        fault_set(&t->out->fault, ERR_NOT_STORED, "",
                  "the database refused this record; nothing was stored; tell the operator");
        answer_all(t);
    } else {
        take_back(t, false, true);
    }
    t->clock_alone = true;
    drop_memory(t);
}

static void committed(struct turn *t)
{
    const struct turn_rows *rows = batch_rows(t->batch);
    t->head = rows->head;
    ++*t->turns;
    *t->records += rows->ledger_count;
    *t->fired += batch_clocks(t->batch);
    if (batch_clocks(t->batch))
        histogram_add(t->lateness_seconds, batch_lateness(t->batch) * 1000);
    histogram_add(t->turn_seconds, loop_boot_us(t->loop) - t->began_us);
    t->clock_alone = false;
    answer_all(t);
    size_t count = t->foreign_count + rows->ledger_count;
    struct ledger_row *all = ARENA_ARRAY(&t->foreign_arena, struct ledger_row, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = i < t->foreign_count ? t->foreign[i] : rows->ledger[i - t->foreign_count];
    tell(t, all, count, rows->head.seq);
    batch_free(t->batch);
    t->batch = NULL;
    answer_look(t);
    settle(t);
}

static void on_committed(void *arg, enum turn_end end, const char *text)
{
    struct turn *t = arg;
    switch (end) {
    case TURN_OK:
        committed(t);
        return;
    case TURN_REFUSED:
        turn_refused(t, text);
        return;
    case TURN_FAILED:
        log_warn(t->log, "turn.failed", F_TEXT("text", text));
        take_back(t, false, false);
        line_expire(&t->line, boot_now(t) - TURN_WAIT_MS);
        drop_memory(t);
        return;
    case TURN_UNKNOWN:
        ++*t->doubts;
        log_warn(t->log, "turn.in_doubt", F_TEXT("text", text));
        take_back(t, true, false);
        drop_memory(t);
        return;
    }
}

/* Nothing was written: what was learned from other hubs is told after a look of its own. */
static void on_rolled_back(void *arg, enum turn_end end, const char *text)
{
    struct turn *t = arg;
    (void)text;
    if (end != TURN_OK)
        log_warn(t->log, "turn.failed", F_TEXT("text", text));
    batch_free(t->batch);
    t->batch = NULL;
    answer_all(t); /* refusals, all of them: they changed nothing */
    if (t->told < t->head.seq || t->news.tickets || t->news.entries)
        t->look_wanted = true;
    answer_look(t);
    settle(t);
}

/* ---- lock and decide ---- */

static void decide_all(struct turn *t, const struct rows *rows, int64_t at)
{
    size_t room = 0;
    bool alone = false;
    for (struct submission *s = t->out; s; s = s->next) {
        room++;
        alone |= s->alone;
    }
    t->batch = batch_new(t->state, t->hub, &t->news, rows, at, room);
    for (struct submission *s = t->out; s; s = s->next)
        batch_decide(t->batch, s);
    if (clocks_may_fire(t) && !alone)
        batch_fire_clocks(t->batch, t->clock_alone ? 1 : TURN_BEHIND_MAX);
}

/* The rows of other hubs live in the answer only: kept until our commit says that they may be
 * told. */
static void keep_foreign(struct turn *t, const struct rows *rows)
{
    arena_deinit(&t->foreign_arena);
    arena_init(&t->foreign_arena);
    t->foreign_count = rows->ledger_count;
    t->foreign = ARENA_ARRAY(&t->foreign_arena, struct ledger_row, rows->ledger_count + 1);
    for (size_t i = 0; i < rows->ledger_count; i++) {
        struct ledger_row *row = &t->foreign[i];
        *row = rows->ledger[i];
        row->typ = arena_dup(&t->foreign_arena, row->typ);
        row->kind = arena_dup(&t->foreign_arena, row->kind);
        row->iss = arena_dup(&t->foreign_arena, row->iss);
        row->act = arena_dup(&t->foreign_arena, row->act);
        row->kid = arena_dup(&t->foreign_arena, row->kid);
        row->admins = arena_dup(&t->foreign_arena, row->admins);
        row->jws = arena_dup(&t->foreign_arena, row->jws);
    }
}

static void give_way(struct turn *t)
{
    take_back(t, false, false);
    t->look_wanted = true;
    t->phase = PHASE_ENDING;
    turn_store_rollback(t->store, on_rolled_back, t);
}

static void on_locked(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn *t = arg;
    if (end != TURN_OK) {
        take_back(t, false, false);
        wait_and_retry(t);
        return;
    }
    if (rows->ledger_count >= TURN_FOREIGN_MAX) {
        give_way(t); /* too far behind to tell in order: look first */
        return;
    }
    if (!learn(t, rows))
        return;
    keep_foreign(t, rows);
    t->look_wanted = false;
    int64_t at = read_clock(t, rows);
    decide_all(t, rows, at);
    t->phase = PHASE_ENDING;
    if (batch_must_commit(t->batch))
        turn_store_commit(t->store, batch_rows(t->batch), on_committed, t);
    else
        turn_store_rollback(t->store, on_rolled_back, t);
}

static void want_ticket(struct turn *t, struct turn_want *want, struct ticket_id *ids,
                        struct ticket_id id)
{
    if (ticket_id_is_none(id) || state_ticket(t->state, id))
        return;
    for (size_t i = 0; i < want->ticket_count; i++)
        if (ticket_id_eq(ids[i], id))
            return;
    ids[want->ticket_count++] = id;
}

static void start_lock(struct turn *t)
{
    t->phase = PHASE_LOCKING;
    t->began_us = loop_boot_us(t->loop);
    t->out = line_take(&t->line, TURN_RECORDS_MAX, TURN_BYTES_MAX);
    size_t count = 0;
    for (struct submission *s = t->out; s; s = s->next)
        count++;
    arena_deinit(&t->want_arena);
    arena_init(&t->want_arena);
    struct arena *a = &t->want_arena;
    struct record_id *jtis = ARENA_ARRAY(a, struct record_id, count + 1);
    struct hash *hashes = ARENA_ARRAY(a, struct hash, count + 1);
    struct ticket_id *ids = ARENA_ARRAY(a, struct ticket_id, 2 * count + 1);
    struct turn_want want = {.rev = t->head.rev, .told = t->told};
    for (struct submission *s = t->out; s; s = s->next) {
        if (s->what != SUBMIT_RECORD)
            continue;
        jtis[want.jti_count] = s->record.jti;
        hashes[want.jti_count++] = s->sha256;
        if (HAS(&s->record, INC))
            want_ticket(t, &want, ids, s->record.inc);
        if (HAS(&s->record, INTO))
            want_ticket(t, &want, ids, s->record.into);
    }
    want.jtis = jtis;
    want.hashes = hashes;
    want.tickets = ids;
    turn_store_lock(t->store, &want, on_locked, t);
}

/* ---- what comes next ---- */

static void kick(struct turn *t)
{
    if (t->phase != PHASE_IDLE || t->settling || !t->loaded)
        return;
    bool work = t->line.count > 0 || clocks_are_due(t);
    if (work && t->heard - t->told <= TURN_BEHIND_MAX)
        start_lock(t);
    else if (work || t->look_wanted)
        start_look(t);
}

static void on_due(void *arg)
{
    struct turn *t = arg;
    if (t->phase != PHASE_IDLE)
        return; /* it is armed again when the turn ends */
    kick(t);
    if (t->phase == PHASE_IDLE)
        arm_due_timer(t);
}

static void on_retry(void *arg)
{
    struct turn *t = arg;
    if (t->phase != PHASE_WAITING)
        return;
    if (!t->loaded || t->stale) {
        start_load(t);
        return;
    }
    t->phase = PHASE_IDLE;
    t->look_wanted = true;
    kick(t);
}

static void on_look_time(void *arg)
{
    struct turn *t = arg;
    loop_timer_set(t->look_timer, TURN_LOOK_MS);
    t->look_wanted = true;
    kick(t);
}

void turn_look(struct turn *t, int64_t seq)
{
    if (seq != 0 && seq <= t->told)
        return;
    if (seq > t->heard)
        t->heard = seq;
    t->look_wanted = true;
    t->look_asked |= seq == 0;
    kick(t);
}

bool turn_submit(struct turn *t, struct submission *s)
{
    if (t->line.count >= TURN_LINE_MAX && s->what != SUBMIT_HUB)
        return false;
    s->waits_since = boot_now(t);
    line_push(&t->line, s);
    kick(t);
    return true;
}

/* ---- making one ---- */

static void open_metrics(struct turn *t, struct metrics *m)
{
    t->turns = metrics_counter(m, "posko_turns_total", "turns that were committed", "");
    t->refused_turns =
        metrics_counter(m, "posko_turns_refused_total", "turns that PostgreSQL refused", "");
    t->doubts = metrics_counter(m, "posko_turns_in_doubt_total",
                                "turns whose commit was not answered plainly", "");
    t->records = metrics_counter(m, "posko_records_total", "ledger rows this hub wrote", "");
    t->fired = metrics_counter(m, "posko_clocks_fired_total", "lapses this hub wrote", "");
    t->looks = metrics_counter(m, "posko_looks_total", "looks at what other hubs wrote", "");
    t->turn_seconds =
        metrics_histogram(m, "posko_turn_seconds", "from the lock's request to the commit");
    t->lateness_seconds =
        metrics_histogram(m, "posko_clock_lateness_seconds", "a firing's at minus its due");
}

struct turn *turn_new(struct loop *loop, const struct log *log, struct metrics *metrics,
                      struct turn_store *store, struct tail *tail, const struct hub_identity *hub,
                      const struct turn_ops *ops, void *app)
{
    struct turn *t = mem_new(sizeof(*t));
    t->loop = loop;
    t->log = log;
    t->store = store;
    t->tail = tail;
    t->hub = hub;
    t->ops = *ops;
    t->app = app;
    line_init(&t->line);
    news_init(&t->news);
    arena_init(&t->want_arena);
    arena_init(&t->foreign_arena);
    t->state = state_new();
    t->due_timer = loop_timer_open(loop, on_due, t);
    t->retry_timer = loop_timer_open(loop, on_retry, t);
    t->look_timer = loop_timer_open(loop, on_look_time, t);
    t->clocks_from = boot_now(t) + TURN_GRACE_MS;
    open_metrics(t, metrics);
    loop_timer_set(t->look_timer, TURN_LOOK_MS);
    start_load(t);
    return t;
}

void turn_free(struct turn *t)
{
    line_put_back(&t->line, t->out);
    t->out = NULL;
    line_refuse_all(&t->line, ERR_DRAINING);
    loop_timer_close(t->due_timer);
    loop_timer_close(t->retry_timer);
    loop_timer_close(t->look_timer);
    batch_free(t->batch);
    news_deinit(&t->news);
    arena_deinit(&t->want_arena);
    arena_deinit(&t->foreign_arena);
    state_free(t->loading);
    state_free(t->state);
    mem_free(t);
}

struct state *turn_state(const struct turn *t)
{
    return t->state;
}

bool turn_is_settled(const struct turn *t)
{
    return t->loaded && !t->stale && t->phase != PHASE_ENDING && memory_is_truth(t);
}

bool turn_is_loaded(const struct turn *t)
{
    return t->loaded && !t->stale;
}

bool turn_is_empty(const struct turn *t)
{
    return t->line.count == 0 && t->phase == PHASE_IDLE;
}

int64_t turn_told(const struct turn *t)
{
    return t->told;
}

int64_t turn_rev(const struct turn *t)
{
    return t->head.rev;
}

bool turn_clock_is_held(const struct turn *t)
{
    return t->clock.held;
}

int64_t turn_last_good(const struct turn *t)
{
    return t->last_good;
}

size_t turn_waiting(const struct turn *t)
{
    return t->line.count;
}
