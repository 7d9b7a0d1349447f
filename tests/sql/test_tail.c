/* What a hub reads outside its turns: load, wake, look, replay, health; and figures. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct woken {
    struct world *w;
    int64_t seq;
    int times;
    bool done;
};

static void on_wake(void *arg, int64_t seq)
{
    struct woken *k = arg;
    k->seq = seq > k->seq ? seq : k->seq;
    k->times++;
    k->done = true;
    loop_stop(k->w->loop);
}

static void a_commit_wakes_the_others_once(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w, .seq = -1};
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    assert_false(tail_is_up(t));
    world_wait(w, &k.done); /* it is up: look */
    assert_true(tail_is_up(t));
    assert_int_equal(k.seq, 0);
    k.times = 0;
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    world_sleep(w, 100);
    assert_int_equal(k.times, 1);
    assert_int_equal(k.seq, 1);
    tail_close(t);
    turn_store_close(a);
}

static void a_look_writes_its_row_only_when_the_head_is_above(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w};
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(world_turn(w, a, i).end, TURN_OK);
    struct reply r = world_look(w, t, 3, 3);
    assert_int_equal(r.end, TURN_OK);
    assert_true(r.rows.ticket_count == 0 && r.rows.ledger_count == 0 && r.rows.db_ms > 0);
    assert_string_equal(world_sql(w, "select count(*) from hubs"), "0");
    r = world_look(w, t, 1, 2);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.head.seq, 3);
    assert_int_equal(r.rows.ticket_count, 2);
    assert_int_equal(r.rows.tickets[0].no, 2);
    assert_int_equal(r.rows.tickets[0].owed_count, 1);
    assert_int_equal(r.rows.ledger_count, 1);
    assert_int_equal(r.rows.ledger[0].seq, 3);
    assert_string_equal(world_sql(w, "select name || told from hubs"), "b3");
    assert_int_equal(world_turn(w, a, 4).end, TURN_OK);
    assert_int_equal(world_look(w, t, 3, 3).end, TURN_OK);
    assert_string_equal(world_sql(w, "select name || told from hubs"), "b4");
    tail_close(t);
    turn_store_close(a);
}

static void replay_and_history_bring_the_closed_tickets_along(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w};
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    for (int64_t i = 1; i <= 6; i++)
        assert_int_equal(world_turn(w, a, 1 + (i - 1) % 3).end, TURN_OK);
    (void)world_sql(w, "update ticket set state = 'closed' where no in (2, 3)");

    struct reply r = world_read(w, t, 1, 5, NULL, 100);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.ledger_count, 4);
    assert_int_equal(r.rows.ledger[0].seq, 2);
    assert_int_equal(r.rows.ticket_count, 2); /* once each, and not the open one */
    r = world_read(w, t, 0, 6, NULL, 2);
    assert_int_equal(r.rows.ledger_count, 2);
    assert_int_equal(r.rows.ticket_count, 1); /* of these rows only */
    struct ticket_id two = ticket_no(2);
    r = world_read(w, t, 0, INT64_MAX, &two, 100);
    assert_int_equal(r.rows.ledger_count, 2);
    assert_int_equal(r.rows.ledger[1].seq, 5);
    assert_int_equal(r.rows.ticket_count, 1);
    struct ticket_id one = ticket_no(1);
    r = world_read(w, t, 1, INT64_MAX, &one, 100);
    assert_int_equal(r.rows.ledger_count, 1);
    assert_int_equal(r.rows.ticket_count, 0);
    struct ticket_id ids[] = {one, two, ticket_no(99)};
    r = world_tickets(w, t, ids, 3);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.ticket_count, 2);
    assert_int_equal(r.rows.tickets[0].owed_count + r.rows.tickets[1].owed_count, 2);
    (void)world_sql(w, "update ticket set state = 'merged', \"into\" = '%s' where no = 2",
                    id_text(ticket_no(3).at).at);
    r = world_tickets(w, t, ids, 3);
    assert_int_equal(r.rows.ticket_count, 3); /* and what it was merged into, with what is owed */
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(r.rows.tickets[i].owed_count, 1);
    tail_close(t);
    turn_store_close(a);
}

static bool has_ticket(const struct reply *r, struct ticket_id id)
{
    for (size_t i = 0; i < r->rows.ticket_count; i++)
        if (ticket_id_eq(r->rows.tickets[i].id, id))
            return true;
    return false;
}

static void a_chain_of_merges_comes_by_64(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w};
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    world_chain(w, 300);
    struct ticket_id ids[] = {chain_no(2), chain_no(2)};
    for (int no = 2; no <= 2 + 3 * 64; no += 64) {
        ids[0] = chain_no(no);
        struct reply r = world_tickets(w, t, ids, 1);
        assert_int_equal(r.rows.ticket_count, 1 + 64);
        assert_true(has_ticket(&r, chain_no(no)) && has_ticket(&r, chain_no(no + 64)));
    }
    ids[0] = chain_no(299);
    assert_int_equal(world_tickets(w, t, ids, 1).rows.ticket_count, 3);
    assert_int_equal(world_tickets(w, t, ids, 2).rows.ticket_count, 2 + 64);
    tail_close(t);
    turn_store_close(a);
}

struct order {
    struct world *w;
    int next, wrong;
    bool done;
};
struct turn_in_line {
    struct order *order;
    int number;
};

static void on_line(void *arg, enum turn_end end, const struct rows *rows)
{
    struct turn_in_line *l = arg;
    (void)rows;
    if (end != TURN_OK || l->number != l->order->next++)
        l->order->wrong++;
    if (l->order->next == 50) {
        l->order->done = true;
        loop_stop(l->order->w->loop);
    }
}

static void many_requests_are_answered_in_order(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w};
    struct order order = {.w = w};
    struct turn_in_line line[50];
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    for (int i = 0; i < 50; i++) { /* asked before it is connected */
        line[i] = (struct turn_in_line){&order, i};
        struct turn_want want = {0};
        if (i % 2 == 0)
            tail_look(t, &want, on_line, &line[i]);
        else
            tail_read(t, 0, 1, NULL, 1, on_line, &line[i]);
    }
    world_wait(w, &order.done);
    assert_int_equal(order.wrong, 0);
    tail_read(t, 0, 1, NULL, 1, on_line, &line[0]);
    tail_close(t); /* with a request out: nothing is answered, nothing leaks */
}

static void health_says_copies_clock_and_head(void **state)
{
    struct world *w = *state;
    struct woken k = {.w = w};
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", on_wake, &k);
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    struct reply r = world_health(w, t);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.health.copies, 1);
    assert_true(r.health.writable);
    assert_int_equal(r.health.head, 1);
    assert_true(llabs(r.health.db_ms - loop_wall_ms(w->loop)) < 5000);
    tail_close(t);
    turn_store_close(a);
}

/* ---- figures ---- */

enum { MANY = 10000, OWED_EACH = 4, BATCH = 256 };

static void say(const char *what, int64_t us)
{
    print_message("[  FIGURE  ] %s: %lld.%03lld ms\n", what, (long long)us / 1000,
                  (long long)us % 1000);
}

static void a_load_gives_everything_by_the_page_in_under_a_second(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct reply r = world_load(w, a);
    assert_true(r.end == TURN_OK && r.calls == 1 && r.rows.head.rev == 0); /* an empty database */
    (void)world_sql(w,
                    "insert into ticket select gen_random_uuid(), i, false, case when i %% 10 = 0 "
                    "then 'resolved' else 'open' end, null, 0, 0, json_build_object('title', "
                    "repeat('x', 1500)) from generate_series(1, %d) i",
                    MANY);
    (void)world_sql(w,
                    "insert into ticket select gen_random_uuid(), i, true, 'closed', null, 0, 0, "
                    "'1' from generate_series(1, 5000) i");
    (void)world_sql(w,
                    "insert into obligation select id, 'agency' || i, 'ack', '', 1, 2, 3, 0, "
                    "'severe' from ticket, generate_series(1, %d) i where state <> 'closed'",
                    OWED_EACH);
    (void)world_sql(w, "insert into directory select k, 'id' || i, i, '{}', 1 from "
                       "unnest(array['member', 'agency']) k, generate_series(1, 1000) i");
    (void)world_sql(w, "insert into beat values ('kpu', 'cctv', 1, 2, 0, 1)");
    int64_t began = loop_boot_us(w->loop);
    r = world_load(w, a);
    int64_t took = loop_boot_us(w->loop) - began;
    say("load of 10,000 tickets, 40,000 obligations", took);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.entry_count, 2000);
    assert_int_equal(r.rows.beat_count, 1);
    assert_int_equal(r.rows.ticket_count, MANY);
    assert_int_equal(r.rows.known_count, MANY * OWED_EACH);
    assert_int_equal(r.calls, 12);
    assert_true(took < 1000000);
    turn_store_close(a);
}

static int64_t timed_turn(struct world *w, struct turn_store *a, const struct turn_rows *rows,
                          struct turn_want want, int64_t *lock_us)
{
    int64_t began = loop_boot_us(w->loop);
    struct reply locked = world_lock(w, a, want);
    *lock_us = loop_boot_us(w->loop) - began;
    assert_int_equal(locked.end, TURN_OK);
    began = loop_boot_us(w->loop);
    struct reply done = world_commit(w, a, rows);
    if (done.end != TURN_OK)
        fail_msg("%s", done.text);
    return loop_boot_us(w->loop) - began;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void turns_of_one_and_of_256_records(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    enum { TURNS = 30 };
    static const size_t sizes[] = {1, BATCH};
    struct head head = {0};
    for (size_t s = 0; s < 2; s++) {
        int64_t locks[TURNS];
        int64_t commits[TURNS];
        for (int i = 0; i < TURNS; i++) {
            struct ledger_row records[BATCH];
            struct ticket_row tickets[BATCH];
            struct record_id jtis[BATCH];
            struct owed_row owed[3] = {owed_to(STR("bawaslu"), 1), owed_to(STR("pemkot"), 2),
                                       owed_to(STR("polres"), i)};
            char jws[701];
            memset(jws, 'x', 700);
            jws[700] = '\0';
            struct turn_want want = {.rev = head.rev, .told = head.seq, .jtis = jtis};
            head = next_head(head, (int64_t)sizes[s]);
            for (size_t j = 0; j < sizes[s]; j++) {
                int64_t seq = want.told + 1 + (int64_t)j;
                records[j] = ledger_no(seq, seq);
                records[j].jws = str_of(jws);
                jtis[j] = records[j].jti;
                /* half new tickets, half that have their second record */
                int64_t n = j % 2 == 0 || i == 0 ? seq : seq - (int64_t)sizes[s] - 1;
                tickets[j] = ticket_row_no(n, seq, owed, 3);
            }
            want.jti_count = sizes[s];
            struct turn_rows rows = {.head = head,
                                     .ledger = records,
                                     .ledger_count = sizes[s],
                                     .tickets = tickets,
                                     .ticket_count = sizes[s]};
            commits[i] = timed_turn(w, a, &rows, want, &locks[i]);
        }
        qsort(locks, TURNS, sizeof(*locks), by_size);
        qsort(commits, TURNS, sizeof(*commits), by_size);
        print_message("[  FIGURE  ] %zu records a turn, median of %d\n", sizes[s], (int)TURNS);
        say("lock, all reads", locks[TURNS / 2]);
        say("commit, all writes", commits[TURNS / 2]);
    }
    turn_store_close(a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_shut)
    const struct CMUnitTest tests[] = {
        TEST(a_commit_wakes_the_others_once),
        TEST(a_look_writes_its_row_only_when_the_head_is_above),
        TEST(replay_and_history_bring_the_closed_tickets_along),
        TEST(a_chain_of_merges_comes_by_64),
        TEST(many_requests_are_answered_in_order),
        TEST(health_says_copies_clock_and_head),
        TEST(a_load_gives_everything_by_the_page_in_under_a_second),
        TEST(turns_of_one_and_of_256_records),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
