/* What is decided without a record: enrolment, receipts, the preview of readers. */
#include "core/decide_inside.h"
#include "core/state_inside.h"

enum err decide_enrol(const struct state *st, struct hash secret, const struct kid *kid, int64_t at,
                      struct fault *fault, const struct invite **invite)
{
    const struct invite *held = state_invite(st, secret);
    if (held == NULL || held->used || at >= held->until || !held->member->active ||
        !held->agency->active)
        return fault_set(fault, ERR_NOT_FOUND, "secret",
                         "no invitation has this secret, or it was used or ended; ask your admin "
                         "for a new one");
    if (state_device(st, kid) != NULL)
        return fault_set(fault, ERR_BAD_CLAIM, "jwk",
                         "this key was enrolled before; make a new one");
    *invite = held;
    return OK;
}

enum err decide_receipt(const struct state *st, const struct member *who, struct ticket_id ticket,
                        int64_t seq, enum receipt_how how, int64_t at, struct arena *arena,
                        struct entry *out)
{
    const struct ticket *held = state_ticket(st, ticket);
    struct reader reader = {.member = who};
    if (held == NULL || held->state == TICKET_MERGED || !reader_is_active(&reader) ||
        !access_is_addressed(who, held))
        return ERR_CONFLICT;
    struct ticket *t = ticket_edit(held, arena);
    struct answer *a = ticket_answer(t, who->agency);
    struct receipt *receipt = how == RECEIPT_GOT ? &a->got : &a->shown;
    if (a->addressed != seq || receipt->at != 0)
        return ERR_CONFLICT;
    *receipt = (struct receipt){.at = at, .member = who->id};
    *out = (struct entry){.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t};
    return OK;
}

enum err decide_preview(const struct state *st, const struct member *author, struct str_list to,
                        enum tlp tlp, struct arena *arena,
                        void (*fn)(void *arg, const struct member *m), void *arg,
                        struct fault *fault)
{
    struct ask ask = {.st = st, .arena = arena, .fault = fault, .member = author};
    enum err e = ask_to(&ask, to, author->agency);
    if (e != OK)
        return e;
    struct ticket t = {.by = author->agency, .author = author, .lead = author->agency, .tlp = tlp};
    for (size_t i = 0; i < to.count; i++) {
        e = ticket_add_answer(&t, arena, state_agency(st, to.at[i])) != NULL
                ? OK
                : fault_set(fault, ERR_BAD_CLAIM, "to", "at most %d agencies", POSKO_AGENCIES_MAX);
        if (e != OK)
            return e;
    }
    struct range agencies = state_agencies(st);
    for (size_t i = 0; i < agencies.count; i++) {
        struct range members = state_members_of(st, agencies.at[i]->as.agency.id);
        for (size_t k = 0; k < members.count; k++) {
            struct reader reader = {.member = &members.at[k]->as.member};
            if (access_reads_ticket(&reader, &t))
                fn(arg, reader.member);
        }
    }
    return OK;
}
