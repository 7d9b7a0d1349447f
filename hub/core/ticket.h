/* The ticket itself: states and actions as tables, copies that may be changed, and its size.
 * Pure. */
#ifndef POSKO_CORE_TICKET_H
#define POSKO_CORE_TICKET_H

#include "base/mem.h"
#include "core/state.h"

/* What an agency does about a ticket: response.*, in the order of the kinds. */
enum action {
    ACTION_ACK,
    ACTION_ACCEPT,
    ACTION_ENROUTE,
    ACTION_ONSCENE,
    ACTION_DONE,
    ACTION_DECLINE,
    ACTION_COUNT
};
enum action ticket_action(enum kind kind); /* kind: a response.* */

/* Where `action` leads from `from`; ANSWER_NONE: it does not. */
enum answer_state ticket_next(enum answer_state from, enum action action);

/* A copy in the arena, texts too, that may be changed and grown by the functions below and by
 * core/owed. */
struct ticket *ticket_edit(const struct ticket *t, struct arena *arena);

/* `at` with room for one more than `count` items of `size`; what ticket_edit copied and what this
 * gave has its room in steps, so most calls cost nothing. */
void *ticket_room(struct arena *arena, void *at, size_t count, size_t size);

struct answer *ticket_answer(const struct ticket *t, const struct agency *agency); /* or NULL */
/* The agency's answer, a new one (ANSWER_NONE) at the end when it has none.  NULL: the ticket
 * holds POSKO_AGENCIES_MAX. */
struct answer *ticket_add_answer(struct ticket *t, struct arena *arena,
                                 const struct agency *agency);
/* Addresses the agency by record `seq`: offered, nothing received, no ETA. */
void ticket_address(struct answer *a, int64_t seq);

bool ticket_has_key(const struct ticket *t, const struct source *source);
void ticket_add_key(struct ticket *t, struct arena *arena, struct alert_key key);
void ticket_add_reader(struct ticket *t, struct arena *arena, const struct agency *agency);
void ticket_add_told(struct ticket *t, struct arena *arena, const struct member *member);
/* Lead (also former and offered), addressed, the reporter's, or brought by a merge. */
bool ticket_involves(const struct ticket *t, const struct agency *agency);

/* An upper bound of the bytes of its wire form (ledger/doc). */
size_t ticket_bytes(const struct ticket *t);

#endif
