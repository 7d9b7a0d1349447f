/* `follow`: the present, or what came since; then live (protocol.md section 3.1).  Part of a peer;
 * every step is done while memory is the truth, and only as far as the reader has room. */
#ifndef POSKO_APP_FOLLOW_H
#define POSKO_APP_FOLLOW_H

#include "app/peer.h"

void follow_begin(struct peer *p, const struct frame *frame);
void follow_pump(struct peer *p);   /* the hub is settled */
void follow_drop(struct peer *p);   /* frees; nothing is followed */
void follow_reload(struct peer *p); /* pointers are new: replay goes on from `pos` */

#endif
