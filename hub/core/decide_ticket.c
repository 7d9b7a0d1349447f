/* What people do about a ticket: who may, in which state, and what comes of it. */
#include "core/decide_inside.h"

enum {
    /* who */
    LEAD = 1,      /* of the lead agency, or a coordinator of the host */
    OWN_LEAD = 2,  /* of the lead agency itself */
    ADDRESSED = 4, /* duty or chief of an addressed agency */
    AUTHOR = 8,
    OFFERED = 16, /* duty, chief or coordinator of the agency that the lead is offered to */
    /* when */
    IN_OPEN = 1 << TICKET_OPEN,
    IN_RESOLVED = 1 << TICKET_RESOLVED,
    IN_CLOSED = 1 << TICKET_CLOSED,
    REOPEN_MS = DAY_MS
};

struct deed {
    unsigned who;
    unsigned when;
    check_fn *check;
    act_fn *act;
};

static const struct deed deeds[KIND_COUNT] = {
    [KIND_RESPONSE_ACK] = {ADDRESSED, IN_OPEN | IN_RESOLVED, NULL, act_respond},
    [KIND_RESPONSE_ACCEPT] = {ADDRESSED | OWN_LEAD, IN_OPEN | IN_RESOLVED, check_eta, act_respond},
    [KIND_RESPONSE_ENROUTE] = {ADDRESSED, IN_OPEN | IN_RESOLVED, check_eta, act_respond},
    [KIND_RESPONSE_ONSCENE] = {ADDRESSED, IN_OPEN | IN_RESOLVED, NULL, act_respond},
    [KIND_RESPONSE_DONE] = {ADDRESSED, IN_OPEN | IN_RESOLVED, NULL, act_respond},
    [KIND_RESPONSE_DECLINE] = {ADDRESSED | OFFERED, IN_OPEN | IN_RESOLVED, NULL, act_decline},
    [KIND_INCIDENT_NOTE] = {LEAD | ADDRESSED | AUTHOR, IN_OPEN | IN_RESOLVED | IN_CLOSED,
                            check_next, act_note},
    [KIND_INCIDENT_CHANGE] = {LEAD, IN_OPEN, check_change, act_change},
    [KIND_INCIDENT_SHARE] = {LEAD, IN_OPEN, check_share, act_share},
    [KIND_INCIDENT_OFFER] = {LEAD, IN_OPEN, check_offer, act_offer},
    [KIND_INCIDENT_TAKE] = {OFFERED, IN_OPEN, NULL, act_take},
    [KIND_INCIDENT_MERGE] = {LEAD, IN_OPEN, check_merge, act_merge},
    [KIND_INCIDENT_ESCALATE] = {LEAD | ADDRESSED | AUTHOR, IN_OPEN, check_escalate, act_escalate},
    [KIND_INCIDENT_RESOLVE] = {LEAD, IN_OPEN, NULL, act_resolve},
    [KIND_INCIDENT_CLOSE] = {LEAD, IN_OPEN | IN_RESOLVED, NULL, act_close},
    [KIND_INCIDENT_REOPEN] = {LEAD | ADDRESSED, IN_RESOLVED | IN_CLOSED, NULL, act_reopen},
};

static const unsigned leading = 1U << ROLE_DUTY | 1U << ROLE_CHIEF | 1U << ROLE_COORDINATOR;

static bool is_who(const struct member *m, const struct ticket *t, unsigned who)
{
    return ((who & LEAD) != 0 && access_leads(m, t)) ||
           ((who & OWN_LEAD) != 0 && m->agency == t->lead && access_leads(m, t)) ||
           ((who & ADDRESSED) != 0 && access_is_addressed(m, t)) ||
           ((who & AUTHOR) != 0 && access_is_author(m, t)) ||
           ((who & OFFERED) != 0 && m->agency == t->offered && (m->roles & leading) != 0);
}

static enum err check_right(const struct ask *ask, const struct ticket *t, unsigned who)
{
    if (ask->member != NULL && is_who(ask->member, t, who))
        return OK;
    if (who == OFFERED && t->offered == NULL && ask->member != NULL &&
        (ask->member->roles & leading) != 0)
        return fault_set(ask->fault, ERR_CONFLICT, "",
                         "the lead is offered to nobody; agency `" STR_FMT "` leads",
                         STR_ARG(t->lead->id));
    if (who == OFFERED)
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "",
                         "only a duty officer, chief or coordinator of the agency that the lead "
                         "is offered to may do this");
    if ((who & ADDRESSED) == 0)
        return fault_set(ask->fault, ERR_NOT_ALLOWED, "",
                         "agency `" STR_FMT "` leads: its duty officers, chiefs and the host's "
                         "coordinators may do this; ask them",
                         STR_ARG(t->lead->id));
    return fault_set(ask->fault, ERR_NOT_ALLOWED, "",
                     "your agency is not addressed, or you lack the role duty or chief; agency "
                     "`" STR_FMT "` leads and may share the ticket",
                     STR_ARG(t->lead->id));
}

static enum err check_state(const struct ask *ask, const struct ticket *t, unsigned when)
{
    if ((when >> t->state & 1U) != 0)
        return OK;
    if (t->state == TICKET_CLOSED)
        return fault_set(ask->fault, ERR_CLOSED, "inc", NULL);
    if (t->state == TICKET_RESOLVED)
        return fault_set(ask->fault, ERR_CONFLICT, "inc",
                         "the ticket is resolved; reopen it first");
    return fault_set(ask->fault, ERR_CONFLICT, "inc", "the ticket is open already");
}

enum err decide_on_ticket(struct ask *ask)
{
    const struct deed *deed = &deeds[ask->r->kind];
    assert(deed->act != NULL);
    const struct ticket *held = NULL;
    enum err e = ask_ticket(ask, ask->r->inc, "inc", &held);
    if (e == OK)
        e = check_right(ask, held, deed->who);
    if (e == OK && deed->check != NULL)
        e = deed->check(ask, held);
    if (e == OK)
        e = check_state(ask, held, deed->when);
    if (e != OK)
        return e;
    struct ticket *t = ticket_edit(held, ask->arena);
    e = deed->act(ask, t);
    if (e != OK || t->state == TICKET_MERGED)
        return e; /* a merge's row is the other ticket's */
    return ask_put_ticket(ask, t);
}

/* ---- notes ---- */

static int64_t update_ms(const struct ticket *t)
{
    return owed_terms(t, WHAT_UPDATE, t->sev).within_s * 1000;
}

enum err check_next(struct ask *ask, const struct ticket *t)
{
    const struct record *r = ask->r;
    if (!HAS(r, NEXT) || (r->next > ask->stamp.at && r->next <= ask->stamp.at + 2 * update_ms(t)))
        return OK;
    return fault_set(ask->fault, ERR_BAD_CLAIM, "next",
                     "the next update must be promised for later than now and within %lld min",
                     (long long)(2 * update_ms(t) / 60000));
}

/* Meets the update that the agency owes, and only then begins the next. */
enum err act_note(struct ask *ask, struct ticket *t)
{
    const struct agency *agency = ask->member->agency;
    if (t->state != TICKET_OPEN || owed_find(t, agency, WHAT_UPDATE, NULL) == NULL)
        return OK;
    return ticket_owes(ask, t, agency, WHAT_UPDATE, NULL, HAS(ask->r, NEXT) ? ask->r->next : 0);
}

/* ---- the end, and what comes after ---- */

static void end_debts(struct ticket *t)
{
    owed_end_all(t);
    t->offered = NULL;
}

enum err act_resolve(struct ask *ask, struct ticket *t)
{
    end_debts(t);
    t->state = TICKET_RESOLVED;
    return ticket_owes(ask, t, t->lead, WHAT_CLOSE, NULL, 0);
}

enum err act_close(struct ask *ask, struct ticket *t)
{
    if (t->state == TICKET_OPEN && ask->r->disposition == DISPOSITION_HANDLED)
        return fault_set(ask->fault, ERR_CONFLICT, "disposition",
                         "what was handled is resolved first; or close it with another "
                         "disposition");
    end_debts(t);
    t->state = TICKET_CLOSED;
    t->closed = ask->stamp.at;
    return OK;
}

enum err act_reopen(struct ask *ask, struct ticket *t)
{
    if (t->state == TICKET_CLOSED && ask->stamp.at - t->closed > REOPEN_MS)
        return fault_set(ask->fault, ERR_CLOSED, "inc",
                         "the ticket was closed over 24 h ago; report anew");
    return ticket_reopen(ask, t);
}

/* The step itself is a clock.lapse that the turn signs behind this record. */
enum err check_escalate(struct ask *ask, const struct ticket *t)
{
    const struct agency *agency = NULL;
    (void)t;
    enum err e = ask_agency(ask, ask->r->agency, "agency", &agency);
    if (e == OK && HAS(ask->r, ABOUT))
        e = ask_agency(ask, ask->r->about, "about", &agency);
    return e;
}

enum err act_escalate(struct ask *ask, struct ticket *t)
{
    const struct record *r = ask->r;
    const struct agency *about = HAS(r, ABOUT) ? state_agency(ask->st, r->about) : NULL;
    const struct owed *o = owed_find(t, state_agency(ask->st, r->agency), r->what, about);
    if (o == NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "what",
                         "agency `" STR_FMT "` does not owe this now; the ticket's `owed` lists "
                         "what can be escalated",
                         STR_ARG(r->agency));
    ask->out->fire = (struct fire){.wanted = true,
                                   .inc = t->id,
                                   .agency = o->agency,
                                   .what = o->what,
                                   .about = o->about,
                                   .since = o->since};
    return OK;
}
