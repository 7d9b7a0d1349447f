/* response.*: an agency's answer moves, and its debts with it. */
#include "core/decide_inside.h"

enum err check_eta(struct ask *ask, const struct ticket *t)
{
    const struct record *r = ask->r;
    (void)t;
    if (!HAS(r, ETA) || (r->eta > ask->stamp.at && r->eta <= ask->stamp.at + DAY_MS))
        return OK;
    return fault_set(ask->fault, ERR_BAD_CLAIM, "eta",
                     "the arrival must be later than now and within 24 h");
}

static bool is_at_work(enum answer_state state)
{
    return state == ANSWER_ACCEPTED || state == ANSWER_ENROUTE || state == ANSWER_ONSCENE;
}

/* The debts of an agency that moved from `from` to where it is. */
static enum err move_debts(const struct ask *ask, struct ticket *t, const struct answer *a,
                           enum answer_state from)
{
    const struct agency *agency = a->agency;
    enum answer_state to = a->state;
    (void)owed_end(t, agency, WHAT_ACK, NULL);
    if (to != ANSWER_ACKED)
        (void)owed_end(t, agency, WHAT_ACCEPT, NULL);
    if (to == ANSWER_ONSCENE || to == ANSWER_DONE || to == ANSWER_DECLINED)
        (void)owed_end(t, agency, WHAT_ARRIVE, NULL);
    if (to == ANSWER_DONE || to == ANSWER_DECLINED)
        (void)owed_end(t, agency, WHAT_UPDATE, NULL);
    if (from == ANSWER_DECLINED)
        (void)owed_end(t, NULL, WHAT_REASSIGN, agency);
    if (to == ANSWER_ACKED)
        return ticket_owes(ask, t, agency, WHAT_ACCEPT, NULL, 0);
    if (to == ANSWER_DECLINED)
        return ticket_owes(ask, t, t->lead, WHAT_REASSIGN, agency, 0);
    return is_at_work(to) ? ticket_owes(ask, t, agency, WHAT_UPDATE, NULL, 0) : OK;
}

static enum err promise_arrival(const struct ask *ask, struct ticket *t, struct answer *a)
{
    a->eta = ask->r->eta;
    if (t->state != TICKET_OPEN || (a->state != ANSWER_ACCEPTED && a->state != ANSWER_ENROUTE))
        return OK;
    int64_t within_ms = owed_terms(t, WHAT_ARRIVE, t->sev).within_s * 1000;
    return ticket_owes(ask, t, a->agency, WHAT_ARRIVE, NULL, a->eta + within_ms);
}

static enum err refuse_move(const struct ask *ask, const struct answer *a)
{
    struct str state = words_get(&WORDS_ANSWER_STATE, (int)a->state);
    return fault_set(ask->fault, ERR_CONFLICT, "kind",
                     "agency `" STR_FMT "` is `" STR_FMT "`: this answer does not follow; %s",
                     STR_ARG(a->agency->id), STR_ARG(state),
                     a->state == ANSWER_DECLINED ? "accept first" : "it has answered already");
}

enum err act_respond(struct ask *ask, struct ticket *t)
{
    const struct agency *agency = ask->member->agency;
    enum action action = ticket_action(ask->r->kind);
    struct answer *a = ticket_add_answer(t, ask->arena, agency);
    if (a == NULL)
        return fault_set(ask->fault, ERR_CONFLICT, "",
                         "a ticket has at most %d agencies; lead it without joining",
                         POSKO_AGENCIES_MAX);
    enum answer_state from = a->state;
    enum answer_state to = ticket_next(from, action);
    if (to == ANSWER_NONE)
        return refuse_move(ask, a);
    a->state = to;
    if (to != from && !(to == ANSWER_ACCEPTED || to == ANSWER_ENROUTE))
        a->eta = 0; /* it is there, or comes no more */
    enum err e = OK;
    if (to != from && t->state == TICKET_OPEN)
        e = move_debts(ask, t, a, from);
    if (e == OK && action == ACTION_ACCEPT && agency == t->lead)
        (void)owed_end(t, NULL, WHAT_REASSIGN, NULL); /* it does the work itself */
    if (e == OK && HAS(ask->r, ETA))
        e = promise_arrival(ask, t, a);
    return e;
}

/* While the lead is offered to the agency, its decline refuses that and nothing else. */
enum err act_decline(struct ask *ask, struct ticket *t)
{
    if (t->offered != ask->member->agency)
        return act_respond(ask, t);
    (void)owed_end(t, t->offered, WHAT_TAKE, NULL);
    t->offered = NULL;
    return OK;
}
