/* Rows in which one value is another: each is read, or refused by name; no hub falls over one. */
#include "doc_world.h"

/* Copies `n`; the value number *at is replaced by the text `with`, or left out when that is empty.
 */
static void copy(struct json_writer *w, const struct node *n, const char *key, int *at,
                 const char *with)
{
    if ((*at)-- == 0) {
        if (*with != '\0')
            json_put_raw(w, key, str_of(with));
        return;
    }
    switch (n->type) {
    case NODE_OBJECT:
        json_begin_object(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next)
            copy(w, c, c->key.at, at, with); /* keys are whole texts of the arena */
        json_end_object(w);
        return;
    case NODE_ARRAY:
        json_begin_array(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next)
            copy(w, c, NULL, at, with);
        json_end_array(w);
        return;
    case NODE_TEXT:
        json_put_text(w, key, n->text);
        return;
    case NODE_INT:
        json_put_int(w, key, n->number);
        return;
    case NODE_BOOL:
        json_put_bool(w, key, n->truth);
        return;
    }
}

static void read_damaged(struct world *w, enum entry_kind kind, struct str id, struct str doc)
{
    struct entry e;
    struct fault fault = {0};
    enum err err = kind == ENTRY_TICKET
                       ? doc_read_ticket(&w->arena, w->st, 9, doc, NULL, 0, &fault, &e)
                       : doc_read_row(&w->arena, w->st, kind, id, 9, doc, &fault, &e);
    if (err == OK)
        return;
    assert_int_equal(err, ERR_SYSTEM);
    assert_int_equal(fault.code, ERR_SYSTEM);
    assert_true(fault.text[0] != '\0');
    if (kind != ENTRY_TICKET && strstr(fault.text, "row") == NULL)
        fail_msg("%s", fault.text);
}

static void damage(struct world *w, enum entry_kind kind, struct str id, struct str doc)
{
    static const char *const others[] = {"",   "7",   "-1",      "\"?\"", "\"no/body\"",
                                         "[]", "[7]", "[\"?\"]", "{}",    "true"};
    struct arena arena;
    struct fault fault;
    const struct node *root = NULL;
    arena_init(&arena);
    assert_int_equal(json_parse_trusted(&arena, doc, &fault, &root), OK);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        int left = -1;
        for (int at = 1; left < 0 && at < 200; at++) {
            struct buf out;
            buf_init(&out);
            struct json_writer writer = {&out, false};
            left = at;
            copy(&writer, root, NULL, &left, others[i]);
            read_damaged(w, kind, id, buf_peek(&out));
            buf_deinit(&out);
        }
    }
    arena_deinit(&arena);
}

static void a_damaged_row_of_the_directory_is_refused_or_read(void **context)
{
    struct world *w = *context;
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++) {
        const struct entry *e = NULL;
        int64_t after = 0;
        for (int i = 0; i < 4 && (e = state_walk(w->st, (enum entry_kind)kind, &after)); i++) {
            struct buf doc;
            buf_init(&doc);
            doc_write_row(&doc, e);
            damage(w, e->kind, doc_row_id(&w->arena, e), buf_peek(&doc));
            buf_deinit(&doc);
        }
    }
}

static void a_damaged_row_of_a_ticket_is_refused_or_read(void **context)
{
    struct world *w = *context;
    struct str doc = arena_printf(
        &w->arena,
        "{\"id\":\"01900000-0000-7000-8000-000000000000\",\"no\":1,\"opened\":5,\"by\":\"" STR_FMT
        "\",\"author\":\"" STR_FMT "/" STR_FMT "\",\"lead\":\"" STR_FMT
        "\",\"state\":\"open\",\"status\":\"actual\",\"cat\":\"" STR_FMT
        "\",\"sev\":\"minor\",\"tlp\":\"amber\",\"title\":\"t\",\"place\":\"" STR_FMT
        "\",\"lat\":1,\"lon\":2,\"veracity\":\"confirmed\",\"count\":1,\"last\":5,\"clear\":false,"
        "\"n\":1,\"seq\":9,\"agencies\":[{\"id\":\"" STR_FMT
        "\",\"state\":\"offered\",\"eta\":7,\"addressed\":9,\"got\":{\"at\":6,\"member\":\"m\"}}],"
        "\"first\":9,\"readers\":[\"" STR_FMT "\"],\"told\":[\"" STR_FMT "/" STR_FMT
        "\"],\"keys\":[{\"source\":\"" STR_FMT "/" STR_FMT "\",\"key\":\"k\"}]}",
        STR_ARG(w->agencies[0]->id), STR_ARG(w->members[0]->agency->id), STR_ARG(w->members[0]->id),
        STR_ARG(w->agencies[1]->id), STR_ARG(w->category->code), STR_ARG(w->places[0]->id),
        STR_ARG(w->agencies[2]->id), STR_ARG(w->agencies[3]->id),
        STR_ARG(w->members[1]->agency->id), STR_ARG(w->members[1]->id),
        STR_ARG(w->sources[0]->agency->id), STR_ARG(w->sources[0]->id));
    damage(w, ENTRY_TICKET, STR("ticket"), doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_row_of_the_directory_is_refused_or_read),
        cmocka_unit_test(a_damaged_row_of_a_ticket_is_refused_or_read),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
