/* clock.lapse: the hub says that a clock ran out, and whom it told. */
#include "core/decide_inside.h"

static enum err add_told(const struct ask *ask, struct ticket *t)
{
    for (size_t i = 0; i < ask->r->told.count; i++) {
        struct str agency = STR_NONE;
        struct str id = STR_NONE;
        (void)str_cut(ask->r->told.at[i], '/', &agency, &id);
        const struct member *m = state_member(ask->st, agency, id);
        if (m == NULL)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "told", "there is no such member");
        ticket_add_told(t, ask->arena, m);
    }
    return OK;
}

static struct owed *find_clock(const struct ask *ask, struct ticket *t)
{
    const struct record *r = ask->r;
    const struct agency *about = HAS(r, ABOUT) ? state_agency(ask->st, r->about) : NULL;
    return owed_clock(t, state_agency(ask->st, r->agency), r->what, about, r->since);
}

enum err decide_lapse(struct ask *ask)
{
    const struct record *r = ask->r;
    const struct ticket *held = NULL;
    enum err e = ask_ticket(ask, r->inc, "inc", &held);
    if (e != OK)
        return e;
    struct ticket *t = ticket_edit(held, ask->arena);
    struct owed *o = find_clock(ask, t);
    /* Its next step at its time; or, escalated, now. */
    if (o == NULL || r->step != o->step + 1 || (r->due != o->next && r->due != ask->stamp.at) ||
        r->due > ask->stamp.at)
        return fault_set(ask->fault, ERR_CONFLICT, "step",
                         "this is not the next step of that obligation");
    e = add_told(ask, t);
    if (e != OK)
        return e;
    owed_fired(t, o, r->due, ask->stamp.at, r->told.count);
    return ask_put_ticket(ask, t);
}
