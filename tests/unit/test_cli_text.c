/* The catalogue: both languages take the same arguments.  The file under test is included: it is
 * pure, and belongs to no archive that unit tests link. */
#include "../../hub/cli/text.c"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The conversions of a printf format, in order: "%s%lld". */
static void conversions(const char *format, char out[static 64])
{
    size_t n = 0;
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '%')
            continue;
        if (c[1] == '%') {
            c++;
            continue;
        }
        size_t len = strcspn(c, "sdxu") + 1;
        assert_true(n + len < 64);
        memcpy(out + n, c, len);
        n += len;
    }
    out[n] = '\0';
}

static void both_languages_take_the_same_arguments(void **unused)
{
    (void)unused;
    for (int i = 0; i < TEXT_COUNT; i++) {
        char indonesian[64];
        char english[64];
        conversions(text_get(LANG_ID, (enum text)i), indonesian);
        conversions(text_get(LANG_EN, (enum text)i), english);
        assert_string_equal(indonesian, english);
    }
}

static void every_error_of_the_wire_has_its_indonesian(void **unused)
{
    (void)unused;
#define SAYS(name, status, wire, text)                            \
    assert_string_not_equal(text_refusal(LANG_ID, wire, ""), ""); \
    assert_string_equal(text_refusal(LANG_EN, wire, "as the hub says"), "as the hub says");
    POSKO_ERROR_LIST(SAYS)
#undef SAYS
}

static void severities_may_be_typed_in_indonesian(void **unused)
{
    (void)unused;
    assert_true(str_eq(text_sev(STR("kritis")), STR("extreme")));
    assert_true(str_eq(text_sev(STR("rendah")), STR("minor")));
    assert_true(str_eq(text_sev(STR("severe")), STR("severe")));
    assert_true(str_eq(text_sev(STR("terbuka")), STR("terbuka")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_languages_take_the_same_arguments),
        cmocka_unit_test(every_error_of_the_wire_has_its_indonesian),
        cmocka_unit_test(severities_may_be_typed_in_indonesian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
