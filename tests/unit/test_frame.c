#include "foreign.h"

#include "net/frame.h"

static struct fault fault;

static enum err read_text(struct arena *arena, const char *text, struct frame *out)
{
    fault = (struct fault){0};
    return frame_read(arena, str_of(text), &fault, out);
}

static void every_message_of_a_client_is_read(void **unused)
{
    (void)unused;
    struct arena arena;
    struct frame f;
    arena_init(&arena);
    assert_int_equal(read_text(&arena, "{\"op\":\"auth\",\"jws\":\"a.b.c\",\"ref\":-3}", &f), OK);
    assert_int_equal(f.op, OP_AUTH);
    assert_str(f.jws, "a.b.c");
    assert_true(f.has_ref && f.ref == -3);
    assert_int_equal(read_text(&arena, "{\"op\":\"enrol\",\"jws\":\"j\",\"secret\":\"S\"}", &f),
                     OK);
    assert_int_equal(f.op, OP_ENROL);
    assert_str(f.secret, "S");
    assert_false(f.has_ref);
    assert_int_equal(read_text(&arena, "{\"op\":\"follow\"}", &f), OK);
    assert_true(f.op == OP_FOLLOW && !f.has_after);
    assert_int_equal(read_text(&arena, "{\"op\":\"follow\",\"after\":0}", &f), OK);
    assert_true(f.has_after && f.after == 0);
    assert_int_equal(read_text(&arena, "{\"jws\":\"j\",\"op\":\"post\"}", &f), OK);
    assert_int_equal(f.op, OP_POST);
    assert_int_equal(read_text(&arena, "{\"op\":\"got\",\"seq\":9007199254740991}", &f), OK);
    assert_true(f.op == OP_GOT && f.seq == 9007199254740991);
    assert_int_equal(read_text(&arena, "{\"op\":\"shown\",\"seqs\":[1,5,3]}", &f), OK);
    assert_true(f.op == OP_SHOWN && f.seq_count == 3 && f.seqs[1] == 5);
    assert_int_equal(read_text(&arena, "{\"op\":\"beat\"}", &f), OK);
    assert_int_equal(f.op, OP_BEAT);
    arena_deinit(&arena);
}

static void history_has_its_defaults(void **unused)
{
    (void)unused;
    struct arena arena;
    struct frame f;
    arena_init(&arena);
    const char *id = "0190a5b0-1234-7abc-8def-0123456789ab";
    char text[256];
    (void)snprintf(text, sizeof text, "{\"op\":\"history\",\"ticket\":\"%s\"}", id);
    assert_int_equal(read_text(&arena, text, &f), OK);
    assert_true(f.op == OP_HISTORY && f.after == 0 && f.limit == 200);
    assert_string_equal(id_text(f.ticket.at).at, id);
    (void)snprintf(text, sizeof text,
                   "{\"op\":\"history\",\"ticket\":\"%s\",\"after\":7,\"limit\":1000}", id);
    assert_int_equal(read_text(&arena, text, &f), OK);
    assert_true(f.after == 7 && f.limit == 1000);
    arena_deinit(&arena);
}

static void what_is_no_message_is_a_bad_frame_that_names_the_member(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *field;
    } wrong[] = {
        {"", ""},
        {"[]", ""},
        {"{", ""},
        {"{}", "op"},
        {"{\"op\":1}", "op"},
        {"{\"op\":\"hello\"}", "op"},
        {"{\"op\":\"Auth\",\"jws\":\"x\"}", "op"},
        {"{\"op\":\"auth\"}", "jws"},
        {"{\"op\":\"auth\",\"jws\":\"\"}", "jws"},
        {"{\"op\":\"auth\",\"jws\":1}", "jws"},
        {"{\"op\":\"auth\",\"jws\":\"x\",\"jws\":\"y\"}", ""},
        {"{\"op\":\"auth\",\"jws\":\"x\",\"extra\":1}", ""},
        {"{\"op\":\"auth\",\"jws\":\"x\",\"after\":1}", "after"},
        {"{\"op\":\"enrol\",\"jws\":\"x\"}", "secret"},
        {"{\"op\":\"follow\",\"after\":-1}", "after"},
        {"{\"op\":\"follow\",\"after\":\"1\"}", "after"},
        {"{\"op\":\"follow\",\"after\":1.5}", ""},
        {"{\"op\":\"follow\",\"ref\":\"1\"}", "ref"},
        {"{\"op\":\"follow\",\"ref\":null}", ""},
        {"{\"op\":\"history\"}", "ticket"},
        {"{\"op\":\"history\",\"ticket\":\"x\"}", "ticket"},
        {"{\"op\":\"history\",\"ticket\":\"0190A5B0-1234-7abc-8def-0123456789ab\"}", "ticket"},
        {"{\"op\":\"got\"}", "seq"},
        {"{\"op\":\"got\",\"seq\":0}", "seq"},
        {"{\"op\":\"got\",\"seq\":[1]}", "seq"},
        {"{\"op\":\"shown\",\"seqs\":[]}", "seqs"},
        {"{\"op\":\"shown\",\"seqs\":[1,\"2\"]}", "seqs"},
        {"{\"op\":\"shown\",\"seqs\":{}}", "seqs"},
        {"{\"op\":\"beat\",\"seq\":1}", "seq"},
    };
    struct arena arena;
    struct frame f;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (read_text(&arena, wrong[i].text, &f) != ERR_BAD_FRAME)
            fail_msg("%s is read", wrong[i].text);
        assert_int_equal(fault.code, ERR_BAD_FRAME);
        assert_string_equal(fault.field, wrong[i].field);
        assert_true(fault.text[0] != '\0');
    }
    arena_deinit(&arena);
}

static void a_limit_is_1_to_1000_and_seqs_are_1_to_64(void **unused)
{
    (void)unused;
    struct arena arena;
    struct frame f;
    struct buf text;
    arena_init(&arena);
    buf_init(&text);
    for (int limit = 0; limit <= 1001; limit += 1001) {
        buf_clear(&text);
        buf_printf(&text,
                   "{\"op\":\"history\",\"ticket\":\"0190a5b0-1234-7abc-8def-0123456789ab\","
                   "\"limit\":%d}",
                   limit);
        assert_int_equal(frame_read(&arena, buf_peek(&text), &fault, &f), ERR_BAD_FRAME);
        assert_string_equal(fault.field, "limit");
    }
    for (size_t count = 64; count <= 65; count++) {
        buf_clear(&text);
        buf_put(&text, STR("{\"op\":\"shown\",\"seqs\":[1"));
        for (size_t i = 1; i < count; i++)
            buf_put(&text, STR(",2"));
        buf_put(&text, STR("]}"));
        enum err e = frame_read(&arena, buf_peek(&text), &fault, &f);
        assert_int_equal(e, count == 64 ? OK : ERR_BAD_FRAME);
    }
    buf_deinit(&text);
    arena_deinit(&arena);
}

static void a_refused_message_keeps_its_ref(void **unused)
{
    (void)unused;
    struct arena arena;
    struct frame f;
    arena_init(&arena);
    assert_int_equal(read_text(&arena, "{\"nonsense\":1,\"op\":\"auth\",\"ref\":12}", &f),
                     ERR_BAD_FRAME);
    assert_true(f.has_ref && f.ref == 12);
    assert_int_equal(read_text(&arena, "{\"op\":\"none\",\"ref\":13}", &f), ERR_BAD_FRAME);
    assert_true(f.has_ref && f.ref == 13);
    arena_deinit(&arena);
}

static void check(struct buf *b, const char *want)
{
    assert_str(buf_peek(b), want);
    buf_clear(b);
}

static void messages_of_the_hub_are_as_the_protocol_has_them(void **unused)
{
    (void)unused;
    struct buf b;
    const int64_t ref = 7;
    const struct str roles[] = {STR("duty"), STR("chief")};
    buf_init(&b);
    frame_hello(&b, STR("posko.bitung/ledger"), STR("n"), 5);
    check(&b, "{\"op\":\"hello\",\"aud\":\"posko.bitung/ledger\",\"nonce\":\"n\",\"at\":5,"
              "\"version\":\"" POSKO_VERSION "\"}");
    frame_welcome(&b, STR("polres"), STR("rina"), (struct str_list){roles, 2}, 9, 5, STR("t"),
                  &ref);
    check(&b, "{\"op\":\"welcome\",\"ref\":7,\"agency\":\"polres\",\"member\":\"rina\","
              "\"roles\":[\"duty\",\"chief\"],\"head\":9,\"at\":5,\"token\":\"t\"}");
    frame_enrolled(&b, STR("a"), STR("m"), STR("k"), STR("u"), STR("h"), NULL);
    check(&b, "{\"op\":\"enrolled\",\"agency\":\"a\",\"member\":\"m\",\"kid\":\"k\","
              "\"aud\":\"u\",\"hub\":\"h\"}");
    frame_posted(&b, STR("id"), 1235, 5, &ref);
    check(&b, "{\"op\":\"posted\",\"ref\":7,\"id\":\"id\",\"seq\":1235,\"at\":5}");
    frame_record(&b, 3, 4, STR("a.b.c"), STR("{\"x\":1}"), STR_NONE);
    check(&b, "{\"op\":\"record\",\"seq\":3,\"at\":4,\"jws\":\"a.b.c\",\"ticket\":{\"x\":1}}");
    frame_record(&b, 3, 4, STR("a.b.c"), STR_NONE, STR("T"));
    check(&b, "{\"op\":\"record\",\"of\":\"T\",\"seq\":3,\"at\":4,\"jws\":\"a.b.c\"}");
    frame_state(&b, "agency", STR("{\"id\":\"kpu\"}"), 6);
    check(&b, "{\"op\":\"state\",\"seq\":6,\"agency\":{\"id\":\"kpu\"}}");
    frame_reset(&b, 8, "fresh", &ref);
    check(&b, "{\"op\":\"reset\",\"ref\":7,\"head\":8,\"why\":\"fresh\"}");
    frame_live(&b, 8, NULL);
    check(&b, "{\"op\":\"live\",\"head\":8}");
    frame_mark(&b, 8, 2, 5, 0, 1, false);
    check(&b, "{\"op\":\"mark\",\"head\":8,\"sent\":2,\"at\":5,\"overdue\":0,\"copies\":1}");
    frame_mark(&b, 8, 2, 5, 0, 1, true);
    check(&b, "{\"op\":\"mark\",\"head\":8,\"sent\":2,\"at\":5,\"overdue\":0,\"copies\":1,"
              "\"clock\":\"held\"}");
    frame_gone(&b, STR("T"));
    check(&b, "{\"op\":\"gone\",\"ticket\":\"T\"}");
    frame_receipt(&b, STR("T"), 3, STR("a"), STR("m"), "got", 5);
    check(&b, "{\"op\":\"receipt\",\"ticket\":\"T\",\"seq\":3,\"agency\":\"a\",\"member\":\"m\","
              "\"how\":\"got\",\"at\":5}");
    frame_end(&b, STR("T"), true, &ref);
    check(&b, "{\"op\":\"end\",\"ref\":7,\"of\":\"T\",\"more\":true}");
    frame_bye(&b, "draining", 1000);
    check(&b, "{\"op\":\"bye\",\"code\":\"draining\",\"retry_ms\":1000}");
    buf_deinit(&b);
}

static void a_refusal_tells_what_helps_and_no_more(void **unused)
{
    (void)unused;
    struct buf b;
    struct fault f = {.code = ERR_TOO_MANY, .retry_ms = 1500};
    buf_init(&b);
    frame_refused(&b, STR("J"), &f, NULL);
    check(&b, "{\"op\":\"refused\",\"id\":\"J\",\"code\":\"too_many\","
              "\"text\":\"too many in a short time; wait and send again\",\"retry_ms\":1500}");
    (void)fault_set(&f, ERR_BAD_CLAIM, "title", "the \"title\" is too long");
    const int64_t ref = 1;
    frame_refused(&b, STR_NONE, &f, &ref);
    check(&b, "{\"op\":\"refused\",\"ref\":1,\"id\":null,\"code\":\"bad_claim\","
              "\"text\":\"the \\\"title\\\" is too long\",\"field\":\"title\"}");
    buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_of_a_client_is_read),
        cmocka_unit_test(history_has_its_defaults),
        cmocka_unit_test(what_is_no_message_is_a_bad_frame_that_names_the_member),
        cmocka_unit_test(a_limit_is_1_to_1000_and_seqs_are_1_to_64),
        cmocka_unit_test(a_refused_message_keeps_its_ref),
        cmocka_unit_test(messages_of_the_hub_are_as_the_protocol_has_them),
        cmocka_unit_test(a_refusal_tells_what_helps_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
