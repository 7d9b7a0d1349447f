/* One turn at the database: what is asked for under the lock, the decisions, the commit and its
 * answers. */
#include "app/turn_inside.h"

/* ---- commit ---- */

static void answer_all(struct turn *t)
{
    struct submission *s = t->out;
    t->out = NULL;
    while (s) {
        struct submission *next = s->next;
        s->next = NULL;
        s->done(s, s->owner);
        FAILPOINT(&t->failpoint, "in_ack");
        s = next;
    }
}

/* PostgreSQL refused the turn: few records a turn, then one; the one that fails alone is dropped.
 * Clocks likewise; the one that fails alone is passed over for a while. */
static void turn_refused(struct turn *t, const char *text)
{
    ++*t->refused_turns;
    bool one = t->out && !t->out->next && (t->out->suspect > 0 || t->out->together);
    if (one) {
        log_error(t->log, "record.refused_by_database", F_TEXT("text", text),
                  F_STR("jti", str_of(id_text(t->out->record.jti.at).at)));
        fault_set(&t->out->fault, ERR_NOT_STORED, "",
                  "the database refused this record; nothing was stored; tell the operator");
        answer_all(t);
        t->few_clocks = 0; /* its clocks, if any, are not to blame */
    } else if (!turn_mute(t, text)) {
        log_error(t->log, "turn.refused", F_TEXT("text", text));
        t->few_clocks = t->few_clocks == 0 || t->few_clocks > LINE_FEW ? LINE_FEW : 1;
        turn_take_back(t, false, true);
    }
    turn_drop_memory(t, false);
}

static void committed(struct turn *t)
{
    const struct turn_rows *rows = batch_rows(t->batch);
    t->head = rows->head;
    ++*t->turns;
    if (turn_clocks_may_fire(t))
        t->graced = 0;
    *t->records += rows->ledger_count;
    *t->fired += batch_clocks(t->batch);
    if (batch_clocks(t->batch))
        histogram_add(t->lateness_seconds, batch_lateness(t->batch) * 1000);
    histogram_add(t->turn_seconds, loop_boot_us(t->loop) - t->began_us);
    if (t->clocks_only) /* more again, until all of them go through */
        t->few_clocks = t->few_clocks > LINE_FEW ? 0 : 4 * t->few_clocks;
    answer_all(t);
    size_t count = t->foreign_count + rows->ledger_count;
    struct ledger_row *all = ARENA_ARRAY(&t->foreign_arena, struct ledger_row, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = i < t->foreign_count ? t->foreign[i] : rows->ledger[i - t->foreign_count];
    turn_tell(t, all, count, rows->head.seq);
    batch_free(t->batch);
    t->batch = NULL;
    turn_answer_look(t);
    turn_settle(t);
}

static void on_committed(void *arg, enum turn_end end, const char *text)
{
    struct turn *t = arg;
    FAILPOINT(&t->failpoint, "after_commit");
    switch (end) {
    case TURN_OK:
        committed(t);
        return;
    case TURN_REFUSED:
        turn_refused(t, text);
        return;
    case TURN_FAILED:
        log_warn(t->log, "turn.failed", F_TEXT("text", text));
        turn_take_back(t, false, false);
        line_expire(&t->line, turn_boot_now(t) - TURN_WAIT_MS);
        turn_rest(t);
        turn_drop_memory(t, true);
        return;
    case TURN_UNKNOWN:
        ++*t->doubts;
        log_warn(t->log, "turn.in_doubt", F_TEXT("text", text));
        turn_take_back(t, true, false);
        turn_drop_memory(t, true);
        return;
    }
}

/* Nothing was written: what was learned from other hubs is told after a look of its own, and what
 * it gave way to is learned by one. */
static void on_rolled_back(void *arg, enum turn_end end, const char *text)
{
    struct turn *t = arg;
    bool gave_way = t->batch == NULL;
    if (end != TURN_OK)
        log_warn(t->log, "turn.failed", F_TEXT("text", text));
    batch_free(t->batch);
    t->batch = NULL;
    answer_all(t); /* refusals, all of them: they changed nothing */
    if (gave_way || t->told < t->head.seq || t->news.tickets || t->news.entries)
        t->look_wanted = true; /* and who asked for a look hears of that one */
    else
        turn_answer_look(t);
    turn_settle(t);
}

/* ---- lock and decide ---- */

static void decide_all(struct turn *t, const struct rows *rows, int64_t at)
{
    size_t room = 0;
    bool suspected = t->few_clocks && !t->clocks_only;
    for (struct submission *s = t->out; s; s = s->next) {
        room++;
        suspected |= s->suspect > 0;
    }
    t->batch = batch_new(t->state, t->hub, &t->news, rows, at, room);
    for (struct submission *s = t->out; s; s = s->next)
        batch_decide(t->batch, s);
    if (turn_clocks_may_fire(t) && !suspected)
        batch_fire_clocks(t->batch, t->few_clocks ? t->few_clocks : TURN_BEHIND_MAX);
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

/* Too far behind to tell in order: look first.  The NOTIFY that would have said so may be lost, so
 * the head counts as heard; or the same work would lock again, and give way again, for ever. */
static void give_way(struct turn *t, const struct head *head)
{
    turn_take_back(t, false, false);
    if (t->heard < head->seq)
        t->heard = head->seq;
    t->look_wanted = true;
    t->phase = PHASE_ENDING;
    turn_store_rollback(t->store, on_rolled_back, t);
}

static void on_locked(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn *t = arg;
    if (end != TURN_OK) {
        turn_take_back(t, false, false);
        turn_wait_and_retry(t);
        return;
    }
    if (rows->ledger_count >= TURN_FOREIGN_MAX) {
        give_way(t, &rows->head);
        return;
    }
    FAILPOINT(&t->failpoint, "after_begin");
    bool fresh = rows->head.rev > t->head.rev;
    if (!turn_learn(t, rows))
        return;
    keep_foreign(t, rows);
    t->look_wanted = false;
    int64_t at = turn_read_clock(t, rows);
    decide_all(t, rows, at);
    t->phase = PHASE_ENDING;
    /* What others wrote may not be on the standby yet: a refusal by it waits for that too, and
     * memory never holds what a fail-over takes away. */
    FAILPOINT(&t->failpoint, "before_commit");
    if (fresh || batch_must_commit(t->batch))
        turn_store_commit(t->store, batch_rows(t->batch), on_committed, t);
    else
        turn_store_rollback(t->store, on_rolled_back, t);
    FAILPOINT(&t->failpoint, "in_commit");
}

static void want_ticket(struct turn *t, struct ticket_id *ids, struct ticket_id id)
{
    if (ticket_id_is_none(id) || state_ticket(t->state, id))
        return;
    for (size_t i = 0; i < t->want.ticket_count; i++)
        if (ticket_id_eq(ids[i], id))
            return;
    ids[t->want.ticket_count++] = id;
}

void turn_lock(struct turn *t)
{
    t->phase = PHASE_LOCKING;
    t->begun++;
    t->began_us = loop_boot_us(t->loop);
    t->asked = turn_boot_now(t);
    /* Clocks go without records while one of the two is suspected, every other turn. */
    bool suspected = t->few_clocks || line_is_suspect(&t->line);
    t->clocks_only = suspected && !t->clocks_only && turn_clocks_are_due(t);
    t->out = t->clocks_only ? NULL : line_take(&t->line, TURN_RECORDS_MAX, TURN_BYTES_MAX);
    size_t count = 0;
    for (struct submission *s = t->out; s; s = s->next)
        count++;
    arena_deinit(&t->want_arena);
    arena_init(&t->want_arena);
    struct arena *a = &t->want_arena;
    struct record_id *jtis = ARENA_ARRAY(a, struct record_id, count + 1);
    struct hash *hashes = ARENA_ARRAY(a, struct hash, count + 1);
    struct ticket_id *ids = ARENA_ARRAY(a, struct ticket_id, 2 * count + 1);
    t->want = (struct turn_want){
        .rev = t->head.rev, .told = t->told, .jtis = jtis, .hashes = hashes, .tickets = ids};
    for (struct submission *s = t->out; s; s = s->next) {
        if (s->what != SUBMIT_RECORD)
            continue;
        jtis[t->want.jti_count] = s->record.jti;
        hashes[t->want.jti_count++] = s->sha256;
        if (HAS(&s->record, INC))
            want_ticket(t, ids, s->record.inc);
        if (HAS(&s->record, INTO))
            want_ticket(t, ids, s->record.into);
    }
    FAILPOINT(&t->failpoint, "before_begin");
    turn_store_lock(t->store, &t->want, on_locked, t);
    FAILPOINT(&t->failpoint, "in_begin");
}
