#include "foreign.h"

#include "net/guard.h"

enum { MINUTE_MS = 60000 };

static struct str key_of(char out[static 24], int i)
{
    int n = snprintf(out, 24, "key-%d", i);
    return (struct str){out, (size_t)n};
}

static void a_bucket_holds_its_burst_and_fills_at_its_rate(void **unused)
{
    (void)unused;
    int64_t retry = -1;
    struct guard *g = guard_new(20, 20);
    for (int i = 0; i < 20; i++)
        assert_true(guard_take(g, STR("a"), 1, 1000, &retry));
    assert_int_equal(retry, 0);
    assert_false(guard_take(g, STR("a"), 1, 1000, &retry));
    assert_int_equal(retry, 50);
    assert_false(guard_take(g, STR("a"), 1, 1049, NULL));
    assert_true(guard_take(g, STR("a"), 1, 1050, NULL));
    assert_false(guard_take(g, STR("a"), 1, 1050, NULL));
    for (int i = 0; i < 20; i++)
        assert_true(guard_take(g, STR("a"), 1, 9000, NULL)); /* full again, and not more */
    assert_false(guard_take(g, STR("a"), 1, 9000, NULL));
    guard_free(g);
}

static void one_key_does_not_pay_for_another(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(1, 1);
    assert_true(guard_take(g, STR("a"), 1, 0, NULL));
    assert_false(guard_take(g, STR("a"), 1, 0, NULL));
    assert_true(guard_take(g, STR("b"), 1, 0, NULL));
    guard_free(g);
}

static void five_a_minute_is_a_cost_of_twelve(void **unused)
{
    (void)unused;
    int64_t retry = 0;
    struct guard *g = guard_new(1, 60);
    for (int i = 0; i < 5; i++) {
        assert_true(guard_has(g, STR("a"), 12, 0, NULL));
        assert_true(guard_take(g, STR("a"), 12, 0, NULL));
    }
    assert_false(guard_has(g, STR("a"), 12, 11999, &retry));
    assert_int_equal(retry, 1);
    assert_true(guard_has(g, STR("a"), 12, 12000, &retry));
    guard_free(g);
}

static void asking_takes_nothing(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(1, 1);
    for (int i = 0; i < 10; i++)
        assert_true(guard_has(g, STR("a"), 1, 0, NULL));
    assert_true(guard_take(g, STR("a"), 1, 0, NULL));
    guard_free(g);
}

static void a_clock_that_goes_back_gives_nothing_and_takes_nothing(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(1, 2);
    assert_true(guard_take(g, STR("a"), 1, MINUTE_MS, NULL));
    assert_true(guard_take(g, STR("a"), 1, 0, NULL));
    assert_false(guard_take(g, STR("a"), 1, MINUTE_MS, NULL));
    assert_true(guard_take(g, STR("a"), 1, MINUTE_MS + 1000, NULL));
    guard_free(g);
}

static void great_times_and_rates_do_not_overflow(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(INT32_MAX, INT32_MAX);
    assert_true(guard_take(g, STR("a"), INT32_MAX, 0, NULL));
    assert_false(guard_take(g, STR("a"), INT32_MAX, 1, NULL));
    assert_true(guard_take(g, STR("a"), INT32_MAX, INT64_MAX / 2, NULL));
    guard_free(g);
}

static void a_flood_of_fresh_keys_does_not_lift_a_limit_that_bites(void **unused)
{
    (void)unused;
    char text[24];
    struct guard *g = guard_new(1, 20);
    for (int i = 0; i < 20; i++)
        assert_true(guard_take(g, STR("attacker"), 1, 0, NULL));
    for (int i = 0; i < 200000; i++)
        assert_true(guard_take(g, key_of(text, i), 1, 0, NULL)); /* fixed memory, nobody refused */
    assert_false(guard_take(g, STR("attacker"), 1, 0, NULL));
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_holds_its_burst_and_fills_at_its_rate),
        cmocka_unit_test(one_key_does_not_pay_for_another),
        cmocka_unit_test(five_a_minute_is_a_cost_of_twelve),
        cmocka_unit_test(asking_takes_nothing),
        cmocka_unit_test(a_clock_that_goes_back_gives_nothing_and_takes_nothing),
        cmocka_unit_test(great_times_and_rates_do_not_overflow),
        cmocka_unit_test(a_flood_of_fresh_keys_does_not_lift_a_limit_that_bites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
