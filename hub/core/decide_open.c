/* What opens tickets: reports, alerts, and the silence of a source. */
#include "core/decide_inside.h"

enum err decide_report(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e =
        r->exercise
            ? ask_role(ask, 1U << ROLE_COORDINATOR | 1U << ROLE_CONTROLLER,
                       "an exercise is opened by a coordinator or controller of the host")
            : ask_role(ask,
                       1U << ROLE_REPORTER | 1U << ROLE_DUTY | 1U << ROLE_CHIEF |
                           1U << ROLE_COORDINATOR,
                       "a report needs the role reporter, duty, chief or coordinator; ask your "
                       "admin, a machine uses alert.raise");
    if (e != OK)
        return e;
    struct opening o = {.by = ask->member->agency,
                        .tlp = HAS(r, TLP) ? r->tlp : TLP_AMBER,
                        .title = r->title,
                        .exercise = r->exercise};
    e = ask_category(ask, r->cat, "cat", &o.cat);
    if (e == OK)
        e = ask_to(ask, r->to, o.by);
    if (e == OK && HAS(r, PLACE))
        e = ask_place(ask, r->place, "place", &o.place);
    if (e == OK)
        e = ask_point(ask);
    if (e != OK)
        return e;
    o.sev = HAS(r, SEV) ? r->sev : o.cat->sev;
    struct ticket *t = NULL;
    e = ticket_open(ask, &o, &t);
    for (size_t i = 0; i < r->to.count && e == OK; i++)
        e = ticket_offer_to(ask, t, state_agency(ask->st, r->to.at[i]));
    return e != OK ? e : ask_put_ticket(ask, t);
}

static bool lists(struct str_list list, struct str s)
{
    for (size_t i = 0; i < list.count; i++)
        if (str_eq(list.at[i], s))
            return true;
    return list.count == 0; /* none named: all */
}

/* The alert on the ticket that its key stands for, or on a new one. */
static enum err raise(struct ask *ask, const struct opening *o)
{
    struct ticket *t = NULL;
    const struct ticket *held = state_ticket_by_key(ask->st, o->source, o->key.key, o->exercise);
    if (held == NULL) {
        enum err e = ticket_open(ask, o, &t);
        return e != OK ? e : ask_put_ticket(ask, t);
    }
    t = ticket_edit(held, ask->arena);
    t->count += o->count;
    t->last = ask->stamp.at;
    t->clear = false;
    if (t->state == TICKET_RESOLVED) {
        enum err e = ticket_reopen(ask, t);
        if (e != OK)
            return e;
    }
    return ask_put_ticket(ask, t);
}

static enum err needs_source(const struct ask *ask)
{
    if (ask->source != NULL)
        return OK;
    return fault_set(ask->fault, ERR_NOT_ALLOWED, "kind",
                     "only a source raises and clears alerts; people use incident.report");
}

enum err decide_raise(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_source(ask);
    if (e != OK)
        return e;
    if (!lists(ask->source->cats, r->cat))
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "cat",
                         "source `" STR_FMT "` may not raise `" STR_FMT "`; its admin lists its "
                         "categories with source.put",
                         STR_ARG(ask->source->id), STR_ARG(r->cat));
    struct opening o = {.by = ask->source->agency,
                        .source = ask->source,
                        .key = {ask->source, r->key},
                        .tlp = TLP_AMBER,
                        .title = r->title,
                        .exercise = r->exercise,
                        .count = HAS(r, COUNT) ? r->count : 1};
    e = ask_category(ask, r->cat, "cat", &o.cat);
    if (e == OK && HAS(r, PLACE))
        e = ask_place(ask, r->place, "place", &o.place);
    if (e != OK)
        return e;
    o.sev = HAS(r, SEV) ? r->sev : o.cat->sev;
    return raise(ask, &o);
}

enum err decide_clear(struct ask *ask)
{
    enum err e = needs_source(ask);
    if (e != OK)
        return e;
    const struct ticket *held =
        state_ticket_by_key(ask->st, ask->source, ask->r->key, ask->r->exercise);
    if (held == NULL)
        return fault_set(ask->fault, ERR_NOT_FOUND, "key",
                         "this source has no open or resolved ticket with this key");
    struct ticket *t = ticket_edit(held, ask->arena);
    t->clear = true;
    return ask_put_ticket(ask, t);
}

enum err decide_silent(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct source *s = state_source(ask->st, r->agency, r->source);
    if (s == NULL)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "source", "there is no such source");
    int64_t due = s->last + s->every_s * 1000;
    if (!s->active || s->every_s == 0 || s->beat == 0 || r->since != s->last ||
        s->silent >= s->last || due > ask->stamp.at)
        return fault_set(ask->fault, ERR_CONFLICT, "since",
                         "the source is not silent, or this was said before");
    struct opening o = {.by = s->agency,
                        .source = s,
                        .key = {s, STR("silent")},
                        .cat = route_silent_category(ask->st, s),
                        .tlp = TLP_AMBER,
                        .place = state_place(ask->st, s->place),
                        .title = s->name,
                        .count = 1};
    if (o.cat == NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "", "there is no category to open a ticket in");
    o.sev = o.cat->sev;
    return raise(ask, &o);
}
