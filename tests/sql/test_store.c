/* The store over a real PostgreSQL: what a turn writes, what others read, what the database
 * refuses whoever asks. */
#include "store/sql.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void no_wake(void *arg, int64_t seq)
{
    (void)arg;
    (void)seq;
}

/* ---- turns ---- */

static void what_a_turn_commits_the_next_lock_shows(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct reply locked = world_lock(w, a, (struct turn_want){0});
    assert_int_equal(locked.end, TURN_OK);
    assert_int_equal(locked.rows.head.seq, 0);
    assert_true(locked.rows.db_ms > 1700000000000);

    struct head head = next_head(locked.rows.head, 2);
    head.no = 1;
    struct ledger_row records[] = {ledger_no(1, 7), ledger_no(2, 0)};
    records[1].admins = STR("polres");
    struct owed_row owed[] = {owed_to(STR("polres"), 5000), owed_to(STR("pemkot"), 6000)};
    struct ticket_row tickets[] = {ticket_row_no(7, 1, owed, 2), ticket_row_no(8, 1, NULL, 0)};
    tickets[1].exercise = true;
    tickets[1].state = STR("merged");
    tickets[1].into = tickets[0].id;
    struct entry_row entry = {STR("agency"), STR("kpu"), 2, STR("{\"id\":\"kpu\"}")};
    struct beat_row beat = {STR("kpu"), STR("cctv"), 10, 20, 0};
    struct turn_rows rows = {.head = head,
                             .ledger = records,
                             .ledger_count = 2,
                             .tickets = tickets,
                             .ticket_count = 2,
                             .entries = &entry,
                             .entry_count = 1,
                             .beats = &beat,
                             .beat_count = 1};
    assert_int_equal(world_commit(w, a, &rows).end, TURN_OK);

    struct record_id jtis[] = {record_no(2), record_no(99)};
    struct hash hashes[] = {records[1].sha256, {{0}}};
    struct turn_want want = {.jtis = jtis, .hashes = hashes, .jti_count = 2};
    struct reply again = world_lock(w, a, want);
    assert_int_equal(again.end, TURN_OK);
    assert_memory_equal(&again.rows.head, &head, sizeof(head));
    assert_int_equal(again.rows.ledger_count, 2);
    const struct ledger_row *r = &again.rows.ledger[0];
    assert_true(str_eq(r->jws, records[0].jws) && str_eq(r->kind, records[0].kind));
    assert_true(ticket_id_eq(r->ticket, ticket_no(7)) && r->admins.len == 0);
    assert_true(record_id_eq(r->jti, record_no(1)) && hash_eq(r->leaf, records[0].leaf));
    assert_true(ticket_id_is_none(r[1].ticket) && str_eq(r[1].admins, STR("polres")));
    assert_int_equal(again.rows.known_count, 1);
    assert_int_equal(again.rows.known[0].seq, 2);
    assert_true(hash_eq(again.rows.known[0].sha256, records[1].sha256));
    assert_int_equal(again.rows.ticket_count, 2);
    const struct ticket_row *t = &again.rows.tickets[0];
    assert_true(t->no == 7 && t->rev == 1 && !t->exercise && t->owed_count == 2);
    assert_true(str_eq(t->owed[0].agency, STR("pemkot")) && t->owed[1].due == 5000);
    assert_true(t[1].exercise && ticket_id_eq(t[1].into, ticket_no(7)) && t[1].owed_count == 0);
    assert_true(str_eq(t->doc, tickets[0].doc) && str_eq(t->state, STR("open")));
    assert_int_equal(again.rows.entry_count, 1);
    assert_true(str_eq(again.rows.entries[0].doc, entry.doc) && again.rows.entries[0].seq == 2);
    assert_int_equal(again.rows.beat_count, 1);
    assert_int_equal(again.rows.beats[0].last, 20);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    turn_store_close(a);
}

static void a_lock_shows_only_what_is_new_and_tickets_that_were_asked_for(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(world_turn(w, a, i).end, TURN_OK);
    (void)world_sql(w, "update ticket set state = 'merged', \"into\" = '%s' where no = 1",
                    id_text(ticket_no(2).at).at);
    struct ticket_id ids[] = {ticket_no(1), ticket_no(77)};
    struct turn_want want = {.rev = 3, .told = 3, .tickets = ids, .ticket_count = 2};
    struct reply r = world_lock(w, a, want);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.ledger_count, 1);
    assert_int_equal(r.rows.ledger[0].seq, 4);
    assert_int_equal(r.rows.ticket_count,
                     3); /* the changed one; 1, and 2 that it was merged into */
    assert_int_equal(r.rows.tickets[0].no, 4);
    assert_int_equal(r.rows.tickets[1].no + r.rows.tickets[2].no, 3);
    assert_int_equal(r.rows.tickets[2].owed_count, 1);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    turn_store_close(a);
}

static void a_chain_of_merges_is_read_as_far_as_it_is_decided(void **state)
{
    enum { CHAIN = 300, MERGES = 256 };
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    world_chain(w, CHAIN);
    struct ticket_id ids[] = {chain_no(2), chain_no(258)};
    struct turn_want want = {.rev = 1, .told = 1, .tickets = ids, .ticket_count = 1};
    struct reply r = world_lock(w, a, want);
    assert_int_equal(r.end, TURN_OK);
    assert_int_equal(r.rows.ticket_count, MERGES + 1);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);

    want.tickets = ids + 1;
    r = world_lock(w, a, want);
    assert_int_equal(r.rows.ticket_count, CHAIN - 258 + 2);
    for (size_t i = 0; i < r.rows.ticket_count; i++)
        assert_int_equal(r.rows.tickets[i].owed_count, r.rows.tickets[i].no == 1);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);

    want.tickets = ids; /* both: each of the chain once */
    want.ticket_count = 2;
    r = world_lock(w, a, want);
    assert_int_equal(r.rows.ticket_count, CHAIN);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    turn_store_close(a);
}

static void a_rollback_leaves_nothing_and_gives_the_lock_back(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct turn_store *b = turn_store_open(w->loop, &w->log, w->conninfo, "b");
    assert_int_equal(world_lock(w, a, (struct turn_want){0}).end, TURN_OK);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    assert_int_equal(world_turn(w, b, 1).end, TURN_OK);
    assert_int_equal(world_turn(w, a, 2).end, TURN_OK);
    assert_string_equal(world_sql(w, "select seq || ' ' || rev from head"), "2 2");
    turn_store_close(a);
    turn_store_close(b);
}

struct racer {
    struct world *w;
    struct turn_store *ts;
    struct turn_want want;
    struct turn_rows rows;
    struct ledger_row records[3];
    int left;
    int *running;
};

static void race_on(struct racer *r);

static void race_committed(void *arg, enum turn_end end, const char *text)
{
    struct racer *r = arg;
    (void)text;
    assert_int_equal(end, TURN_OK);
    if (--r->left > 0)
        race_on(r);
    else if (--*r->running == 0)
        loop_stop(r->w->loop);
}

static void race_locked(void *arg, enum turn_end end, const struct rows *rows)
{
    struct racer *r = arg;
    assert_int_equal(end, TURN_OK);
    int64_t count = 1 + r->left % 3;
    r->rows = (struct turn_rows){
        .head = next_head(rows->head, count), .ledger = r->records, .ledger_count = (size_t)count};
    for (int64_t i = 0; i < count; i++)
        r->records[i] = ledger_no(rows->head.seq + 1 + i, 0);
    turn_store_commit(r->ts, &r->rows, race_committed, r);
}

static void race_on(struct racer *r)
{
    r->want = (struct turn_want){.rev = INT64_MAX, .told = INT64_MAX};
    turn_store_lock(r->ts, &r->want, race_locked, r);
}

static void three_hubs_racing_leave_no_hole(void **state)
{
    struct world *w = *state;
    int running = 3;
    struct racer racers[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        racers[i].w = w;
        racers[i].left = 100;
        racers[i].running = &running;
        racers[i].ts = turn_store_open(w->loop, &w->log, w->conninfo, "racer");
        race_on(&racers[i]);
    }
    while (running > 0)
        loop_run(w->loop);
    assert_string_equal(world_sql(w, "select count(*) || ' ' || max(seq) || ' ' || (select rev "
                                     "from head) from ledger"),
                        "600 600 300");
    for (int i = 0; i < 3; i++)
        turn_store_close(racers[i].ts);
}

static void a_turn_that_names_a_row_twice_is_refused_whole(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct ledger_row record = ledger_no(1, 0);
    struct entry_row entries[] = {{STR("place"), STR("x"), 1, STR("1")},
                                  {STR("place"), STR("x"), 1, STR("2")}};
    struct turn_rows rows = {
        .ledger = &record, .ledger_count = 1, .entries = entries, .entry_count = 2};
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 1);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_REFUSED);
    assert_string_equal(world_sql(w, "select count(*) from ledger"), "0");
    turn_store_close(a);
}

static void obligations_that_stay_are_not_written_again(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    struct owed_row owed[] = {owed_to(STR("bawaslu"), 1), owed_to(STR("pemkot"), 2),
                              owed_to(STR("polres"), 3)};
    struct ticket_row ticket = ticket_row_no(1, 0, owed, 3);
    struct ticket_row other = ticket_row_no(2, 0, owed, 1);
    struct turn_rows rows = {.tickets = &other, .ticket_count = 1};
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 0);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_OK);
    rows.tickets = &ticket;
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 0);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_OK);
    struct owed_row then[] = {owed[0], owed[1], owed_to(STR("kodim"), 4)};
    then[1].due = 22;
    ticket.owed = then;
    ticket.was = owed;
    ticket.was_count = 3;
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 0);
    assert_int_equal(world_commit(w, a, &rows).end, TURN_OK);
    assert_string_equal(
        world_sql(w,
                  "select string_agg(agency || ' ' || due || ' ' || (xmin::text::bigint = (select "
                  "max(xmin::text::bigint) from obligation)), ', ' order by agency) from "
                  "obligation where inc = (select id from ticket where no = 1)"),
        "bawaslu 1 false, kodim 4 true, pemkot 22 true");
    assert_string_equal(world_sql(w, "select count(*) from obligation"), "4");
    turn_store_close(a);
}

/* ---- what the database refuses ---- */

static void a_refused_turn_leaves_nothing_and_the_next_one_goes_on(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);

    struct ledger_row record = ledger_no(2, 1);
    struct turn_rows rows = {.ledger = &record, .ledger_count = 1};
    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 1);
    record.jti = record_no(1); /* there already */
    struct reply r = world_commit(w, a, &rows);
    assert_int_equal(r.end, TURN_REFUSED);
    assert_memory_equal(r.text, "23505", 5);

    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 1);
    record = ledger_no(2, 1);
    record.jws = STR("not \xff UTF-8");
    assert_int_equal(world_commit(w, a, &rows).end, TURN_REFUSED);

    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 2);
    record = ledger_no(3, 1); /* a hole: 2 is missing */
    r = world_commit(w, a, &rows);
    assert_int_equal(r.end, TURN_REFUSED);
    assert_memory_equal(r.text, "23514", 5);

    rows.head = next_head(world_lock(w, a, (struct turn_want){0}).rows.head, 5);
    rows.ledger_count = 0; /* the head alone: checked last, at COMMIT, and still certain */
    r = world_commit(w, a, &rows);
    assert_int_equal(r.end, TURN_REFUSED);
    assert_memory_equal(r.text, "23514", 5);

    assert_string_equal(world_sql(w, "select seq || ' ' || rev from head"), "1 1");
    assert_int_equal(world_turn(w, a, 2).end, TURN_OK);
    turn_store_close(a);
}

static void the_ledger_is_append_only_and_without_holes_for_its_owner_too(void **state)
{
    struct world *w = *state;
    struct turn_store *a = turn_store_open(w->loop, &w->log, w->conninfo, "a");
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(world_turn(w, a, i).end, TURN_OK);
    const char *refused[] = {
        "update ledger set jws = 'x' where seq = 1",
        "update ledger set jws = 'x' where seq = 99",
        "delete from ledger",
        "truncate ledger",
        "truncate head, ledger",
        "delete from head",
        "begin; set local session_replication_role = replica; delete from ledger; commit",
        "update head set seq = 2",
        "update head set seq = 4, rev = rev + 1",
        "update head set rev = rev + 2",
        "update head set at = at - 1",
        "insert into head values (true, 0, 0, 0, 0, 0, 0)",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const char *code = world_sql_error(w, refused[i]);
        if (strcmp(code, "42501") != 0 && strcmp(code, "23514") != 0 && strcmp(code, "23505") != 0)
            fail_msg("%s: %s", refused[i], code);
    }
    static const char *const seqs[] = {"array[0]", "array[3]", "array[4]", "array[5]",
                                       "array[4,6]"};
    for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
        char sql[512];
        (void)snprintf(sql, sizeof(sql),
                       "begin; %s insert into ledger select s, 1, 'event', 'k', 'i', 'a', 'k', "
                       "gen_random_uuid(), null, null, sha256('x'), sha256('x'), 'j', 9 "
                       "from unnest(%s) s; commit",
                       strcmp(seqs[i], "array[4]") == 0 ? ""
                                                        : "update head set seq = 6, rev = rev + 1;",
                       seqs[i]);
        const char *code = world_sql_error(w, sql);
        assert_true(strncmp(code, "23", 2) == 0);
    }
    assert_string_equal(world_sql(w, "select count(*) from ledger"), "3");
    turn_store_close(a);
}

static void a_hub_with_only_the_role_runs_turns_and_may_not_change_the_past(void **state)
{
    struct world *w = *state;
    (void)world_sql(w, "create role narrow login in role posko_hub");
    char conninfo[320];
    (void)snprintf(conninfo, sizeof(conninfo), "%s user=narrow", w->conninfo);
    struct fault fault;
    assert_int_equal(migrate(conninfo, &w->log, &fault), OK);
    struct turn_store *a = turn_store_open(w->loop, &w->log, conninfo, "a");
    struct tail *t = tail_open(w->loop, &w->log, conninfo, "a", no_wake, NULL);
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    assert_int_equal(world_look(w, t, 0, 0).end, TURN_OK);
    assert_int_equal(world_health(w, t).health.copies, 1);
    assert_int_equal(migrate_accept_clock(conninfo, &fault), OK);
    assert_int_equal(world_load(w, a).rows.head.accept_clock, 1);
    (void)world_sql(w, "set role narrow");
    assert_string_equal(world_sql_error(w, "update ledger set at = 1"), "42501");
    assert_string_equal(world_sql_error(w, "delete from ticket"), "42501");
    assert_string_equal(world_sql_error(w, "drop trigger ledger_has_no_holes on ledger"), "42501");
    assert_string_equal(world_sql_error(w, "insert into migration values (9, 'x', 'x')"), "42501");
    (void)world_sql(w, "reset role");
    turn_store_close(a);
    tail_close(t);
}

/* ---- migrations ---- */

static void migrations_are_applied_once_and_an_edited_or_newer_one_is_refused(void **state)
{
    struct world *w = *state;
    struct fault fault;
    const char *before = world_sql(w, "select string_agg(no || ' ' || at, ', ') from migration");
    assert_int_equal(migrate(w->conninfo, &w->log, &fault), OK);
    assert_string_equal(world_sql(w, "select string_agg(no || ' ' || at, ', ') from migration"),
                        before);
    const char *hash = world_sql(w, "select sha256 from migration where no = 2");
    (void)world_sql(w, "update migration set sha256 = 'x' where no = 2");
    assert_int_equal(migrate(w->conninfo, &w->log, &fault), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "0002_directory was applied"));
    (void)world_sql(w, "update migration set sha256 = '%s' where no = 2", hash);
    (void)world_sql(w, "insert into migration values (9999, '9999_later', 'x')");
    assert_int_equal(migrate(w->conninfo, &w->log, &fault), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "newer"));
    assert_int_equal(migrate("host=/nowhere", &w->log, &fault), ERR_SYSTEM);
    assert_int_equal(migrate("no such = thing =", &w->log, &fault), ERR_SYSTEM);
}

/* As a hub of the version that had four files left it. */
static void make_older(struct world *w, const char *conninfo)
{
    PGconn *c = PQconnectdb(conninfo);
    for (size_t i = 0; i < 4; i++) {
        const struct sql_migration *m = &SQL_MIGRATIONS.at[i];
        const char *record =
            arena_printf(&w->arena, "%s;insert into migration values (%lld, '%s', '%s')", m->text,
                         m->no, m->name, m->sha256)
                .at;
        PGresult *res = PQexec(c, record);
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            fail_msg("%s", PQerrorMessage(c));
        PQclear(res);
    }
    PQfinish(c);
}

static ConnStatusType ask_for_head(PGconn *c)
{
    PGresult *res = PQexecPrepared(c, "head", 0, NULL, NULL, NULL, 0);
    bool good = PQresultStatus(res) == PGRES_TUPLES_OK;
    PQclear(res);
    if (PQstatus(c) == CONNECTION_OK && !good)
        fail_msg("%s", PQerrorMessage(c));
    return PQstatus(c);
}

/* An older hub knows no cure for a statement that is refused for ever. */
static void hubs_that_run_connect_anew_when_a_newer_one_has_migrated(void **state)
{
    struct world *w = *state;
    struct fault fault;
    char conninfo[320];
    (void)world_sql(w, "create database older");
    (void)snprintf(conninfo, sizeof(conninfo), "%s dbname=older", w->server);
    make_older(w, conninfo);
    PGconn *older[3];
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"posko turn a", "posko tail a", "psql"};
        older[i] =
            PQconnectdb(arena_printf(&w->arena, "%s application_name='%s'", conninfo, names[i]).at);
        PQclear(PQprepare(older[i], "head", i < 2 ? "select seq from head" : "select 1", 0, NULL));
        assert_int_equal(ask_for_head(older[i]), CONNECTION_OK);
    }
    struct turn_store *a = turn_store_open(w->loop, &w->log, conninfo, "b");
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    if (migrate(conninfo, &w->log, &fault) != OK)
        fail_msg("%s", fault.text);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ask_for_head(older[i]), i < 2 ? CONNECTION_BAD : CONNECTION_OK);
        PQfinish(older[i]);
    }
    assert_int_equal(world_lock_again(w, a, (struct turn_want){0}).end, TURN_OK);
    assert_int_equal(world_rollback(w, a).end, TURN_OK);
    assert_int_equal(world_turn(w, a, 1).end, TURN_OK);
    turn_store_close(a);
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct fault fault;
    (void)world_sql(w, "create database broken");
    char conninfo[320];
    (void)snprintf(conninfo, sizeof(conninfo), "%s dbname=broken", w->server);
    PGconn *c = PQconnectdb(conninfo);
    PQclear(PQexec(c, "create table ticket ()")); /* 0003 will meet it */
    assert_int_equal(migrate(conninfo, &w->log, &fault), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "0003_tickets"));
    PGresult *res = PQexec(c, "select to_regclass('head') is null and to_regclass('migration') is "
                              "null");
    assert_string_equal(PQgetvalue(res, 0, 0), "t");
    PQclear(res);
    PQfinish(c);
}

static void the_schema_for_readers_is_what_the_migrations_make(void **state)
{
    struct world *w = *state;
    char command[512];
    (void)snprintf(command, sizeof(command), "tests/sql/schema '%s' | diff -u sql/schema.sql - >&2",
                   w->conninfo);
    assert_int_equal(system(command), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_shut)
    const struct CMUnitTest tests[] = {
        TEST(what_a_turn_commits_the_next_lock_shows),
        TEST(a_lock_shows_only_what_is_new_and_tickets_that_were_asked_for),
        TEST(a_chain_of_merges_is_read_as_far_as_it_is_decided),
        TEST(a_rollback_leaves_nothing_and_gives_the_lock_back),
        TEST(three_hubs_racing_leave_no_hole),
        TEST(a_turn_that_names_a_row_twice_is_refused_whole),
        TEST(obligations_that_stay_are_not_written_again),
        TEST(a_refused_turn_leaves_nothing_and_the_next_one_goes_on),
        TEST(the_ledger_is_append_only_and_without_holes_for_its_owner_too),
        TEST(a_hub_with_only_the_role_runs_turns_and_may_not_change_the_past),
        TEST(migrations_are_applied_once_and_an_edited_or_newer_one_is_refused),
        TEST(hubs_that_run_connect_anew_when_a_newer_one_has_migrated),
        TEST(a_migration_that_fails_leaves_nothing),
        TEST(the_schema_for_readers_is_what_the_migrations_make),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
