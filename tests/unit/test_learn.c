#include "doc_world.h"

#include "app/learn.h"
#include "base/loop.h"

/* Of three parts; the second cannot be read to its end, nor the third. */
enum { TICKETS = 5000, BROKEN = 3000, ALSO_BROKEN = 4500, LAST_SEQ = 6000 };

static struct owed_row *owed_rows(struct world *w, unsigned count, int64_t due)
{
    struct owed_row *rows = ARENA_ARRAY(&w->arena, struct owed_row, count);
    for (unsigned i = 0; i < count; i++)
        rows[i] = (struct owed_row){.agency = w->agencies[i]->id,
                                    .what = words_get(&WORDS_WHAT, WHAT_ACK),
                                    .sev = words_get(&WORDS_SEV, SEV_SEVERE),
                                    .due = due + i};
    return rows;
}

static struct rows rows_of(struct world *w)
{
    struct ticket_row *tickets = ARENA_ARRAY(&w->arena, struct ticket_row, TICKETS);
    for (unsigned i = 0; i < TICKETS; i++) {
        struct ticket t = {.first = 200 + i,
                           .no = 1 + i,
                           .opened = 1795300000000,
                           .seq = LAST_SEQ - i,
                           .n = 1,
                           .by = w->agencies[i % AGENCIES],
                           .author = w->members[i % MEMBERS],
                           .lead = w->agencies[0],
                           .cat = w->category,
                           .title = arena_printf(&w->arena, "Tiket %u", i),
                           .policy = w->policies[0],
                           .fallback = w->policies[0]};
        const uint8_t rest[10] = {(uint8_t)i, (uint8_t)(i >> 8)};
        id_make(1795300000000, rest, t.id.at);
        struct buf doc;
        buf_init(&doc);
        doc_write_row(&doc, &(struct entry){.kind = ENTRY_TICKET, .seq = t.seq, .is.ticket = &t});
        tickets[i] = (struct ticket_row){.id = t.id,
                                         .seq = t.seq,
                                         .rev = 1 + i % 3,
                                         .doc = arena_dup(&w->arena, buf_peek(&doc)),
                                         .owed = owed_rows(w, i % 3, 10 * i),
                                         .owed_count = i % 3};
        buf_deinit(&doc);
    }
    return (struct rows){.tickets = tickets, .ticket_count = TICKETS};
}

/* So many of the first, each as its row is, and no other. */
static void assert_learned(struct world *w, const struct rows *rows, size_t count)
{
    int64_t after = 0;
    for (size_t i = 0; i < count; i++) {
        const struct entry *e = state_walk(w->st, ENTRY_TICKET, &after);
        assert_non_null(e);
        struct buf doc;
        buf_init(&doc);
        doc_write_row(&doc, e);
        assert_true(str_eq(buf_peek(&doc), rows->tickets[i].doc));
        buf_deinit(&doc);
        assert_int_equal(e->is.ticket->owed_count, rows->tickets[i].owed_count);
        for (size_t k = 0; k < rows->tickets[i].owed_count; k++)
            assert_int_equal(e->is.ticket->owed[k].due, rows->tickets[i].owed[k].due);
    }
    assert_null(state_walk(w->st, ENTRY_TICKET, &after));
}

static void learn(struct world *w, unsigned threads)
{
    struct loop *loop = loop_new();
    struct pool *pool = threads > 0 ? pool_new(loop, threads) : NULL;
    struct rows rows = rows_of(w);
    struct fault fault;
    assert_int_equal(learn_rows(w->st, pool, &rows, 0, NULL, &fault), OK);
    assert_learned(w, &rows, TICKETS);
    assert_int_equal(state_next_no(w->st, false), TICKETS + 1);
    pool_free(pool);
    loop_free(loop);
}

static void tickets_become_as_their_rows_are(void **context)
{
    learn(*context, 0);
}

static void threads_learn_the_same(void **context)
{
    learn(*context, 3);
}

static void the_first_row_that_cannot_be_read_is_named(void **context)
{
    struct world *w = *context;
    struct loop *loop = loop_new();
    struct pool *pool = pool_new(loop, 3);
    struct rows rows = rows_of(w);
    struct ticket_row *tickets = ARENA_ARRAY(&w->arena, struct ticket_row, TICKETS);
    for (size_t i = 0; i < TICKETS; i++)
        tickets[i] = rows.tickets[i];
    tickets[BROKEN].doc = STR("{");
    tickets[ALSO_BROKEN].doc = STR("{}");
    rows.tickets = tickets;
    struct fault fault;
    assert_int_equal(learn_rows(w->st, pool, &rows, 0, NULL, &fault), ERR_SYSTEM);
    char start[64];
    (void)snprintf(start, sizeof start, "the database's ticket of seq %d: ", LAST_SEQ - BROKEN);
    assert_memory_equal(fault.text, start, strlen(start));
    assert_learned(w, &rows, BROKEN);
    pool_free(pool);
    loop_free(loop);
}

static void what_memory_had_seen_is_no_news(void **context)
{
    struct world *w = *context;
    struct rows rows = rows_of(w);
    struct news news;
    struct fault fault;
    news_init(&news);
    assert_int_equal(learn_rows(w->st, NULL, &rows, 1, &news, &fault), OK);
    const struct changed_ticket *c = news.tickets;
    for (size_t i = 0; i < TICKETS; i++) {
        if (rows.tickets[i].rev == 1)
            continue;
        assert_non_null(c);
        assert_true(ticket_id_eq(c->id, rows.tickets[i].id));
        assert_null(c->before); /* noted before it was there */
        c = c->hh.next;
    }
    assert_null(c);
    news_deinit(&news);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tickets_become_as_their_rows_are, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(threads_learn_the_same, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_first_row_that_cannot_be_read_is_named, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_memory_had_seen_is_no_news, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
