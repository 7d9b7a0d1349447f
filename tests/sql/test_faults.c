/* The store when things break: what is certain is said, what is in doubt is never called OK, and
 * it goes on by itself. */
#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The postmaster of the cluster runs as another user: only root, or it itself, may end it. */
static void kill_hard(struct world *w, int pid)
{
    (void)w;
    assert_int_equal(kill(pid, SIGKILL), 0);
}

static struct turn_rows one_record(struct head head, struct ledger_row *record)
{
    *record = ledger_no(head.seq + 1, 0);
    return (struct turn_rows){.head = next_head(head, 1), .ledger = record, .ledger_count = 1};
}

/* ---- before COMMIT: certain ---- */

static void a_lock_that_another_holds_too_long_fails_and_may_be_tried_again(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    (void)world_sql(w, "begin");
    (void)world_sql(w, "select seq from head for update");
    int64_t began = loop_boot_ms(w->loop);
    assert_int_equal(world_lock(w, a, (struct turn_want){0}).end, TURN_FAILED);
    int64_t took = loop_boot_ms(w->loop) - began;
    assert_true(took >= 4900 && took < 8000);
    (void)world_sql(w, "rollback");
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    turn_store_close(a);
}

static void a_hub_that_stalls_inside_its_turn_loses_the_lock(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct turn_store *b = turn_store_open(w->loop, &w->log, w->conninfo, "b");
    struct reply locked = world_lock(w, a, (struct turn_want){0});
    assert_int_equal(locked.end, TURN_OK);
    assert_int_equal(world_turn(w, b, 0).end, TURN_OK); /* after 2 s */
    struct ledger_row record;
    struct turn_rows rows = one_record(locked.rows.head, &record);
    struct reply r = world_commit(w, a, &rows);
    /* b may have the lock a moment before a hears that its session is over. */
    assert_true(r.end == TURN_FAILED || r.end == TURN_UNKNOWN);
    assert_string_equal(world_sql(w, "select seq from head"), "1");
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    /* The process itself was stopped: it learns of its lost session only as it writes. */
    locked = world_lock(w, a, (struct turn_want){0});
    struct timespec nap = {.tv_sec = 2, .tv_nsec = 500000000};
    (void)nanosleep(&nap, NULL);
    rows = one_record(locked.rows.head, &record);
    r = world_commit(w, a, &rows);
    assert_true(r.end == TURN_FAILED || r.end == TURN_UNKNOWN);
    assert_string_equal(world_sql(w, "select seq from head"), "2");
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    turn_store_close(a);
    turn_store_close(b);
}

static void a_backend_killed_inside_the_turn_is_a_certain_failure(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct reply locked = world_lock(w, a, (struct turn_want){0});
    assert_int_equal(locked.end, TURN_OK);
    kill_hard(w, world_backend(w, "posko turn a"));
    world_sleep(w, 300);
    struct ledger_row record;
    struct turn_rows rows = one_record(locked.rows.head, &record);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_FAILED);
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK); /* waits for the server's recovery */
    assert_int_equal(world_lock(w, a, (struct turn_want){0}).end, TURN_OK);
    world_reconnect(w);
    kill_hard(w, world_backend(w, "posko turn a"));
    world_sleep(w, 300);
    assert_int_equal(world_rollback(w, a).end, TURN_OK); /* the lock is given back all the same */
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    turn_store_close(a);
    world_reconnect(w);
    assert_string_equal(world_sql(w, "select seq from head"), "2");
}

static void calls_wait_for_a_connection_but_not_for_ever(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, "host=/nowhere", "a");
    int64_t began = loop_boot_ms(w->loop);
    assert_int_equal(world_lock(w, a, (struct turn_want){0}).end, TURN_FAILED);
    int64_t took = loop_boot_ms(w->loop) - began;
    assert_true(took >= 4900 && took < 6000);
    turn_store_close(a);
    a = turn_store_open(w->loop, &w->log, "not = a = conninfo", "a");
    turn_store_close(a);
}

static void a_server_that_would_not_wait_for_the_disk_is_refused(void **state)
{
    struct world *w = *state;
    (void)world_sql(w, "alter database t%d set synchronous_commit = off", w->number);
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    assert_int_equal(world_lock(w, a, (struct turn_want){0}).end, TURN_FAILED);
    turn_store_close(a);
}

/* ---- at COMMIT: doubt ---- */

static void want_a_standby(struct world *w, const char *names)
{
    (void)world_sql(w, "alter system set synchronous_standby_names = '%s'", names);
    (void)world_sql(w, "select pg_reload_conf()");
    world_sleep(w, 200);
}

enum harm { CANCEL, TERMINATE, KILL, KILL_SERVER };

static void commit_and_harm(struct world *w, enum harm harm)
{
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct reply locked = world_lock(w, a, (struct turn_want){0});
    assert_int_equal(locked.end, TURN_OK);
    struct ledger_row record;
    struct turn_rows rows = one_record(locked.rows.head, &record);
    int pid = world_backend(w, "posko turn a");
    struct reply r = {.w = w};
    turn_store_commit(a, &rows, reply_end, &r);
    world_await_standby_wait(w, pid);
    assert_false(r.done); /* it waits, as long as it takes */
    switch (harm) {
    case CANCEL:
        (void)world_sql(w, "select pg_cancel_backend(%d)", pid);
        break;
    case TERMINATE:
        (void)world_sql(w, "select pg_terminate_backend(%d)", pid);
        break;
    case KILL:
        kill_hard(w, pid);
        break;
    case KILL_SERVER:
        kill_hard(w, (int)strtol(world_sql(w, "select pg_read_file('postmaster.pid')"), NULL, 10));
        kill_hard(w, pid); /* a backend that waits for a standby would outlive it */
        break;
    }
    world_wait(w, &r.done);
    if (r.end != TURN_UNKNOWN)
        fail_msg("%d: end %d, %s", (int)harm, (int)r.end, r.text);
    if (harm == KILL_SERVER)
        world_cluster(w, "start");
    if (harm >= KILL)
        world_sleep(w, 1000); /* until the postmaster has noticed */
    world_reconnect(w);
    want_a_standby(w, "");
    locked = world_lock(
        w, a, (struct turn_want){.jtis = &record.jti, .hashes = &record.sha256, .jti_count = 1});
    assert_int_equal(locked.end, TURN_OK); /* now it can be looked up */
    assert_int_equal(locked.rows.known_count, 1);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    turn_store_close(a);
}

static void a_commit_whose_standby_is_gone_is_in_doubt_when_cancelled(void **state)
{
    want_a_standby(*state, "x");
    commit_and_harm(*state, CANCEL);
}

static void a_commit_whose_standby_is_gone_is_in_doubt_when_terminated(void **state)
{
    want_a_standby(*state, "x");
    commit_and_harm(*state, TERMINATE);
}

static void a_commit_whose_backend_is_killed_is_in_doubt(void **state)
{
    want_a_standby(*state, "x");
    commit_and_harm(*state, KILL);
}

static void a_commit_whose_server_is_killed_is_in_doubt(void **state)
{
    want_a_standby(*state, "x");
    commit_and_harm(*state, KILL_SERVER);
}

static void nothing(void *arg, int64_t seq)
{
    (void)arg;
    (void)seq;
}

static void a_look_is_ok_only_when_its_own_commit_is(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", nothing, NULL);
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    assert_int_equal(world_look(w, t, 1, 1).end, TURN_OK);
    want_a_standby(w, "x");
    /* A repeat and nothing else: its turn writes the head, so it waits too. */
    assert_int_equal(world_look(w, t, 1, 1).end, TURN_OK); /* nothing new: nothing to wait for */
    struct reply r = {.w = w};
    struct turn_want want = {0};
    int pid = world_backend(w, "posko tail b");
    tail_look(t, &want, reply_rows, &r);
    world_await_standby_wait(w, pid);
    assert_false(r.done);
    (void)world_sql(w, "select pg_cancel_backend(%d)", pid);
    world_wait(w, &r.done);
    assert_int_equal(r.end, TURN_UNKNOWN);
    want_a_standby(w, "");
    assert_int_equal(world_look(w, t, 0, 0).end, TURN_OK);
    (void)world_sql(w, "select pg_terminate_backend(%d)", pid);
    world_sleep(w, 300);
    assert_int_equal(world_read(w, t, 0, 9, NULL, 9).end, TURN_OK); /* it is back */
    turn_store_close(a);
    tail_close(t);
}

static void a_turn_without_records_waits_for_the_standby_too(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    assert_int_equal(world_turn(w, a, 0).end, TURN_OK);
    want_a_standby(w, "x");
    struct turn_rows rows = {0};
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 0);
    int pid = world_backend(w, "posko turn a");
    struct reply r = {.w = w};
    turn_store_commit(a, &rows, reply_end, &r);
    world_await_standby_wait(w, pid);
    want_a_standby(w, "");
    world_wait(w, &r.done);
    assert_int_equal(r.end, TURN_OK); /* the standby was let go: a plain COMMIT */
    turn_store_close(a);
}

static void a_load_ends_only_when_what_it_showed_is_on_the_standby(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct turn_store *b = turn_store_open(w->loop, &w->log, w->conninfo, "b");
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    want_a_standby(w, "x");
    int pid = world_backend(w, "posko turn b");
    struct reply r = {.w = w, .until_empty = true};
    turn_store_load(b, 0, reply_rows, &r);
    world_await_standby_wait(w, pid);
    assert_false(r.done);
    (void)world_sql(w, "select pg_cancel_backend(%d)", pid);
    world_wait(w, &r.done);
    assert_int_equal(r.end, TURN_FAILED);
    want_a_standby(w, "");
    assert_int_equal(world_load(w, b).end, TURN_OK);
    turn_store_close(a);
    turn_store_close(b);
}

static void a_look_at_rows_without_records_waits_for_the_standby_too(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, w->conninfo, "b", nothing, NULL);
    struct turn_rows rows = {0}; /* a receipt, say */
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 0);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_OK);
    want_a_standby(w, "x");
    int pid = world_backend(w, "posko tail b");
    struct reply r = {.w = w};
    struct turn_want want = {.rev = rows.head.rev - 1, .told = rows.head.seq};
    tail_look(t, &want, reply_rows, &r);
    world_await_standby_wait(w, pid);
    assert_false(r.done);
    want_a_standby(w, "");
    world_wait(w, &r.done);
    assert_int_equal(r.end, TURN_OK);
    turn_store_close(a);
    tail_close(t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_shut)
    const struct CMUnitTest tests[] = {
        TEST(a_lock_that_another_holds_too_long_fails_and_may_be_tried_again),
        TEST(a_hub_that_stalls_inside_its_turn_loses_the_lock),
        TEST(a_backend_killed_inside_the_turn_is_a_certain_failure),
        TEST(calls_wait_for_a_connection_but_not_for_ever),
        TEST(a_server_that_would_not_wait_for_the_disk_is_refused),
        TEST(a_commit_whose_standby_is_gone_is_in_doubt_when_cancelled),
        TEST(a_commit_whose_standby_is_gone_is_in_doubt_when_terminated),
        TEST(a_commit_whose_backend_is_killed_is_in_doubt),
        TEST(a_commit_whose_server_is_killed_is_in_doubt),
        TEST(a_look_is_ok_only_when_its_own_commit_is),
        TEST(a_turn_without_records_waits_for_the_standby_too),
        TEST(a_load_ends_only_when_what_it_showed_is_on_the_standby),
        TEST(a_look_at_rows_without_records_waits_for_the_standby_too),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
