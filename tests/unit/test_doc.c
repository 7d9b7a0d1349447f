#include "doc_world.h"

/* doc_world.h wrote and read a row of every kind already, and applied what it read. */
static void every_kind_of_row_was_read_back(void **context)
{
    struct world *w = *context;
    for (int kind = 0; kind < (int)ENTRY_TICKET; kind++)
        assert_true(state_count(w->st, (enum entry_kind)kind) > 0);
}

static void the_key_of_the_hub_is_shown_as_what_it_signs_as(void **context)
{
    struct world *w = *context;
    struct device d = {.jwk = crypt_public(&w->key), .from = 1, .host = STR("agency-0")};
    d.kid = crypt_thumbprint(&d.jwk);
    struct entry e = {.kind = ENTRY_DEVICE, .seq = 1, .is.device = &d};
    struct buf out;
    buf_init(&out);
    doc_write_wire(&out, &e);
    struct fault fault;
    const struct node *n;
    assert_int_equal(json_parse(&w->arena, buf_peek(&out), &fault, &n), OK);
    assert_str(node_text(n, "agency"), "hub");
    assert_str(node_text(n, "member"), "hub");
    assert_null(node_get(n, STR("until")));
    assert_null(node_get(n, STR("host")));
    buf_deinit(&out);
}

static void a_row_that_cannot_be_read_is_named(void **context)
{
    struct world *w = *context;
    struct fault fault;
    struct entry e;
    static const struct {
        enum entry_kind kind;
        const char *id, *doc, *field;
    } wrong[] = {
        {ENTRY_AGENCY, "x", "{", ""},
        {ENTRY_AGENCY, "x", "{\"id\":\"x\"}", "name"},
        {ENTRY_MEMBER, "no/x",
         "{\"id\":\"x\",\"agency\":\"no\",\"name\":\"\",\"roles\":[],\"phones\":[],\"active\":"
         "true}",
         "agency"},
        {ENTRY_POLICY, "default", "{\"policy\":\"default\",\"rows\":[]}", "policy"},
        {ENTRY_RULES, "rules", "{\"rules\":[{}]}", "rules"},
        {ENTRY_DUTY, "a/b", "{\"agency\":\"agency-1\",\"member\":\"no\"}", "member"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(doc_read_row(&w->arena, w->st, wrong[i].kind, str_of(wrong[i].id), 1,
                                      str_of(wrong[i].doc), &fault, &e),
                         ERR_SYSTEM);
        assert_string_equal(fault.field, wrong[i].field);
        assert_non_null(strstr(fault.text, wrong[i].id));
    }
    assert_int_equal(doc_read_ticket(&w->arena, w->st, 1, STR("{\"id\":1}"), NULL, 0, &fault, &e),
                     ERR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_row_was_read_back),
        cmocka_unit_test(the_key_of_the_hub_is_shown_as_what_it_signs_as),
        cmocka_unit_test(a_row_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
