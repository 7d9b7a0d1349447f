/* From a message to the line: protocol.md section 2, "Order of checks", as far as it goes
 * before the record has its place; and the answer back. */
#ifndef POSKO_APP_INTAKE_H
#define POSKO_APP_INTAKE_H

#include "app/peer.h"

/* A record by WebSocket or HTTP; `from` may be gone when the answer comes.  ref NULL: none. */
void intake_post(struct hub *hub, struct session_id from, bool http, const int64_t *ref,
                 struct str jws);
/* A secret and a proven key: answers `enrolled` or `refused`, then closes with 1000. */
void intake_enrol(struct peer *p, struct hash secret, const struct public_key *jwk,
                  const struct kid *kid, const int64_t *ref);
/* `got`, `shown` and `beat`: no answer. */
void intake_receipts(struct peer *p, const struct frame *frame);
void intake_beat(struct peer *p);
/* Sessions that were not read for want of room are read again: when there is some, or after 3 s. */
void intake_read_on(struct hub *hub);

#endif
