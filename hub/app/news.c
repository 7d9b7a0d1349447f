#include "app/news.h"

#include "ledger/doc.h"

#include <string.h>

void news_init(struct news *n)
{
    *n = (struct news){0};
    arena_init(&n->arena);
}

void news_clear(struct news *n)
{
    HASH_CLEAR(hh, n->tickets);
    HASH_CLEAR(hh, n->entries);
    arena_deinit(&n->arena);
    news_init(n);
}

void news_deinit(struct news *n)
{
    news_clear(n);
    arena_deinit(&n->arena);
}

/* What access depends on, as it is before the change: the directory's objects are stable, the
 * ticket's own arrays are not. */
static const struct ticket *snapshot(struct arena *arena, const struct ticket *t)
{
    struct ticket *copy = ARENA_NEW(arena, struct ticket);
    *copy = *t;
    copy->title = STR_NONE;
    copy->answers = ARENA_ARRAY(arena, struct answer, t->answer_count + 1);
    copy->readers = ARENA_ARRAY(arena, const struct agency *, t->reader_count + 1);
    copy->told = ARENA_ARRAY(arena, const struct member *, t->told_count + 1);
    copy->keys = ARENA_ARRAY(arena, struct alert_key, t->key_count + 1);
    copy->owed = NULL;
    copy->owed_count = 0;
    for (size_t i = 0; i < t->answer_count; i++)
        copy->answers[i] = t->answers[i];
    for (size_t i = 0; i < t->reader_count; i++)
        copy->readers[i] = t->readers[i];
    for (size_t i = 0; i < t->told_count; i++)
        copy->told[i] = t->told[i];
    for (size_t i = 0; i < t->key_count; i++)
        copy->keys[i] = (struct alert_key){t->keys[i].source, STR_NONE};
    return copy;
}

static void note_ticket(struct news *n, const struct state *st, struct ticket_id id)
{
    struct changed_ticket *c = NULL;
    HASH_FIND(hh, n->tickets, &id, sizeof(id), c);
    if (c)
        return;
    const struct ticket *t = state_ticket(st, id);
    c = ARENA_NEW(&n->arena, struct changed_ticket);
    c->id = id;
    c->before = t ? snapshot(&n->arena, t) : NULL;
    HASH_ADD(hh, n->tickets, id, sizeof(c->id), c);
}

static void remember_before(struct changed_entry *c, const struct state *st, const struct entry *e)
{
    if (e->kind == ENTRY_MEMBER) {
        const struct member *m = state_member(st, e->is.member->agency->id, e->is.member->id);
        c->was = m != NULL;
        c->roles = m ? m->roles : 0;
        c->active = m && m->active;
    } else if (e->kind == ENTRY_AGENCY) {
        const struct agency *a = state_agency(st, e->is.agency->id);
        c->was = a != NULL;
        c->active = a && a->active;
    } else if (e->kind == ENTRY_SOURCE) {
        const struct source *s = state_source(st, e->is.source->agency->id, e->is.source->id);
        c->was = s != NULL;
        c->active = s && s->active;
    }
}

void news_note(struct news *n, const struct state *st, const struct entry *e)
{
    if (e->kind == ENTRY_TICKET) {
        note_ticket(n, st, e->is.ticket->id);
        return;
    }
    struct str row_id = doc_row_id(&n->arena, e);
    struct str key = arena_printf(&n->arena, "%d " STR_FMT, (int)e->kind, STR_ARG(row_id));
    struct changed_entry *c = NULL;
    HASH_FIND(hh, n->entries, key.at, key.len, c);
    if (!c) {
        c = ARENA_NEW(&n->arena, struct changed_entry);
        c->kind = e->kind;
        c->id = row_id;
        remember_before(c, st, e);
        HASH_ADD_KEYPTR(hh, n->entries, key.at, key.len, c);
    }
    c->seq = e->seq;
    if (e->kind == ENTRY_INVITE)
        return;
    struct buf doc;
    buf_init(&doc);
    doc_write_wire(&doc, e);
    c->doc = arena_dup(&n->arena, buf_peek(&doc));
    buf_deinit(&doc);
}
