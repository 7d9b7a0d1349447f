#include "foreign.h"

static void every_error_has_a_name_a_status_and_a_text(void **unused)
{
    (void)unused;
    for (int e = OK; e < ERR_COUNT; e++) {
        const char *wire = err_wire((enum err)e);
        assert_true(strlen(wire) > 0 && strlen(err_text((enum err)e)) > 0);
        assert_in_range(err_status((enum err)e), 200, 599);
    }
    assert_int_equal(err_status(ERR_NOT_STORED), 503);
}

static void a_fault_without_a_format_says_the_text_of_the_list(void **unused)
{
    (void)unused;
    struct fault f = {.retry_ms = 7};
    assert_int_equal(fault_set(&f, ERR_CLOSED, "inc", NULL), ERR_CLOSED);
    assert_string_equal(f.text, err_text(ERR_CLOSED));
    assert_string_equal(f.field, "inc");
    assert_int_equal(f.retry_ms, 0);
}

static void a_fault_is_cut_between_characters(void **unused)
{
    (void)unused;
    for (size_t shift = 0; shift < 4; shift++) {
        char text[1000] = {0};
        memset(text, 'a', shift);
        for (size_t i = shift; i + 4 < sizeof text; i += 4)
            memcpy(text + i, "\xF0\x9F\x94\xA5", 4);
        struct fault f;
        (void)fault_set(&f, ERR_BAD_CLAIM, text, "%s", text);
        assert_true(str_utf8(str_of(f.text), NULL));
        assert_true(str_utf8(str_of(f.field), NULL));
        assert_in_range(strlen(f.text), FAULT_TEXT_BYTES - 4, FAULT_TEXT_BYTES - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_name_a_status_and_a_text),
        cmocka_unit_test(a_fault_without_a_format_says_the_text_of_the_list),
        cmocka_unit_test(a_fault_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
