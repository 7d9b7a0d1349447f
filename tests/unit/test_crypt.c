#include "foreign.h"

#define VECTORS "../shared/vectors/"

static struct arena arena;
static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    return crypt_start() == OK ? 0 : -1;
}
static int teardown(void **unused)
{
    (void)unused;
    arena_deinit(&arena);
    return 0;
}

static struct str unhex(struct str hex)
{
    uint8_t *out = arena_alloc(&arena, hex.len / 2 + 1);
    if (!crypt_unhex_exact(hex, out, hex.len / 2))
        fail_msg("not hex: %.*s", STR_ARG(hex));
    return (struct str){(const char *)out, hex.len / 2};
}

static void hashes_are_those_of_the_standards(void **unused)
{
    (void)unused;
    struct hash h = crypt_sha256(STR("abc"));
    assert_str(crypt_hex(&arena, (struct str){(const char *)h.at, HASH_BYTES}),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    h = crypt_sha256(STR_NONE);
    assert_str(crypt_hex(&arena, (struct str){(const char *)h.at, HASH_BYTES}),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* RFC 4231, case 2, its key padded with zeros as HMAC does. */
    struct hash key = {"Jefe"};
    h = crypt_hmac(key, STR("what do ya want for nothing?"));
    assert_str(crypt_hex(&arena, (struct str){(const char *)h.at, HASH_BYTES}),
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(hash_eq(h, h));
    assert_false(hash_eq(h, key));
}

static void rfc_8037_agrees(void **unused)
{
    (void)unused;
    json_t *file = foreign_json(VECTORS "rfc8037/rfc8037.json");
    if (file == NULL)
        return;
    json_t *a1 = json_object_get(file, "A.1"), *a4 = json_object_get(file, "A.4");
    struct str seed = unhex(json_str(a1, "d_hex"));
    struct secret_key key = crypt_key_from_seed((const uint8_t *)seed.at);
    struct public_key public = crypt_public(&key);
    assert_str(crypt_hex(&arena, (struct str){(const char *)public.at, KEY_BYTES}),
               json_str(a1, "x_hex").at);
    struct kid kid = crypt_thumbprint(&public);
    assert_str(kid_str(&kid), json_str(json_object_get(file, "A.3"), "thumbprint_b64u").at);
    struct signature sig = crypt_sign(&key, json_str(a4, "signing_input"));
    assert_str(crypt_b64(&arena, (struct str){(const char *)sig.at, SIGNATURE_BYTES}),
               json_str(a4, "signature_b64u").at);
    assert_true(crypt_verify(&public, json_str(a4, "signing_input"), &sig));
    for (size_t bit = 0; bit < SIGNATURE_BYTES * 8; bit++) {
        struct signature wrong = sig;
        wrong.at[bit / 8] = (uint8_t)(wrong.at[bit / 8] ^ 1u << bit % 8);
        assert_false(crypt_verify(&public, json_str(a4, "signing_input"), &wrong));
    }
    json_decref(file);
}

/* ---- our verdict is libsodium's, on every case that implementations disagree about ---- */
static json_t *matrix_rows(json_t *matrix)
{
    return json_object_get(matrix, "rows");
}

static void check_verdict(json_t *matrix, const char *id, struct str key, struct str msg,
                          struct str sig)
{
    json_t *row = json_object_get(matrix_rows(matrix), id);
    if (row == NULL)
        fail_msg("no %s in the matrix", id);
    bool expected = json_string_value(row)[0] == '1';
    struct public_key k;
    struct signature s;
    bool whole = key.len == sizeof k.at && sig.len == sizeof s.at;
    bool verdict = whole;
    if (whole) {
        memcpy(k.at, key.at, key.len);
        memcpy(s.at, sig.at, sig.len);
        verdict = crypt_verify(&k, msg, &s);
    }
    if (verdict != expected)
        fail_msg("%s: %s", id, verdict ? "accepted" : "refused");
    size_t last = json_string_length(row) - 1;
    if (whole && crypt_key_is_sound(&k) != (json_string_value(row)[last] == '1'))
        fail_msg("%s: its key", id);
}

static json_t *matrix_open(void)
{
    return foreign_json(VECTORS "ed25519-matrix/matrix.json");
}

static void speccheck_verdicts_are_those_of_the_matrix(void **unused)
{
    (void)unused;
    json_t *matrix = matrix_open(), *file = foreign_json(VECTORS "ed25519-speccheck/cases.json");
    size_t i;
    json_t *c;
    if (matrix != NULL)
        json_array_foreach(file, i, c)
        {
            check_verdict(matrix, arena_printf(&arena, "spec%zu", i).at,
                          unhex(json_str(c, "pub_key")), unhex(json_str(c, "message")),
                          unhex(json_str(c, "signature")));
        }
    json_decref(matrix);
    json_decref(file);
}

static void cctv_verdicts_are_those_of_the_matrix(void **unused)
{
    (void)unused;
    json_t *matrix = matrix_open(),
           *file = foreign_json(VECTORS "cctv-ed25519/ed25519vectors.json");
    size_t i;
    json_t *c;
    if (matrix != NULL)
        json_array_foreach(file, i, c)
        {
            json_int_t n = json_integer_value(json_object_get(c, "number"));
            check_verdict(matrix, arena_printf(&arena, "cctv%lld", n).at, unhex(json_str(c, "key")),
                          json_str(c, "msg"), unhex(json_str(c, "sig")));
        }
    json_decref(matrix);
    json_decref(file);
}

static void wycheproof_verdicts_are_those_of_the_matrix(void **unused)
{
    (void)unused;
    json_t *matrix = matrix_open(), *file = foreign_json(VECTORS "wycheproof/ed25519_test.json");
    size_t i, k;
    json_t *group, *c;
    if (matrix != NULL)
        json_array_foreach(json_object_get(file, "testGroups"), i, group)
        {
            struct str key = unhex(json_str(json_object_get(group, "publicKey"), "pk"));
            json_array_foreach(json_object_get(group, "tests"), k, c)
            {
                json_int_t n = json_integer_value(json_object_get(c, "tcId"));
                check_verdict(matrix, arena_printf(&arena, "wp%lld", n).at, key,
                              unhex(json_str(c, "msg")), unhex(json_str(c, "sig")));
            }
        }
    json_decref(matrix);
    json_decref(file);
}

static void check_keys(json_t *list, bool sound)
{
    size_t i;
    json_t *hex;
    json_array_foreach(list, i, hex)
    {
        struct public_key key;
        assert_true(crypt_unhex_exact(str_of(json_string_value(hex)), key.at, sizeof key.at));
        if (crypt_key_is_sound(&key) != sound)
            fail_msg("%s", json_string_value(hex));
    }
}

static void only_keys_of_the_prime_order_group_may_be_enrolled(void **unused)
{
    (void)unused;
    json_t *file = foreign_json(VECTORS "ed25519-matrix/enrol_keys.json");
    if (file == NULL)
        return;
    const char *name;
    json_t *list;
    json_object_foreach(json_object_get(file, "ed25519_refuse"), name, list)
        check_keys(list, false);
    check_keys(json_object_get(file, "ed25519_accept"), true);
    json_decref(file);
}

static void base64url_has_one_form(void **unused)
{
    (void)unused;
    for (size_t len = 0; len < 2000; len = len * 2 + 1) {
        uint8_t bytes[2048];
        crypt_random(bytes, len);
        struct str in = {(const char *)bytes, len}, out;
        struct str text = crypt_b64(&arena, in);
        struct buf b;
        buf_init(&b);
        crypt_b64_put(&b, in);
        assert_true(str_eq(text, buf_peek(&b)));
        buf_deinit(&b);
        assert_true(crypt_b64_decode(&arena, text, &out));
        assert_true(str_eq(in, out));
    }
    static const char *const wrong[] = {"A",    "AA==",  "AA=",    "AB",    "AAB",  "A+AA",
                                        "A/AA", "AA AA", "AAAA\n", "AAAA.", "AAAAA"};
    struct str out;
    uint8_t two[2];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(crypt_b64_decode(&arena, str_of(wrong[i]), &out));
    assert_true(crypt_b64_decode_exact(STR("__8"), two, 2));
    assert_false(crypt_b64_decode_exact(STR("__9"), two, 2)); /* a spare bit */
    assert_false(crypt_b64_decode_exact(STR("____"), two, 2));
    assert_false(crypt_b64_decode_exact(STR("_w"), two, 2));
    for (int c = 0x80; c < 0x100; c++) { /* sodium 1.0.18 takes them all for `_` */
        char text[] = {'A', (char)c, 'A', 'A'};
        assert_false(crypt_b64_decode(&arena, (struct str){text, sizeof(text)}, &out));
    }
}

static void hex_is_lower_case_and_of_the_size(void **unused)
{
    (void)unused;
    uint8_t two[2];
    assert_true(crypt_unhex_exact(STR("0aff"), two, 2));
    assert_int_equal(two[1], 0xFF);
    assert_false(crypt_unhex_exact(STR("0aFF"), two, 2));
    assert_false(crypt_unhex_exact(STR("0af"), two, 2));
    assert_false(crypt_unhex_exact(STR("0aff0"), two, 2));
    assert_false(crypt_unhex_exact(STR("0a f"), two, 2));
    assert_false(crypt_unhex_exact(STR("0agf"), two, 2));
}

static void a_kid_is_43_characters_without_spare_bits(void **unused)
{
    (void)unused;
    struct kid kid;
    assert_true(kid_parse(STR("1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"), &kid));
    assert_str(kid_str(&kid), "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y");
    assert_true(kid_eq(&kid, &kid));
    assert_false(kid_parse(STR("1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Z"), &kid));
    assert_false(kid_parse(STR("1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54"), &kid));
    assert_false(kid_parse(STR_NONE, &kid));
}

static void a_secret_survives_being_told_on_the_phone(void **unused)
{
    (void)unused;
    struct secret_text s = crypt_secret_new(), t = crypt_secret_new(), out;
    assert_int_equal(strlen(s.at), POSKO_SECRET_CHARS);
    assert_string_not_equal(s.at, t.at);
    assert_true(crypt_secret_parse(str_of(s.at), &out));
    assert_string_equal(out.at, s.at);
    assert_true(crypt_secret_parse(STR("o1Il-abcde fghjk-mnpqr-stvwx-yz"), &out));
    assert_string_equal(out.at, "0111ABCDEFGHJKMNPQRSTVWXYZ");
    assert_false(crypt_secret_parse(STR("o1Il-abcde fghjk-mnpqr-stvwx-y"), &out));
    assert_false(crypt_secret_parse(STR("o1Il-abcde fghjk-mnpqr-stvwx-yzz"), &out));
    assert_false(crypt_secret_parse(STR("u1Il-abcde fghjk-mnpqr-stvwx-yz"), &out));
    assert_false(crypt_secret_parse((struct str){"0\0"
                                                 "11ABCDEFGHJKMNPQRSTVWXYZ",
                                                 26},
                                    &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_standards),
        cmocka_unit_test(rfc_8037_agrees),
        cmocka_unit_test(speccheck_verdicts_are_those_of_the_matrix),
        cmocka_unit_test(cctv_verdicts_are_those_of_the_matrix),
        cmocka_unit_test(wycheproof_verdicts_are_those_of_the_matrix),
        cmocka_unit_test(only_keys_of_the_prime_order_group_may_be_enrolled),
        cmocka_unit_test(base64url_has_one_form),
        cmocka_unit_test(hex_is_lower_case_and_of_the_size),
        cmocka_unit_test(a_kid_is_43_characters_without_spare_bits),
        cmocka_unit_test(a_secret_survives_being_told_on_the_phone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
