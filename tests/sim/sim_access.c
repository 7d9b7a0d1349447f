/* Who may read what, once more and from the tables alone: protocol.md section 10 over the rows'
 * JSON, and nothing of core/access.  A set of readers is a set of bits, one for each person. */
#include "sim_tables.h"

#include "base/json.h"

#include <assert.h>
#include <string.h>

static_assert(SIM_MEMBERS + SIM_SOURCES <= 32, "a bit for each");

static uint32_t bit_of(const struct world *w, const struct person *p)
{
    return UINT32_C(1) << (p - w->people);
}

static uint32_t everybody(const struct world *w, struct str agency, unsigned roles)
{
    uint32_t who = 0;
    for (size_t i = 0; i < w->people_count; i++) {
        const struct person *p = &w->people[i];
        if (!p->source && (p->roles & roles) && (!agency.len || str_eq(p->agency, agency)))
            who |= bit_of(w, p);
    }
    return who;
}

/* "kpu/sari" */
static uint32_t one(const struct world *w, struct str pair)
{
    struct str agency;
    struct str id;
    if (!str_cut(pair, '/', &agency, &id))
        return 0;
    for (size_t i = 0; i < w->people_count; i++)
        if (str_eq(w->people[i].agency, agency) && str_eq(w->people[i].id, id))
            return bit_of(w, &w->people[i]);
    return 0;
}

static uint32_t involved(const struct world *w, const struct node *doc, unsigned roles)
{
    static const char *const names[] = {"lead", "by", "offered"};
    uint32_t who = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct str agency = node_text(doc, names[i]);
        if (agency.len)
            who |= everybody(w, agency, roles);
    }
    const struct node *list = node_get(doc, STR("readers"));
    for (const struct node *n = list ? list->first : NULL; n; n = n->next)
        who |= everybody(w, n->text, roles);
    list = node_get(doc, STR("agencies"));
    for (const struct node *n = list ? list->first : NULL; n; n = n->next)
        who |= everybody(w, node_text(n, "id"), roles);
    return who;
}

static uint32_t by_tlp(const struct world *w, const struct node *doc)
{
    struct str tlp = node_text(doc, "tlp");
    unsigned strict = 1U << ROLE_DUTY | 1U << ROLE_CHIEF | 1U << ROLE_COORDINATOR;
    if (str_eq(tlp, STR("clear")) || str_eq(tlp, STR("green")))
        return everybody(w, STR_NONE, ~0U);
    return involved(w, doc, str_eq(tlp, STR("amber+strict")) ? strict : ~0U);
}

static uint32_t readers_of(const struct world *w, const struct node *doc)
{
    uint32_t who = everybody(w, STR_NONE, 1U << ROLE_COORDINATOR) | by_tlp(w, doc) |
                   one(w, node_text(doc, "author")) | one(w, node_text(doc, "source"));
    const struct node *list = node_get(doc, STR("told"));
    for (const struct node *n = list ? list->first : NULL; n; n = n->next)
        who |= one(w, n->text);
    list = node_get(doc, STR("keys"));
    for (const struct node *n = list ? list->first : NULL; n; n = n->next)
        who |= one(w, node_text(n, "source"));
    return who;
}

static uint32_t readers(const struct world *w, struct version *v)
{
    struct arena arena;
    struct fault fault;
    const struct node *doc = NULL;
    if (v->known)
        return v->readers;
    arena_init(&arena);
    if (json_parse_trusted(&arena, v->row->doc, &fault, &doc) != OK)
        broken(w, "V0", "a ticket's row cannot be read: %s", fault.text);
    v->readers = readers_of(w, doc);
    v->known = true;
    arena_deinit(&arena);
    return v->readers;
}

static struct version *newest(const struct world *w, struct ticket_id id)
{
    struct cell *c = NULL;
    HASH_FIND(hh, w->db.tickets, id.at, sizeof(id.at), c);
    return c ? c->versions : NULL;
}

/* As of turn `rev`. */
uint32_t access_ticket(const struct world *w, struct ticket_id id, int64_t rev)
{
    struct version *v = newest(w, id);
    while (v && v->rev > rev)
        v = v->older;
    return v ? readers(w, v) : 0;
}

static uint32_t of_directory(const struct world *w, const struct ledger_row *row)
{
    return everybody(w, row->admins, row->admins.len ? 1U << ROLE_ADMIN : ~0U);
}

uint32_t access_row(const struct world *w, const struct ledger_row *row, int64_t rev)
{
    return ticket_id_is_none(row->ticket) ? of_directory(w, row)
                                          : access_ticket(w, row->ticket, rev);
}

/* Who might read it all the time since it was written. */
uint32_t access_row_always(const struct world *w, const struct ledger_row *row)
{
    if (ticket_id_is_none(row->ticket))
        return of_directory(w, row);
    uint32_t who = ~0U;
    int64_t since = db_rev_of(&w->db, row->seq);
    struct version *v = newest(w, row->ticket);
    for (; v; v = v->rev > since ? v->older : NULL)
        who &= readers(w, v);
    return who;
}
