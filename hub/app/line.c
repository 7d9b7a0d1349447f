#include "app/line.h"

enum { LINE_RETRY_MS = 2000 };

void line_init(struct line *l)
{
    l->first = NULL;
    l->end = &l->first;
    l->count = 0;
}

void line_push(struct line *l, struct submission *s)
{
    s->next = NULL;
    *l->end = s;
    l->end = &s->next;
    l->count++;
}

void line_put_back(struct line *l, struct submission *list)
{
    if (!list)
        return;
    struct submission *last = list;
    l->count++;
    while (last->next) {
        last = last->next;
        l->count++;
    }
    last->next = l->first;
    if (!l->first)
        l->end = &last->next;
    l->first = list;
}

static bool fits(const struct submission *s, size_t taken, size_t bytes_taken, size_t most,
                 size_t bytes, bool together)
{
    if (together)
        return s->together;
    return !s->alone && !s->together && taken < most && bytes_taken + s->envelope.jws.len <= bytes;
}

struct submission *line_take(struct line *l, size_t most, size_t bytes)
{
    struct submission *first = l->first;
    if (!first)
        return NULL;
    struct submission *last = first;
    size_t taken = 1;
    size_t size = first->envelope.jws.len;
    while (!first->alone && last->next &&
           fits(last->next, taken, size, most, bytes, first->together)) {
        last = last->next;
        taken++;
        size += last->envelope.jws.len;
    }
    l->first = last->next;
    if (!l->first)
        l->end = &l->first;
    last->next = NULL;
    l->count -= taken;
    return first;
}

bool line_must_go_alone(const struct line *l)
{
    return l->first && (l->first->alone || l->first->together);
}

/* Gives back those for whom `chosen` holds. */
static void give_back(struct line *l, enum err code, int64_t since, bool all)
{
    struct submission *s = l->first;
    struct line stay;
    line_init(&stay);
    struct submission *go = NULL;
    struct submission **go_end = &go;
    while (s) {
        struct submission *next = s->next;
        if (all || (!s->in_doubt && !s->together && s->waits_since < since)) {
            s->next = NULL;
            *go_end = s;
            go_end = &s->next;
        } else {
            line_push(&stay, s);
        }
        s = next;
    }
    l->first = stay.first;
    l->end = stay.first ? stay.end : &l->first;
    l->count = stay.count;
    while (go) {
        struct submission *next = go->next;
        fault_set(&go->fault, code, "", NULL);
        go->fault.retry_ms = LINE_RETRY_MS;
        go->done(go, go->owner);
        go = next;
    }
}

void line_expire(struct line *l, int64_t since)
{
    give_back(l, ERR_NOT_STORED, since, false);
}

void line_refuse_all(struct line *l, enum err code)
{
    give_back(l, code, 0, true);
}
