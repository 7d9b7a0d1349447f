#include "foreign.h"

static struct arena arena;
static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    return 0;
}
static int teardown(void **unused)
{
    (void)unused;
    arena_deinit(&arena);
    return 0;
}

static enum err parse(struct str text, const struct node **out)
{
    struct fault fault = {0};
    enum err e = json_parse(&arena, text, &fault, out);
    if (e != OK) {
        assert_int_equal(e, ERR_BAD_JSON);
        assert_int_equal(fault.code, ERR_BAD_JSON);
        assert_true(strlen(fault.text) > 0 && str_utf8(str_of(fault.text), NULL));
    }
    return e;
}

static void our_cases_are_read_or_refused_as_they_say(void **unused)
{
    (void)unused;
    json_t *file = own_json("tests/vectors/json.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(file, "cases"), i, c)
    {
        const struct node *node = NULL;
        bool ok = parse(json_str(c, "text"), &node) == OK;
        if (ok != json_is_true(json_object_get(c, "ok")))
            fail_msg("%s: %s", json_str(c, "name").at, ok ? "read" : "refused");
    }
    json_decref(file);
}

static void bytes_that_are_not_utf8_are_refused(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"{\"a\":\"\xFF\"}", "{\"\xC0\x80\":1}",
                                        "{\"a\":\"\xED\xA0\x80\"}", "\xEF\xBB\xBF{}"};
    const struct node *node;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(parse(str_of(wrong[i]), &node), ERR_BAD_JSON);
    assert_int_equal(parse(STR("{}\0"), &node), ERR_BAD_JSON);
    assert_int_equal(parse(STR("{\"a\":9\0}"), &node), ERR_BAD_JSON); /* jansson would lose it */
    assert_int_equal(parse(STR_NONE, &node), ERR_BAD_JSON);
}

static void members_and_items_are_limited(void **unused)
{
    (void)unused;
    const struct node *node;
    for (int members = POSKO_MEMBERS_MAX; members <= POSKO_MEMBERS_MAX + 1; members++) {
        struct buf b;
        buf_init(&b);
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        for (int i = 0; i < members; i++)
            json_put_int(&w, arena_printf(&arena, "m%d", i).at, i);
        json_end_object(&w);
        assert_int_equal(parse(buf_peek(&b), &node) == OK, members == POSKO_MEMBERS_MAX);
        struct fault fault;
        assert_int_equal(json_parse_trusted(&arena, buf_peek(&b), &fault, &node), OK);
        buf_deinit(&b);
    }
    for (int items = POSKO_ITEMS_MAX; items <= POSKO_ITEMS_MAX + 1; items++) {
        struct buf b;
        buf_init(&b);
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        json_begin_array(&w, "a");
        for (int i = 0; i < items; i++)
            json_put_int(&w, NULL, i);
        json_end_array(&w);
        json_end_object(&w);
        assert_int_equal(parse(buf_peek(&b), &node) == OK, items == POSKO_ITEMS_MAX);
        buf_deinit(&b);
    }
}

static void a_tree_keeps_order_and_types(void **unused)
{
    (void)unused;
    const struct node *n;
    assert_int_equal(parse(STR("{\"z\":1,\"a\":[\"x\",-5],\"t\":true,\"o\":{}}"), &n), OK);
    assert_int_equal(n->count, 4);
    assert_str(n->first->key, "z");
    assert_int_equal(node_int(n, "z", 0), 1);
    assert_int_equal(node_int(n, "t", 9), 9);
    assert_true(node_bool(n, "t", false));
    const struct node *a = node_get(n, STR("a"));
    assert_int_equal(a->type, NODE_ARRAY);
    assert_int_equal(a->count, 2);
    assert_str(a->first->text, "x");
    assert_int_equal(a->first->next->number, -5);
    assert_null(node_get(n, STR("no")));
    assert_null(node_text(n, "z").at);
    assert_int_equal(node_get(n, STR("o"))->count, 0);
}

static void what_is_written_is_read_back(void **unused)
{
    (void)unused;
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    struct str texts[] = {STR("\"\\/\b\n\x7F\xC2\x85"), STR("")};
    json_begin_object(&w, NULL);
    json_put_list(&w, "list", (struct str_list){texts, 2});
    json_put_bool(&w, "no", false);
    json_put_raw(&w, "raw", STR("{\"i\":-1}"));
    json_put_text(&w, "none", STR_NONE);
    json_end_object(&w);
    assert_str(buf_peek(&b), "{\"list\":[\"\\\"\\\\/\\u0008\\n\\u007f\\u0085\",\"\"],\"no\":false,"
                             "\"raw\":{\"i\":-1},\"none\":\"\"}");
    const struct node *n;
    assert_int_equal(parse(buf_peek(&b), &n), OK);
    assert_true(str_eq(node_get(n, STR("list"))->first->text, texts[0]));
    buf_deinit(&b);
}

/* Anybody may name a claim `x-...`, and `posko --json` writes it again for a script. */
static void a_name_is_escaped_in_writing(void **unused)
{
    (void)unused;
    static const char name[] = "x-a\":0}\n\x1b]0;b\\";
    struct buf text;
    buf_init(&text);
    struct json_writer w = {.to = &text};
    json_begin_object(&w, NULL);
    json_put_int(&w, name, 7);
    json_put_int(&w, "y", 8);
    json_end_object(&w);
    assert_true(str_eq(buf_peek(&text), STR("{\"x-a\\\":0}\\n\\u001b]0;b\\\\\":7,\"y\":8}")));
    buf_deinit(&text);
}

static void what_is_not_utf8_is_replaced_in_writing(void **unused)
{
    (void)unused;
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_put_text(&w, NULL, STR("a\xFF\xE2\x82z"));
    assert_str(buf_peek(&b), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
    buf_deinit(&b);
}

/* 100 characters, in quotes by the compiler's joining of texts */
#define LONG                                                    \
    "0123456789abcdefghijklmnopqrstuvwxyz-_.,:;{}[] 0123456789" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789012345"

static void a_plain_text_is_read_as_it_stands(void **unused)
{
    (void)unused;
    const struct node *n = NULL;
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\" , \"b\":[\"" LONG "!\",7],\"c\":\"x\"}"), &n),
                     OK);
    assert_str(node_text(n, "a"), LONG);
    assert_str(node_get(n, STR("b"))->first->text, LONG "!");
    assert_int_equal(node_get(n, STR("b"))->first->next->number, 7);
    assert_str(node_text(n, "c"), "x");
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\\n\",\"b\":\"" LONG "\xC3\xA9\"}"), &n), OK);
    assert_str(node_text(n, "a"), LONG "\n");
    assert_str(node_text(n, "b"), LONG "\xC3\xA9");
    assert_int_equal(
        parse(STR("{\"a\":\"\",\"b\":\"12345\",\"c\":\"123456\",\"d\":\"1234567\"}"), &n), OK);
    assert_str(node_text(n, "a"), "");
    assert_str(node_text(n, "b"), "12345");
    assert_str(node_text(n, "c"), "123456");
    assert_str(node_text(n, "d"), "1234567");
}

static void nothing_in_a_text_is_taken_for_another(void **unused)
{
    (void)unused;
    const struct node *n = NULL;
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\",\"b\":\"\x7F"
                               "#\"}"),
                           &n),
                     OK);
    assert_str(node_text(n, "b"), "\x7F"
                                  "#");
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\",\"b\":\"\\u007f#\"}"), &n), OK);
    assert_str(node_text(n, "b"), "\x7F"
                                  "#");
    assert_str(node_text(n, "a"), LONG);
}

static void a_long_name_may_not_stand_twice(void **unused)
{
    (void)unused;
    const struct node *n = NULL;
    assert_int_equal(parse(STR("{\"" LONG "\":1,\"" LONG "\" :2}"), &n), ERR_BAD_JSON);
    assert_int_equal(parse(STR("{\"" LONG "\":1,\"" LONG "!\":2}"), &n), OK);
    assert_int_equal(node_int(n, LONG "!", 0), 2);
}

static void read_plain_texts(int count)
{
    struct buf b;
    buf_init(&b);
    buf_put(&b, STR("{\"a\":["));
    for (int i = 0; i < count; i++)
        buf_printf(&b, "%s\"" LONG "%d\"", i == 0 ? "" : ",", i);
    buf_put(&b, STR("]}"));
    const struct node *n = NULL;
    assert_int_equal(parse(buf_peek(&b), &n), OK);
    int i = 0;
    for (const struct node *c = node_get(n, STR("a"))->first; c != NULL; c = c->next, i++) {
        char text[128];
        (void)snprintf(text, sizeof text, LONG "%d", i);
        assert_str(c->text, text);
    }
    assert_int_equal(i, count);
    buf_deinit(&b);
}

static void as_many_texts_as_marks_and_more_are_all_read(void **unused)
{
    (void)unused;
    read_plain_texts(57);
    read_plain_texts(58);
    read_plain_texts(80);
}

static void a_fault_behind_a_long_text_is_where_it_is(void **unused)
{
    (void)unused;
    struct fault fault = {0};
    const struct node *n = NULL;
    struct str text = STR("{\"a\":\"" LONG "\",?}");
    assert_int_equal(json_parse(&arena, text, &fault, &n), ERR_BAD_JSON);
    char where[64];
    (void)snprintf(where, sizeof where, "not JSON at byte %zu", text.len - 1);
    assert_string_equal(fault.text, where);
    assert_int_equal(parse(STR("{\"a\":\"" LONG), &n), ERR_BAD_JSON);
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\\"), &n), ERR_BAD_JSON);
    assert_int_equal(parse(STR("{\"a\":\"" LONG "\"\"" LONG "\"}"), &n), ERR_BAD_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_cases_are_read_or_refused_as_they_say),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
        cmocka_unit_test(members_and_items_are_limited),
        cmocka_unit_test(a_tree_keeps_order_and_types),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_name_is_escaped_in_writing),
        cmocka_unit_test(what_is_not_utf8_is_replaced_in_writing),
        cmocka_unit_test(a_plain_text_is_read_as_it_stands),
        cmocka_unit_test(nothing_in_a_text_is_taken_for_another),
        cmocka_unit_test(a_long_name_may_not_stand_twice),
        cmocka_unit_test(as_many_texts_as_marks_and_more_are_all_read),
        cmocka_unit_test(a_fault_behind_a_long_text_is_where_it_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
