#include "app/follow.h"

#include "ledger/codec.h"
#include "ledger/doc.h"

static bool has_room(const struct peer *p)
{
    return net_waiting(p->hub->net, p->id) < POSKO_REPLAY_BYTES_MAX;
}

static const int64_t *ref_of(const struct follow *f)
{
    return f->has_ref ? &f->ref : NULL;
}

static void clear_touched(struct follow *f)
{
    touched_clear(&f->touched);
    f->asked = 0;
}

/* ---- turns at the database ---- */

/* So many read at once, each until it is live.  If all of a crowd that comes back did, each would
 * wait for the others' reads, more would be in the ledger by then, and nobody would ever be live;
 * and the look, which tells all others, would wait behind them. */
enum { FOLLOW_READERS_MAX = 16 };

static bool may_read(struct peer *p)
{
    struct hub *hub = p->hub;
    if (p->follow.reads)
        return true;
    if (hub->readers == FOLLOW_READERS_MAX) {
        peer_wait(p);
        return false;
    }
    hub->readers++;
    p->follow.reads = true;
    return true;
}

static void end_reading(struct peer *p)
{
    if (!p->follow.reads)
        return;
    p->follow.reads = false;
    p->hub->readers--;
    if (!p->wait_prev) /* who waits himself waits for a turn or a look, and so do those behind */
        loop_timer_set(p->hub->pump, 0);
}

void follow_drop(struct peer *p)
{
    end_reading(p);
    reading_drop(&p->follow.reading);
    clear_touched(&p->follow);
    p->follow.phase = FOLLOW_NONE;
}

/* ---- states ---- */

static void send_state(struct peer *p, const struct entry *e)
{
    struct buf doc;
    struct buf out;
    buf_init(&doc);
    buf_init(&out);
    doc_write_wire(&doc, e);
    frame_state(&out, doc_wire_name(e->kind), buf_peek(&doc), e->seq);
    peer_send(p, &out);
    buf_deinit(&doc);
    buf_deinit(&out);
}

static bool may_see(const struct peer *p, const struct entry *e)
{
    const struct reader *who = &p->who->reader;
    if (e->kind == ENTRY_TICKET)
        return access_reads_ticket(who, e->is.ticket);
    return e->kind != ENTRY_INVITE && access_reads_directory(who);
}

/* Walks entries of all kinds from where it stopped; those at or below `above` are passed over.
 * True when it is through. */
static bool walk(struct peer *p, int64_t above, enum entry_kind end)
{
    struct follow *f = &p->follow;
    const struct state *st = turn_state(p->hub->turn);
    while (f->kind < end) {
        if (!has_room(p))
            return false;
        bool news = state_newest(st, f->kind) > above;
        const struct entry *e = news ? state_walk(st, f->kind, &f->walked) : NULL;
        if (!e) {
            f->kind = (enum entry_kind)((int)f->kind + 1);
            f->walked = 0;
        } else if (e->seq > above && may_see(p, e)) {
            send_state(p, e);
        }
    }
    return true;
}

/* ---- replay ---- */

static void fetched(void *arg)
{
    peer_go_on(arg);
}

/* The row of a merge is the target's; what was merged into it ends with it.  Where that had been
 * merged before, it is the ticket it went into that ends: see touched(). */
static void touch_merged(struct follow *f, const struct reading_row *row)
{
    struct envelope envelope;
    struct record r;
    struct fault fault;
    if (jws_parse(&f->reading.arena, row->jws, &fault, &envelope) == OK &&
        codec_read(&f->reading.arena, &envelope, &fault, &r) == OK)
        touched_add(&f->touched, r.inc);
}

/* Read again so often, it is not that memory was elsewhere: the ticket's row is gone from the
 * database, nobody can say who may read this record, and nobody's replay ends with it. */
enum { MISSES_MAX = 4 };

static bool is_lost(struct peer *p, const struct reading_row *row)
{
    struct follow *f = &p->follow;
    uint64_t learned = turn_learned(p->hub->turn);
    if (f->missed != row->seq)
        f->misses = 0;
    else if (learned < f->missed_at + 2)
        return false; /* room came, or an answer: memory has seen nothing newer since */
    f->missed = row->seq;
    f->missed_at = learned;
    if (++f->misses < MISSES_MAX)
        return false;
    log_error(p->hub->log, "record.without_ticket", F_INT("seq", row->seq));
    return true;
}

/* False: memory is not as far as the row of a closed ticket, wait for it; or it is further, and
 * the ticket was closed since its rows were read. */
static bool send_row(struct peer *p, const struct reading_row *row)
{
    struct follow *f = &p->follow;
    const struct state *st = turn_state(p->hub->turn);
    const struct ticket *t = NULL;
    if (!ticket_id_is_none(row->ticket)) {
        bool newer = false;
        t = state_ticket(st, row->ticket);
        if (!t)
            t = reading_ticket(&f->reading, st, turn_rev(p->hub->turn), row->ticket, &newer);
        if (newer)
            return false;
        if (!t && !reading_has(&f->reading, row->ticket))
            return is_lost(p, row);
    }
    if (row->merges)
        touch_merged(f, row);
    if (!access_reads_row(&p->who->reader, row->ticket, row->admins, t))
        return true;
    struct buf out;
    buf_init(&out);
    frame_record(&out, row->seq, row->at, row->jws, STR_NONE, STR_NONE);
    peer_send(p, &out);
    buf_deinit(&out);
    p->sent++;
    if (p->top < row->seq)
        p->top = row->seq;
    if (t)
        touched_add(&f->touched, t->id);
    return true;
}

enum step { STEP_NEXT, STEP_WAIT };

/* Again at the next turn or look, not at once. */
static enum step later(struct peer *p)
{
    p->follow.reading.failed = false;
    peer_wait(p);
    return STEP_WAIT;
}

/* What was told a moment ago is in memory; but not who may read of a ticket that has ended. */
static enum step send_recent(struct peer *p)
{
    struct follow *f = &p->follow;
    const struct state *st = turn_state(p->hub->turn);
    const struct ledger_row *row = NULL;
    while (f->pos < turn_told(p->hub->turn) && (row = recent_after(&p->hub->recent, f->pos))) {
        if (!has_room(p))
            return STEP_WAIT;
        if (!ticket_id_is_none(row->ticket) && !state_ticket(st, row->ticket))
            return STEP_NEXT;
        struct reading_row kept = {.seq = row->seq,
                                   .at = row->at,
                                   .ticket = row->ticket,
                                   .merges = reading_merges(row),
                                   .admins = row->admins,
                                   .jws = row->jws};
        if (!send_row(p, &kept))
            return STEP_NEXT;
        f->pos = row->seq;
    }
    return STEP_NEXT;
}

static enum step replay(struct peer *p)
{
    struct follow *f = &p->follow;
    struct reading *r = &f->reading;
    if (reading_is_busy(r))
        return STEP_WAIT;
    if (r->failed)
        return later(p);
    while (r->filled && r->at < r->count) {
        if (!has_room(p))
            return STEP_WAIT;
        const struct reading_row *row = &r->rows[r->at];
        if (!send_row(p, row)) {
            r->filled = false; /* fetch again from here, when memory is further */
            turn_look(p->hub->turn, 0);
            return later(p);
        }
        f->pos = row->seq;
        r->at++;
    }
    if (send_recent(p) == STEP_WAIT)
        return STEP_WAIT;
    if (f->pos < turn_told(p->hub->turn)) {
        if (!may_read(p))
            return STEP_WAIT;
        reading_rows(r, p->hub->tail, f->pos, turn_told(p->hub->turn), NULL, fetched, p);
        return STEP_WAIT;
    }
    reading_drop(r);
    f->phase = FOLLOW_ENTRIES;
    f->kind = ENTRY_AGENCY;
    f->walked = 0;
    return STEP_NEXT;
}

/* ---- the tickets that replay touched ---- */

/* Asks for the next of them that are not in memory: closed and merged ones. */
static void ask_for_touched(struct peer *p)
{
    struct follow *f = &p->follow;
    const struct state *st = turn_state(p->hub->turn);
    struct ticket_id ids[READING_ROWS_MAX];
    size_t count = 0;
    for (size_t i = f->touched.sent; i < f->touched.count && count < READING_ROWS_MAX; i++)
        if (!state_ticket(st, f->touched.ids[i]))
            ids[count++] = f->touched.ids[i];
    f->asked = f->touched.sent + 1;
    reading_tickets(&f->reading, p->hub->tail, ids, count, fetched, p);
}

static enum step touched(struct peer *p)
{
    struct follow *f = &p->follow;
    struct reading *r = &f->reading;
    const struct state *st = turn_state(p->hub->turn);
    if (reading_is_busy(r))
        return STEP_WAIT;
    if (r->failed) {
        f->asked = 0;
        return later(p);
    }
    while (f->touched.sent < f->touched.count) {
        if (!has_room(p))
            return STEP_WAIT;
        struct ticket_id id = f->touched.ids[f->touched.sent];
        const struct ticket *t = state_ticket(st, id);
        bool newer = false;
        if (!t)
            t = reading_ticket(r, st, turn_rev(p->hub->turn), id, &newer);
        if (newer)
            turn_look(p->hub->turn, 0);
        /* Also one that memory held when the others were asked for, and has forgotten since. */
        bool asked = reading_has(r, id) || f->asked == f->touched.sent + 1;
        if (newer || (!t && !asked)) {
            if (may_read(p))
                ask_for_touched(p);
            return STEP_WAIT;
        }
        struct entry e = {.kind = ENTRY_TICKET, .seq = t ? t->seq : 0, .is.ticket = t};
        if (t && may_see(p, &e))
            send_state(p, &e);
        f->touched.sent++;
        /* No row of this leg says what it went into.  No merge is undone, so this ends. */
        if (t && t->state == TICKET_MERGED && t->seq <= f->leg)
            touched_add_once(&f->touched, t->into);
    }
    clear_touched(f);
    reading_drop(r);
    return STEP_NEXT;
}

static enum step go_live(struct peer *p)
{
    struct follow *f = &p->follow;
    struct buf out;
    if (f->pos < turn_told(p->hub->turn)) {
        f->from = f->leg = f->pos;
        f->phase = FOLLOW_REPLAY; /* more came meanwhile */
        return STEP_NEXT;
    }
    f->phase = FOLLOW_LIVE;
    if (p->top < f->pos)
        p->top = f->pos;
    buf_init(&out);
    frame_live(&out, f->pos, ref_of(f));
    peer_send(p, &out);
    buf_deinit(&out);
    return STEP_WAIT;
}

static enum step take_step(struct peer *p)
{
    struct follow *f = &p->follow;
    switch (f->phase) {
    case FOLLOW_NONE:
    case FOLLOW_DOUBT:
    case FOLLOW_LIVE:
        return STEP_WAIT;
    case FOLLOW_STATES:
        if (!walk(p, 0, ENTRY_KIND_COUNT))
            return STEP_WAIT;
        f->from = f->leg = f->pos;
        f->phase = FOLLOW_REPLAY;
        return STEP_NEXT;
    case FOLLOW_REPLAY:
        return replay(p);
    case FOLLOW_ENTRIES:
        if (!walk(p, f->from, ENTRY_TICKET))
            return STEP_WAIT;
        f->phase = FOLLOW_TOUCHED;
        return STEP_NEXT;
    case FOLLOW_TOUCHED:
        return touched(p) == STEP_NEXT ? go_live(p) : STEP_WAIT;
    }
    return STEP_WAIT;
}

void follow_pump(struct peer *p)
{
    while (p->phase == PEER_IN && take_step(p) == STEP_NEXT)
        ;
    if (!reading_is_busy(&p->follow.reading))
        end_reading(p); /* it is live, or waits for room or for a turn */
}

/* ---- beginning ---- */

static void begin_reset(struct peer *p, const char *why)
{
    struct follow *f = &p->follow;
    struct buf out;
    f->phase = FOLLOW_STATES;
    f->kind = ENTRY_AGENCY;
    f->walked = 0;
    f->pos = turn_told(p->hub->turn);
    if (p->top < f->pos)
        p->top = f->pos;
    buf_init(&out);
    frame_reset(&out, f->pos, why, ref_of(f));
    peer_send(p, &out);
    buf_deinit(&out);
}

/* The ledger lost its tail, and this device held more of it: the operator must know how much. */
static void report_ahead(struct peer *p, int64_t after, int64_t told)
{
    struct hub *hub = p->hub;
    struct str agency = STR_NONE;
    struct str member = STR_NONE;
    (void)str_cut(str_of(p->who->key), '/', &agency, &member);
    log_warn(hub->log, "cursor.ahead", F_STR("agency", agency), F_STR("member", member),
             F_INT("cursor", after), F_INT("head", told));
    ++*hub->ahead;
    if (after > *hub->gauge_ahead)
        *hub->gauge_ahead = after;
}

static void begin(struct peer *p, int64_t after)
{
    struct follow *f = &p->follow;
    int64_t told = turn_told(p->hub->turn);
    if (after > told) {
        report_ahead(p, after, told);
        begin_reset(p, "ahead");
    } else if (told - after > POSKO_REPLAY_SEQS_MAX) {
        begin_reset(p, "behind");
    } else {
        f->phase = FOLLOW_REPLAY;
        f->from = f->leg = f->pos = after;
    }
    peer_go_on(p);
}

/* A cursor above what this hub knows may come from a quicker one: it is ahead only if it still is
 * after a look. */
struct doubt {
    struct hub *hub;
    struct session_id id;
    int64_t after;
};

static void looked(void *arg)
{
    struct doubt d = *(struct doubt *)arg;
    mem_free(arg);
    struct peer *p = peer_find(d.hub, d.id);
    if (p && p->follow.phase == FOLLOW_DOUBT && p->follow.from == d.after)
        begin(p, d.after);
}

static void look_first(struct peer *p, int64_t after)
{
    struct doubt *d = mem_new(sizeof(*d));
    *d = (struct doubt){p->hub, p->id, after};
    p->follow.phase = FOLLOW_DOUBT;
    p->follow.from = after;
    if (hub_after_look(p->hub, looked, d))
        return;
    mem_free(d);
    peer_bye(p, "busy", 1000, POSKO_CLOSE_TOO_SLOW);
}

void follow_begin(struct peer *p, const struct frame *frame)
{
    struct follow *f = &p->follow;
    follow_drop(p);
    p->pending_all = true;
    f->has_ref = frame->has_ref;
    f->ref = frame->ref;
    if (!frame->has_after) {
        begin_reset(p, "fresh");
        peer_go_on(p);
    } else if (frame->after > turn_told(p->hub->turn)) {
        look_first(p, frame->after);
    } else {
        begin(p, frame->after);
    }
}

void follow_reload(struct peer *p)
{
    struct follow *f = &p->follow;
    end_reading(p);
    reading_drop(&f->reading);
    if (f->phase == FOLLOW_DOUBT)
        return; /* its look will come */
    touched_forget_sent(&f->touched);
    f->asked = 0;
    f->leg = f->pos = peer_pos(p);
    if (f->phase == FOLLOW_LIVE)
        f->from = f->pos; /* else what changed since `from` is still to be sent */
    if (f->phase != FOLLOW_STATES)
        f->phase = FOLLOW_REPLAY;
    if (f->kind != ENTRY_TICKET)
        f->walked = 0; /* the order of a directory's entries is another after a load */
    peer_wait(p);
}
