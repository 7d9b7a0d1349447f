#include "net/guard.h"

#include "base/crypt.h"

#include <assert.h>

/* A full bucket holds no news, so it is the same as none: entries need no sweeping.  When a set is
 * crowded the fullest bucket gives way.  A flood of fresh keys takes one unit from each and so
 * displaces its own; a limit that bites (an empty bucket) stays.  Which keys share a set nobody can
 * tell from outside: the hash is keyed by chance. */
enum { SETS = 1024, WAYS = 8, KEY_BYTES_MAX = 64, UNIT = 1000 };

struct bucket {
    uint64_t tag;  /* 0: unused */
    int64_t level; /* thousandths: a refill of one a second is one a millisecond */
    int64_t at;
};

struct guard {
    int64_t per_second;
    int64_t full;
    struct hash seed;
    struct bucket bucket[SETS][WAYS];
};

struct guard *guard_new(int64_t per_second, int64_t burst)
{
    assert(per_second > 0 && per_second <= INT32_MAX);
    assert(burst > 0 && burst <= INT32_MAX);
    struct guard *g = mem_new(sizeof *g);
    g->per_second = per_second;
    g->full = burst * UNIT;
    crypt_random(&g->seed, sizeof g->seed);
    return g;
}

void guard_free(struct guard *g)
{
    mem_free(g);
}

static int64_t level_now(const struct guard *g, const struct bucket *b, int64_t now_ms)
{
    int64_t passed = now_ms > b->at ? now_ms - b->at : 0;
    if (passed >=
        g->full / g->per_second + 1) /* filled up meanwhile; also keeps the product small */
        return g->full;
    int64_t level = b->level + passed * g->per_second;
    return level < g->full ? level : g->full;
}

static uint64_t tag_of(const struct guard *g, struct str key)
{
    assert(key.len > 0 && key.len <= KEY_BYTES_MAX);
    uint64_t tag = crypt_tag(&g->seed, key);
    return tag != 0 ? tag : 1;
}

static struct bucket *find(struct guard *g, uint64_t tag)
{
    struct bucket *set = g->bucket[tag % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].tag == tag)
            return &set[i];
    }
    return NULL;
}

/* A place for a key that has none: the fullest of its set. */
static struct bucket *make_room(struct guard *g, uint64_t tag, int64_t now_ms)
{
    struct bucket *set = g->bucket[tag % SETS];
    struct bucket *best = NULL;
    int64_t most = -1;
    for (size_t i = 0; i < WAYS; i++) {
        int64_t level = set[i].tag == 0 ? g->full : level_now(g, &set[i], now_ms);
        if (level > most) {
            most = level;
            best = &set[i];
        }
    }
    assert(best != NULL);
    *best = (struct bucket){.tag = tag, .level = g->full, .at = now_ms};
    return best;
}

static bool enough(const struct guard *g, int64_t level, int64_t cost, int64_t *retry_ms)
{
    assert(cost > 0 && cost <= g->full / UNIT);
    int64_t missing = cost * UNIT - level;
    if (retry_ms != NULL)
        *retry_ms = missing > 0 ? (missing + g->per_second - 1) / g->per_second : 0;
    return missing <= 0;
}

bool guard_take(struct guard *g, struct str key, int64_t cost, int64_t now_ms, int64_t *retry_ms)
{
    uint64_t tag = tag_of(g, key);
    struct bucket *b = find(g, tag);
    if (b == NULL)
        b = make_room(g, tag, now_ms);
    b->level = level_now(g, b, now_ms);
    b->at = now_ms > b->at ? now_ms : b->at;
    if (!enough(g, b->level, cost, retry_ms))
        return false;
    b->level -= cost * UNIT;
    return true;
}

bool guard_has(struct guard *g, struct str key, int64_t cost, int64_t now_ms, int64_t *retry_ms)
{
    const struct bucket *b = find(g, tag_of(g, key));
    return enough(g, b == NULL ? g->full : level_now(g, b, now_ms), cost, retry_ms);
}
