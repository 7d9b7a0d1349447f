#include "core/ticket.h"

#include <assert.h>
#include <string.h>

enum {
    ROOM_STEP = 8,
    /* Names, punctuation and numbers (at most 16 digits, `no` and `count` too) of the wire form. */
    TICKET_FIXED_BYTES = 1024,
    ANSWER_FIXED_BYTES = 176,
    OWED_FIXED_BYTES = 160
};

/* 0 is ANSWER_NONE: refused.  From NONE only a lead accepts: it joins. */
static const enum answer_state next[ANSWER_STATE_COUNT][ACTION_COUNT] = {
    [ANSWER_NONE] = {[ACTION_ACCEPT] = ANSWER_ACCEPTED},
    [ANSWER_OFFERED] = {[ACTION_ACK] = ANSWER_ACKED,
                        [ACTION_ACCEPT] = ANSWER_ACCEPTED,
                        [ACTION_ENROUTE] = ANSWER_ENROUTE,
                        [ACTION_ONSCENE] = ANSWER_ONSCENE,
                        [ACTION_DONE] = ANSWER_DONE,
                        [ACTION_DECLINE] = ANSWER_DECLINED},
    [ANSWER_ACKED] = {[ACTION_ACK] = ANSWER_ACKED,
                      [ACTION_ACCEPT] = ANSWER_ACCEPTED,
                      [ACTION_ENROUTE] = ANSWER_ENROUTE,
                      [ACTION_ONSCENE] = ANSWER_ONSCENE,
                      [ACTION_DONE] = ANSWER_DONE,
                      [ACTION_DECLINE] = ANSWER_DECLINED},
    [ANSWER_ACCEPTED] = {[ACTION_ACCEPT] = ANSWER_ACCEPTED,
                         [ACTION_ENROUTE] = ANSWER_ENROUTE,
                         [ACTION_ONSCENE] = ANSWER_ONSCENE,
                         [ACTION_DONE] = ANSWER_DONE,
                         [ACTION_DECLINE] = ANSWER_DECLINED},
    [ANSWER_ENROUTE] = {[ACTION_ACCEPT] = ANSWER_ENROUTE, /* only its ETA */
                        [ACTION_ENROUTE] = ANSWER_ENROUTE,
                        [ACTION_ONSCENE] = ANSWER_ONSCENE,
                        [ACTION_DONE] = ANSWER_DONE,
                        [ACTION_DECLINE] = ANSWER_DECLINED},
    [ANSWER_ONSCENE] = {[ACTION_ACCEPT] = ANSWER_ONSCENE, /* only its ETA */
                        [ACTION_ENROUTE] = ANSWER_ENROUTE,
                        [ACTION_ONSCENE] = ANSWER_ONSCENE,
                        [ACTION_DONE] = ANSWER_DONE,
                        [ACTION_DECLINE] = ANSWER_DECLINED},
    [ANSWER_DONE] = {[ACTION_ACCEPT] = ANSWER_ACCEPTED,
                     [ACTION_ENROUTE] = ANSWER_ENROUTE,
                     [ACTION_ONSCENE] = ANSWER_ONSCENE,
                     [ACTION_DONE] = ANSWER_DONE},
    [ANSWER_DECLINED] = {[ACTION_ACCEPT] = ANSWER_ACCEPTED, [ACTION_DECLINE] = ANSWER_DECLINED},
};

enum action ticket_action(enum kind kind)
{
    assert(kind >= KIND_RESPONSE_ACK && kind <= KIND_RESPONSE_DECLINE);
    return (enum action)((int)kind - KIND_RESPONSE_ACK);
}

enum answer_state ticket_next(enum answer_state from, enum action action)
{
    return next[from][action];
}

/* ---- copies ---- */

static void *room_copy(struct arena *arena, const void *from, size_t count, size_t size)
{
    if (count == 0)
        return NULL;
    size_t room = (count + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
    return memcpy(arena_alloc(arena, room * size), from, count * size);
}

struct ticket *ticket_edit(const struct ticket *t, struct arena *arena)
{
    struct ticket *copy = ARENA_NEW(arena, struct ticket);
    *copy = *t;
    copy->answers = room_copy(arena, t->answers, t->answer_count, sizeof *t->answers);
    copy->owed = room_copy(arena, t->owed, t->owed_count, sizeof *t->owed);
    copy->keys = room_copy(arena, t->keys, t->key_count, sizeof *t->keys);
    copy->readers =
        room_copy(arena, (const void *)t->readers, t->reader_count, sizeof(struct agency *));
    copy->told = room_copy(arena, (const void *)t->told, t->told_count, sizeof(struct member *));
    copy->title = arena_dup(arena, t->title);
    for (size_t i = 0; i < t->answer_count; i++) {
        copy->answers[i].got.member = arena_dup(arena, t->answers[i].got.member);
        copy->answers[i].shown.member = arena_dup(arena, t->answers[i].shown.member);
    }
    for (size_t i = 0; i < t->key_count; i++)
        copy->keys[i].key = arena_dup(arena, t->keys[i].key);
    return copy;
}

void *ticket_room(struct arena *arena, void *at, size_t count, size_t size)
{
    if (count % ROOM_STEP != 0)
        return at;
    void *grown = arena_alloc(arena, (count + ROOM_STEP) * size);
    if (count > 0)
        memcpy(grown, at, count * size);
    return grown;
}

/* ---- what it holds ---- */

struct answer *ticket_answer(const struct ticket *t, const struct agency *agency)
{
    for (size_t i = 0; i < t->answer_count; i++)
        if (t->answers[i].agency == agency)
            return &t->answers[i];
    return NULL;
}

struct answer *ticket_add_answer(struct ticket *t, struct arena *arena, const struct agency *agency)
{
    struct answer *a = ticket_answer(t, agency);
    if (a != NULL)
        return a;
    if (t->answer_count == POSKO_AGENCIES_MAX)
        return NULL;
    t->answers = ticket_room(arena, t->answers, t->answer_count, sizeof *t->answers);
    a = &t->answers[t->answer_count++];
    *a = (struct answer){.agency = agency};
    return a;
}

void ticket_address(struct answer *a, int64_t seq)
{
    *a = (struct answer){.agency = a->agency, .state = ANSWER_OFFERED, .addressed = seq};
}

bool ticket_has_key(const struct ticket *t, const struct source *source)
{
    for (size_t i = 0; i < t->key_count; i++)
        if (t->keys[i].source == source)
            return true;
    return false;
}

void ticket_add_key(struct ticket *t, struct arena *arena, struct alert_key key)
{
    for (size_t i = 0; i < t->key_count; i++)
        if (t->keys[i].source == key.source && str_eq(t->keys[i].key, key.key))
            return;
    t->keys = ticket_room(arena, t->keys, t->key_count, sizeof *t->keys);
    t->keys[t->key_count++] = key;
}

void ticket_add_reader(struct ticket *t, struct arena *arena, const struct agency *agency)
{
    for (size_t i = 0; i < t->reader_count; i++)
        if (t->readers[i] == agency)
            return;
    t->readers = ticket_room(arena, (void *)t->readers, t->reader_count, sizeof(struct agency *));
    t->readers[t->reader_count++] = agency;
}

void ticket_add_told(struct ticket *t, struct arena *arena, const struct member *member)
{
    for (size_t i = 0; i < t->told_count; i++)
        if (t->told[i] == member)
            return;
    t->told = ticket_room(arena, (void *)t->told, t->told_count, sizeof(struct member *));
    t->told[t->told_count++] = member;
}

bool ticket_involves(const struct ticket *t, const struct agency *agency)
{
    if (agency == t->lead || agency == t->by || agency == t->offered)
        return true;
    for (size_t i = 0; i < t->reader_count; i++)
        if (t->readers[i] == agency)
            return true;
    return ticket_answer(t, agency) != NULL;
}

/* ---- its size ---- */

static size_t id_bytes(const struct agency *agency)
{
    return agency == NULL ? 0 : agency->id.len;
}

size_t ticket_bytes(const struct ticket *t)
{
    size_t bytes = TICKET_FIXED_BYTES + 2 * t->title.len; /* a quote takes two */
    bytes += 2 * id_bytes(t->by) + id_bytes(t->lead) + id_bytes(t->offered);
    bytes += t->cat->code.len + (t->place == NULL ? 0 : t->place->id.len);
    bytes += POSKO_ID_CHARS_MAX; /* the author */
    for (size_t i = 0; i < t->answer_count; i++)
        bytes += ANSWER_FIXED_BYTES + 2 * POSKO_ID_CHARS_MAX + id_bytes(t->answers[i].agency);
    for (size_t i = 0; i < t->owed_count; i++)
        bytes += OWED_FIXED_BYTES + id_bytes(t->owed[i].agency) + id_bytes(t->owed[i].about);
    return bytes;
}
