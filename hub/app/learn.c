#include "app/learn.h"

#include "ledger/doc.h"

static enum err learn_kind(struct state *st, const struct rows *rows, enum entry_kind kind,
                           struct news *news, struct fault *fault)
{
    struct str name = words_get(&WORDS_ENTRY, (int)kind);
    struct arena arena;
    arena_init(&arena);
    enum err e = OK;
    for (size_t i = 0; i < rows->entry_count && e == OK; i++) {
        const struct entry_row *row = &rows->entries[i];
        if (!str_eq(row->kind, name))
            continue;
        struct entry entry;
        e = doc_read_row(&arena, st, kind, row->id, row->seq, row->doc, fault, &entry);
        if (e != OK)
            break;
        if (news)
            news_note(news, st, &entry);
        state_apply(st, &entry);
    }
    arena_deinit(&arena);
    return e;
}

static void learn_beats(struct state *st, const struct rows *rows)
{
    for (size_t i = 0; i < rows->beat_count; i++) {
        const struct beat_row *b = &rows->beats[i];
        const struct source *source = state_source(st, b->agency, b->source);
        if (source)
            state_beat(st, source, b->first, b->last, b->silent);
    }
}

static enum err learn_tickets(struct state *st, const struct rows *rows, int64_t rev,
                              struct news *news, struct fault *fault)
{
    struct arena arena;
    arena_init(&arena);
    enum err e = OK;
    for (size_t i = 0; i < rows->ticket_count && e == OK; i++) {
        const struct ticket_row *row = &rows->tickets[i];
        struct entry entry;
        e = doc_read_ticket(&arena, st, row->seq, row->doc, row->owed, row->owed_count, fault,
                            &entry);
        if (e != OK)
            break;
        if (news && row->rev > rev)
            news_note(news, st, &entry);
        state_apply(st, &entry);
        if (entry.is.ticket->no >= state_next_no(st, entry.is.ticket->exercise))
            state_set_last_no(st, entry.is.ticket->exercise, entry.is.ticket->no);
        arena_deinit(&arena);
        arena_init(&arena);
    }
    arena_deinit(&arena);
    return e;
}

enum err learn_rows(struct state *st, const struct rows *rows, int64_t rev, struct news *news,
                    struct fault *fault)
{
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++) {
        enum err e = learn_kind(st, rows, (enum entry_kind)kind, news, fault);
        if (e != OK)
            return e;
    }
    learn_beats(st, rows);
    state_set_last_no(st, false, rows->head.no);
    state_set_last_no(st, true, rows->head.no_exercise);
    return learn_tickets(st, rows, rev, news, fault);
}
