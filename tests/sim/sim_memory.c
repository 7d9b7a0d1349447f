/* M0: what a hub holds in memory, written as rows, is what the tables say. */
#include "sim.h"

#include "ledger/doc.h"

#include <string.h>

/* ---- fingerprints: all bytes that a row is written from ---- */

static uint64_t stir(uint64_t print, const void *at, size_t size)
{
    const char *from = at;
    uint64_t two[2];
    for (; size > sizeof(two); size -= sizeof(two), from += sizeof(two)) {
        memcpy(two, from, sizeof(two));
        print = fold(print ^ two[0], two[1] ^ UINT64_C(0x9e3779b97f4a7c15));
    }
    two[0] = two[1] = size;
    memcpy(two, from, size);
    return fold(print ^ two[0] ^ size << 60, two[1] ^ UINT64_C(0xbf58476d1ce4e5b9));
}

static uint64_t stir_text(uint64_t print, struct str text)
{
    return stir(print, text.len ? text.at : "", text.len);
}

/* What is pointed to goes in by name: hubs differ in where it lies, as does one after a load. */
static uint64_t stir_agency(uint64_t print, const struct agency *a)
{
    return stir_text(print, a ? a->id : STR_NONE);
}

static uint64_t stir_member(uint64_t print, const struct member *m)
{
    return m ? stir_text(stir_agency(print, m->agency), m->id) : print + 1;
}

static uint64_t stir_source(uint64_t print, const struct source *s)
{
    return s ? stir_text(stir_agency(print, s->agency), s->id) : print + 2;
}

static uint64_t stir_policy(uint64_t print, const struct policy *p)
{
    return p ? stir_text(stir(print, &p->seq, sizeof(p->seq)), p->id) : print + 3;
}

static uint64_t stir_answer(uint64_t print, struct answer a)
{
    print = stir_agency(print, a.agency);
    print = stir_text(print, a.got.member);
    print = stir_text(print, a.shown.member);
    a.agency = NULL;
    a.got.member.at = a.shown.member.at = NULL;
    return stir(print, &a, sizeof(a));
}

static uint64_t stir_owed(uint64_t print, struct owed o)
{
    print = stir_agency(stir_agency(print, o.agency), o.about);
    o.agency = o.about = NULL;
    return stir(print, &o, sizeof(o));
}

static uint64_t print_ticket(const struct ticket *t)
{
    uint64_t print = stir_agency(stir_agency(stir_agency(1, t->by), t->lead), t->offered);
    print = stir_source(stir_member(print, t->author), t->source);
    print = stir_policy(stir_policy(print, t->policy), t->fallback);
    print = stir_text(stir_text(print, t->cat->code), t->title);
    print = stir_text(print, t->place ? t->place->id : STR_NONE);
    for (size_t i = 0; i < t->answer_count; i++)
        print = stir_answer(print, t->answers[i]);
    for (size_t i = 0; i < t->owed_count; i++)
        print = stir_owed(print, t->owed[i]);
    for (size_t i = 0; i < t->reader_count; i++)
        print = stir_agency(print, t->readers[i]);
    for (size_t i = 0; i < t->told_count; i++)
        print = stir_member(print, t->told[i]);
    for (size_t i = 0; i < t->key_count; i++)
        print = stir_text(stir_source(print, t->keys[i].source), t->keys[i].key);
    struct ticket rest = *t;
    rest.by = rest.lead = rest.offered = NULL;
    rest.author = NULL;
    rest.source = NULL;
    rest.policy = rest.fallback = NULL;
    rest.cat = NULL;
    rest.place = NULL;
    rest.title.at = NULL;
    rest.answers = NULL;
    rest.owed = NULL;
    rest.readers = NULL;
    rest.told = NULL;
    rest.keys = NULL;
    return stir(print, &rest, sizeof(rest));
}

/* What it points to is made anew by every change, and lies elsewhere. */
static uint64_t print_entry(const struct entry *e)
{
    static const size_t sizes[ENTRY_TICKET] = {
        [ENTRY_AGENCY] = sizeof(struct agency), [ENTRY_MEMBER] = sizeof(struct member),
        [ENTRY_SOURCE] = sizeof(struct source), [ENTRY_DEVICE] = sizeof(struct device),
        [ENTRY_PLACE] = sizeof(struct place),   [ENTRY_CATEGORY] = sizeof(struct category),
        [ENTRY_POLICY] = sizeof(struct policy), [ENTRY_RULES] = sizeof(struct rules),
        [ENTRY_DUTY] = sizeof(struct duty),     [ENTRY_INVITE] = sizeof(struct invite),
    };
    return stir((uint64_t)e->seq, e->is.agency, sizes[e->kind]);
}

/* Was it so when it was compared with this row?  From now on it was. */
static bool was_seen(const struct process *n, struct cell *c, uint64_t print, enum memory which)
{
    struct seen *seen = &c->seen[n->id];
    bool same = seen->row == c->row && seen->print == print && which != MEMORY_ANEW;
    *seen = (struct seen){c->row, print};
    return same;
}

/* ---- one by one ---- */

static struct cell *find(struct cell *table, struct str key)
{
    struct cell *c = NULL;
    HASH_FIND(hh, table, key.at, key.len, c);
    return c;
}

static void compare_entry(const struct process *n, struct arena *a, const struct entry *e,
                          enum memory which)
{
    const struct world *w = n->world;
    struct str kind = words_get(&WORDS_ENTRY, (int)e->kind);
    struct str id = doc_row_id(a, e);
    struct str key = arena_printf(a, STR_FMT " " STR_FMT, STR_ARG(kind), STR_ARG(id));
    struct cell *c = find(w->db.entries, key);
    if (!c)
        broken(w, "M0", "hub %d holds " STR_FMT ", the tables do not", n->id, STR_ARG(key));
    if (was_seen(n, c, print_entry(e), which))
        return;
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

static void compare_ticket(const struct process *n, struct cell *c, enum memory which)
{
    const struct world *w = n->world;
    const struct ticket_row *row = c->row;
    const struct ticket *t = state_ticket(turn_state(n->turn), row->id);
    if (!t)
        broken(w, "M0", "hub %d does not hold ticket %s", n->id, id_text(row->id.at).at);
    if (was_seen(n, c, print_ticket(t), which))
        return;
    const char *id = id_text(row->id.at).at;
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

/* ---- all ---- */

static void compare_directory(const struct process *n, enum memory which)
{
    const struct world *w = n->world;
    struct arena arena;
    arena_init(&arena);
    size_t entries = 0;
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        for (; (e = state_walk(turn_state(n->turn), (enum entry_kind)kind, &after)); entries++)
            if (which != MEMORY_CHANGED || e->seq > n->compared.seq)
                compare_entry(n, &arena, e, which);
    }
    arena_deinit(&arena);
    if (entries != HASH_COUNT(w->db.entries))
        broken(w, "M0", "hub %d holds %zu entries, the tables %u", n->id, entries,
               HASH_COUNT(w->db.entries));
}

static void compare_tickets(const struct process *n, enum memory which)
{
    const struct world *w = n->world;
    for (struct cell *c = w->db.open; c; c = c->next) {
        if (which == MEMORY_CHANGED && c->rev <= n->compared.rev)
            break;
        compare_ticket(n, c, which);
    }
    size_t held = state_count(turn_state(n->turn), ENTRY_TICKET);
    if (held != w->db.open_count)
        broken(w, "M0", "hub %d holds %zu open tickets, the tables %zu", n->id, held,
               w->db.open_count);
}

void check_memory(struct process *n, enum memory which)
{
    const struct world *w = n->world;
    const struct head *head = &w->db.head;
    if (!process_is_calm(n) || turn_rev(n->turn) != head->rev)
        return;
    compare_directory(n, which);
    compare_tickets(n, which);
    for (const struct cell *c = w->db.beats; c; c = c->hh.next)
        compare_beat(n, c->row);
    const struct state *st = turn_state(n->turn);
    if (state_next_no(st, false) != head->no + 1 ||
        state_next_no(st, true) != head->no_exercise + 1)
        broken(w, "M0", "hub %d counts tickets otherwise", n->id);
    n->compared = *head;
}
