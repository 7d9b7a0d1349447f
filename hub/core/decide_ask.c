/* What the parts of decide ask and propose alike. */
#include "core/decide_inside.h"

enum { MERGES_MAX = 256 };

void ask_put(struct ask *ask, enum entry_kind kind, const void *object)
{
    assert(ask->out->count < DECISION_ENTRIES_MAX);
    struct entry *e = &ask->out->entries[ask->out->count++];
    *e = (struct entry){.kind = kind, .seq = ask->stamp.seq};
    e->is.agency = object; /* a union of pointers to structs: all of one representation */
}

enum err ask_put_ticket(struct ask *ask, struct ticket *t)
{
    t->n++;
    t->seq = ask->stamp.seq;
    if (ticket_bytes(t) > POSKO_TICKET_BYTES_MAX && !ask->hub)
        return fault_set(ask->fault, ERR_CONFLICT, "",
                         "the ticket would be larger than %d bytes; report the rest anew",
                         POSKO_TICKET_BYTES_MAX);
    ask_put(ask, ENTRY_TICKET, t);
    ask->out->scope = SCOPE_TICKET;
    ask->out->ticket = t->id;
    return OK;
}

/* ---- what a claim names ---- */

enum err ask_agency(const struct ask *ask, struct str id, const char *field,
                    const struct agency **out)
{
    const struct agency *a = state_agency(ask->st, id);
    if (a == NULL || !a->active)
        return fault_set(ask->fault, ERR_BAD_CLAIM, field,
                         "agency `" STR_FMT "` is not known here or not active; see `posko who`",
                         STR_ARG(id));
    *out = a;
    return OK;
}

enum err ask_category(const struct ask *ask, struct str code, const char *field,
                      const struct category **out)
{
    const struct category *c = state_category(ask->st, code);
    if (c == NULL || !c->active)
        return fault_set(ask->fault, ERR_BAD_CLAIM, field,
                         "category `" STR_FMT "` is not known here or not active; `other.other` "
                         "fits anything",
                         STR_ARG(code));
    *out = c;
    return OK;
}

enum err ask_place(const struct ask *ask, struct str id, const char *field,
                   const struct place **out)
{
    const struct place *p = state_place(ask->st, id);
    if (p == NULL || !p->active)
        return fault_set(ask->fault, ERR_BAD_CLAIM, field,
                         "place `" STR_FMT "` is not known here or not active; leave it out and "
                         "say where in the text, or give lat and lon",
                         STR_ARG(id));
    *out = p;
    return OK;
}

enum err ask_to(const struct ask *ask, struct str_list to, const struct agency *lead)
{
    for (size_t i = 0; i < to.count; i++) {
        const struct agency *a = NULL;
        enum err e = ask_agency(ask, to.at[i], "to", &a);
        if (e != OK)
            return e;
        assert(a != NULL);
        if (a == lead)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "to",
                             "agency `" STR_FMT "` leads the ticket; name the others only",
                             STR_ARG(a->id));
        for (size_t k = 0; k < i; k++)
            if (str_eq(to.at[k], to.at[i]))
                return fault_set(ask->fault, ERR_BAD_CLAIM, "to",
                                 "agency `" STR_FMT "` is named twice", STR_ARG(a->id));
    }
    return OK;
}

enum err ask_point(const struct ask *ask)
{
    if (HAS(ask->r, LAT) == HAS(ask->r, LON))
        return OK;
    return fault_set(ask->fault, ERR_BAD_CLAIM, HAS(ask->r, LAT) ? "lon" : "lat",
                     "give lat and lon together");
}

enum err ask_ticket(const struct ask *ask, struct ticket_id id, const char *field,
                    const struct ticket **out)
{
    const struct ticket *t = state_ticket(ask->st, id);
    for (int merges = 0; t != NULL && t->state == TICKET_MERGED; merges++)
        t = merges < MERGES_MAX ? state_ticket(ask->st, t->into) : NULL;
    struct reader who = {.member = ask->member, .source = ask->source};
    if (t == NULL || !(ask->hub || access_reads_ticket(&who, t)))
        return fault_set(ask->fault, ERR_NOT_FOUND, field,
                         "there is no such ticket, or you may not know of it; see `posko tickets`");
    if (t->exercise != ask->r->exercise)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "status",
                         t->exercise ? "the ticket is an exercise: sign with status `exercise`"
                                     : "the ticket is no exercise: leave status out");
    *out = t;
    return OK;
}

enum err ask_role(const struct ask *ask, unsigned roles, const char *text)
{
    if (ask->member != NULL && (ask->member->roles & roles) != 0)
        return OK;
    return fault_set(ask->fault, ERR_NOT_ALLOWED, "", "%s", text);
}

/* ---- what tickets begin with ---- */

enum err ticket_owes(const struct ask *ask, struct ticket *t, const struct agency *agency,
                     enum what what, const struct agency *about, int64_t due)
{
    return owed_add(t, ask->arena, agency, what, about, ask->stamp, due, ask->fault);
}

enum err ticket_open(struct ask *ask, const struct opening *o, struct ticket **out)
{
    struct route route =
        route_find(ask->st, o->cat, o->sev, o->place, o->source, o->by, ask->arena);
    const struct policy *fallback = state_policy(ask->st, STR("default"));
    if (fallback == NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "",
                         "there is no policy `default` yet, so no clock could run; the host's "
                         "admin gives it with policy.put");
    struct ticket *t = ARENA_NEW(ask->arena, struct ticket);
    *t = (struct ticket){.first = ask->stamp.seq,
                         .no = state_next_no(ask->st, o->exercise),
                         .opened = ask->stamp.at,
                         .by = o->by,
                         .author = ask->member,
                         .source = o->source,
                         .lead = o->by,
                         .state = TICKET_OPEN,
                         .exercise = o->exercise,
                         .cat = o->cat,
                         .sev = o->sev,
                         .tlp = o->tlp,
                         .title = o->title,
                         .place = o->place,
                         .has_point = HAS(ask->r, LAT),
                         .lat = ask->r->lat,
                         .lon = ask->r->lon,
                         .count = o->count,
                         .last = o->count > 0 ? ask->stamp.at : 0,
                         .policy = route.policy,
                         .fallback = fallback};
    memcpy(t->id.at, ask->r->jti.at, sizeof t->id.at);
    enum err e = ticket_owes(ask, t, t->lead, WHAT_RESOLVE, NULL, 0);
    for (size_t i = 0; i < route.to_count && e == OK; i++)
        e = ticket_offer_to(ask, t, route.to[i]);
    if (e != OK)
        return e;
    if (o->source != NULL)
        ticket_add_key(t, ask->arena, o->key);
    *out = t;
    return OK;
}

enum err ticket_offer_to(const struct ask *ask, struct ticket *t, const struct agency *agency)
{
    struct answer *a = ticket_add_answer(t, ask->arena, agency);
    if (a == NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "to",
                         "a ticket has at most %d agencies; report the rest anew",
                         POSKO_AGENCIES_MAX);
    ticket_address(a, ask->stamp.seq);
    return ticket_owes(ask, t, agency, WHAT_ACK, NULL, 0);
}

enum err ticket_reopen(const struct ask *ask, struct ticket *t)
{
    owed_end_all(t);
    t->state = TICKET_OPEN;
    t->closed = 0;
    t->clear = false;
    enum err e = ticket_owes(ask, t, t->lead, WHAT_RESOLVE, NULL, 0);
    for (size_t i = 0; i < t->answer_count && e == OK; i++)
        e = ticket_offer_to(ask, t, t->answers[i].agency);
    return e;
}
