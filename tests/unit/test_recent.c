/* The last rows in memory. */
#include "foreign.h"

#include "app/recent.h"

static struct ledger_row row_of(int64_t seq, struct str jws)
{
    return (struct ledger_row){
        .seq = seq, .at = 10 * seq, .kind = STR("incident.note"), .admins = STR("kpu"), .jws = jws};
}

static void push(struct recent *r, int64_t from, int64_t to)
{
    for (int64_t seq = from; seq <= to; seq++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "jws %d", (int)seq);
        struct ledger_row row = row_of(seq, str_of(text));
        recent_push(r, &row);
    }
}

static void a_row_is_found_by_the_one_before_it(void **unused)
{
    (void)unused;
    struct recent r;
    recent_init(&r, 1024);
    assert_null(recent_after(&r, 0));
    push(&r, 7, 9);
    assert_null(recent_after(&r, 5));
    const struct ledger_row *row = recent_after(&r, 6);
    assert_int_equal(row->seq, 7);
    assert_int_equal(row->at, 70);
    assert_true(str_eq(row->jws, STR("jws 7")));
    assert_true(str_eq(row->kind, STR("incident.note")));
    assert_true(str_eq(row->admins, STR("kpu")));
    assert_int_equal(recent_after(&r, 8)->seq, 9);
    assert_null(recent_after(&r, 9));
    recent_deinit(&r);
}

static void a_gap_begins_anew(void **unused)
{
    (void)unused;
    struct recent r;
    recent_init(&r, 1024);
    push(&r, 1, 3);
    push(&r, 5, 5);
    assert_null(recent_after(&r, 2));
    assert_null(recent_after(&r, 3));
    assert_int_equal(recent_after(&r, 4)->seq, 5);
    recent_deinit(&r);
}

static void the_oldest_go_by_number_and_by_bytes(void **unused)
{
    (void)unused;
    struct recent r;
    recent_init(&r, 1024);
    push(&r, 1, 1024 + 5);
    assert_null(recent_after(&r, 4));
    assert_int_equal(recent_after(&r, 5)->seq, 6);
    assert_int_equal(recent_after(&r, 1024 + 4)->seq, 1024 + 5);
    struct buf big;
    buf_init(&big);
    for (int i = 0; i < (1024 * RECENT_ROW_BYTES) / 4; i++)
        buf_put_char(&big, 'x');
    int64_t seq = 1024 + 5;
    for (int i = 0; i < 8; i++) {
        struct ledger_row row = row_of(++seq, buf_peek(&big));
        recent_push(&r, &row);
        assert_true(r.bytes <= (1024 * RECENT_ROW_BYTES));
    }
    assert_null(recent_after(&r, seq - 4));
    assert_int_equal(recent_after(&r, seq - 3)->seq, seq - 2);
    buf_deinit(&big);
    recent_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_found_by_the_one_before_it),
        cmocka_unit_test(a_gap_begins_anew),
        cmocka_unit_test(the_oldest_go_by_number_and_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
