#include "foreign.h"

static void texts_compare_bytewise_then_by_length(void **unused)
{
    (void)unused;
    assert_true(str_eq(STR("ab"), STR("ab")));
    assert_true(str_eq(STR(""), STR_NONE));
    assert_false(str_eq(STR("ab"), STR("abc")));
    assert_true(str_compare(STR("ab"), STR("abc")) < 0);
    assert_true(str_compare(STR("b"), STR("abc")) > 0);
    assert_int_equal(str_compare(STR("x"), STR("x")), 0);
    assert_true(str_starts(STR("x-y"), STR("x-")));
    assert_false(str_starts(STR("x"), STR("x-")));
}

static void a_text_is_cut_at_the_first_mark(void **unused)
{
    (void)unused;
    struct str head, tail;
    assert_true(str_cut(STR("a.b.c"), '.', &head, &tail));
    assert_str(head, "a");
    assert_str(tail, "b.c");
    assert_false(str_cut(STR("abc"), '.', &head, &tail));
    assert_str(head, "abc");
    assert_int_equal(tail.len, 0);
}

static void only_plain_decimal_integers_are_read(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",
                                        "-",
                                        "-0",
                                        "01",
                                        "+1",
                                        "1.0",
                                        "1e2",
                                        " 1",
                                        "1 ",
                                        "0x1",
                                        "--1",
                                        "9223372036854775808",
                                        "-9223372036854775809"};
    int64_t value = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(str_to_int(str_of(wrong[i]), INT64_MIN, INT64_MAX, &value));
    assert_int_equal(value, 42);
    assert_true(str_to_int(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(str_to_int(STR("9223372036854775807"), INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_true(str_to_int(STR("0"), 0, 0, &value));
    assert_int_equal(value, 0);
    assert_false(str_to_int(STR("11"), 0, 10, &value));
}

static void identifiers_are_short_lower_case_and_begin_with_a_letter_or_digit(void **unused)
{
    (void)unused;
    char longest[66];
    memset(longest, 'a', sizeof longest);
    assert_true(str_is_id(STR("bitung.girian:tps_012-a")));
    assert_true(str_is_id((struct str){longest, 64}));
    assert_false(str_is_id((struct str){longest, 65}));
    static const char *const wrong[] = {"", ".a", "-a", "_a", ":a", "A", "a b", "a/b", "\xC3\xA4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(str_is_id(str_of(wrong[i])));
}

static void utf8_is_that_of_rfc_3629(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",
                                        "\xC3",         "\xE0\x80\x80",     "\xED\xA0\x80",
                                        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xFF",
                                        "\xE2\x82",     "\xF5\x80\x80\x80", "\xF4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(str_utf8(str_of(wrong[i]), NULL));
    size_t chars;
    assert_true(str_utf8(STR("a\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80"
                             "\xF4\x8F\xBF\xBF"),
                         &chars));
    assert_int_equal(chars, 7);
    assert_true(str_utf8(STR_NONE, &chars));
    assert_int_equal(chars, 0);
}

static void plain_text_has_no_controls_and_does_not_turn_the_line(void **unused)
{
    (void)unused;
    assert_true(str_is_plain_text(STR("Massa di gudang \xE2\x80\x94 \xF0\x9F\x94\xA5"), false));
    assert_false(str_is_plain_text(STR("a\nb"), false));
    assert_true(str_is_plain_text(STR("a\nb"), true));
    static const char *const wrong[] = {
        "\x01",     "\t",           "\r",           "\x7F",         "\xC2\x80",
        "\xC2\x9F", "\xE2\x80\xAA", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(str_is_plain_text(str_of(wrong[i]), true));
    assert_true(str_is_plain_text(STR("\xC2\xA0\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA"), false));
}

static void a_copy_in_c_form_is_whole_or_not_made(void **unused)
{
    (void)unused;
    char out[4];
    assert_true(str_to_c(STR("abc"), out, sizeof out));
    assert_string_equal(out, "abc");
    assert_false(str_to_c(STR("abcd"), out, sizeof out));
    assert_true(str_to_c(STR_NONE, out, sizeof out));
    assert_string_equal(out, "");
}

static void a_mistyped_word_is_near_what_was_meant(void **unused)
{
    char longest[64];
    (void)unused;
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(str_distance(STR("listen"), STR("listen")), 0);
    assert_int_equal(str_distance(STR("lisen"), STR("listen")), 1);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting")), 3);
    assert_int_equal(str_distance(STR(""), STR("abc")), 3);
    assert_int_equal(str_distance(STR("abc"), STR_NONE), 3);
    assert_int_equal(str_distance((struct str){longest, 64}, STR("a")), 64);
    assert_int_equal(str_distance((struct str){longest, 63}, (struct str){longest, 63}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_bytewise_then_by_length),
        cmocka_unit_test(a_text_is_cut_at_the_first_mark),
        cmocka_unit_test(only_plain_decimal_integers_are_read),
        cmocka_unit_test(identifiers_are_short_lower_case_and_begin_with_a_letter_or_digit),
        cmocka_unit_test(utf8_is_that_of_rfc_3629),
        cmocka_unit_test(plain_text_has_no_controls_and_does_not_turn_the_line),
        cmocka_unit_test(a_copy_in_c_form_is_whole_or_not_made),
        cmocka_unit_test(a_mistyped_word_is_near_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
