/* `history`: the records of one ticket, paced like a replay.  Part of a peer. */
#ifndef POSKO_APP_HISTORY_H
#define POSKO_APP_HISTORY_H

#include "app/peer.h"

enum { HISTORIES_MAX = 8 }; /* at once for a session; more: too_many */

void history_begin(struct peer *p, const struct frame *frame);
void history_pump(struct peer *p); /* the hub is settled */
void history_drop(struct peer *p); /* frees all */

#endif
