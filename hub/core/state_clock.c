/* Tickets by their next clock and by their alert keys; sources by their silence. */
#include "core/route.h"
#include "core/state_inside.h"

enum { OVERDUE_MS = 2000, ALERT_KEY_BYTES = TABLE_KEY_BYTES + 2 + 4 * 255 };

/* ---- the heap: at[0] is the earliest, children of i are 2i+1 and 2i+2 ---- */

static bool is_earlier(const struct holder *a, const struct holder *b)
{
    if (a->next != b->next)
        return a->next < b->next;
    return a->as.ticket.first < b->as.ticket.first;
}

static void heap_set(struct vector *heap, size_t i, struct holder *h)
{
    heap->at[i] = h;
    h->heap = i + 1;
}

static void heap_up(struct vector *heap, size_t i)
{
    struct holder *h = heap->at[i];
    while (i > 0 && is_earlier(h, heap->at[(i - 1) / 2])) {
        heap_set(heap, i, heap->at[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    heap_set(heap, i, h);
}

static void heap_down(struct vector *heap, size_t i)
{
    struct holder *h = heap->at[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && is_earlier(heap->at[child + 1], heap->at[child]))
            child++;
        if (!is_earlier(heap->at[child], h))
            break;
        heap_set(heap, i, heap->at[child]);
        i = child;
    }
    heap_set(heap, i, h);
}

static void heap_remove(struct vector *heap, struct holder *h)
{
    size_t i = h->heap - 1;
    assert(heap->at[i] == h);
    h->heap = 0;
    struct holder *last = heap->at[--heap->count];
    if (last == h)
        return;
    heap_set(heap, i, last);
    heap_up(heap, i);
    heap_down(heap, last->heap - 1);
}

static void heap_add(struct vector *heap, struct holder *h)
{
    const struct ticket *t = &h->as.ticket;
    if (t->owed_count == 0)
        return;
    h->clock = 0;
    for (size_t i = 1; i < t->owed_count; i++)
        if (t->owed[i].next < t->owed[h->clock].next)
            h->clock = i;
    h->next = t->owed[h->clock].next;
    if (h->next < h->muted)
        h->next = h->muted;
    vector_insert(heap, heap->count, h);
    heap_up(heap, heap->count - 1);
}

/* ---- alert keys ---- */

struct alert_text {
    size_t len;
    char at[ALERT_KEY_BYTES];
};

static void alert_text(const struct source *source, struct str key, bool exercise,
                       struct alert_text *out)
{
    struct table_key who = table_key_of_two(source->agency->id, source->id);
    assert(who.len + 2 + key.len <= sizeof out->at);
    memcpy(out->at, who.at, who.len);
    out->len = who.len;
    out->at[out->len++] = '\n'; /* no text of one line has one */
    out->at[out->len++] = exercise ? 'x' : 'a';
    if (key.len > 0)
        memcpy(out->at + out->len, key.at, key.len);
    out->len += key.len;
}

static struct alert_node *alert_find(const struct state *st, const struct alert_text *text)
{
    struct alert_node *n = NULL;
    HASH_FIND(hh, st->alerts, text->at, text->len, n);
    return n;
}

static struct alert_node *alert_new(struct state *st, const struct alert_text *text)
{
    struct alert_node *n = mem_new(sizeof *n + text->len);
    n->len = text->len;
    memcpy(n->key, text->at, text->len);
    HASH_ADD_KEYPTR(hh, st->alerts, n->key, n->len, n);
    return n;
}

static void link_alert(struct state *st, struct holder *h, const struct alert_key *key)
{
    struct alert_text text;
    alert_text(key->source, key->key, h->as.ticket.exercise, &text);
    struct alert_node *n = alert_find(st, &text);
    if (n == NULL)
        n = alert_new(st, &text);
    vector_insert(&n->tickets, n->tickets.count, h);
}

static void unlink_alert(struct state *st, struct holder *h, const struct alert_key *key)
{
    struct alert_text text;
    alert_text(key->source, key->key, h->as.ticket.exercise, &text);
    struct alert_node *n = alert_find(st, &text);
    assert(n != NULL);
    size_t i = 0;
    while (n->tickets.at[i] != h)
        i++;
    vector_remove(&n->tickets, i);
    if (n->tickets.count > 0)
        return;
    HASH_DELETE(hh, st->alerts, n);
    mem_free(n->tickets.at);
    mem_free(n);
}

const struct ticket *state_ticket_by_key(const struct state *st, const struct source *source,
                                         struct str key, bool exercise)
{
    struct alert_text text;
    alert_text(source, key, exercise, &text);
    const struct alert_node *n = alert_find(st, &text);
    if (n == NULL)
        return NULL;
    const struct ticket *latest = NULL;
    for (size_t i = 0; i < n->tickets.count; i++) {
        const struct ticket *t = &n->tickets.at[i]->as.ticket;
        if (latest == NULL || t->first > latest->first)
            latest = t;
    }
    return latest;
}

/* ---- tickets ---- */

void state_unlink_ticket(struct state *st, struct holder *h)
{
    if (!h->live)
        return;
    const struct ticket *t = &h->as.ticket;
    if (h->heap > 0)
        heap_remove(&st->heap, h);
    for (size_t i = 0; i < t->key_count; i++)
        unlink_alert(st, h, &t->keys[i]);
}

static void order_ticket(struct state *st, struct holder *h, bool live)
{
    struct vector *v = &st->order[ENTRY_TICKET];
    if (live && !h->live)
        vector_insert(v, vector_above(v, h->order), h);
    else if (!live && h->live)
        vector_remove(v, vector_above(v, h->order) - 1);
    h->live = live;
    if (!live && !h->ending) {
        h->ending = true;
        vector_insert(&st->ended, st->ended.count, h);
    }
}

void state_link_ticket(struct state *st, struct holder *h)
{
    const struct ticket *t = &h->as.ticket;
    h->order = t->first;
    order_ticket(st, h, t->state == TICKET_OPEN || t->state == TICKET_RESOLVED);
    if (t->no > st->last_no[t->exercise])
        st->last_no[t->exercise] = t->no;
    if (!h->live)
        return;
    heap_add(&st->heap, h);
    for (size_t i = 0; i < t->key_count; i++)
        link_alert(st, h, &t->keys[i]);
}

const struct ticket *state_due(const struct state *st, int64_t at, const struct owed **owed)
{
    if (st->heap.count == 0 || st->heap.at[0]->next > at)
        return NULL;
    const struct holder *h = st->heap.at[0];
    *owed = &h->as.ticket.owed[h->clock];
    return &h->as.ticket;
}

static size_t overdue_of(const struct holder *h, int64_t limit)
{
    size_t overdue = 0;
    for (size_t k = 0; k < h->as.ticket.owed_count; k++)
        overdue += h->as.ticket.owed[k].next < limit;
    return overdue;
}

/* Down the heap where there is anything overdue, and past the rest: a million that are not due cost
 * nothing.  While one is muted its place does not tell, and all are asked. */
size_t state_overdue(const struct state *st, int64_t at)
{
    int64_t limit = at - OVERDUE_MS;
    bool all = st->muted_until >= limit;
    size_t overdue = 0;
    size_t i = 0;
    do {
        if (i < st->heap.count && (all || st->heap.at[i]->next < limit)) {
            overdue += overdue_of(st->heap.at[i], limit);
            i = 2 * i + 1;
            continue;
        }
        while (i > 0 && i % 2 == 0) /* a right child: its parent is done */
            i = (i - 1) / 2;
        i += i > 0; /* a left one: its sibling */
    } while (i > 0);
    return overdue;
}

void state_mute(struct state *st, struct ticket_id id, int64_t until_at)
{
    struct str key = {(const char *)id.at, sizeof id.at};
    struct table_key of = table_key_of(key);
    struct holder *h = table_find(st, ENTRY_TICKET, &of);
    if (h == NULL)
        return;
    h->muted = until_at;
    if (st->muted_until < until_at)
        st->muted_until = until_at;
    if (h->heap == 0)
        return;
    heap_remove(&st->heap, h);
    heap_add(&st->heap, h);
}

size_t state_unclocked(const struct state *st)
{
    return st->order[ENTRY_TICKET].count - st->heap.count;
}

/* ---- sources ---- */

static bool may_fall_silent(const struct state *st, const struct source *s)
{
    /* Without a category or a policy there is no ticket to open. */
    return s->active && s->agency->active && s->every_s > 0 && s->beat > 0 && s->silent < s->last &&
           route_silent_category(st, s) != NULL && state_policy(st, STR("default")) != NULL;
}

const struct source *state_silent(const struct state *st, int64_t at, int64_t *due)
{
    const struct source *first = NULL;
    const struct vector *v = &st->order[ENTRY_SOURCE];
    for (size_t i = 0; i < v->count; i++) {
        const struct source *s = &v->at[i]->as.source;
        int64_t when = s->last + s->every_s * 1000;
        if (when > at || v->at[i]->muted > at || (first != NULL && when >= *due) ||
            !may_fall_silent(st, s))
            continue;
        first = s;
        *due = when;
    }
    return first;
}

void state_mute_source(struct state *st, const struct source *source, int64_t until_at)
{
    struct table_key key = table_key_of_two(source->agency->id, source->id);
    struct holder *h = table_find(st, ENTRY_SOURCE, &key);
    assert(h != NULL);
    h->muted = until_at;
}

void state_beat(struct state *st, const struct source *source, int64_t first, int64_t last,
                int64_t silent)
{
    struct table_key key = table_key_of_two(source->agency->id, source->id);
    struct holder *h = table_find(st, ENTRY_SOURCE, &key);
    assert(h != NULL);
    h->as.source.beat = first;
    h->as.source.last = last;
    h->as.source.silent = silent;
}
