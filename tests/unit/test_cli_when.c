/* Times as people write them.  The file under test is included: it is pure, and belongs to no
 * archive that unit tests link. */
#include "../../hub/cli/when.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-22 13:00:00 WITA */
static const int64_t noon = 1795323600000;

static int64_t span_of(const char *text)
{
    int64_t ms = -1;
    return when_span(str_of(text), &ms) ? ms : -1;
}

static int64_t future_of(const char *text)
{
    int64_t ms = -1;
    return when_future(str_of(text), noon, &ms) ? ms : -1;
}

static void spans_have_units_that_grow_smaller(void **unused)
{
    (void)unused;
    assert_int_equal(span_of("90s"), 90000);
    assert_int_equal(span_of("15m"), 900000);
    assert_int_equal(span_of("1h30m"), 5400000);
    assert_int_equal(span_of("3d"), 3 * day_ms);
    assert_int_equal(span_of("30m1h"), -1);
    assert_int_equal(span_of("1h1h"), -1);
}

static void what_is_no_span_is_refused(void **unused)
{
    (void)unused;
    const char *const bad[] = {"",   "15",   "m",    "15x",        "-5m",
                               "0s", "1.5h", "15m ", "123456789s", "367d"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(span_of(bad[i]), -1);
}

static void a_clock_time_is_the_next_one_in_wita(void **unused)
{
    (void)unused;
    assert_int_equal(future_of("14:30"), noon + 90 * 60000);
    assert_int_equal(future_of("12:59"), noon + day_ms - 60000);
    assert_int_equal(future_of("13:00"), noon + day_ms);
    assert_int_equal(future_of("00:00"), noon + 11 * 3600000);
    assert_int_equal(future_of("9:05"), noon + day_ms - 235 * 60000);
    assert_int_equal(future_of("24:00"), -1);
    assert_int_equal(future_of("14:3"), -1);
    assert_int_equal(future_of("14:60"), -1);
}

static void a_time_may_be_a_span_or_milliseconds(void **unused)
{
    (void)unused;
    assert_int_equal(future_of("15m"), noon + 900000);
    assert_int_equal(future_of("1795326300000"), 1795326300000);
    assert_int_equal(future_of("1795326300"), -1);
}

static void times_are_shown_with_their_zone_and_the_day_where_it_is_another(void **unused)
{
    (void)unused;
    assert_string_equal(when_show(noon, noon).at, "13:00:00 WITA");
    assert_string_equal(when_show(noon - day_ms, noon).at, "21/11 13:00 WITA");
    assert_string_equal(when_show(noon + 11 * 3600000 - 1, noon).at, "23:59:59 WITA");
    assert_string_equal(when_show(noon + 11 * 3600000, noon).at, "23/11 00:00 WITA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_have_units_that_grow_smaller),
        cmocka_unit_test(what_is_no_span_is_refused),
        cmocka_unit_test(a_clock_time_is_the_next_one_in_wita),
        cmocka_unit_test(a_time_may_be_a_span_or_milliseconds),
        cmocka_unit_test(times_are_shown_with_their_zone_and_the_day_where_it_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
