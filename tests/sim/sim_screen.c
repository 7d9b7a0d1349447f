#include "sim_screen.h"

#include <string.h>

struct view { /* a ticket */
    struct ticket_id id;
    int64_t seq;
    UT_hash_handle hh;
};

void screen_put_record(struct screen *s, int64_t seq)
{
    size_t at = (size_t)seq / 8;
    if (at >= s->have_size) {
        size_t size = at + 512;
        s->have = mem_grow(s->have, size);
        memset(s->have + s->have_size, 0, size - s->have_size);
        s->have_size = size;
    }
    s->have[at] |= (uint8_t)(1U << (seq % 8));
}

bool screen_has_record(const struct screen *s, int64_t seq)
{
    size_t at = (size_t)seq / 8;
    return at < s->have_size && (((unsigned)s->have[at] >> (seq % 8)) & 1U) != 0;
}

static struct view *find(const struct screen *s, struct ticket_id id)
{
    struct view *v = NULL;
    HASH_FIND(hh, s->tickets, &id, sizeof(id), v);
    return v;
}

void screen_put_ticket(struct screen *s, const struct message *m)
{
    if (m->ticket_seq == 0)
        return;
    struct view *v = find(s, m->ticket);
    if (!v) {
        v = mem_new(sizeof(*v));
        v->id = m->ticket;
        HASH_ADD(hh, s->tickets, id, sizeof(v->id), v);
    }
    if (v->seq < m->ticket_seq)
        v->seq = m->ticket_seq;
}

void screen_drop_ticket(struct screen *s, struct ticket_id id)
{
    struct view *v = find(s, id);
    if (!v)
        return;
    HASH_DEL(s->tickets, v);
    mem_free(v);
}

int64_t screen_ticket(const struct screen *s, struct ticket_id id)
{
    const struct view *v = find(s, id);
    return v ? v->seq : 0;
}

void screen_wipe(struct screen *s)
{
    struct view *v;
    struct view *next;
    HASH_ITER(hh, s->tickets, v, next)
    {
        HASH_DEL(s->tickets, v);
        mem_free(v);
    }
    directory_drop(&s->directory);
    if (s->have)
        memset(s->have, 0, s->have_size);
}

void screen_close(struct screen *s)
{
    screen_wipe(s);
    mem_free(s->have);
}
