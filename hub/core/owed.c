#include "core/owed.h"

#include "core/ticket.h"

#include <assert.h>

enum { CLOSE_WITHIN_S = 24 * 3600, ARRIVE_WITHIN_S = 300 };

static const struct policy_row *row_of(const struct policy *p, enum what what, enum sev sev)
{
    for (size_t i = 0; p != NULL && i < p->row_count; i++)
        if (p->rows[i].what == what && p->rows[i].sev == sev)
            return &p->rows[i];
    return NULL;
}

static const struct policy_row *own_row(const struct ticket *t, enum what what, enum sev sev)
{
    const struct policy_row *row = row_of(t->policy, what, sev);
    return row != NULL ? row : row_of(t->fallback, what, sev);
}

static int64_t borrowed_within(enum what what, const struct policy_row *ack)
{
    switch (what) {
    case WHAT_ARRIVE:
        return ARRIVE_WITHIN_S;
    case WHAT_CLOSE:
        return CLOSE_WITHIN_S;
    case WHAT_ACK:
    case WHAT_ACCEPT:
    case WHAT_UPDATE:
    case WHAT_TAKE:
    case WHAT_REASSIGN:
    case WHAT_RESOLVE:
    case WHAT_COUNT:
        break;
    }
    return ack->within_s;
}

struct owed_terms owed_terms(const struct ticket *t, enum what what, enum sev sev)
{
    const struct policy_row *row = own_row(t, what, sev);
    if (row != NULL)
        return (struct owed_terms){row->within_s, row};
    const struct policy_row *ack = own_row(t, WHAT_ACK, sev);
    assert(ack != NULL); /* policy.put `default` must have one for each severity */
    return (struct owed_terms){borrowed_within(what, ack), ack};
}

/* When step `step` + 1 fires by the row, counted from due. */
static int64_t step_at(const struct policy_row *row, int64_t step, int64_t due)
{
    assert(step >= 0 && step < (int64_t)row->step_count);
    return due + row->steps[step].after_s * 1000;
}

enum err owed_add(struct ticket *t, struct arena *arena, const struct agency *agency,
                  enum what what, const struct agency *about, struct stamp stamp, int64_t due,
                  struct fault *fault)
{
    struct owed_terms terms = owed_terms(t, what, t->sev);
    if (due == 0)
        due = stamp.at + terms.within_s * 1000;
    struct owed *o = NULL;
    for (size_t i = 0; i < t->owed_count && o == NULL; i++)
        if (t->owed[i].agency == agency && t->owed[i].what == what && t->owed[i].about == about)
            o = &t->owed[i];
    if (o == NULL) {
        if (t->owed_count == POSKO_OWED_MAX)
            return fault_set(fault, ERR_CONFLICT, "",
                             "the ticket holds %d obligations, which is the most; answer or "
                             "resolve some first, or report anew",
                             POSKO_OWED_MAX);
        t->owed = ticket_room(arena, t->owed, t->owed_count, sizeof *t->owed);
        o = &t->owed[t->owed_count++];
    }
    *o = (struct owed){.agency = agency,
                       .what = what,
                       .about = about,
                       .sev = t->sev,
                       .since = stamp.seq,
                       .due = due,
                       .next = step_at(terms.row, 0, due)};
    return OK;
}

static bool is_meant(const struct owed *o, const struct agency *agency, enum what what,
                     const struct agency *about)
{
    return o->what == what && (agency == NULL || o->agency == agency) &&
           (about == NULL || o->about == about);
}

size_t owed_end(struct ticket *t, const struct agency *agency, enum what what,
                const struct agency *about)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->owed_count; i++)
        if (!is_meant(&t->owed[i], agency, what, about))
            t->owed[kept++] = t->owed[i];
    size_t ended = t->owed_count - kept;
    t->owed_count = kept;
    return ended;
}

void owed_end_all(struct ticket *t)
{
    t->owed_count = 0;
}

struct owed *owed_find(struct ticket *t, const struct agency *agency, enum what what,
                       const struct agency *about)
{
    for (size_t i = 0; i < t->owed_count; i++)
        if (is_meant(&t->owed[i], agency, what, about))
            return &t->owed[i];
    return NULL;
}

struct owed *owed_clock(const struct ticket *t, const struct agency *agency, enum what what,
                        const struct agency *about, int64_t since)
{
    for (size_t i = 0; i < t->owed_count; i++) {
        struct owed *o = &t->owed[i];
        if (o->agency == agency && o->what == what && o->about == about && o->since == since)
            return o;
    }
    return NULL;
}

/* The time that `within` counts from: an arrival's is the promised one. */
static int64_t raise_from(const struct ticket *t, const struct owed *o, int64_t at)
{
    const struct answer *a = ticket_answer(t, o->agency);
    return o->what == WHAT_ARRIVE && a != NULL && a->eta > at ? a->eta : at;
}

void owed_raise(struct ticket *t, int64_t at)
{
    for (size_t i = 0; i < t->owed_count; i++) {
        struct owed *o = &t->owed[i];
        if (t->sev <= o->sev)
            continue;
        struct owed_terms terms = owed_terms(t, o->what, t->sev);
        int64_t due = raise_from(t, o, at) + terms.within_s * 1000;
        if (due < o->due)
            o->due = due;
        int64_t next = at + terms.row->repeat_s * 1000;
        if (o->step < (int64_t)terms.row->step_count)
            next = step_at(terms.row, o->step, o->due);
        if (next < at)
            next = at; /* nobody was late for what was asked only now */
        if (next < o->next)
            o->next = next;
        o->sev = t->sev;
    }
}

void owed_fired(const struct ticket *t, struct owed *o, int64_t due, int64_t at, size_t told)
{
    const struct policy_row *row = owed_terms(t, o->what, o->sev).row;
    int64_t steps = (int64_t)row->step_count;
    o->step++;
    if (told == 0 && o->step <= steps)
        o->next = due; /* the next step, or the first repeat, at once */
    else if (o->step < steps)
        o->next = step_at(row, o->step, o->due);
    else
        o->next = at + row->repeat_s * 1000;
    if (o->next < due)
        o->next = due; /* no step is due before the one before it */
}
