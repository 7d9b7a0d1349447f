#include "app/learn.h"

#include "ledger/doc.h"

enum {
    LOT_TICKETS = 64, /* 16 to 250 measured the same */
    SOME_TICKETS = 32 * LOT_TICKETS
};

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

/* ---- tickets: read by whoever has time, applied in their order ---- */

/* Some of the tickets.  Reading looks into the directory only, which nobody changes meanwhile. */
struct lot {
    struct piece piece; /* first: a piece is its lot */
    const struct state *st;
    const struct ticket_row *rows;
    size_t count;
    struct arena arena;
    struct entry entries[LOT_TICKETS];
    size_t read; /* so many of them; the next is at fault unless these are all */
    struct fault fault;
};

/* Any thread. */
static void read_lot(struct piece *piece)
{
    struct lot *lot = (struct lot *)piece;
    for (; lot->read < lot->count; lot->read++) {
        const struct ticket_row *row = &lot->rows[lot->read];
        if (doc_read_ticket(&lot->arena, lot->st, row->seq, row->doc, row->owed, row->owed_count,
                            &lot->fault, &lot->entries[lot->read]) != OK)
            return;
    }
}

static void learn_ticket(struct state *st, const struct entry *e, struct news *news)
{
    if (news)
        news_note(news, st, e);
    state_apply(st, e);
    if (e->is.ticket->no >= state_next_no(st, e->is.ticket->exercise))
        state_set_last_no(st, e->is.ticket->exercise, e->is.ticket->no);
}

static void read_lots(struct lot *lots, size_t count, struct pool *pool)
{
    for (size_t i = 0; i < count; i++)
        if (pool)
            pool_offer(pool, &lots[i].piece);
        else
            read_lot(&lots[i].piece);
    if (pool)
        pool_join(pool);
}

/* Some lots at a time: read, a ticket is ten times as long as its row. */
static enum err learn_some(struct state *st, struct pool *pool, const struct ticket_row *rows,
                           size_t count, int64_t rev, struct news *news, struct fault *fault)
{
    struct arena arena;
    arena_init(&arena);
    size_t lot_count = (count + LOT_TICKETS - 1) / LOT_TICKETS;
    struct lot *lots = ARENA_ARRAY(&arena, struct lot, lot_count);
    for (size_t i = 0; i < lot_count; i++) {
        size_t rest = count - i * LOT_TICKETS;
        lots[i].piece.run = read_lot;
        lots[i].st = st;
        lots[i].rows = &rows[i * LOT_TICKETS];
        lots[i].count = rest < LOT_TICKETS ? rest : LOT_TICKETS;
        arena_init(&lots[i].arena);
    }
    read_lots(lots, lot_count, lot_count > 1 ? pool : NULL);
    enum err e = OK;
    for (size_t i = 0; i < lot_count; i++) {
        struct lot *lot = &lots[i];
        for (size_t k = 0; k < lot->read && e == OK; k++)
            learn_ticket(st, &lot->entries[k], lot->rows[k].rev > rev ? news : NULL);
        if (lot->read < lot->count && e == OK) {
            *fault = lot->fault;
            e = ERR_SYSTEM;
        }
        arena_deinit(&lot->arena);
    }
    arena_deinit(&arena);
    return e;
}

static enum err learn_tickets(struct state *st, struct pool *pool, const struct rows *rows,
                              int64_t rev, struct news *news, struct fault *fault)
{
    enum err e = OK;
    for (size_t i = 0; i < rows->ticket_count && e == OK; i += SOME_TICKETS) {
        size_t rest = rows->ticket_count - i;
        size_t count = rest < SOME_TICKETS ? rest : SOME_TICKETS;
        e = learn_some(st, pool, &rows->tickets[i], count, rev, news, fault);
    }
    return e;
}

enum err learn_rows(struct state *st, struct pool *pool, const struct rows *rows, int64_t rev,
                    struct news *news, struct fault *fault)
{
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++) {
        enum err e = learn_kind(st, rows, (enum entry_kind)kind, news, fault);
        if (e != OK)
            return e;
    }
    learn_beats(st, rows);
    state_set_last_no(st, false, rows->head.no);
    state_set_last_no(st, true, rows->head.no_exercise);
    return learn_tickets(st, pool, rows, rev, news, fault);
}
