#include "foreign.h"

#include <stdalign.h>

static void an_arena_gives_zeroed_aligned_memory_of_any_size(void **unused)
{
    (void)unused;
    struct arena a;
    arena_init(&a);
    size_t used = 0;
    for (size_t size = 0; size < 300000; size = size * 2 + 1) {
        unsigned char *at = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xAA, size);
        assert_true(a.used >= used + size);
        used = a.used;
    }
    arena_deinit(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1));
    arena_deinit(&a);
}

static void a_copy_in_an_arena_ends_with_a_nul_and_none_stays_none(void **unused)
{
    (void)unused;
    struct arena a;
    arena_init(&a);
    struct str copy = arena_dup(&a, (struct str){"abcdef", 3});
    assert_string_equal(copy.at, "abc");
    assert_null(arena_dup(&a, STR_NONE).at);
    assert_non_null(arena_dup(&a, STR("")).at);
    struct str list[] = {STR("x"), STR("yz")};
    struct str_list two = arena_dup_list(&a, (struct str_list){list, 2});
    assert_int_equal(two.count, 2);
    assert_str(two.at[1], "yz");
    assert_ptr_not_equal(two.at[1].at, list[1].at);
    assert_str(arena_printf(&a, "%d-%s", 7, "q"), "7-q");
    arena_deinit(&a);
}

static void a_blob_lives_until_its_last_reference(void **unused)
{
    (void)unused;
    struct blob *b = blob_new(STR("hello"));
    struct blob *same = blob_ref(b);
    assert_ptr_equal(b, same);
    assert_int_equal(b->len, 5);
    assert_int_equal(b->at[5], 0);
    memset(b->at - BLOB_HEAD_BYTES, 0xFF, BLOB_HEAD_BYTES); /* the socket layer's room */
    assert_memory_equal(b->at, "hello", 5);
    blob_unref(b);
    assert_int_equal(same->refs, 1);
    blob_unref(same);
    blob_unref(NULL);
}

static void a_buffer_grows_and_keeps_its_storage_when_cleared(void **unused)
{
    (void)unused;
    struct buf b;
    buf_init(&b);
    for (int i = 0; i < 1000; i++) {
        buf_put(&b, STR("ab"));
        buf_put_char(&b, 'c');
        buf_printf(&b, "%03d", i);
    }
    assert_int_equal(b.len, 6000);
    assert_memory_equal(b.at + 5994, "abc999", 6);
    size_t size = b.size;
    buf_clear(&b);
    assert_int_equal(buf_peek(&b).len, 0);
    assert_int_equal(b.size, size);
    buf_deinit(&b);
}

static void a_text_of_any_length_is_printed_whole(void **unused)
{
    (void)unused;
    char wide[1000];
    memset(wide, 'w', sizeof(wide));
    struct arena a;
    struct buf b;
    arena_init(&a);
    buf_init(&b);
    for (int len = 0; len < (int)sizeof(wide); len++) {
        struct str text = arena_printf(&a, "%.*s/%d", len, wide, len % 7);
        assert_int_equal(text.len, len + 2);
        assert_memory_equal(text.at, wide, (size_t)len);
        char end[] = {'/', (char)('0' + len % 7), '\0'};
        assert_string_equal(text.at + len, end);
        buf_printf(&b, "%.*s/%d", len, wide, len % 7);
        assert_true(str_eq((struct str){b.at + b.len - text.len, text.len}, text));
        if (len % 3 == 0) { /* printed into a small one, too */
            buf_deinit(&b);
            buf_init(&b);
        }
    }
    arena_deinit(&a);
    buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(a_copy_in_an_arena_ends_with_a_nul_and_none_stays_none),
        cmocka_unit_test(a_blob_lives_until_its_last_reference),
        cmocka_unit_test(a_buffer_grows_and_keeps_its_storage_when_cleared),
        cmocka_unit_test(a_text_of_any_length_is_printed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
