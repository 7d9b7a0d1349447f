/* Limits by address and key: token buckets and counts, in fixed memory.  Pure but for the time it
 * is given. */
#ifndef POSKO_NET_GUARD_H
#define POSKO_NET_GUARD_H

#include "net/net.h"

struct guard;
struct guard *guard_new(int64_t per_second, int64_t burst); /* one kind of limit */
void guard_free(struct guard *g);
/* Takes `cost` from the bucket of `key` (1..64 bytes).  False: too many; *retry_ms says when. */
bool guard_take(struct guard *g, struct str key, int64_t cost, int64_t now_ms, int64_t *retry_ms);
/* Is there any left?  Takes nothing. */
bool guard_has(struct guard *g, struct str key, int64_t now_ms, int64_t *retry_ms);

#endif
