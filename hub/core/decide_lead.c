/* What a lead does: change, share, offer and take, merge. */
#include "core/decide_inside.h"

enum { KEYS_MAX = 256 };

/* ---- change ---- */

enum err check_change(struct ask *ask, const struct ticket *t)
{
    const struct record *r = ask->r;
    const struct category *cat = NULL;
    const struct place *place = NULL;
    const uint64_t any = CLAIM_BIT(CAT) | CLAIM_BIT(SEV) | CLAIM_BIT(TITLE) | CLAIM_BIT(PLACE) |
                         CLAIM_BIT(LAT) | CLAIM_BIT(LON) | CLAIM_BIT(TLP) | CLAIM_BIT(VERACITY);
    if (HAS(r, TLP) && r->tlp < t->tlp && ask->member->agency != t->by)
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "tlp",
                         "only the reporter's agency `" STR_FMT "` may widen who reads this",
                         STR_ARG(t->by->id));
    if ((r->has & any) == 0)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "",
                         "name what changes: cat, sev, title, place, lat and lon, tlp or veracity");
    enum err e = HAS(r, CAT) ? ask_category(ask, r->cat, "cat", &cat) : OK;
    if (e == OK && HAS(r, PLACE))
        e = ask_place(ask, r->place, "place", &place);
    return e != OK ? e : ask_point(ask);
}

enum err act_change(struct ask *ask, struct ticket *t)
{
    const struct record *r = ask->r;
    if (HAS(r, CAT))
        t->cat = state_category(ask->st, r->cat);
    if (HAS(r, TITLE))
        t->title = r->title;
    if (HAS(r, PLACE))
        t->place = state_place(ask->st, r->place);
    if (HAS(r, LAT)) {
        t->has_point = true;
        t->lat = r->lat;
        t->lon = r->lon;
    }
    if (HAS(r, TLP))
        t->tlp = r->tlp;
    if (HAS(r, VERACITY))
        t->veracity = r->veracity;
    if (HAS(r, SEV)) {
        t->sev = r->sev;
        owed_raise(t, ask->stamp.at); /* what is lowered keeps its debts */
    }
    return OK;
}

/* ---- share ---- */

enum err check_share(struct ask *ask, const struct ticket *t)
{
    return ask_to(ask, ask->r->to, t->lead);
}

enum err act_share(struct ask *ask, struct ticket *t)
{
    for (size_t i = 0; i < ask->r->to.count; i++) {
        const struct agency *agency = state_agency(ask->st, ask->r->to.at[i]);
        const struct answer *a = ticket_answer(t, agency);
        if (a != NULL && a->state != ANSWER_DECLINED && a->state != ANSWER_DONE)
            continue; /* it is at it */
        enum err e = ticket_offer_to(ask, t, agency);
        if (e != OK)
            return e;
    }
    (void)owed_end(t, NULL, WHAT_REASSIGN, NULL);
    return OK;
}

/* ---- offer and take ---- */

enum err check_offer(struct ask *ask, const struct ticket *t)
{
    const struct agency *agency = NULL;
    enum err e = ask_agency(ask, ask->r->agency, "agency", &agency);
    if (e == OK && agency == t->lead)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "agency", "agency `" STR_FMT "` leads already",
                         STR_ARG(agency->id));
    return e;
}

enum err act_offer(struct ask *ask, struct ticket *t)
{
    (void)owed_end(t, NULL, WHAT_TAKE, NULL);
    t->offered = state_agency(ask->st, ask->r->agency);
    return ticket_owes(ask, t, t->offered, WHAT_TAKE, NULL, 0);
}

/* Taking the lead of what one was asked to answer is an answer too. */
static enum err take_is_accept(struct ask *ask, struct ticket *t, struct answer *a)
{
    a->state = ANSWER_ACCEPTED;
    (void)owed_end(t, a->agency, WHAT_ACK, NULL);
    (void)owed_end(t, a->agency, WHAT_ACCEPT, NULL);
    return ticket_owes(ask, t, a->agency, WHAT_UPDATE, NULL, 0);
}

enum err act_take(struct ask *ask, struct ticket *t)
{
    const struct agency *before = t->lead;
    (void)owed_end(t, NULL, WHAT_TAKE, NULL);
    t->lead = t->offered;
    t->offered = NULL;
    ticket_add_reader(t, ask->arena, before);
    (void)owed_end(t, NULL, WHAT_REASSIGN, t->lead); /* it declined, and moves after all */
    for (size_t i = 0; i < t->owed_count; i++) {
        struct owed *o = &t->owed[i];
        if (o->what == WHAT_RESOLVE || o->what == WHAT_REASSIGN)
            o->agency = t->lead;
    }
    struct answer *a = ticket_answer(t, t->lead);
    if (a == NULL || (a->state != ANSWER_OFFERED && a->state != ANSWER_ACKED))
        return OK;
    return take_is_accept(ask, t, a);
}

/* ---- merge ---- */

enum err check_merge(struct ask *ask, const struct ticket *a)
{
    const struct ticket *b = NULL;
    enum err e = ask_ticket(ask, ask->r->into, "into", &b);
    if (e != OK)
        return e;
    if (a == b)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "into", "`inc` and `into` are the same ticket");
    if (!access_leads(ask->member, b))
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "into",
                         "agency `" STR_FMT "` leads the other ticket: only who leads both, or a "
                         "coordinator of the host, may merge",
                         STR_ARG(b->lead->id));
    if (b->state == TICKET_CLOSED)
        return fault_set(ask->fault, ERR_CLOSED, "into", NULL);
    if (b->state != TICKET_OPEN)
        return fault_set(ask->fault, ERR_CONFLICT, "into",
                         "the other ticket is resolved; reopen it first");
    return OK;
}

static bool has_accepted(enum answer_state state)
{
    return state == ANSWER_ACCEPTED || state == ANSWER_ENROUTE || state == ANSWER_ONSCENE ||
           state == ANSWER_DONE;
}

static bool is_answer_debt(enum what what)
{
    return what == WHAT_ACK || what == WHAT_ACCEPT || what == WHAT_ARRIVE || what == WHAT_UPDATE;
}

static enum err full(const struct ask *ask, const char *what, int most)
{
    return fault_set(ask->fault, ERR_CONFLICT, "into",
                     "both together have more than %d %s; close one as duplicate instead", most,
                     what);
}

/* The debts come as they are: their clocks were running. */
static enum err bring_debts(struct ask *ask, const struct ticket *a, struct ticket *b,
                            const struct agency *agency)
{
    for (size_t i = 0; i < a->owed_count; i++) {
        if (a->owed[i].agency != agency || !is_answer_debt(a->owed[i].what))
            continue;
        if (b->owed_count == POSKO_OWED_MAX)
            return full(ask, "obligations", POSKO_OWED_MAX);
        b->owed = ticket_room(ask->arena, b->owed, b->owed_count, sizeof *b->owed);
        b->owed[b->owed_count++] = a->owed[i];
    }
    return OK;
}

/* a: a copy, for the state forgets its texts when the merge is applied. */
static enum err bring_answers(struct ask *ask, const struct ticket *a, struct ticket *b)
{
    for (size_t i = 0; i < a->answer_count; i++) {
        const struct answer *from = &a->answers[i];
        if (ticket_answer(b, from->agency) != NULL ||
            (from->agency == b->lead && !has_accepted(from->state)))
            continue;
        struct answer *to = ticket_add_answer(b, ask->arena, from->agency);
        if (to == NULL)
            return full(ask, "agencies", POSKO_AGENCIES_MAX);
        *to = *from;
        enum err e = bring_debts(ask, a, b, from->agency);
        if (e != OK)
            return e;
    }
    return OK;
}

static void bring_readers(struct ask *ask, const struct ticket *a, struct ticket *b)
{
    ticket_add_reader(b, ask->arena, a->lead);
    ticket_add_reader(b, ask->arena, a->by);
    for (size_t i = 0; i < a->reader_count; i++)
        ticket_add_reader(b, ask->arena, a->readers[i]);
    if (a->author != NULL)
        ticket_add_told(b, ask->arena, a->author);
    for (size_t i = 0; i < a->told_count; i++)
        ticket_add_told(b, ask->arena, a->told[i]);
}

static void bring_alerts(struct ask *ask, const struct ticket *a, struct ticket *b)
{
    if (a->key_count > 0)
        b->clear = a->clear && (b->clear || b->key_count == 0);
    for (size_t i = 0; i < a->key_count; i++)
        ticket_add_key(b, ask->arena, a->keys[i]);
    b->count += a->count;
    if (a->last > b->last)
        b->last = a->last;
}

enum err act_merge(struct ask *ask, struct ticket *a)
{
    const struct ticket *held = NULL;
    enum err e = ask_ticket(ask, ask->r->into, "into", &held);
    assert(e == OK);
    struct ticket *b = ticket_edit(held, ask->arena);
    if (a->key_count + b->key_count > KEYS_MAX)
        return full(ask, "alert keys", KEYS_MAX);
    e = bring_answers(ask, a, b);
    if (e != OK)
        return e;
    bring_readers(ask, a, b);
    bring_alerts(ask, a, b);
    if (a->tlp > b->tlp)
        b->tlp = a->tlp;
    if (a->sev > b->sev)
        b->sev = a->sev;
    owed_raise(b, ask->stamp.at);
    a->state = TICKET_MERGED;
    a->into = b->id;
    a->key_count = 0;
    a->offered = NULL;
    owed_end_all(a);
    a->seq = ask->stamp.seq;
    ask_put(ask, ENTRY_TICKET, a);
    return ask_put_ticket(ask, b);
}
