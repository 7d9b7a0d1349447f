/* What goes wrong, and when: spells of faults with calm between them; after each spell all is
 * mended, and what was due must happen within the allowance. */
#include "sim_deed.h"

#include <assert.h>
#include <string.h>

enum {
    ALLOWANCE_US = 8000000,       /* 5 s after heal, and 3 s in which the first clocks wait */
    CLOCK_ALLOWANCE_US = 75000000 /* the database's clock is believed after 60 s */
};

static void note_window(struct world *w, int64_t from, int64_t until)
{
    assert(w->window_count < WINDOWS_MAX);
    struct window *last = w->window_count ? &w->windows[w->window_count - 1] : NULL;
    if (last && from <= last->until) { /* one after the other: they come in order of `from` */
        if (until > last->until)
            last->until = until;
        return;
    }
    w->windows[w->window_count++] = (struct window){from, until};
}

void fault_note(struct world *w, int64_t us, int64_t allowance_us)
{
    note_window(w, w->now, w->now + us + allowance_us);
}

/* ---- one fault each ---- */

static struct process *a_node(struct world *w)
{
    return &w->nodes[between(w, 0, w->node_count - 1)];
}

static void kill_one(struct world *w, bool kindly)
{
    struct process *n = a_node(w);
    if (!n->up)
        return;
    int64_t away = chance(w, 500) ? between(w, 1, SECOND) : between(w, SECOND, 6 * SECOND);
    if (kindly)
        process_drain(n, away);
    else
        process_crash(n, away);
}

static void pause_one(struct world *w)
{
    struct process *n = a_node(w);
    if (!n->up)
        return;
    n->loop.paused_until =
        w->now + (chance(w, 700) ? between(w, 1, 3 * SECOND) : between(w, 3 * SECOND, 20 * SECOND));
    if (chance(w, 150)) /* and what it would have heard is lost */
        sim_tail_cut(n->tail, n->loop.paused_until - w->now);
}

static void cut_one(struct world *w)
{
    struct process *n = a_node(w);
    n->cut = !n->cut && chance(w, 700);
    if (!n->up)
        return;
    if (chance(w, 700))
        sim_store_cut(n->store);
    if (chance(w, 700))
        sim_tail_cut(n->tail, 0);
}

static void jump_clock(struct world *w)
{
    static const int64_t jumps[] = {0, 20000, -20000, 3600000, -3600000, 86400000, -86400000};
    w->db.clock_offset_ms = jumps[between(w, 0, 6)];
}

static void strike(struct world *w, enum fault_kind kind)
{
    switch (kind) {
    case FAULT_CRASH:
        kill_one(w, false);
        return;
    case FAULT_DRAIN:
        kill_one(w, true);
        return;
    case FAULT_PAUSE:
        pause_one(w);
        return;
    case FAULT_CUT:
        cut_one(w);
        return;
    case FAULT_RESTART:
    case FAULT_FAILOVER:
        if (!w->db.down)
            db_restart(w, kind == FAULT_FAILOVER,
                       between(w, 1000, chance(w, 700) ? 3 * SECOND : 12 * SECOND));
        return;
    case FAULT_STALL:
        db_stall(&w->db, !w->db.stalled && chance(w, 700));
        return;
    case FAULT_CANCEL: /* mostly because the standby hangs */
        if (chance(w, 500))
            db_stall(&w->db, true);
        db_cancel_waits(&w->db); /* what is refused now rests on what may be lost */
        late_burst(w);
        return;
    case FAULT_CLOCK:
        jump_clock(w);
        return;
    case FAULT_HOG:
        db_set_hogged(&w->db, true);
        event_set(w, &w->db.hog, between(w, 1, 7 * SECOND));
        return;
    case FAULT_BREAK: /* these are dice at the place */
    case FAULT_NOTIFY:
    case FAULT_NET:
    case FAULT_SLOW:
    case FAULT_POISON:
    case FAULT_CURSE:
    case FAULT_COUNT:
        return;
    }
}

struct striker {
    struct world *world;
    enum fault_kind kind;
};

static void on_strike(void *arg)
{
    struct striker *s = arg;
    struct world *w = s->world;
    if (!w->on[s->kind])
        return;
    w->fault_counts[s->kind]++;
    strike(w, s->kind);
    event_set(w, &w->faults[s->kind], gap_of(w, w->fault_gap_us[s->kind]));
}

/* ---- spells ---- */

static void heal(struct world *w)
{
    w->db.clock_offset_ms = 0;
    if (w->on[FAULT_CLOCK] && chance(w, 200)) /* the operator says that it is right now */
        w->db.accept_clock++;
    for (int i = 0; i < FAULT_COUNT; i++) {
        w->on[i] = false;
        event_stop(w, &w->faults[i]);
    }
    db_stall(&w->db, false);
    db_set_hogged(&w->db, false);
    for (int i = 0; i < w->node_count; i++) {
        struct process *n = &w->nodes[i];
        n->cut = false;
        if (n->back_in > SECOND)
            n->back_in = between(w, 1, 500000);
        if (n->loop.paused_until > w->now)
            n->loop.paused_until = w->now;
        if (n->up)
            sim_tail_may_come(n->tail);
        if (n->start.place)
            event_set(w, &n->start, between(w, 1, 500000));
    }
    if (w->db.down)
        event_set(w, &w->db.come_up, between(w, 1, 500000));
    trace(w, "healed");
}

static void strike_on(struct world *w, enum fault_kind kind)
{
    w->on[kind] = true;
    w->fault_gap_us[kind] = between(w, SECOND / 10, 5 * SECOND);
    event_set(w, &w->faults[kind], gap_of(w, w->fault_gap_us[kind] / 2));
    trace(w, "fault %d is on", (int)kind);
}

/* The sources stop beating for a while. */
static void hush(struct world *w, int64_t us)
{
    for (size_t i = SIM_MEMBERS; i < w->people_count; i++) {
        struct person *p = &w->people[i];
        p->beats_from = w->now + us + between(w, 0, 30 * SECOND);
        p->beats_until = p->beats_from + between(w, 10 * SECOND, 60 * SECOND);
    }
}

static void on_spell(void *arg)
{
    struct world *w = arg;
    if (w->spell_is_on) {
        w->spell_is_on = false;
        heal(w);
        w->healed = w->now;
        event_set(w, &w->spell, between(w, SECOND, 20 * SECOND));
        return;
    }
    if (w->now >= w->ends)
        return;
    w->spell_is_on = true;
    int64_t length = between(w, SECOND, 15 * SECOND);
    int64_t allowance = ALLOWANCE_US;
    bool standby = chance(w, 400); /* what it has and what not: the worst comes together */
    bool curse = w->may[FAULT_CURSE] && chance(w, 300); /* and nothing else: no excuse */
    if (curse) { /* long enough for sources to fall silent, one after the other */
        length = between(w, 10 * SECOND, 40 * SECOND);
        hush(w, length);
    }
    for (int i = 0; i < FAULT_COUNT; i++) {
        bool of_standby = i == FAULT_STALL || i == FAULT_CANCEL || i == FAULT_FAILOVER;
        if (!w->may[i] || !(chance(w, 400) || (standby && of_standby) || curse))
            continue;
        if (curse && i != FAULT_CURSE)
            continue;
        strike_on(w, (enum fault_kind)i);
        if (i == FAULT_CLOCK)
            allowance = CLOCK_ALLOWANCE_US;
        if (i == FAULT_CURSE)
            w->cursed_until = w->now + length + CLOCK_ALLOWANCE_US;
    }
    /* Refusals note themselves; a curse alone must not make others late. */
    bool only_curse = true;
    for (int i = 0; i < FAULT_COUNT; i++)
        only_curse = only_curse && (!w->on[i] || i == FAULT_CURSE || i == FAULT_NOTIFY);
    if (!only_curse)
        fault_note(w, length, allowance);
    event_set(w, &w->spell, length);
}

void fault_open(struct world *w)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        w->may[i] = chance(w, 400);
        struct striker *s = ARENA_NEW(&w->arena, struct striker);
        *s = (struct striker){w, (enum fault_kind)i};
        w->faults[i] = (struct event){.fn = on_strike, .arg = s};
    }
    if (chance(w, 100)) /* a world without faults keeps every promise to the second */
        for (int i = 0; i < FAULT_COUNT; i++)
            w->may[i] = false;
    if (chance(w, 400))
        w->may[FAULT_FAILOVER] = w->may[FAULT_STALL] = w->may[FAULT_CANCEL] = true;
    if (!w->sync)
        w->may[FAULT_FAILOVER] = w->may[FAULT_STALL] = w->may[FAULT_CANCEL] = false;
    w->spell = (struct event){.fn = on_spell, .arg = w};
}

void fault_schedule(struct world *w)
{
    event_set(w, &w->spell, between(w, 1, 5 * SECOND));
}

void fault_end(struct world *w)
{
    event_stop(w, &w->spell);
    if (w->spell_is_on)
        heal(w);
    w->spell_is_on = false;
}

int64_t fault_excuse(const struct world *w, int64_t due_us)
{
    int64_t allowed = due_us + 2 * SECOND;
    for (size_t i = 0; i < w->window_count; i++)
        if (w->windows[i].from <= allowed && w->windows[i].until > allowed)
            allowed = w->windows[i].until;
    return allowed;
}

static bool contains(struct str text, struct str word)
{
    return memmem(text.at, text.len, word.at, word.len) != NULL;
}

static bool is_of_cursed_source(const struct turn_rows *rows)
{
    for (size_t i = 0; i < rows->beat_count; i++)
        if (rows->beats[i].silent && str_eq(rows->beats[i].source, SIM_CURSED))
            return true;
    return false;
}

bool fault_refuses(const struct world *w, const struct turn_rows *rows)
{
    for (size_t i = 0; i < rows->ledger_count; i++) {
        const struct ledger_row *r = &rows->ledger[i];
        if (draft_is_poison(r->jti))
            return true;
        if (w->on[FAULT_CURSE] && str_eq(r->kind, STR("source.silent")) &&
            is_of_cursed_source(rows))
            return true;
        if (!w->on[FAULT_CURSE] || !str_eq(r->kind, STR("clock.lapse")))
            continue;
        for (size_t k = 0; k < rows->ticket_count; k++)
            if (ticket_id_eq(rows->tickets[k].id, r->ticket) &&
                contains(rows->tickets[k].doc, STR("cursed")))
                return true;
    }
    return false;
}

/* ---- the end ---- */

/* The operator restores it to an earlier point: `commits` of what was told are gone. */
void db_restore(struct world *w, size_t commits)
{
    struct db *db = &w->db;
    db->replicated = db->count > commits ? db->count - commits : 0;
    db_restart(w, true, SECOND);
}

/* A ticket's row that no hub can read. */
bool db_spoil(struct world *w)
{
    struct db *db = &w->db;
    const struct cell *c = db->tickets;
    while (c && !str_eq(((const struct ticket_row *)c->row)->state, STR("open")))
        c = c->hh.next;
    if (!c)
        return false;
    struct ticket_row spoilt = *(const struct ticket_row *)c->row;
    struct turn_rows rows = {.head = db->head, .tickets = &spoilt, .ticket_count = 1};
    spoilt.doc = STR("{}");
    spoilt.was = spoilt.owed;
    spoilt.was_count = spoilt.owed_count;
    rows.head.rev++;
    db_append(w, commit_new(db, &rows));
    db->replicated = db->count;
    db_show(db);
    return true;
}
