#include "foreign.h"

#include "base/log.h"

#include <signal.h>
#include <unistd.h>

static struct str told(struct arena *arena, enum log_level least, enum log_level level)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct log log = {.fd = ends[1], .level = least};
    LOG_AT(&log, level, "ticket.escalated", F_TEXT("agency", "pol\nres\x1b[31m"), F_INT("step", -2),
           F_BOOL("late", true), F_STR("wrong", STR("\xFF")));
    (void)close(ends[1]);
    char *line = arena_alloc(arena, 4096);
    ssize_t len = read(ends[0], line, 4095);
    (void)close(ends[0]);
    assert_true(len >= 0);
    return (struct str){line, (size_t)len};
}

static void an_event_is_one_line_of_json(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena);
    struct str line = told(&arena, LOG_INFO, LOG_INFO);
    assert_true(line.len > 0 && line.at[line.len - 1] == '\n');
    line.len--;
    assert_null(memchr(line.at, '\n', line.len));
    assert_null(memchr(line.at, '\x1b', line.len));
    const struct node *n;
    struct fault fault;
    assert_int_equal(json_parse(&arena, line, &fault, &n), OK);
    assert_str(node_text(n, "event"), "ticket.escalated");
    assert_str(node_text(n, "level"), "info");
    assert_str(node_text(n, "agency"), "pol\nres\x1b[31m");
    assert_int_equal(node_int(n, "step", 0), -2);
    assert_true(node_bool(n, "late", false));
    struct str ts = node_text(n, "ts");
    assert_int_equal(ts.len, strlen("2026-01-01T00:00:00.000Z"));
    assert_int_equal(ts.at[ts.len - 1], 'Z');
    arena_deinit(&arena);
}

static void what_is_below_the_level_is_not_told(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena);
    assert_int_equal(told(&arena, LOG_WARN, LOG_INFO).len, 0);
    assert_true(told(&arena, LOG_WARN, LOG_ERROR).len > 0);
    arena_deinit(&arena);
}

static void a_pipe_that_nobody_reads_costs_lines_and_no_time(void **unused)
{
    (void)unused;
    int ends[2];
    uint64_t lost = 0;
    assert_int_equal(pipe(ends), 0);
    struct log log = {.fd = ends[1], .level = LOG_INFO, .lost = &lost};
    for (int i = 0; i < 4000; i++) /* 64 KiB fit into a pipe; without care this waits for ever */
        log_info(&log, "pipe.filled", F_INT("line", i));
    assert_true(lost > 1000 && lost < 4000);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)close(ends[0]);
    uint64_t before = lost;
    log_info(&log, "pipe.closed", F_INT("line", 0));
    assert_int_equal(lost, before + 1);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_of_json),
        cmocka_unit_test(what_is_below_the_level_is_not_told),
        cmocka_unit_test(a_pipe_that_nobody_reads_costs_lines_and_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
