#include "sim_directory.h"
#include "sim_tables.h"

#include "base/json.h"

#include <string.h>

/* ---- names ---- */

static size_t number_of(struct world *w, struct str text)
{
    struct directory_name *n = NULL;
    HASH_FIND(hh, w->directory, text.at, text.len, n);
    if (!n) {
        n = ARENA_NEW(&w->arena, struct directory_name);
        n->text = arena_dup(&w->arena, text);
        n->number = HASH_COUNT(w->directory) + 1;
        HASH_ADD_KEYPTR(hh, w->directory, n->text.at, n->text.len, n);
    }
    return n->number;
}

struct form { /* protocol.md 7: which members name it */
    const char *kind, *first, *second;
};

static struct str name_of(struct arena *arena, const struct form *f, const struct node *shown)
{
    if (!f->first)
        return arena_printf(arena, "%s %s", f->kind, f->kind);
    struct str first = node_text(shown, f->first);
    struct str second = f->second ? node_text(shown, f->second) : STR_NONE;
    if (!first.len || (f->second && !second.len))
        return STR_NONE;
    return arena_printf(arena, "%s " STR_FMT "%s" STR_FMT, f->kind, STR_ARG(first),
                        f->second ? "/" : "", STR_ARG(second));
}

size_t directory_number(struct world *w, const struct node *state)
{
    static const struct form forms[] = {
        {"agency", "id", NULL},   {"member", "agency", "id"},     {"device", "kid", NULL},
        {"place", "place", NULL}, {"category", "cat", NULL},      {"policy", "policy", NULL},
        {"rules", NULL, NULL},    {"source", "agency", "source"}, {"duty", "agency", "member"},
    };
    size_t number = 0;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        const struct node *shown = node_get(state, str_of(forms[i].kind));
        struct str name = shown ? name_of(&arena, &forms[i], shown) : STR_NONE;
        if (name.len && number == 0)
            number = number_of(w, name);
        else if (shown)
            number = SIZE_MAX; /* a name is missing, or it shows two things */
    }
    arena_deinit(&arena);
    return number == SIZE_MAX ? 0 : number;
}

/* "policy default@12": the same policy as its other versions. */
static size_t number_of_row(struct world *w, struct cell *c)
{
    static const char policy[] = "policy ";
    struct str name = c->key;
    if (c->number > 0)
        return c->number;
    if (name.len >= sizeof(policy) && memcmp(name.at, policy, sizeof(policy) - 1) == 0)
        (void)str_cut(c->key, '@', &name, &(struct str){0});
    c->number = number_of(w, name);
    return c->number;
}

/* ---- what he holds ---- */

void directory_put(struct directory *d, const struct message *m)
{
    if (m->entry == 0)
        return;
    if (m->entry >= d->size) {
        size_t size = m->entry + 64;
        d->seqs = mem_grow(d->seqs, size * sizeof(*d->seqs));
        memset(d->seqs + d->size, 0, (size - d->size) * sizeof(*d->seqs));
        d->size = size;
    }
    if (d->seqs[m->entry] < m->seq)
        d->seqs[m->entry] = m->seq;
}

void directory_drop(struct directory *d)
{
    mem_free(d->seqs);
    *d = (struct directory){0};
}

/* Only records of no ticket change it. */
static bool has_news(const struct world *w, int64_t after, int64_t upto)
{
    for (int64_t seq = after + 1; seq <= upto; seq++)
        if (ticket_id_is_none(db_row(&w->db, seq)->ticket))
            return true;
    return false;
}

void directory_check(struct world *w, struct directory *d, const struct person *p, int64_t upto)
{
    if (p->source || w->doomed || !has_news(w, d->checked, upto))
        return;
    for (struct cell *c = w->db.entries; c; c = c->hh.next) {
        const struct entry_row *row = c->row;
        if (row->seq > upto || str_eq(row->kind, STR("invite")))
            continue;
        size_t number = number_of_row(w, c);
        int64_t held = number < d->size ? d->seqs[number] : 0;
        bool newer = held > row->seq && str_eq(row->kind, STR("policy"));
        if (held != row->seq && !newer)
            broken(w, "L0",
                   STR_FMT "/" STR_FMT ", at %lld, holds " STR_FMT " of %lld: it is of %lld",
                   STR_ARG(p->agency), STR_ARG(p->id), (long long)upto, STR_ARG(c->key),
                   (long long)held, (long long)row->seq);
    }
    d->checked = upto;
}

void directory_close(struct world *w)
{
    HASH_CLEAR(hh, w->directory);
}
