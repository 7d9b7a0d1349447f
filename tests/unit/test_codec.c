#include "foreign.h"

#include "ledger/codec.h"

#include <dirent.h>
#include <stdlib.h>

static struct arena arena;
static struct secret_key key;

static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    if (crypt_start() != OK)
        return -1;
    key = crypt_key_new();
    return 0;
}
static int teardown(void **unused)
{
    (void)unused;
    arena_deinit(&arena);
    return 0;
}

/* Through the whole way: signed, parsed, verified, read. */
static enum err read_signed(enum typ typ, struct str payload, struct fault *fault,
                            struct record *out)
{
    struct envelope e;
    struct public_key public = crypt_public(&key);
    enum err err = jws_parse(&arena, jws_sign(&arena, typ, &key, payload), fault, &e);
    if (err != OK)
        return err;
    assert_true(crypt_verify(&public, e.signed_, &e.signature));
    return codec_read(&arena, &e, fault, out);
}

static struct str dump(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    struct str copy = arena_dup(&arena, str_of(text));
    free(text);
    return copy;
}

static struct str record_json(json_t *file, const char *kind, json_t *with)
{
    json_t *claims = json_copy(json_object_get(file, "general"));
    (void)json_object_set_new(claims, "kind", json_string(kind));
    (void)json_object_update(claims, json_object_get(json_object_get(file, "kinds"), kind));
    const char *name;
    json_t *value;
    json_object_foreach(with, name, value)
    {
        if (json_is_null(value))
            (void)json_object_del(claims, name);
        else
            (void)json_object_set(claims, name, value);
    }
    struct str text = dump(claims);
    json_decref(claims);
    return text;
}

/* What was read is written, read again, and the same. */
static void check_round(const struct record *r)
{
    struct fault fault;
    struct record again;
    struct str first = codec_write(&arena, r);
    if (read_signed(kind_typ(r->kind), first, &fault, &again) != OK)
        fail_msg("%s: %s\n" STR_FMT, fault.field, fault.text, STR_ARG(first));
    assert_true(again.has == r->has);
    struct str second = codec_write(&arena, &again);
    assert_true(str_eq(first, second));
}

static void our_cases_are_read_or_refused_as_they_say(void **unused)
{
    (void)unused;
    json_t *file = own_json("tests/vectors/records.json");
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(file, "cases"), i, c)
    {
        struct str kind = json_str(c, "kind"), code = json_str(c, "code");
        struct str text = record_json(file, kind.at, json_object_get(c, "with"));
        int typ = (int)kind_typ((enum kind)words_find(&WORDS_KIND, kind));
        if (json_object_get(c, "typ") != NULL)
            typ = words_find(&WORDS_TYP, json_str(c, "typ"));
        struct fault fault = {0};
        struct record r;
        enum err e = read_signed((enum typ)typ, text, &fault, &r);
        if (!str_eq(code, str_of(err_wire(e))))
            fail_msg("%zu, %s: %s %s\n%s", i, kind.at, err_wire(e), fault.text, text.at);
        if (e != OK && !str_eq(json_str(c, "field"), str_of(fault.field)))
            fail_msg("%zu, %s: field %s\n%s", i, kind.at, fault.field, text.at);
        if (e == OK)
            check_round(&r);
    }
    json_decref(file);
}

static void every_kind_needs_each_claim_that_it_must_carry(void **unused)
{
    (void)unused;
    json_t *file = own_json("tests/vectors/records.json");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const char *name = WORDS_KIND.at[kind];
        struct fault fault;
        struct record r;
        struct str whole = record_json(file, name, NULL);
        if (read_signed(kind_typ((enum kind)kind), whole, &fault, &r) != OK)
            fail_msg("%s: %s", name, fault.text);
        assert_int_equal(r.kind, kind);
        check_round(&r);
        for (int claim = 0; claim < CLAIMS; claim++) {
            const char *wire = codec_claim_name((enum claim)claim).at;
            if (!codec_must((enum kind)kind, (enum claim)claim))
                continue;
            assert_true(codec_may((enum kind)kind, (enum claim)claim));
            json_t *without = json_pack("{s:n}", wire);
            struct str text = record_json(file, name, without);
            json_decref(without);
            if (read_signed(kind_typ((enum kind)kind), text, &fault, &r) != ERR_BAD_CLAIM ||
                strcmp(fault.field, wire) != 0)
                fail_msg("%s without %s: %s", name, wire, fault.text);
        }
    }
    json_decref(file);
}

static void what_is_left_out_has_its_default(void **unused)
{
    (void)unused;
    json_t *file = own_json("tests/vectors/records.json");
    struct fault fault;
    struct record r;
    assert_int_equal(read_signed(TYP_RECORD, record_json(file, "alert.raise", NULL), &fault, &r),
                     OK);
    assert_int_equal(r.tlp, TLP_AMBER);
    assert_int_equal(r.count, 1);
    assert_true(r.active);
    assert_false(r.exercise);
    assert_false(HAS(&r, COUNT));
    struct public_key public = crypt_public(&key);
    struct kid kid = crypt_thumbprint(&public);
    assert_true(kid_eq(&r.signer, &kid));
    json_decref(file);
}

static void a_fault_says_what_would_be_right(void **unused)
{
    (void)unused;
    struct fault fault;
    struct record r = {.kind = KIND_INCIDENT_REPORT};
    struct node to = {.type = NODE_ARRAY};
    assert_int_equal(codec_set(&arena, &r, STR("to"), &to, &fault), ERR_BAD_CLAIM);
    assert_string_equal(fault.text, "`to` must be 1 to 32 distinct agencies");
    assert_string_equal(fault.field, "to");
    struct node sev = {.type = NODE_TEXT, .text = STR("high")};
    assert_int_equal(codec_set(&arena, &r, STR("sev"), &sev, &fault), ERR_BAD_CLAIM);
    assert_string_equal(fault.text, "`sev` must be one of minor moderate severe extreme");
    assert_int_equal(codec_set(&arena, &r, STR("eta"), &sev, &fault), ERR_UNKNOWN_FIELD);
    assert_string_equal(fault.field, "eta");
    assert_non_null(strstr(fault.text, "x-"));
    sev.text = STR("minor");
    assert_int_equal(codec_set(&arena, &r, STR("sev"), &sev, &fault), OK);
    assert_int_equal(r.sev, SEV_MINOR);
    assert_true(r.has == UINT64_C(1) << CLAIM_SEV);
}

static struct str default_policy(int without)
{
    struct buf b;
    buf_init(&b);
    buf_put(&b,
            STR("{\"v\":1,\"aud\":\"a\",\"iss\":\"kpu\",\"act\":\"adm\",\"kind\":\"policy.put\","
                "\"jti\":\"01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071\",\"iat\":1,"
                "\"policy\":\"default\",\"rows\":["));
    static const char *const whats[] = {"ack", "accept", "update", "resolve"};
    bool comma = false;
    for (int i = 0; i < 16; i++) {
        if (i == without)
            continue;
        buf_printf(&b,
                   "%s{\"what\":\"%s\",\"sev\":\"%s\",\"within\":60,\"open\":[\"duty\"],"
                   "\"steps\":[{\"after\":0,\"tell\":[\"agency\"]}],\"repeat\":60}",
                   comma ? "," : "", whats[i / 4], WORDS_SEV.at[i % 4]);
        comma = true;
    }
    buf_put(&b, STR("]}"));
    struct str text = arena_dup(&arena, buf_peek(&b));
    buf_deinit(&b);
    return text;
}

static void the_policy_default_answers_for_every_severity(void **unused)
{
    (void)unused;
    struct fault fault;
    struct record r;
    assert_int_equal(read_signed(TYP_ADMIN, default_policy(-1), &fault, &r), OK);
    assert_int_equal(r.row_count, 16);
    check_round(&r);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(read_signed(TYP_ADMIN, default_policy(i), &fault, &r), ERR_BAD_CLAIM);
        assert_string_equal(fault.field, "rows");
    }
}

static void the_design_vector_says_what_it_says(void **unused)
{
    (void)unused;
    json_t *file = foreign_json("../shared/design/vectors.json");
    if (file == NULL)
        return;
    struct envelope e;
    struct fault fault;
    struct record r;
    struct login login;
    assert_int_equal(
        jws_parse(&arena, json_str(json_object_get(file, "record"), "jws"), &fault, &e), OK);
    assert_int_equal(codec_read(&arena, &e, &fault, &r), OK);
    assert_int_equal(r.kind, KIND_INCIDENT_REPORT);
    assert_int_equal(r.sev, SEV_EXTREME);
    assert_int_equal(r.to.count, 2);
    assert_str(r.to.at[1], "pemkot");
    assert_str(r.title, "Massa di depan gudang \xE2\x80\x94 Manembo-Nembo");
    assert_int_equal(jws_parse(&arena, json_str(json_object_get(file, "auth"), "jws"), &fault, &e),
                     OK);
    assert_int_equal(codec_read_login(&arena, &e, false, &fault, &login), OK);
    assert_str(login.aud, "posko.bitung/ledger");
    assert_str(login.host, "localhost:8080");
    assert_int_equal(codec_read_login(&arena, &e, true, &fault, &login), ERR_BAD_CLAIM);
    assert_string_equal(fault.field, "jwk");
    assert_int_equal(codec_read(&arena, &e, &fault, &r), ERR_BAD_CLAIM);
    json_decref(file);
}

static enum err login_with(const char *text, bool enrol, struct fault *fault, struct login *out)
{
    struct envelope e;
    assert_int_equal(jws_parse(&arena, jws_sign(&arena, TYP_AUTH, &key, str_of(text)), fault, &e),
                     OK);
    return codec_read_login(&arena, &e, enrol, fault, out);
}

static void a_log_in_has_exactly_its_claims(void **unused)
{
    (void)unused;
    static const char nonce[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct fault fault;
    struct login out, in = {.aud = STR("posko.test/ledger"),
                            .nonce = STR(nonce),
                            .host = STR("localhost:8080"),
                            .iat = 5};
    struct str text = codec_write_login(&arena, &in);
    assert_int_equal(login_with(text.at, false, &fault, &out), OK);
    assert_true(str_eq(out.host, in.host) && out.iat == 5 && !out.has_jwk);
    assert_int_equal(login_with(text.at, true, &fault, &out), ERR_BAD_CLAIM);
    in.has_jwk = true;
    in.jwk = crypt_public(&key);
    text = codec_write_login(&arena, &in);
    assert_int_equal(login_with(text.at, true, &fault, &out), OK);
    assert_memory_equal(&out.jwk, &in.jwk, sizeof in.jwk);
    assert_int_equal(login_with(text.at, false, &fault, &out), ERR_UNKNOWN_FIELD);
    struct secret_key other = crypt_key_new();
    in.jwk = crypt_public(&other);
    text = codec_write_login(&arena, &in);
    assert_int_equal(login_with(text.at, true, &fault, &out), ERR_BAD_CLAIM);
    assert_int_equal(login_with("{\"v\":1}", false, &fault, &out), ERR_BAD_CLAIM);
    assert_int_equal(login_with("{\"v\":1,\"x-a\":1}", false, &fault, &out), ERR_UNKNOWN_FIELD);
    assert_int_equal(login_with("{\"v\":1,\"nonce\":\"short\"}", false, &fault, &out),
                     ERR_BAD_CLAIM);
    assert_string_equal(fault.field, "nonce");
}

/* JSONTestSuite: what no parser may accept, as the payload of a good signature. */
static void what_is_not_json_is_refused_behind_a_good_signature(void **unused)
{
    (void)unused;
    static const char folder[] = "../shared/vectors/JSONTestSuite/test_parsing";
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        print_message("skip: no %s\n", folder);
        return;
    }
    size_t count = 0;
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (strncmp(d->d_name, "n_", 2) != 0)
            continue;
        struct fault fault;
        struct record r;
        struct str text;
        const char *path = arena_printf(&arena, "%s/%s", folder, d->d_name).at;
        assert_int_equal(file_read(&arena, path, FILE_BYTES_MAX, &fault, &text), OK);
        enum err e = read_signed(TYP_RECORD, text, &fault, &r);
        bool expected = e == ERR_BAD_JSON || (text.len == 0 && e == ERR_BAD_SHAPE) ||
                        (text.len > 35000 && e == ERR_TOO_BIG);
        if (!expected)
            fail_msg("%s: %s", d->d_name, err_wire(e));
        const struct node *n;
        assert_int_equal(json_parse_trusted(&arena, text, &fault, &n), ERR_BAD_JSON);
        count++;
    }
    assert_true(count > 100);
    (void)closedir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_cases_are_read_or_refused_as_they_say),
        cmocka_unit_test(every_kind_needs_each_claim_that_it_must_carry),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(a_fault_says_what_would_be_right),
        cmocka_unit_test(the_policy_default_answers_for_every_severity),
        cmocka_unit_test(the_design_vector_says_what_it_says),
        cmocka_unit_test(a_log_in_has_exactly_its_claims),
        cmocka_unit_test(what_is_not_json_is_refused_behind_a_good_signature),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
