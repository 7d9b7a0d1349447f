/* The time `at`: docs/architecture.md, Time. */
#include "foreign.h"

#include "app/dbclock.h"

#define DAY INT64_C(1795300000000)
enum { BOOT = 500000, SECOND = 1000, HOUR = 3600 * SECOND };

/* All clocks right, `ms` after the first reading. */
static struct dbclock_reading at(int64_t ms)
{
    return (struct dbclock_reading){
        .db = DAY + ms, .asked = BOOT + ms, .boot = BOOT + ms, .wall = DAY + ms};
}

static struct dbclock started(void)
{
    struct dbclock c = {0};
    struct dbclock_reading first = at(0);
    assert_int_equal(dbclock_read(&c, &first), DAY);
    return c;
}

static int64_t read_jump(struct dbclock *c, int64_t ms, int64_t jump)
{
    struct dbclock_reading r = at(ms);
    r.db += jump;
    return dbclock_read(c, &r);
}

static void before_the_first_reading_there_is_no_time(void **unused)
{
    (void)unused;
    struct dbclock c = {0};
    assert_int_equal(dbclock_estimate(&c, BOOT), 0);
}

static void the_database_is_the_clock_and_boottime_carries_it_on(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    assert_int_equal(dbclock_estimate(&c, BOOT + 1234), DAY + 1234);
    assert_int_equal(read_jump(&c, 10 * SECOND, 40), DAY + 10 * SECOND + 40);
    assert_int_equal(dbclock_estimate(&c, BOOT + 11 * SECOND), DAY + 11 * SECOND + 40);
    assert_false(c.held);
}

static void a_shift_of_up_to_5_s_is_followed(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    assert_int_equal(read_jump(&c, SECOND, 5 * SECOND), DAY + 6 * SECOND);
    assert_false(c.held);
    assert_int_equal(read_jump(&c, 2 * SECOND, 0), DAY + 2 * SECOND);
    assert_false(c.held);
}

static void a_jump_of_more_never_enters_the_time(void **unused)
{
    (void)unused;
    static const int64_t jumps[] = {5 * SECOND + 1, -5 * SECOND - 1, HOUR, -HOUR, 24 * HOUR};
    for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
        struct dbclock c = started();
        assert_int_equal(read_jump(&c, SECOND, jumps[i]), DAY + SECOND);
        assert_true(c.held);
        assert_int_equal(read_jump(&c, 9 * SECOND, jumps[i]), DAY + 9 * SECOND);
    }
}

static void it_ends_when_the_clock_is_back(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    (void)read_jump(&c, SECOND, HOUR);
    assert_int_equal(read_jump(&c, 2 * SECOND, 100), DAY + 2 * SECOND + 100);
    assert_false(c.held);
}

/* The machine was wrong, not the database: an hour in which wall and database agree would be an
 * hour of wrong times. */
static void it_ends_after_60_s_in_which_the_wall_clock_agrees(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    struct dbclock_reading r = at(SECOND);
    for (int64_t s = 1; s <= 60; s++) {
        r = at(s * SECOND);
        r.db += HOUR;
        r.wall += HOUR;
        assert_int_equal(dbclock_read(&c, &r), DAY + s * SECOND);
        assert_true(c.held);
    }
    r = at(61 * SECOND);
    r.db += HOUR;
    r.wall += HOUR;
    assert_int_equal(dbclock_read(&c, &r), DAY + 61 * SECOND + HOUR);
    assert_false(c.held);
}

static void a_moment_of_disagreement_begins_the_60_s_anew(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    for (int64_t s = 1; s <= 100; s++) {
        struct dbclock_reading r = at(s * SECOND);
        r.db += HOUR;
        r.wall += s == 50 ? 0 : HOUR;
        (void)dbclock_read(&c, &r);
        assert_true(c.held);
    }
}

static void the_operator_s_word_ends_it_at_once(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    (void)read_jump(&c, SECOND, HOUR);
    struct dbclock_reading r = at(2 * SECOND);
    r.db += HOUR;
    r.accept = 1;
    assert_int_equal(dbclock_read(&c, &r), DAY + 2 * SECOND + HOUR);
    assert_false(c.held);
    r = at(3 * SECOND); /* back: the same word does not count twice */
    r.accept = 1;
    (void)dbclock_read(&c, &r);
    assert_true(c.held);
}

static void at_the_start_the_earlier_of_two_that_differ_holds(void **unused)
{
    (void)unused;
    struct dbclock ahead = {0};
    struct dbclock_reading r = at(0);
    r.db += HOUR;
    assert_int_equal(dbclock_read(&ahead, &r), DAY);
    assert_true(ahead.held);
    struct dbclock behind = {0};
    r = at(0);
    r.db -= HOUR;
    assert_int_equal(dbclock_read(&behind, &r), DAY - HOUR);
    assert_true(behind.held);
}

/* A look waited 20 s for the standby: the database's time in its answer is 20 s old. */
static void an_answer_that_waited_is_no_jump(void **unused)
{
    (void)unused;
    struct dbclock c = started();
    struct dbclock_reading slow = at(30 * SECOND);
    slow.asked -= 20 * SECOND;
    slow.db -= 20 * SECOND;
    assert_int_equal(dbclock_read(&c, &slow), DAY + 30 * SECOND);
    assert_false(c.held);
    slow.db += HOUR; /* but this is one */
    assert_int_equal(dbclock_read(&c, &slow), DAY + 30 * SECOND);
    assert_true(c.held);
}

static void a_first_answer_that_waited_is_made_good_by_the_next(void **unused)
{
    (void)unused;
    struct dbclock c = {0};
    struct dbclock_reading slow = at(0);
    slow.asked -= 20 * SECOND;
    slow.db -= 20 * SECOND;
    assert_int_equal(dbclock_read(&c, &slow), DAY - 20 * SECOND); /* never early */
    assert_false(c.held);
    assert_int_equal(read_jump(&c, SECOND, 0), DAY + SECOND);
    assert_false(c.held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_reading_there_is_no_time),
        cmocka_unit_test(the_database_is_the_clock_and_boottime_carries_it_on),
        cmocka_unit_test(a_shift_of_up_to_5_s_is_followed),
        cmocka_unit_test(a_jump_of_more_never_enters_the_time),
        cmocka_unit_test(it_ends_when_the_clock_is_back),
        cmocka_unit_test(it_ends_after_60_s_in_which_the_wall_clock_agrees),
        cmocka_unit_test(a_moment_of_disagreement_begins_the_60_s_anew),
        cmocka_unit_test(the_operator_s_word_ends_it_at_once),
        cmocka_unit_test(at_the_start_the_earlier_of_two_that_differ_holds),
        cmocka_unit_test(an_answer_that_waited_is_no_jump),
        cmocka_unit_test(a_first_answer_that_waited_is_made_good_by_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
