#include "app/turn_inside.h"

#include "app/learn.h"

static void kick(struct turn *t);
static void start_load(struct turn *t);

int64_t turn_boot_now(const struct turn *t)
{
    return loop_boot_ms(t->loop);
}

int64_t turn_now(const struct turn *t)
{
    int64_t now = dbclock_estimate(&t->clock, turn_boot_now(t));
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
    int64_t grace = t->clocks_from - turn_boot_now(t);
    if (delay < grace)
        delay = grace;
    if (delay <= 0 && !turn_clocks_are_due(t))
        delay = TURN_LOOK_MS; /* it is muted */
    loop_timer_set(t->due_timer, delay < 1 ? 1 : delay);
}

bool turn_clocks_may_fire(const struct turn *t)
{
    return turn_boot_now(t) >= t->clocks_from;
}

bool turn_clocks_are_due(const struct turn *t)
{
    const struct owed *o = NULL;
    int64_t due = 0;
    int64_t now = turn_now(t);
    return turn_clocks_may_fire(t) &&
           (state_due(t->state, now, &o) || state_silent(t->state, now, &due));
}

/* ---- ends ---- */

/* All that memory holds was told: rows of other hubs that a lock showed may still wait for it. */
static bool memory_is_truth(const struct turn *t)
{
    return t->told == t->head.seq && !t->news.tickets && !t->news.entries;
}

/* Not before the rows of tickets that ended are told, nor while the app keeps them: who may read
 * them, the ticket says.  Not one by one: it is a walk over all that ended. */
enum { FORGET_ROWS = 64 };

static void forget_ended(struct turn *t)
{
    int64_t below = t->told - t->ops.kept_rows + 1;
    if (below < t->forgotten + FORGET_ROWS && t->ops.kept_rows > FORGET_ROWS)
        return;
    state_forget(t->state, below);
    t->forgotten = below;
}

void turn_settle(struct turn *t)
{
    t->phase = PHASE_IDLE;
    t->last_good = turn_boot_now(t);
    if (memory_is_truth(t))
        forget_ended(t);
    arm_due_timer(t);
    if (t->settling)
        return;
    t->settling = true;
    if (memory_is_truth(t))
        t->ops.settled(t->app);
    t->settling = false;
    kick(t);
}

void turn_tell(struct turn *t, const struct ledger_row *rows, size_t count, int64_t head)
{
    t->news.ledger = rows;
    t->news.ledger_count = count;
    t->news.head = head;
    t->told = head;
    FAILPOINT(&t->failpoint, "before_tell");
    t->ops.tell(t->app, &t->news);
    FAILPOINT(&t->failpoint, "after_tell");
    news_clear(&t->news);
}

void turn_answer_look(struct turn *t)
{
    if (!t->look_asked)
        return;
    t->look_asked = false;
    t->ops.looked(t->app);
}

void turn_wait_and_retry(struct turn *t)
{
    t->phase = PHASE_WAITING;
    line_expire(&t->line, turn_boot_now(t) - TURN_WAIT_MS);
    loop_timer_set(t->retry_timer, TURN_RETRY_MS);
}

/* A database that takes no rows (a full disk) fails each turn at once: it is asked again after a
 * moment, in which memory is settled and whoever comes may read. */
void turn_rest(struct turn *t)
{
    t->rests_until = turn_boot_now(t) + TURN_RETRY_MS;
    loop_timer_set(t->retry_timer, TURN_RETRY_MS + 1); /* the two clocks turn their ms apart */
}

/* The submissions of the turn at the database back to the head of the line. */
void turn_take_back(struct turn *t, bool in_doubt, bool refused)
{
    for (struct submission *s = t->out; s; s = s->next) {
        s->in_doubt |= in_doubt;
        s->suspect += refused && !s->together;
    }
    line_put_back(&t->line, t->out);
    t->out = NULL;
}

/* One doubt after the other must not hold the clocks for ever; one long after the last has a grace
 * of its own, also where no turn has come between. */
static void begin_grace(struct turn *t)
{
    int64_t now = turn_boot_now(t);
    if (t->graced == 0 || now - t->clocks_from > TURN_GRACE_MS)
        t->graced = now;
    int64_t most = t->graced + TURN_GRACE_MOST_MS;
    t->clocks_from = now + TURN_GRACE_MS < most ? now + TURN_GRACE_MS : most;
}

void turn_drop_memory(struct turn *t, bool grace)
{
    batch_free(t->batch);
    t->batch = NULL;
    news_clear(&t->news);
    if (grace)
        begin_grace(t);
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
    turn_read_clock(t, rows);
    turn_mute_again(t);
    bool first = !t->loaded;
    t->loaded = true;
    t->stale = false;
    /* At the start all but the last row counts as told: the look that tells that one commits, and
     * with it all before is durable.  After a doubt the rest is looked up. */
    if (first && rows->head.seq > 0)
        t->told = rows->head.seq - 1;
    t->look_wanted = true;
    log_info(t->log, "state.loaded", F_INT("head", rows->head.seq),
             F_INT("tickets", state_count(t->state, ENTRY_TICKET)));
    t->ops.loaded(t->app);
    turn_settle(t);
}

static void on_loaded(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn *t = arg;
    if (end != TURN_OK) {
        state_free(t->loading);
        t->loading = NULL;
        turn_wait_and_retry(t);
        return;
    }
    if (rows->entry_count + rows->ticket_count + rows->ledger_count == 0) {
        load_done(t, rows);
        return;
    }
    if (!t->loaded && rows->ledger_count > 0) /* all but the last counts as told, see load_done */
        t->ops.recall(t->app, rows->ledger, rows->ledger_count - 1);
    struct fault fault;
    if (learn_rows(t->loading, t->hub->pool, rows, 0, NULL, &fault) != OK)
        stop_for(t, "row.unreadable", fault.text);
}

static void start_load(struct turn *t)
{
    t->phase = PHASE_LOADING;
    t->asked = turn_boot_now(t);
    t->loading = state_new();
    turn_store_load(t->store, t->ops.kept_rows, on_loaded, t);
}

/* ---- look: what other hubs wrote, when nothing of ours is to be written ---- */

bool turn_learn(struct turn *t, const struct rows *rows)
{
    if (rows->head.seq < t->told || rows->head.rev < t->head.rev) {
        stop_for(t, "ledger.lost_tail", "the head is below what was told; see docs/operations.md");
        return false;
    }
    struct fault fault;
    if (learn_rows(t->state, t->hub->pool, rows, t->head.rev, &t->news, &fault) != OK) {
        stop_for(t, "row.unreadable", fault.text);
        return false;
    }
    t->head = rows->head;
    t->learned++;
    /* Whoever may connect may NOTIFY: what was heard is believed until the next look. */
    if (t->heard > t->head.seq)
        t->heard = t->head.seq;
    return true;
}

int64_t turn_read_clock(struct turn *t, const struct rows *rows)
{
    bool held = t->clock.held;
    int64_t at =
        dbclock_read(&t->clock, &(struct dbclock_reading){.db = rows->db_ms,
                                                          .asked = t->asked,
                                                          .boot = turn_boot_now(t),
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
        turn_wait_and_retry(t);
        return;
    }
    if (!turn_learn(t, rows))
        return;
    turn_read_clock(t, rows);
    int64_t upto = rows->head.seq;
    if (rows->ledger_count >= TURN_FOREIGN_MAX)
        upto = rows->ledger[rows->ledger_count - 1].seq;
    bool more = upto < rows->head.seq;
    t->look_wanted |= more; /* or somebody has committed since it began */
    if (upto > t->told || t->news.tickets || t->news.entries)
        turn_tell(t, rows->ledger, rows->ledger_count, upto);
    if (!more)
        turn_answer_look(t);
    turn_settle(t);
}

static void start_look(struct turn *t)
{
    t->phase = PHASE_LOOKING;
    t->begun++;
    t->asked = turn_boot_now(t);
    t->look_wanted = false;
    ++*t->looks;
    struct turn_want want = {.rev = t->head.rev, .told = t->told, .heard = t->heard};
    tail_look(t->tail, &want, on_looked, t);
}

/* ---- what comes next ---- */

static void kick(struct turn *t)
{
    if (t->phase != PHASE_IDLE || t->settling || !t->loaded)
        return;
    bool work = t->line.count > 0 || turn_clocks_are_due(t);
    work = work && turn_boot_now(t) >= t->rests_until;
    if (work && t->heard - t->told <= TURN_BEHIND_MAX)
        turn_lock(t);
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
    if (t->phase != PHASE_WAITING) {
        kick(t); /* it has rested */
        return;
    }
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
    s->waits_since = turn_boot_now(t);
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
#ifdef POSKO_TEST
    failpoint_init(&t->failpoint);
#endif
    line_init(&t->line);
    news_init(&t->news);
    arena_init(&t->want_arena);
    arena_init(&t->foreign_arena);
    t->state = state_new();
    t->due_timer = loop_timer_open(loop, on_due, t);
    t->retry_timer = loop_timer_open(loop, on_retry, t);
    t->look_timer = loop_timer_open(loop, on_look_time, t);
    begin_grace(t);
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
    turn_mute_free(t);
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

uint64_t turn_begun(const struct turn *t)
{
    return t->begun;
}

uint64_t turn_learned(const struct turn *t)
{
    return t->learned;
}

int64_t turn_last_good(const struct turn *t)
{
    return t->last_good;
}

size_t turn_waiting(const struct turn *t)
{
    return t->line.count;
}
