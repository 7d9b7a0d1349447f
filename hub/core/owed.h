/* Obligations: policy and time -> the next clock; what meets, what lapses, who is told.
 * protocol.md section 9.  Pure: works on a ticket that the caller owns (a copy that
 * decide will propose).  Times in ms, policies in s. */
#ifndef POSKO_CORE_OWED_H
#define POSKO_CORE_OWED_H

#include "core/decide.h"

/* The row that holds for (what, sev) under the ticket's policy; what has no row of its own borrows
 * as section 9 says (steps and repeat of `ack`; `take`, `reassign` its within; `close` 24 h). */
struct owed_terms {
    int64_t within_s;
    const struct policy_row *row; /* steps and repeat */
};
struct owed_terms owed_terms(const struct ticket *t, enum what what, enum sev sev);

/* Adds an obligation, replacing one of the same (agency, what, about).  due: 0 = at + within.
 * ERR_CONFLICT when the ticket holds POSKO_OWED_MAX. */
MUST_CHECK enum err owed_add(struct ticket *t, struct arena *arena, const struct agency *agency,
                             enum what what, const struct agency *about, struct stamp stamp,
                             int64_t due, struct fault *fault);
/* Ends what matches; agency NULL: anybody's; about NULL: anybody's.  Returns how many. */
size_t owed_end(struct ticket *t, const struct agency *agency, enum what what,
                const struct agency *about);
void owed_end_all(struct ticket *t);
/* The first that matches likewise, or NULL. */
struct owed *owed_find(struct ticket *t, const struct agency *agency, enum what what,
                       const struct agency *about);
/* The very obligation that a clock belongs to: all five are its identity; about NULL: nobody. */
struct owed *owed_clock(const struct ticket *t, const struct agency *agency, enum what what,
                        const struct agency *about, int64_t since);
/* Severity raised to t->sev at `at`: due = min(due, at + within(new)), next moves with it. */
void owed_raise(struct ticket *t, int64_t at);

/* Builds the claims of the next clock.lapse of `o` (a pointer into t->owed): step, due, late_ms,
 * told, why, jti; iss = act = hub.  due: o->next, or the `at` of an escalate.  Texts in the arena.
 * The turn signs it and gives it to decide, which applies owed_fired. */
void owed_lapse(const struct state *st, const struct ticket *t, const struct owed *o, int64_t due,
                int64_t at, struct str aud, struct arena *arena, struct record *out);
/* After a lapse at `at` that told `told` members: step + 1, and next. */
void owed_fired(const struct ticket *t, struct owed *o, int64_t due, int64_t at, size_t told);

/* clock.lapse's jti: protocol.md section 9. */
struct record_id owed_jti(struct ticket_id inc, struct str agency, enum what what, struct str about,
                          int64_t since, int64_t step, int64_t due);
/* source.silent for a source that fell silent: all claims, jti by the same recipe. */
void owed_silent(const struct source *source, int64_t due, int64_t at, struct str aud,
                 struct arena *arena, struct record *out);

#endif
