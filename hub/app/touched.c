#include "app/touched.h"

#include "base/mem.h"

#include <string.h>

enum { NEAR = 16, FIRST = 64 };

static void append(struct touched *t, struct ticket_id id)
{
    if (t->count == t->size) {
        t->size = t->size ? 2 * t->size : FIRST;
        t->ids = mem_grow(t->ids, t->size * sizeof(*t->ids));
    }
    t->ids[t->count++] = id;
}

void touched_add(struct touched *t, struct ticket_id id)
{
    for (size_t i = t->count; i > t->sent && i + NEAR > t->count; i--)
        if (ticket_id_eq(t->ids[i - 1], id))
            return;
    append(t, id);
}

void touched_add_once(struct touched *t, struct ticket_id id)
{
    for (size_t i = 0; i < t->count; i++)
        if (ticket_id_eq(t->ids[i], id))
            return;
    append(t, id);
}

void touched_forget_sent(struct touched *t)
{
    t->count -= t->sent;
    if (t->count > 0)
        memmove(t->ids, t->ids + t->sent, t->count * sizeof(*t->ids));
    t->sent = 0;
}

void touched_clear(struct touched *t)
{
    mem_free(t->ids);
    *t = (struct touched){0};
}
