/* The promises.  S0: what is stored was said by its author.  L0: what was posted is in the ledger,
 * at its seq.  D0: no jti twice.  O0: the ledger is 1..n, its time never falls, and every hub tells
 * it in order, only what no fail-over can take away.  E0: each step of a clock fires once, not
 * early, not late.  M0: memory equals the tables.  A0: every submission is answered, and rightly.
 */
#include "sim_tables.h"

#include "base/json.h"
#include "ledger/codec.h"
#include "ledger/doc.h"

#include <string.h>

enum { TOLERANCE_US = 500000, AHEAD_MS = 7000 };

static long long ll(int64_t i)
{
    return (long long)i;
}

/* ---- a commit arrives ---- */

/* S0: whoever is not the hub has said exactly this. */
static void check_author(struct world *w, const struct ledger_row *r, const struct draft *d)
{
    if (str_eq(r->iss, STR("hub")))
        return;
    if (!d || d->forged || !hash_eq(d->sha256, r->sha256) || !str_eq(d->author->id, r->act))
        broken(w, "S0", STR_FMT " never said %s (" STR_FMT ")", STR_ARG(r->act),
               id_text(r->jti.at).at, STR_ARG(r->kind));
}

/* In the ledger, or in this turn: a draft says itself which turn appended it last. */
static bool is_twice(const struct db *db, const struct turn_rows *rows, size_t i, struct draft *d)
{
    struct record_id jti = rows->ledger[i].jti;
    if (db_find(db, jti) != 0 || (d && d->turn == db->turns))
        return true;
    if (d)
        d->turn = db->turns;
    for (size_t k = 0; k < i && !d; k++)
        if (record_id_eq(rows->ledger[k].jti, jti))
            return true;
    return false;
}

void check_append(struct world *w, const struct turn_rows *rows)
{
    struct db *db = &w->db;
    db->turns++;
    const struct head *h = &rows->head;
    if (h->rev != (int64_t)db->count + 1)
        broken(w, "O0", "turn %lld after turn %zu", ll(h->rev), db->count);
    if (h->seq != db->head.seq + (int64_t)rows->ledger_count)
        broken(w, "O0", "head %lld after %lld and %zu rows", ll(h->seq), ll(db->head.seq),
               rows->ledger_count);
    if (h->at < db->head.at)
        broken(w, "O0", "time falls from %lld to %lld", ll(db->head.at), ll(h->at));
    if (h->at > SIM_T0 + w->now / 1000 + w->skew_ms + AHEAD_MS)
        broken(w, "O0", "time runs ahead by %lld ms", ll(h->at - SIM_T0 - w->now / 1000));
    for (size_t i = 0; i < rows->ledger_count; i++) {
        const struct ledger_row *r = &rows->ledger[i];
        if (r->seq != db->head.seq + 1 + (int64_t)i || r->at != h->at)
            broken(w, "O0", "row %lld at %lld in turn %lld", ll(r->seq), ll(r->at), ll(h->rev));
        if (w->whole && !hash_eq(r->sha256, crypt_sha256(r->jws)))
            broken(w, "S0", "row %lld is not hashed as it is", ll(r->seq));
        struct draft *d = draft_find(w, r->jti);
        check_author(w, r, d);
        if (is_twice(db, rows, i, d))
            broken(w, "D0", "jti %s (" STR_FMT ") is stored twice, at %lld and %lld",
                   id_text(r->jti.at).at, STR_ARG(r->kind), ll(db_find(db, r->jti)), ll(r->seq));
    }
}

/* ---- a submission is answered ---- */

static void check_posted(const struct process *n, const struct draft *d, const struct answer_to *s)
{
    const struct world *w = n->world;
    const struct ledger_row *r = db_row(&w->db, s->seq);
    if (!r || !record_id_eq(r->jti, d->record.jti) || !hash_eq(r->sha256, d->sha256) ||
        r->at != s->at)
        broken(w, "L0", "hub %d posted %s as %lld: the ledger has %s there", n->id,
               id_text(d->record.jti.at).at, ll(s->seq), r ? "another" : "nothing");
    if (!db_is_durable(&w->db, s->seq))
        broken(w, "L0", "hub %d posted %lld before the standby had it", n->id, ll(s->seq));
    if (d->state == DRAFT_POSTED && d->seq != s->seq)
        broken(w, "D0", "one string, posted as %lld and as %lld", ll(d->seq), ll(s->seq));
}

void check_answer(const struct process *n, const struct draft *d, const struct answer_to *f)
{
    const struct world *w = n->world;
    trace(w, "hub %d answers %s %s: %s %s seq %lld", n->id, WORDS_KIND.at[d->record.kind],
          id_text(d->record.jti.at).at, err_wire(f->code), f->text, ll(f->seq));
    if (f->code == OK) {
        check_posted(n, d, f);
        return;
    }
    if (f->code == ERR_ID_CONFLICT)
        broken(w, "A0", "the same string was taken for another");
    bool refused = d->poison || (d->record.kind == KIND_INCIDENT_ESCALATE && w->may[FAULT_CURSE]);
    if (f->code == ERR_NOT_STORED && f->retry_ms == 0 && !refused)
        broken(w, "A0", "%s was dropped, which nobody refused", WORDS_KIND.at[d->record.kind]);
    if (f->code == ERR_DRAINING || d->sendings > 1)
        return; /* no word about what was, or of another sending */
    if (db_find(&w->db, d->record.jti) != 0)
        broken(w, "A0", "hub %d refused %s (%s), and it is stored", n->id,
               id_text(d->record.jti.at).at, err_wire(f->code));
    if (f->code == ERR_BAD_SIGNATURE && !d->forged)
        broken(w, "A0", "hub %d does not know the signature of %s", n->id,
               id_text(d->record.jti.at).at);
    /* These say nothing of the ledger: a kid is its key's own hash. */
    bool of_itself =
        f->code == ERR_NOT_STORED || f->code == ERR_BUSY || f->code == ERR_BAD_SIGNATURE;
    if (!of_itself && (size_t)turn_rev(n->turn) > db_durable(&w->db))
        broken(w, "A0", "hub %d refused (%s) by turn %lld, which a fail-over may take away", n->id,
               err_wire(f->code), ll(turn_rev(n->turn)));
}

/* ---- a hub tells ---- */

static bool same_row(const struct ledger_row *a, const struct ledger_row *b)
{
    return a->seq == b->seq && a->at == b->at && record_id_eq(a->jti, b->jti) &&
           hash_eq(a->sha256, b->sha256) && str_eq(a->jws, b->jws) && str_eq(a->kind, b->kind) &&
           ticket_id_eq(a->ticket, b->ticket);
}

void check_told(struct process *n, const struct news *news)
{
    const struct world *w = n->world;
    for (size_t i = 0; i < news->ledger_count; i++) {
        const struct ledger_row *r = &news->ledger[i];
        if (r->seq != n->told + 1)
            broken(w, "O0", "hub %d told %lld after %lld", n->id, ll(r->seq), ll(n->told));
        const struct ledger_row *truth = db_row(&w->db, r->seq);
        if (!truth || !same_row(r, truth))
            broken(w, "O0", "hub %d told another %lld than the ledger's", n->id, ll(r->seq));
        struct changed_ticket *changed = NULL;
        HASH_FIND(hh, news->tickets, &r->ticket, sizeof(r->ticket), changed);
        if (!changed && !n->paging && r->seq > n->reloaded && !ticket_id_is_none(r->ticket))
            broken(w, "O0", "hub %d told %lld without its ticket", n->id, ll(r->seq));
        n->told = r->seq;
    }
    if (news->head != n->told)
        broken(w, "O0", "hub %d says %lld is told, it is %lld", n->id, ll(news->head), ll(n->told));
    if (!db_is_durable(&w->db, n->told) || (size_t)turn_rev(n->turn) > db_durable(&w->db))
        broken(w, "O0", "hub %d told %lld (turn %lld) before the standby had it", n->id,
               ll(n->told), ll(turn_rev(n->turn)));
    n->paging = news->ledger_count >= TURN_FOREIGN_MAX;
}

/* ---- clocks ---- */

static struct promise_cell *step_cell(struct world *w, const struct record *r)
{
    bool passes_on = r->what == WHAT_RESOLVE || r->what == WHAT_REASSIGN; /* with the lead */
    struct arena arena;
    arena_init(&arena);
    struct str key = arena_printf(&arena, STR_FMT " %d " STR_FMT " %lld",
                                  STR_ARG(passes_on ? STR("-") : r->agency), (int)r->what,
                                  STR_ARG(r->about), ll(r->since));
    struct promise_cell *c = NULL;
    HASH_FIND(hh, w->steps, key.at, key.len, c);
    if (!c) {
        c = ARENA_NEW(&w->arena, struct promise_cell);
        c->key = arena_dup(&w->arena, key);
        HASH_ADD_KEYPTR(hh, w->steps, c->key.at, c->key.len, c);
    }
    arena_deinit(&arena);
    return c;
}

static bool is_cursed(const struct world *w, struct ticket_id id)
{
    struct cell *c = NULL;
    HASH_FIND(hh, w->db.tickets, id.at, sizeof(id.at), c);
    const struct ticket_row *t = c ? c->row : NULL;
    return t && memmem(t->doc.at, t->doc.len, "cursed", 6) != NULL;
}

/* At `now`, what was due then: mostly not, and then nobody asks what excuses it. */
static bool is_late(const struct world *w, int64_t now, int64_t due_ms, struct ticket_id id)
{
    int64_t due = (due_ms - SIM_T0 - w->skew_ms) * 1000;
    if (now <= due + 2 * SECOND + TOLERANCE_US)
        return false;
    int64_t limit = fault_excuse(w, due);
    if (limit < w->cursed_until && is_cursed(w, id))
        limit = w->cursed_until;
    return now > limit + TOLERANCE_US;
}

/* The six claims that a clock's firing is known by, without the hub's codec; every sixteenth with
 * it. */
static bool read_lapse(struct arena *arena, const struct ledger_row *row, struct record *r)
{
    struct str head;
    struct str rest;
    struct str middle;
    struct str payload;
    struct fault fault;
    const struct node *doc = NULL;
    struct envelope envelope;
    *r = (struct record){0};
    if (row->seq % 16 == 0 && (jws_parse(arena, row->jws, &fault, &envelope) != OK ||
                               codec_read(arena, &envelope, &fault, r) != OK))
        return false;
    if (!str_cut(row->jws, '.', &head, &rest) || !str_cut(rest, '.', &middle, &rest) ||
        !crypt_b64_decode(arena, middle, &payload) ||
        json_parse_trusted(arena, payload, &fault, &doc) != OK)
        return false;
    struct str about = node_text(doc, "about");
    *r = (struct record){.agency = node_text(doc, "agency"),
                         .what = (enum what)words_find(&WORDS_WHAT, node_text(doc, "what")),
                         .about = about.len ? about : STR("-"),
                         .since = node_int(doc, "since", 0),
                         .step = node_int(doc, "step", 0),
                         .due = node_int(doc, "due", 0)};
    return r->agency.len && (int)r->what >= 0 && r->since && r->step && r->due;
}

static void check_lapse(struct world *w, const struct commit *c, const struct ledger_row *row)
{
    struct arena arena;
    arena_init(&arena);
    struct record r;
    if (!read_lapse(&arena, row, &r))
        broken(w, "E0", "lapse %lld cannot be read", ll(row->seq));
    w->lapses++;
    struct promise_cell *cell = step_cell(w, &r);
    if (r.step != cell->step + 1)
        broken(w, "E0", "seq %lld: " STR_FMT " fires step %lld after %lld", ll(row->seq),
               STR_ARG(cell->key), ll(r.step), ll(cell->step));
    cell->step = r.step;
    if (row->at < r.due)
        broken(w, "E0", "seq %lld fires %lld ms early", ll(row->seq), ll(r.due - row->at));
    trace(w, "seq %lld at %.3f s: lapse of %s, " STR_FMT ", step %lld, %lld ms late", ll(row->seq),
          (double)c->at_us / 1e6, id_text(row->ticket.at).at, STR_ARG(cell->key), ll(r.step),
          ll(row->at - r.due));
    if (is_late(w, c->at_us, r.due, row->ticket))
        broken(w, "E0", "seq %lld, " STR_FMT ", fires %lld ms late", ll(row->seq),
               STR_ARG(cell->key), ll(row->at - r.due));
    arena_deinit(&arena);
}

/* Where clocks are held, nothing falls due any more. */
static int64_t clock_time(const struct world *w)
{
    return w->held_at > 0 ? w->held_at : w->now;
}

/* When it must be called silent: `every` may have been put anew since it beat. */
static int64_t silent_due(const struct world *w, const struct beat_row *b)
{
    struct arena arena;
    arena_init(&arena);
    struct str key =
        arena_printf(&arena, "source " STR_FMT "/" STR_FMT, STR_ARG(b->agency), STR_ARG(b->source));
    struct cell *c = NULL;
    HASH_FIND(hh, w->db.entries, key.at, key.len, c);
    const struct entry_row *row = c ? c->row : NULL;
    const struct node *doc = NULL;
    struct fault fault;
    if (!row || json_parse_trusted(&arena, row->doc, &fault, &doc) != OK)
        broken(w, "E0", "there is no source " STR_FMT, STR_ARG(key));
    int64_t put_at = db_row(&w->db, row->seq)->at;
    int64_t due = (b->last > put_at ? b->last : put_at) + node_int(doc, "every", 0) * 1000;
    arena_deinit(&arena);
    return due;
}

/* A source that fell silent, and nobody says so. */
static void check_silent(struct world *w)
{
    for (const struct cell *c = w->db.beats; c; c = c->hh.next) {
        const struct beat_row *b = c->row;
        bool cursed = w->may[FAULT_CURSE] && str_eq(b->source, SIM_CURSED);
        if (!cursed && b->first > 0 && b->silent < b->last &&
            is_late(w, clock_time(w), silent_due(w, b), (struct ticket_id){0}))
            broken(w, "E0", "nobody says that " STR_FMT " is silent, since %lld ms",
                   STR_ARG(b->source), ll(SIM_T0 + w->now / 1000 - b->last));
    }
}

/* What was due and has not fired. */
static void check_missed(struct world *w)
{
    int64_t now = clock_time(w);
    for (const struct cell *c = w->db.open; c; c = c->next) {
        const struct ticket_row *t = c->row;
        for (size_t i = 0; i < t->owed_count; i++)
            if (is_late(w, now, t->owed[i].next, t->id))
                broken(w, "E0", "%s " STR_FMT " " STR_FMT " was due %lld ms ago",
                       id_text(t->id.at).at, STR_ARG(t->owed[i].agency), STR_ARG(t->owed[i].what),
                       ll(SIM_T0 + w->now / 1000 - t->owed[i].next));
    }
}

void check_ledger(struct world *w)
{
    struct db *db = &w->db;
    if (w->checked > db->count) /* only what is durable was looked at */
        broken(w, "L0", "%zu turns were durable, %zu are left", w->checked, db->count);
    for (; w->checked < db_durable(db) && w->checked < db->visible; w->checked++) {
        const struct commit *c = db->log[w->checked];
        for (size_t i = 0; i < c->rows.ledger_count; i++) {
            const struct ledger_row *r = &c->rows.ledger[i];
            if (str_eq(r->kind, STR("clock.lapse")))
                check_lapse(w, c, r);
            w->silents += str_eq(r->kind, STR("source.silent"));
        }
    }
    check_missed(w);
    check_silent(w);
}

void check_close(struct world *w)
{
    HASH_CLEAR(hh, w->steps);
}

/* ---- the end ---- */

static void check_draft(struct world *w, const struct draft *d)
{
    const char *jti = id_text(d->record.jti.at).at;
    int64_t seq = db_find(&w->db, d->record.jti);
    if (d->state == DRAFT_POSTED && seq != d->seq)
        broken(w, "L0", "%s was posted as %lld, the ledger has it at %lld", jti, ll(d->seq),
               ll(seq));
    if (d->state == DRAFT_REFUSED && d->sendings == 1 && seq != 0)
        broken(w, "A0", "%s was refused, the ledger has it at %lld", jti, ll(seq));
    if (d->state != DRAFT_POSTED && d->state != DRAFT_REFUSED)
        broken(w, "A0", "%s %s was never answered, after %lld times", WORDS_KIND.at[d->record.kind],
               jti, ll(d->sendings));
    if (d->state == DRAFT_POSTED && d->poison)
        broken(w, "A0", "poison was posted");
}

void check_end(struct world *w)
{
    check_ledger(w);
    for (size_t i = 0; i < w->draft_count; i++)
        check_draft(w, w->drafts[i]);
    for (int i = 0; i < w->node_count; i++) {
        struct process *n = &w->nodes[i];
        int64_t due = 0;
        const struct state *st = n->turn ? turn_state(n->turn) : NULL;
        if (!n->up || !turn_is_loaded(n->turn) || turn_rev(n->turn) != w->db.head.rev ||
            turn_told(n->turn) != w->db.head.seq)
            broken(w, "M0", "hub %d does not catch up: turn %lld of %lld", i,
                   n->up ? ll(turn_rev(n->turn)) : -1, ll(w->db.head.rev));
        if (turn_clock_is_held(n->turn))
            broken(w, "E0", "hub %d still holds its clock", i);
        int64_t at = turn_now(n->turn) - (w->now - clock_time(w)) / 1000;
        if (state_overdue(st, at) || state_unclocked(st) || state_silent(st, at - 2500, &due))
            broken(w, "E0", "hub %d has %zu overdue, %zu without a clock", i, state_overdue(st, at),
                   state_unclocked(st));
        check_memory(n, MEMORY_ANEW);
    }
}
