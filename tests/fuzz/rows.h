/* The rows that a hub would write of a state make the same state again. */
#ifndef POSKO_TESTS_FUZZ_ROWS_H
#define POSKO_TESTS_FUZZ_ROWS_H

#include "ledger/doc.h"

#include <assert.h>

static const struct owed_row *owed_rows(struct arena *arena, const struct ticket *t)
{
    struct owed_row *rows = ARENA_ARRAY(arena, struct owed_row, t->owed_count + 1);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        rows[i] = (struct owed_row){.inc = t->id,
                                    .agency = o->agency->id,
                                    .what = words_get(&WORDS_WHAT, (int)o->what),
                                    .about = o->about != NULL ? o->about->id : STR(""),
                                    .sev = words_get(&WORDS_SEV, (int)o->sev),
                                    .since = o->since,
                                    .due = o->due,
                                    .next = o->next,
                                    .step = o->step};
    }
    return rows;
}

/* Their keys here are no points of the curve. */
static void load_device(struct state *st, const struct entry *e)
{
    struct device d = *e->is.device;
    if (d.agency != NULL)
        d.agency = state_agency(st, d.agency->id);
    if (d.member != NULL)
        d.member = state_member(st, d.agency->id, d.member->id);
    if (d.source != NULL)
        d.source = state_source(st, d.agency->id, d.source->id);
    struct entry copy = {.kind = ENTRY_DEVICE, .seq = e->seq, .is.device = &d};
    state_apply(st, &copy);
}

static void load_entry(struct arena *arena, struct state *st, const struct entry *e)
{
    struct buf doc;
    struct fault fault;
    struct entry read;
    if (e->kind == ENTRY_DEVICE) {
        load_device(st, e);
        return;
    }
    buf_init(&doc);
    doc_write_row(&doc, e);
    enum err end = OK;
    if (e->kind == ENTRY_TICKET)
        end = doc_read_ticket(arena, st, e->seq, buf_peek(&doc), owed_rows(arena, e->is.ticket),
                              e->is.ticket->owed_count, &fault, &read);
    else
        end = doc_read_row(arena, st, e->kind, doc_row_id(arena, e), e->seq, buf_peek(&doc), &fault,
                           &read);
    assert(end == OK);
    state_apply(st, &read);
    buf_deinit(&doc);
}

static void dump(const struct state *st, struct buf *out)
{
    for (int kind = 0; kind < (int)ENTRY_KIND_COUNT; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        while ((e = state_walk(st, (enum entry_kind)kind, &after)) != NULL) {
            buf_printf(out, "%d %lld ", kind, (long long)e->seq);
            doc_write_row(out, e);
            if (e->kind == ENTRY_TICKET) /* with what it owes */
                doc_write_wire(out, e);
        }
    }
}

static void check_rows(struct arena *arena, struct state *from)
{
    struct state *st = state_new();
    state_forget(from, INT64_MAX);
    for (int kind = 0; kind < (int)ENTRY_KIND_COUNT; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        while ((e = state_walk(from, (enum entry_kind)kind, &after)) != NULL)
            load_entry(arena, st, e);
    }
    struct buf ours;
    struct buf theirs;
    buf_init(&ours);
    buf_init(&theirs);
    dump(from, &ours);
    dump(st, &theirs);
    assert(str_eq(buf_peek(&ours), buf_peek(&theirs)));
    const struct owed *first = NULL;
    const struct owed *again = NULL;
    const struct ticket *t = state_due(from, INT64_MAX, &first);
    const struct ticket *u = state_due(st, INT64_MAX, &again);
    assert((t == NULL) == (u == NULL) && (t == NULL || first->next == again->next));
    buf_deinit(&ours);
    buf_deinit(&theirs);
    state_free(st);
}

#endif
