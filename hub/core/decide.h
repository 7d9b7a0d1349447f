/* state + record + its place in the ledger -> refusal, or what becomes so.  Changes nothing. */
#ifndef POSKO_CORE_DECIDE_H
#define POSKO_CORE_DECIDE_H

#include "core/access.h"

struct stamp {
    int64_t seq; /* the place that the record would get */
    int64_t at;  /* ms */
};

/* Which obligation an accepted incident.escalate fires now. */
struct fire {
    bool wanted;
    struct ticket_id inc;
    const struct agency *agency;
    enum what what;
    const struct agency *about;
    int64_t since;
};

enum { DECISION_ENTRIES_MAX = 8 };
struct decision {
    struct entry entries[DECISION_ENTRIES_MAX]; /* in the arena; in order of application */
    size_t count;
    enum scope scope;
    struct ticket_id ticket; /* SCOPE_TICKET: the ledger row's ticket (a merged one's target) */
    struct str admins;       /* SCOPE_ADMINS: the agency */
    struct fire fire;
};

/* `r` has passed ledger/codec (shape, lengths, characters).  Here: aud (against `aud`), signer's
 * key, member and role active; iss and act are the key's; typ belongs to the author; iat against
 * `at`; agencies, places, categories known and active; right; state.  Admin kinds are accepted
 * from the hub's own key too (genesis, admin link).  clock.lapse: only the hub's, and only if it
 * is that obligation's next step.  A record about a ticket not in `st` is not_found.
 * Not here: the signature, jti new (the turn looks both up).
 * OK or the code of protocol.md section 11, with the fault filled.  O(size of the ticket). */
MUST_CHECK enum err decide(const struct state *st, struct str aud, const struct record *r,
                           struct stamp stamp, struct arena *arena, struct decision *out,
                           struct fault *fault);

/* Is the author of this key known and active now?  OK, ERR_UNKNOWN_KEY, ERR_REVOKED_KEY (also an
 * inactive member, source or agency).  For log-in too. */
MUST_CHECK enum err decide_key(const struct state *st, const struct kid *kid, struct fault *fault,
                               const struct device **out);

/* Does the secret with this hash admit a new device with this key?  OK: *invite.
 * ERR_NOT_FOUND: unknown, used, expired.  ERR_BAD_CLAIM: the kid was enrolled before. */
MUST_CHECK enum err decide_enrol(const struct state *st, struct hash secret, const struct kid *kid,
                                 int64_t at, struct fault *fault, const struct invite **invite);

/* The first got or shown of record `seq` by `who`: OK and the ticket's entry with the receipt;
 * ERR_CONFLICT when it says nothing new (not addressed by that record, not the first, not duty or
 * chief). */
enum receipt_how { RECEIPT_GOT, RECEIPT_SHOWN };
MUST_CHECK enum err decide_receipt(const struct state *st, const struct member *who,
                                   struct ticket_id ticket, int64_t seq, enum receipt_how how,
                                   int64_t at, struct arena *arena, struct entry *out);

/* Who would see a report of this member's: every active member, host's coordinators and auditors
 * included, that access_reads_ticket admits.  Calls fn for each. */
MUST_CHECK enum err decide_preview(const struct state *st, const struct member *author,
                                   struct str_list to, enum tlp tlp, struct arena *arena,
                                   void (*fn)(void *arg, const struct member *m), void *arg,
                                   struct fault *fault);

#endif
