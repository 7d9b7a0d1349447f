#include "foreign.h"

#include "base/id.h"

static void an_id_reads_back_as_it_was_written(void **unused)
{
    (void)unused;
    static const char *const good[] = {"01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071",
                                       "f47ac10b-58cc-4372-a567-0e02b2c3d479"};
    uint8_t id[ID_BYTES];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(id_parse(str_of(good[i]), id));
        assert_string_equal(id_text(id).at, good[i]);
    }
}

static void only_lower_case_versions_7_and_4_are_read(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",
                                        "01A2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071",
                                        "01a2b3c4-d5e6-1f80-9a1b-2c3d4e5f6071",
                                        "01a2b3c4-d5e6-7f80-ca1b-2c3d4e5f6071",
                                        "01a2b3c4-d5e6-7f80-1a1b-2c3d4e5f6071",
                                        "01a2b3c4d5e67f809a1b2c3d4e5f6071",
                                        "01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f607",
                                        "01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f60711",
                                        "01a2b3c4xd5e6-7f80-9a1b-2c3d4e5f6071",
                                        "g1a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071",
                                        "{1a2b3c4-d5e6-7f80-9a1b-2c3d4e5f607}"};
    uint8_t id[ID_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(id_parse(str_of(wrong[i]), id));
}

static void a_made_id_is_its_time_and_the_first_74_bits(void **unused)
{
    (void)unused;
    uint8_t rest[10], id[ID_BYTES], other[ID_BYTES];
    memset(rest, 0xFF, sizeof rest);
    id_make(0x0123456789AB, rest, id);
    assert_string_equal(id_text(id).at, "01234567-89ab-7fff-bfff-ffffffffffff");
    rest[9] = 0xC0; /* its last six bits are not the id's */
    id_make(0x0123456789AB, rest, other);
    assert_memory_equal(id, other, ID_BYTES);
    memset(rest, 0, sizeof rest);
    rest[9] = 0x40;
    id_make(1, rest, id);
    assert_string_equal(id_text(id).at, "00000000-0001-7000-8000-000000000001");
    assert_true(id_parse(STR("00000000-0001-7000-8000-000000000001"), other));
}

static void no_ticket_is_all_zero(void **unused)
{
    (void)unused;
    struct ticket_id none = {{0}}, some = {{1}};
    assert_true(ticket_id_is_none(none));
    assert_false(ticket_id_is_none(some));
    assert_false(ticket_id_eq(none, some));
    assert_true(record_id_eq((struct record_id){{3}}, (struct record_id){{3}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_reads_back_as_it_was_written),
        cmocka_unit_test(only_lower_case_versions_7_and_4_are_read),
        cmocka_unit_test(a_made_id_is_its_time_and_the_first_74_bits),
        cmocka_unit_test(no_ticket_is_all_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
