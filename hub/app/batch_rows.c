#include "app/batch_inside.h"
#include "ledger/doc.h"

#include <assert.h>

const struct owed_row *batch_owed(struct batch *b, const struct ticket *t)
{
    struct owed_row *rows = ARENA_ARRAY(&b->arena, struct owed_row, t->owed_count + 1);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        rows[i] = (struct owed_row){.inc = t->id,
                                    .agency = o->agency->id,
                                    .what = words_get(&WORDS_WHAT, (int)o->what),
                                    .about = o->about ? o->about->id : STR(""),
                                    .sev = words_get(&WORDS_SEV, (int)o->sev),
                                    .since = o->since,
                                    .due = o->due,
                                    .next = o->next,
                                    .step = o->step};
    }
    return rows;
}

static struct ticket_row ticket_row(struct batch *b, const struct touched_ticket *touched)
{
    const struct ticket *t = state_ticket(b->st, touched->id);
    assert(t);
    struct entry e = {.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t};
    struct buf doc;
    buf_init(&doc);
    doc_write_row(&doc, &e);
    struct ticket_row row = {.id = t->id,
                             .seq = t->seq,
                             .no = t->no,
                             .exercise = t->exercise,
                             .state = words_get(&WORDS_TICKET_STATE, (int)t->state),
                             .into = t->into,
                             .doc = arena_dup(&b->arena, buf_peek(&doc)),
                             .owed = batch_owed(b, t),
                             .owed_count = t->owed_count,
                             .was = touched->was,
                             .was_count = touched->was_count};
    buf_deinit(&doc);
    return row;
}

const struct turn_rows *batch_rows(struct batch *b)
{
    if (b->built)
        return &b->rows;
    b->built = true;
    struct arena *a = &b->arena;
    size_t count = 0;
    struct ticket_row *tickets = ARENA_ARRAY(a, struct ticket_row, HASH_COUNT(b->tickets) + 1);
    for (struct touched_ticket *t = b->tickets; t; t = t->hh.next)
        tickets[count++] = ticket_row(b, t);
    b->rows.tickets = tickets;
    b->rows.ticket_count = count;

    count = 0;
    struct entry_row *entries = ARENA_ARRAY(a, struct entry_row, HASH_COUNT(b->entries) + 1);
    for (struct touched_entry *t = b->entries; t; t = t->hh.next)
        entries[count++] = t->row;
    b->rows.entries = entries;
    b->rows.entry_count = count;

    count = 0;
    struct beat_row *beats = ARENA_ARRAY(a, struct beat_row, HASH_COUNT(b->sources) + 1);
    for (struct touched_source *t = b->sources; t; t = t->hh.next)
        beats[count++] = (struct beat_row){.agency = t->source->agency->id,
                                           .source = t->source->id,
                                           .first = t->source->beat,
                                           .last = t->source->last,
                                           .silent = t->source->silent};
    b->rows.beats = beats;
    b->rows.beat_count = count;

    batch_sign_end(b); /* the threads had time for it until here */
    b->rows.ledger = b->ledger;
    b->rows.ledger_count = b->ledger_count;
    b->head.no = state_next_no(b->st, false) - 1;
    b->head.no_exercise = state_next_no(b->st, true) - 1;
    b->rows.head = b->head;
    b->rows.head.rev++;
    return &b->rows;
}
