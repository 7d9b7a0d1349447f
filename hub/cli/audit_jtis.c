#include "cli/audit_inside.h"

#include <string.h>

enum { JTIS_FIRST = 1024 };

void jtis_init(struct jtis *set)
{
    *set = (struct jtis){.size = JTIS_FIRST};
    set->at = mem_new(set->size * sizeof(*set->at));
    crypt_random(set->salt, sizeof(set->salt));
}

void jtis_deinit(struct jtis *set)
{
    mem_free(set->at);
}

static size_t place_of(const struct jtis *set, const struct record_id *jti, bool event)
{
    char bytes[sizeof(set->salt) + ID_BYTES + 1];
    memcpy(bytes, set->salt, sizeof(set->salt));
    memcpy(bytes + sizeof(set->salt), jti->at, ID_BYTES);
    bytes[sizeof(bytes) - 1] = event ? 'e' : 'r';
    struct hash hash = crypt_sha256((struct str){bytes, sizeof(bytes)});
    uint64_t place = 0;
    memcpy(&place, hash.at, sizeof(place));
    return (size_t)(place & (set->size - 1));
}

/* The slot that holds it, or the free one where it belongs. */
static struct jti_slot *slot_of(const struct jtis *set, struct record_id jti, bool event)
{
    size_t i = place_of(set, &jti, event);
    while (set->at[i].seq != 0 &&
           ((set->at[i].seq < 0) != event || !record_id_eq(set->at[i].jti, jti)))
        i = (i + 1) & (set->size - 1);
    return &set->at[i];
}

static void grow(struct jtis *set)
{
    struct jtis more = *set;
    more.size = 2 * set->size;
    more.at = mem_new(more.size * sizeof(*more.at));
    for (size_t i = 0; i < set->size; i++)
        if (set->at[i].seq != 0)
            *slot_of(&more, set->at[i].jti, set->at[i].seq < 0) = set->at[i];
    mem_free(set->at);
    *set = more;
}

int64_t jtis_add(struct jtis *set, struct record_id jti, bool event, int64_t seq)
{
    struct jti_slot *slot = slot_of(set, jti, event);
    if (slot->seq != 0)
        return event ? -slot->seq : slot->seq;
    *slot = (struct jti_slot){.jti = jti, .seq = event ? -seq : seq};
    if (++set->count > set->size / 2)
        grow(set);
    return 0;
}
