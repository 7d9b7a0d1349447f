/* Deep copies: whoever gives rows or a record may free his own at once.  Not of words of
 * core/words, which lie there for ever. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static void copy_ledger(struct arena *a, const struct turn_rows *from, struct turn_rows *to)
{
    struct ledger_row *rows = ARENA_ARRAY(a, struct ledger_row, from->ledger_count + 1);
    for (size_t i = 0; i < from->ledger_count; i++) {
        struct ledger_row *r = &rows[i];
        *r = from->ledger[i];
        r->iss = arena_dup(a, r->iss);
        r->act = arena_dup(a, r->act);
        r->kid = arena_dup(a, r->kid);
        r->admins = arena_dup(a, r->admins);
        r->jws = arena_dup(a, r->jws);
    }
    to->ledger = rows;
    to->ledger_count = from->ledger_count;
}

static int compare_owed(const struct owed_row *a, const struct owed_row *b)
{
    int c = str_compare(a->agency, b->agency);
    if (c == 0)
        c = str_compare(a->what, b->what);
    return c != 0 ? c : str_compare(a->about, b->about);
}

/* The database gives them in the order of its key. */
static const struct owed_row *copy_owed(struct arena *a, const struct owed_row *from, size_t count)
{
    struct owed_row *rows = ARENA_ARRAY(a, struct owed_row, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct owed_row o = from[i];
        o.agency = arena_dup(a, o.agency);
        o.about = arena_dup(a, o.about);
        size_t at = i;
        for (; at > 0 && compare_owed(&o, &rows[at - 1]) < 0; at--)
            rows[at] = rows[at - 1];
        rows[at] = o;
    }
    return rows;
}

/* The database keeps what a turn does not say: a turn must know what it holds. */
bool rows_was_right(const struct ticket_row *held, const struct ticket_row *t)
{
    if (t->was_count != (held ? held->owed_count : 0))
        return false;
    for (size_t i = 0; i < t->was_count; i++) {
        const struct owed_row *b = &t->was[i];
        size_t k = 0;
        while (k < t->was_count && compare_owed(&held->owed[k], b) != 0)
            k++;
        if (k == t->was_count)
            return false;
        const struct owed_row *a = &held->owed[k];
        if (a->since != b->since || a->due != b->due || a->next != b->next || a->step != b->step ||
            !str_eq(a->sev, b->sev))
            return false;
    }
    return true;
}

static void copy_tickets(struct arena *a, const struct turn_rows *from, struct turn_rows *to)
{
    struct ticket_row *rows = ARENA_ARRAY(a, struct ticket_row, from->ticket_count + 1);
    for (size_t i = 0; i < from->ticket_count; i++) {
        struct ticket_row *t = &rows[i];
        *t = from->tickets[i];
        t->doc = arena_dup(a, t->doc);
        t->owed = copy_owed(a, t->owed, t->owed_count);
        t->was = NULL; /* compared already */
        t->was_count = 0;
        t->rev = from->head.rev;
    }
    to->tickets = rows;
    to->ticket_count = from->ticket_count;
}

static void copy_entries(struct arena *a, const struct turn_rows *from, struct turn_rows *to)
{
    struct entry_row *rows = ARENA_ARRAY(a, struct entry_row, from->entry_count + 1);
    for (size_t i = 0; i < from->entry_count; i++)
        rows[i] = (struct entry_row){.kind = arena_dup(a, from->entries[i].kind),
                                     .id = arena_dup(a, from->entries[i].id),
                                     .seq = from->entries[i].seq,
                                     .doc = arena_dup(a, from->entries[i].doc)};
    to->entries = rows;
    to->entry_count = from->entry_count;
}

static void copy_beats(struct arena *a, const struct turn_rows *from, struct turn_rows *to)
{
    struct beat_row *rows = ARENA_ARRAY(a, struct beat_row, from->beat_count + 1);
    for (size_t i = 0; i < from->beat_count; i++) {
        rows[i] = from->beats[i];
        rows[i].agency = arena_dup(a, rows[i].agency);
        rows[i].source = arena_dup(a, rows[i].source);
    }
    to->beats = rows;
    to->beat_count = from->beat_count;
}

void rows_copy(struct arena *arena, const struct turn_rows *from, struct turn_rows *to)
{
    to->head = from->head;
    copy_ledger(arena, from, to);
    copy_tickets(arena, from, to);
    copy_entries(arena, from, to);
    copy_beats(arena, from, to);
}

/* Only what people of the simulator say; policies and rules are the office's static ones. */
static int by_seq(const void *a, const void *b)
{
    const struct entry_row *one = a;
    const struct entry_row *two = b;
    if (one->seq != two->seq)
        return one->seq < two->seq ? -1 : 1;
    return str_compare(one->id, two->id);
}

void rows_sort(struct entry_row *rows, size_t count)
{
    if (count > 1)
        qsort(rows, count, sizeof(*rows), by_seq);
}

void record_copy(struct arena *arena, const struct record *from, struct record *to)
{
    *to = *from;
    struct str *texts[] = {&to->aud,    &to->iss,   &to->act,  &to->cat,      &to->title,
                           &to->body,   &to->place, &to->key,  &to->note,     &to->reason,
                           &to->agency, &to->about, &to->name, &to->superior, &to->id,
                           &to->en,     &to->maps,  &to->in,   &to->policy,   &to->member,
                           &to->source, &to->host};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (texts[i]->at)
            *texts[i] = arena_dup(arena, *texts[i]);
    to->to = arena_dup_list(arena, from->to);
    to->ask = arena_dup_list(arena, from->ask);
    to->phones = arena_dup_list(arena, from->phones);
    to->cats = arena_dup_list(arena, from->cats);
}
