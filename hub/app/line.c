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

/* How many may go with it: those of a refused turn are tried by sixteen, then one by one, so that
 * one among hundreds is found without hundreds of turns. */
static size_t company(const struct submission *s, size_t most)
{
    if (s->suspect == 0)
        return most;
    size_t few = s->suspect == 1 ? LINE_FEW : 1;
    return few < most ? few : most;
}

static bool goes_with(const struct submission *first, const struct submission *s)
{
    return s->together == first->together && s->suspect == first->suspect;
}

struct submission *line_take(struct line *l, size_t most, size_t bytes)
{
    struct submission *first = l->first;
    if (!first)
        return NULL;
    struct submission *last = first;
    size_t taken = 1;
    size_t size = first->envelope.jws.len;
    size_t room = company(first, most);
    while (last->next && goes_with(first, last->next)) {
        size += last->next->envelope.jws.len;
        if (!first->together && (taken == room || size > bytes))
            break;
        last = last->next;
        taken++;
    }
    l->first = last->next;
    if (!l->first)
        l->end = &l->first;
    last->next = NULL;
    l->count -= taken;
    return first;
}

bool line_is_suspect(const struct line *l)
{
    return l->first && (l->first->suspect > 0 || l->first->together);
}

static void answer(struct submission *list, enum err code)
{
    while (list) {
        struct submission *next = list->next;
        fault_set(&list->fault, code, "", NULL);
        list->fault.retry_ms = LINE_RETRY_MS;
        list->done(list, list->owner);
        list = next;
    }
}

void line_expire(struct line *l, int64_t since)
{
    struct submission *s = l->first;
    struct line late;
    line_init(&late);
    line_init(l);
    while (s) {
        struct submission *next = s->next;
        bool waits = s->in_doubt || s->together || s->waits_since >= since;
        line_push(waits ? l : &late, s);
        s = next;
    }
    answer(late.first, ERR_NOT_STORED);
}

void line_refuse_all(struct line *l, enum err code)
{
    struct submission *all = l->first;
    line_init(l);
    answer(all, code);
}
