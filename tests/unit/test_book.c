/* The ledger as a file: lines that are read as they were written, and no others. */
#include "foreign.h"

#include "ledger/book.h"

static struct arena arena;
static struct buf text;

static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    buf_init(&text);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    buf_deinit(&text);
    arena_deinit(&arena);
    return 0;
}

static const struct book_line a_line = {
    .seq = 7, .at = 1795300000123, .leaf = {{1, 2, 250}}, .jws = {"e30.e30.AA", 10}};

static struct str line_of(const struct book_line *line)
{
    buf_clear(&text);
    book_put_line(&text, line);
    return (struct str){text.at, text.len - 1};
}

static enum err read_line(struct str line)
{
    struct fault fault = {0};
    struct book_line out;
    enum err e = book_read_line(&arena, line, &fault, &out);
    assert_true(e == OK || (e == ERR_BAD_JSON && fault.text[0] != '\0'));
    return e;
}

static void a_line_is_read_as_it_was_written(void **unused)
{
    (void)unused;
    struct fault fault = {0};
    struct book_line out = {0};
    struct str line = line_of(&a_line);
    assert_int_equal(text.at[text.len - 1], '\n');
    assert_int_equal(book_read_line(&arena, line, &fault, &out), OK);
    assert_int_equal(out.seq, 7);
    assert_int_equal(out.at, 1795300000123);
    assert_true(hash_eq(out.leaf, a_line.leaf));
    assert_true(str_eq(out.jws, a_line.jws));
}

static void head_and_end_are_read_as_they_were_written(void **unused)
{
    (void)unused;
    struct fault fault = {0};
    struct book_head head = {.aud = STR("posko.bitung/ledger"), .seq = 9, .at = 5};
    struct book_end end = {.seq = 9, .root = {{3}}};
    struct book_head head_out = {0};
    struct book_end end_out = {0};
    memset(head.hub.at, 'A', POSKO_KID_CHARS);
    buf_clear(&text);
    book_put_head(&text, &head);
    struct str line = {text.at, text.len - 1};
    assert_int_equal(book_read_head(&arena, line, &fault, &head_out), OK);
    assert_true(str_eq(head_out.aud, head.aud) && kid_eq(&head_out.hub, &head.hub));
    assert_true(head_out.seq == 9 && head_out.at == 5);
    assert_false(book_is_end(line));
    buf_clear(&text);
    book_put_end(&text, &end);
    line = (struct str){text.at, text.len - 1};
    assert_true(book_is_end(line));
    assert_int_equal(book_read_end(&arena, line, &fault, &end_out), OK);
    assert_true(end_out.seq == 9 && hash_eq(end_out.root, end.root));
    assert_int_equal(book_read_head(&arena, line, &fault, &head_out), ERR_BAD_JSON);
    assert_int_equal(book_read_line(&arena, line, &fault, &(struct book_line){0}), ERR_BAD_JSON);
}

/* Whatever byte changes: the line is refused, or says something else. */
static void no_byte_of_a_line_changes_unnoticed(void **unused)
{
    (void)unused;
    struct str line = line_of(&a_line);
    for (size_t i = 0; i < line.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct fault fault = {0};
            struct book_line out = {0};
            struct str changed = arena_dup(&arena, line);
            ((char *)changed.at)[i] = (char)(line.at[i] ^ (1 << bit));
            if (book_read_line(&arena, changed, &fault, &out) == OK)
                assert_true(out.seq != a_line.seq || out.at != a_line.at ||
                            !hash_eq(out.leaf, a_line.leaf) || !str_eq(out.jws, a_line.jws));
        }
    }
}

static void another_form_of_the_same_is_refused(void **unused)
{
    (void)unused;
    static const char *const leaf =
        "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const lines[] = {
        "{\"seq\":1,\"at\":2,\"leaf\":\"%s\",\"jws\":\"x\"}",
        "{\"seq\": 1,\"at\":2,\"leaf\":\"%s\",\"jws\":\"x\"}",
        "{\"at\":2,\"seq\":1,\"leaf\":\"%s\",\"jws\":\"x\"}",
        "{\"seq\":1,\"at\":2,\"leaf\":\"%s\",\"jws\":\"\\u0078\"}",
        "{\"seq\":1,\"at\":2,\"leaf\":\"%s\",\"jws\":\"x\",\"more\":1}",
        "{\"seq\":1,\"at\":2,\"leaf\":\"%s\"}",
        "{\"seq\":1,\"at\":\"2\",\"leaf\":\"%s\",\"jws\":\"x\"}",
        "{\"seq\":0,\"at\":2,\"leaf\":\"%s\",\"jws\":\"x\"}",
        "{\"seq\":1,\"at\":2,\"leaf\":\"A%s\",\"jws\":\"x\"}",
        "{\"seq\":1,\"at\":2,\"leaf\":\"%s\",\"jws\":\"x\"",
        "",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct str head;
        struct str tail;
        struct str form = str_of(lines[i]);
        bool has = str_cut(form, '%', &head, &tail);
        struct str line = has ? arena_printf(&arena, STR_FMT "%s" STR_FMT, STR_ARG(head), leaf,
                                             (int)tail.len - 1, tail.at + 1)
                              : form;
        assert_int_equal(read_line(line), i == 0 ? OK : ERR_BAD_JSON);
    }
}

static void the_longest_record_fits_a_line(void **unused)
{
    (void)unused;
    struct book_line line = a_line;
    char *jws = mem_new(POSKO_JWS_BYTES_MAX);
    memset(jws, 'a', POSKO_JWS_BYTES_MAX);
    line.jws = (struct str){jws, POSKO_JWS_BYTES_MAX};
    line.seq = line.at = (INT64_C(1) << 53) - 1;
    struct str written = line_of(&line);
    assert_true(written.len <= BOOK_LINE_BYTES_MAX);
    assert_int_equal(read_line(written), OK);
    mem_free(jws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read_as_it_was_written),
        cmocka_unit_test(head_and_end_are_read_as_they_were_written),
        cmocka_unit_test(no_byte_of_a_line_changes_unnoticed),
        cmocka_unit_test(another_form_of_the_same_is_refused),
        cmocka_unit_test(the_longest_record_fits_a_line),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
