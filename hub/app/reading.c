#include "app/reading.h"

#include "ledger/doc.h"

#include <assert.h>

/* Between the reader, who may leave, and the answer, which comes all the same. */
struct reading_link {
    struct reading *to; /* NULL: he left */
    void (*done)(void *arg);
    void *arg;
};

void reading_init(struct reading *r)
{
    *r = (struct reading){0};
    arena_init(&r->arena);
}

void reading_drop(struct reading *r)
{
    if (r->link)
        r->link->to = NULL;
    arena_deinit(&r->arena);
    reading_init(r);
}

bool reading_is_busy(const struct reading *r)
{
    return r->link != NULL;
}

static const struct str MERGE = {"incident.merge", sizeof("incident.merge") - 1};

bool reading_merges(const struct ledger_row *row)
{
    return str_eq(row->kind, MERGE);
}

static void keep_rows(struct reading *r, const struct rows *rows)
{
    struct arena *a = &r->arena;
    r->count = rows->ledger_count;
    r->rows = ARENA_ARRAY(a, struct reading_row, r->count + 1);
    for (size_t i = 0; i < r->count; i++) {
        const struct ledger_row *row = &rows->ledger[i];
        r->rows[i] = (struct reading_row){.seq = row->seq,
                                          .at = row->at,
                                          .ticket = row->ticket,
                                          .merges = reading_merges(row),
                                          .admins = arena_dup(a, row->admins),
                                          .jws = arena_dup(a, row->jws)};
    }
}

static void keep_tickets(struct reading *r, const struct rows *rows)
{
    struct arena *a = &r->arena;
    r->ticket_count = rows->ticket_count;
    r->tickets = ARENA_ARRAY(a, struct reading_ticket, r->ticket_count + 1);
    for (size_t i = 0; i < r->ticket_count; i++) {
        const struct ticket_row *row = &rows->tickets[i];
        struct reading_ticket *t = &r->tickets[i];
        *t = (struct reading_ticket){.id = row->id,
                                     .seq = row->seq,
                                     .rev = row->rev,
                                     .doc = arena_dup(a, row->doc),
                                     .owed_count = row->owed_count};
        t->owed = ARENA_ARRAY(a, struct owed_row, row->owed_count + 1);
        for (size_t k = 0; k < row->owed_count; k++) {
            t->owed[k] = row->owed[k];
            t->owed[k].agency = arena_dup(a, row->owed[k].agency);
            t->owed[k].what = arena_dup(a, row->owed[k].what);
            t->owed[k].about = arena_dup(a, row->owed[k].about);
            t->owed[k].sev = arena_dup(a, row->owed[k].sev);
        }
    }
}

static void on_rows(void *arg, enum turn_end end, const struct rows *rows)
{
    struct reading_link *link = arg;
    struct reading *r = link->to;
    if (r) {
        r->link = NULL;
        r->filled = end == TURN_OK;
        r->failed = end != TURN_OK;
        if (r->filled) {
            keep_rows(r, rows);
            keep_tickets(r, rows);
        }
        link->done(link->arg);
    }
    mem_free(link);
}

static struct reading_link *begin(struct reading *r, void (*done)(void *arg), void *arg)
{
    assert(!r->link);
    reading_drop(r);
    r->link = mem_new(sizeof(*r->link));
    *r->link = (struct reading_link){r, done, arg};
    return r->link;
}

void reading_rows(struct reading *r, struct tail *tail, int64_t after, int64_t upto,
                  const struct ticket_id *ticket, void (*done)(void *arg), void *arg)
{
    tail_read(tail, after, upto, ticket, READING_ROWS_MAX, on_rows, begin(r, done, arg));
}

void reading_tickets(struct reading *r, struct tail *tail, const struct ticket_id *ids,
                     size_t count, void (*done)(void *arg), void *arg)
{
    tail_tickets(tail, ids, count, on_rows, begin(r, done, arg));
}

bool reading_has(const struct reading *r, struct ticket_id id)
{
    for (size_t i = 0; i < r->ticket_count; i++)
        if (ticket_id_eq(r->tickets[i].id, id))
            return true;
    return false;
}

const struct ticket *reading_ticket(struct reading *r, const struct state *st, int64_t rev,
                                    struct ticket_id id, bool *newer)
{
    *newer = false;
    for (size_t i = 0; i < r->ticket_count; i++) {
        const struct reading_ticket *t = &r->tickets[i];
        if (!ticket_id_eq(t->id, id))
            continue;
        if (t->rev > rev) {
            *newer = true;
            return NULL;
        }
        struct fault fault;
        struct entry e;
        if (doc_read_ticket(&r->arena, st, t->seq, t->doc, t->owed, t->owed_count, &fault, &e) !=
            OK)
            return NULL;
        return e.is.ticket;
    }
    return NULL;
}
