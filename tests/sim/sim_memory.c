/* M0: what a hub holds in memory, written as rows, is what the tables say. */
#include "sim.h"

#include "ledger/doc.h"

static const struct cell *find(const struct cell *table, struct str key)
{
    struct cell *c = NULL;
    HASH_FIND(hh, table, key.at, key.len, c);
    return c;
}

static void compare_entry(const struct process *n, struct arena *a, const struct entry *e)
{
    const struct world *w = n->world;
    struct str kind = words_get(&WORDS_ENTRY, (int)e->kind);
    struct str id = doc_row_id(a, e);
    struct str key = arena_printf(a, STR_FMT " " STR_FMT, STR_ARG(kind), STR_ARG(id));
    const struct cell *c = find(w->db.entries, key);
    if (!c)
        broken(w, "M0", "hub %d holds " STR_FMT ", the tables do not", n->id, STR_ARG(key));
    const struct entry_row *row = c->row;
    struct buf doc;
    buf_init(&doc);
    doc_write_row(&doc, e);
    if (row->seq != e->seq || !str_eq(row->doc, buf_peek(&doc)))
        broken(w, "M0", "hub %d, " STR_FMT ": memory " STR_FMT " table " STR_FMT, n->id,
               STR_ARG(key), STR_ARG(buf_peek(&doc)), STR_ARG(row->doc));
    buf_deinit(&doc);
}

static void compare_owed(const struct process *n, const struct ticket *t,
                         const struct owed_row *row)
{
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        if (!str_eq(o->agency->id, row->agency) ||
            !str_eq(words_get(&WORDS_WHAT, (int)o->what), row->what) ||
            !str_eq(o->about ? o->about->id : STR(""), row->about))
            continue;
        if (o->since != row->since || o->due != row->due || o->next != row->next ||
            o->step != row->step || !str_eq(words_get(&WORDS_SEV, (int)o->sev), row->sev))
            break;
        return;
    }
    broken(n->world, "M0", "hub %d, ticket %s: " STR_FMT " " STR_FMT " is owed otherwise", n->id,
           id_text(t->id.at).at, STR_ARG(row->agency), STR_ARG(row->what));
}

static void compare_ticket(const struct process *n, const struct ticket_row *row)
{
    const struct world *w = n->world;
    const struct ticket *t = state_ticket(turn_state(n->turn), row->id);
    const char *id = id_text(row->id.at).at;
    if (!t)
        broken(w, "M0", "hub %d does not hold ticket %s", n->id, id);
    struct entry e = {.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t};
    struct buf doc;
    buf_init(&doc);
    doc_write_row(&doc, &e);
    if (t->seq != row->seq || !str_eq(row->doc, buf_peek(&doc)) || t->owed_count != row->owed_count)
        broken(w, "M0", "hub %d, ticket %s: memory " STR_FMT " table " STR_FMT, n->id, id,
               STR_ARG(buf_peek(&doc)), STR_ARG(row->doc));
    buf_deinit(&doc);
    for (size_t i = 0; i < row->owed_count; i++)
        compare_owed(n, t, &row->owed[i]);
}

static void compare_beat(const struct process *n, const struct beat_row *b)
{
    const struct source *s = state_source(turn_state(n->turn), b->agency, b->source);
    if (!s || s->beat != b->first || s->last != b->last || s->silent != b->silent)
        broken(n->world, "M0", "hub %d: source " STR_FMT " beats otherwise", n->id,
               STR_ARG(b->source));
}

void check_memory(const struct process *n)
{
    const struct world *w = n->world;
    if (!process_is_calm(n) || turn_rev(n->turn) != w->db.head.rev)
        return;
    const struct state *st = turn_state(n->turn);
    struct arena arena;
    arena_init(&arena);
    size_t entries = 0;
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        for (; (e = state_walk(st, (enum entry_kind)kind, &after)); entries++)
            compare_entry(n, &arena, e);
    }
    arena_deinit(&arena);
    if (entries != HASH_COUNT(w->db.entries))
        broken(w, "M0", "hub %d holds %zu entries, the tables %u", n->id, entries,
               HASH_COUNT(w->db.entries));
    size_t open = 0;
    for (const struct cell *c = w->db.tickets; c; c = c->hh.next) {
        const struct ticket_row *t = c->row;
        if (!str_eq(t->state, STR("open")) && !str_eq(t->state, STR("resolved")))
            continue;
        compare_ticket(n, t);
        open++;
    }
    if (open != state_count(st, ENTRY_TICKET))
        broken(w, "M0", "hub %d holds %zu open tickets, the tables %zu", n->id,
               state_count(st, ENTRY_TICKET), open);
    for (const struct cell *c = w->db.beats; c; c = c->hh.next)
        compare_beat(n, c->row);
    if (state_next_no(st, false) != w->db.head.no + 1 ||
        state_next_no(st, true) != w->db.head.no_exercise + 1)
        broken(w, "M0", "hub %d counts tickets otherwise", n->id);
}
