/* Limits by address and key: token buckets in fixed memory.  Pure but for the time it is given.
 * A slow rate is a fast one with a greater cost: 5 a minute is guard_new(1, 60) and a cost of 12.
 */
#ifndef POSKO_NET_GUARD_H
#define POSKO_NET_GUARD_H

#include "net/net.h"

struct guard;
struct guard *guard_new(int64_t per_second, int64_t burst); /* one kind of limit */
void guard_free(struct guard *g);
/* Takes `cost` from the bucket of `key` (1..64 bytes).  False: too many; *retry_ms says when. */
bool guard_take(struct guard *g, struct str key, int64_t cost, int64_t now_ms, int64_t *retry_ms);
/* Could `cost` be taken?  Takes nothing. */
bool guard_has(struct guard *g, struct str key, int64_t cost, int64_t now_ms, int64_t *retry_ms);

#endif
