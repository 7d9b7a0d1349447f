/* What stands in for base in the simulator is held against base: the same results on the same
 * inputs.  Each stand-in is read in here under other names. */
#include "foreign.h"

#include "base/json.h"

#include <stdio.h>

#include "../sim/sim.h"

#define crypt_b64 sim_b64
#define crypt_b64_put sim_b64_put
#define crypt_thumbprint sim_thumbprint
#define crypt_b64_decode sim_b64_decode
#define crypt_b64_decode_exact sim_b64_decode_exact
#define put sim_b64_put_some
#define word sim_b64_word
#include "../sim/sim_b64.c"
#undef crypt_b64
#undef crypt_b64_put
#undef crypt_thumbprint
#undef crypt_b64_decode
#undef crypt_b64_decode_exact
#undef put
#undef word

#define json_parse sim_parse
#define json_parse_trusted sim_parse_trusted
#include "../sim/sim_json.c"
#undef json_parse
#undef json_parse_trusted

#define json_begin_object sim_begin_object
#define json_begin_array sim_begin_array
#define json_end_object sim_end_object
#define json_end_array sim_end_array
#define json_put_text sim_put_text
#define json_put_int sim_put_int
#define json_put_bool sim_put_bool
#define json_put_raw sim_put_raw
#define json_put_list sim_put_list
#include "../sim/sim_json_write.c"
#undef json_begin_object
#undef json_begin_array
#undef json_end_object
#undef json_end_array
#undef json_put_text
#undef json_put_int
#undef json_put_bool
#undef json_put_raw
#undef json_put_list

#undef __SANITIZE_ADDRESS__ /* its own blocks are meant */
#define mem_new sim_new
#define mem_grow sim_grow
#define mem_free sim_free
#define arena_printf sim_arena_printf
#define buf_printf sim_buf_printf
#include "../sim/sim_mem.c"
#undef mem_new
#undef mem_grow
#undef mem_free
#undef arena_printf
#undef buf_printf

static struct arena arena;
static uint64_t dice;

static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    dice = 1;
    return crypt_start() == OK ? 0 : -1;
}

static int teardown(void **unused)
{
    (void)unused;
    arena_deinit(&arena);
    return 0;
}

static unsigned below(unsigned most)
{
    dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(dice >> 33) % most;
}

static struct str some_bytes(size_t len)
{
    char *at = arena_alloc(&arena, len + 1);
    for (size_t i = 0; i < len; i++)
        at[i] = (char)below(256);
    return (struct str){at, len};
}

/* ---- base64url ---- */

static void both_read_the_same(struct str text)
{
    struct str a = STR_NONE;
    struct str b = STR_NONE;
    bool read = crypt_b64_decode(&arena, text, &a);
    if (sim_b64_decode(&arena, text, &b) != read)
        fail_msg("base %s \"%.*s\"", read ? "reads" : "refuses", STR_ARG(text));
    if (read)
        assert_true(str_eq(a, b));
    uint8_t x[64] = {0};
    uint8_t y[64] = {0};
    for (size_t size = 1; size <= sizeof(x); size++) {
        read = crypt_b64_decode_exact(text, x, size);
        assert_int_equal(sim_b64_decode_exact(text, y, size), read);
        if (read)
            assert_memory_equal(x, y, size);
    }
}

static void base64url_is_written_and_read_as_by_base(void **unused)
{
    (void)unused;
    for (size_t len = 0; len < 70; len++) {
        struct str bytes = some_bytes(len);
        struct str text = crypt_b64(&arena, bytes);
        assert_true(str_eq(sim_b64(&arena, bytes), text));
        both_read_the_same(text);
        for (size_t i = 0; i < text.len; i++) {
            char *spoilt = (char *)arena_dup(&arena, text).at;
            spoilt[i] = (char)below(256);
            both_read_the_same((struct str){spoilt, text.len});
            both_read_the_same((struct str){text.at, i});
        }
    }
}

static void base64url_is_put_in_pieces_as_by_base(void **unused)
{
    (void)unused;
    for (size_t len = 760; len < 3000; len += 77) {
        struct str bytes = some_bytes(len);
        struct buf a;
        struct buf b;
        buf_init(&a);
        buf_init(&b);
        crypt_b64_put(&a, bytes);
        sim_b64_put(&b, bytes);
        assert_true(str_eq(buf_peek(&a), buf_peek(&b)));
        buf_deinit(&a);
        buf_deinit(&b);
    }
}

/* ---- JSON ---- */

static struct str a_text(void)
{
    static const char usual[] = "abcdefghijklmnopqrstuvwxyz ABC.,:{}[]-_/0123456789\"\\\n";
    size_t len = below(4) ? below(12) : below(300);
    char *at = arena_alloc(&arena, len + 1);
    bool plain = below(3) > 0;
    for (size_t i = 0; i < len; i++)
        at[i] = usual[below(sizeof(usual) - (plain ? 4 : 1))];
    return (struct str){at, len};
}

static int64_t a_number(void)
{
    int64_t most = (INT64_C(1) << 53) - 1;
    int64_t number = (int64_t)(dice >> below(63)) & most;
    return below(4) ? number : -number;
}

/* The same thing by both writers. */
static void write_both(struct json_writer *a, struct json_writer *b, const char *key, int depth)
{
    struct str text = a_text();
    int64_t number = a_number();
    switch (depth < 5 ? below(6) : below(4)) {
    case 0:
        json_put_text(a, key, text);
        sim_put_text(b, key, text);
        return;
    case 1:
        json_put_int(a, key, number);
        sim_put_int(b, key, number);
        return;
    case 2:
        json_put_bool(a, key, number & 1);
        sim_put_bool(b, key, number & 1);
        return;
    case 3:
        json_put_list(a, key, (struct str_list){&text, 1});
        sim_put_list(b, key, (struct str_list){&text, 1});
        return;
    case 4:
        json_begin_array(a, key);
        sim_begin_array(b, key);
        for (unsigned i = below(6); i > 0; i--)
            write_both(a, b, NULL, depth + 1);
        json_end_array(a);
        sim_end_array(b);
        return;
    default:
        json_begin_object(a, key);
        sim_begin_object(b, key);
        for (unsigned i = below(40); i > 0; i--)
            write_both(a, b, arena_printf(&arena, "name%u", i).at, depth + 2);
        json_end_object(a);
        sim_end_object(b);
    }
}

/* By base; and the stand-in's is the same. */
static struct str a_document(void)
{
    struct buf a;
    struct buf b;
    buf_init(&a);
    buf_init(&b);
    struct json_writer one = {.to = &a};
    struct json_writer two = {.to = &b};
    json_begin_object(&one, NULL);
    sim_begin_object(&two, NULL);
    for (unsigned i = below(30); i > 0; i--)
        write_both(&one, &two, arena_printf(&arena, "member%u", i).at, 0);
    json_end_object(&one);
    sim_end_object(&two);
    assert_true(str_eq(buf_peek(&a), buf_peek(&b)));
    struct str text = arena_dup(&arena, buf_peek(&a));
    buf_deinit(&a);
    buf_deinit(&b);
    return text;
}

static void must_be_the_same(const struct node *a, const struct node *b)
{
    for (; a && b; a = a->next, b = b->next) {
        assert_int_equal(a->type, b->type);
        assert_true(str_eq(a->key, b->key));
        assert_true(a->type != NODE_TEXT || str_eq(a->text, b->text));
        assert_true(a->type != NODE_INT || a->number == b->number);
        assert_int_equal(a->truth, b->truth);
        assert_int_equal(a->count, b->count);
        must_be_the_same(a->first, b->first);
    }
    assert_true(!a && !b);
}

static void json_is_written_and_read_as_by_base(void **unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        struct str text = a_document();
        struct fault fault;
        const struct node *a = NULL;
        const struct node *b = NULL;
        assert_int_equal(json_parse_trusted(&arena, text, &fault, &a), OK);
        assert_int_equal(sim_parse_trusted(&arena, text, &fault, &b), OK);
        must_be_the_same(a, b);
        size_t cut = below((unsigned)text.len);
        const struct node *none = NULL;
        assert_int_equal(sim_parse_trusted(&arena, (struct str){text.at, cut}, &fault, &none),
                         json_parse_trusted(&arena, (struct str){text.at, cut}, &fault, &none));
    }
}

static void a_shared_document_is_one_tree_and_what_lies_elsewhere_another(void **unused)
{
    (void)unused;
    for (int i = 0; i < 1200; i++) { /* the table grows meanwhile */
        struct str text = a_document();
        const struct node *trees[3];
        struct fault fault;
        assert_int_equal(sim_parse(&arena, text, &fault, &trees[0]), OK);
        sim_json_share(&arena, text);
        assert_int_equal(sim_parse(&arena, text, &fault, &trees[1]), OK);
        assert_int_equal(sim_parse(&arena, text, &fault, &trees[2]), OK);
        assert_ptr_not_equal(trees[0], trees[1]);
        assert_ptr_equal(trees[1], trees[2]);
        must_be_the_same(trees[0], trees[1]);
        if (i == 800) {
            arena_deinit(&arena);
            sim_json_forget();
        }
    }
    sim_json_forget();
}

/* ---- memory and printf ---- */

enum { HELD = 200 };
struct held {
    unsigned char *at;
    size_t size;
    unsigned char fill;
};

static void must_be_held(const struct held *h)
{
    assert_int_equal((uintptr_t)h->at % alignof(max_align_t), 0);
    for (size_t i = 0; i < h->size; i++)
        assert_int_equal(h->at[i], h->fill);
}

static size_t a_size(void)
{
    return below(50) ? below(3000) : below(1 << 20);
}

static void blocks_are_apart_and_keep_what_is_in_them(void **unused)
{
    (void)unused;
    struct held held[HELD] = {{0}};
    for (int i = 0; i < 5000; i++) {
        struct held *h = &held[below(HELD)];
        must_be_held(h);
        if (below(3) == 0 && h->at) {
            size_t size = a_size();
            h->at = sim_grow(h->at, size);
            h->size = size < h->size ? size : h->size;
            must_be_held(h);
            h->size = size;
        } else {
            sim_free(h->at);
            *h = (struct held){.size = a_size()};
            h->at = sim_new(h->size);
            must_be_held(h);
        }
        h->fill = (unsigned char)below(256);
        memset(h->at, h->fill, h->size);
    }
    for (int i = 0; i < HELD; i++)
        sim_free(held[i].at);
}

static void each_class_has_room_for_its_sizes(void **unused)
{
    (void)unused;
    for (size_t size = 1; size < 1 << 22; size += 1 + size / 100) {
        size_t class = class_of(size);
        assert_true(class < CLASSES);
        assert_true(bytes_of(class) >= size && bytes_of(class) <= size + size / 2 + STEP);
    }
}

#define SAME(...)                                                            \
    do {                                                                     \
        struct arena mine;                                                   \
        struct buf buf;                                                      \
        char right[2000];                                                    \
        arena_init(&mine);                                                   \
        buf_init(&buf);                                                      \
        (void)snprintf(right, sizeof(right), __VA_ARGS__);                   \
        assert_string_equal(sim_arena_printf(&mine, __VA_ARGS__).at, right); \
        sim_buf_printf(&buf, __VA_ARGS__);                                   \
        assert_int_equal(buf.len, strlen(right));                            \
        assert_memory_equal(buf.at, right, buf.len);                         \
        arena_deinit(&mine);                                                 \
        buf_deinit(&buf);                                                    \
    } while (0)

static void texts_are_formatted_as_by_libc(void **unused)
{
    (void)unused;
    char wide[1500];
    memset(wide, 'w', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    SAME("%s/%s", "kpu", "piket");
    SAME("%.*s@%ld", 3, "default", INT64_MIN);
    SAME("%d %lld %zu%c", -17, 123456789012345LL, (size_t)0, '!');
    SAME("plain, %s", "");
    SAME("%02x%g%%%s", 10, 0.25, "behind what is not known");
    SAME("%s and %d", wide, 3);
    SAME("%.255s%d", wide, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(base64url_is_written_and_read_as_by_base, setup, teardown),
        cmocka_unit_test_setup_teardown(base64url_is_put_in_pieces_as_by_base, setup, teardown),
        cmocka_unit_test_setup_teardown(json_is_written_and_read_as_by_base, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_shared_document_is_one_tree_and_what_lies_elsewhere_another, setup, teardown),
        cmocka_unit_test_setup_teardown(blocks_are_apart_and_keep_what_is_in_them, setup, teardown),
        cmocka_unit_test_setup_teardown(each_class_has_room_for_its_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_are_formatted_as_by_libc, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
