/* The tickets whose states a replay ends with (protocol.md 3.1), in the order in which its records
 * touched them. */
#ifndef POSKO_APP_TOUCHED_H
#define POSKO_APP_TOUCHED_H

#include "base/id.h"

struct touched {
    struct ticket_id *ids; /* of the heap */
    size_t count, size, sent;
};

/* By a record.  Records of one ticket come close together: not again while it is among the last. */
void touched_add(struct touched *t, struct ticket_id id);
/* By what was merged into it: not if it is there at all, be it sent. */
void touched_add_once(struct touched *t, struct ticket_id id);
void touched_forget_sent(struct touched *t); /* they may be touched again */
void touched_clear(struct touched *t);

#endif
