#include "foreign.h"

#include "ledger/jws.h"

static struct arena arena;
static struct secret_key key;
static struct kid kid;

static int setup(void **unused)
{
    (void)unused;
    arena_init(&arena);
    if (crypt_start() != OK)
        return -1;
    key = crypt_key_new();
    struct public_key public = crypt_public(&key);
    kid = crypt_thumbprint(&public);
    return 0;
}
static int teardown(void **unused)
{
    (void)unused;
    arena_deinit(&arena);
    return 0;
}

static enum err parse(struct str jws, struct envelope *out)
{
    struct fault fault = {0};
    enum err e = jws_parse(&arena, jws, &fault, out);
    if (e != OK) {
        assert_int_equal(fault.code, e);
        assert_true(strlen(fault.text) > 0);
    }
    return e;
}

/* A signed JWS with this very header; $K stands for the kid. */
static struct str with_header(const char *header)
{
    struct buf b;
    buf_init(&b);
    const char *mark = strstr(header, "$K");
    struct str head = str_of(header);
    if (mark != NULL)
        head = arena_printf(&arena, "%.*s" STR_FMT "%s", (int)(mark - header), header,
                            STR_ARG(kid_str(&kid)), mark + 2);
    crypt_b64_put(&b, head);
    buf_put(&b, STR(".e30"));
    struct signature sig = crypt_sign(&key, buf_peek(&b));
    buf_put_char(&b, '.');
    crypt_b64_put(&b, (struct str){(const char *)sig.at, SIGNATURE_BYTES});
    struct str jws = arena_dup(&arena, buf_peek(&b));
    buf_deinit(&b);
    return jws;
}

static void what_is_signed_here_is_read_and_verified_here(void **unused)
{
    (void)unused;
    for (int typ = TYP_RECORD; typ <= TYP_AUTH; typ++) {
        struct envelope e;
        struct str jws = jws_sign(&arena, (enum typ)typ, &key, STR("{\"a\":1}"));
        assert_int_equal(parse(jws, &e), OK);
        assert_int_equal(e.typ, typ);
        assert_true(kid_eq(&e.kid, &kid));
        assert_str(e.payload, "{\"a\":1}");
        assert_true(str_eq(e.jws, jws));
        struct public_key public = crypt_public(&key);
        assert_true(crypt_verify(&public, e.signed_, &e.signature));
    }
}

/* Made by another library: RFC 8032's signatures leave no choice. */
static void what_is_signed_is_the_same_each_time_and_everywhere(void **unused)
{
    (void)unused;
    uint8_t seed[SEED_BYTES];
    for (int i = 0; i < SEED_BYTES; i++)
        seed[i] = (uint8_t)i;
    struct secret_key fixed = crypt_key_from_seed(seed);
    assert_str(jws_sign(&arena, TYP_EVENT, &fixed, STR("{\"v\":1,\"kind\":\"clock.lapse\"}")),
               "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoicG9za28tZXZlbnQrandzIiwia2lkIjoiMUlHMnRNSDdKMndi"
               "SlpuT2Y4TEp6UWl0S2Y3TE12b0FFbHN1RE1WTTU0WSJ9.eyJ2IjoxLCJraW5kIjoiY2xvY2subGFwc2U"
               "ifQ.VzRO_49Q68ZwGyLXAGR1KWCZYj_Pt7hdfRqFsEisZW1hpooJvzyPGBjnern2jNmVfbBrf9F0f9rx"
               "thL1p_8NCg");
}

static void a_signer_writes_what_signs_one_by_one_and_no_byte_more(void **unused)
{
    (void)unused;
    static const char bytes[2000] = "{";
    static const size_t lens[] = {0, 1, 2, 3, 4, 5, 6, 7, 383, 767, 768, 769, 1535, 1536, 2000};
    struct jws_signer signer;
    jws_signer_init(&signer, &key);
    for (int typ = TYP_RECORD; typ <= TYP_AUTH; typ++)
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            struct str payload = {bytes, lens[i]};
            struct str one = jws_sign(&arena, (enum typ)typ, &key, payload);
            size_t len = jws_chars(&signer, (enum typ)typ, payload.len);
            char *to = mem_new(len); /* the sanitizer guards its end */
            struct str many = jws_write(&signer, (enum typ)typ, payload, to);
            assert_int_equal(many.len, len);
            assert_true(str_eq(many, one));
            assert_int_equal(one.at[one.len], '\0');
            mem_free(to);
        }
}

static void the_design_vectors_are_read_verified_and_hashed(void **unused)
{
    (void)unused;
    json_t *file = foreign_json("../shared/design/vectors.json");
    if (file == NULL)
        return;
    struct public_key public;
    struct envelope e;
    json_t *k = json_object_get(file, "key"), *leaf = json_object_get(file, "leaf");
    uint8_t seed[SEED_BYTES];
    assert_true(crypt_unhex_exact(json_str(k, "seed_hex"), seed, sizeof seed));
    struct secret_key secret = crypt_key_from_seed(seed);
    public = crypt_public(&secret);
    struct kid thumb = crypt_thumbprint(&public);
    assert_str(kid_str(&thumb), json_str(k, "kid").at);
    struct str jws = json_str(json_object_get(file, "record"), "jws");
    assert_int_equal(parse(jws, &e), OK);
    assert_int_equal(e.typ, TYP_RECORD);
    assert_true(crypt_verify(&public, e.signed_, &e.signature));
    struct hash hash =
        jws_leaf(json_integer_value(json_object_get(leaf, "at")), e.typ, crypt_sha256(jws));
    assert_str(crypt_hex(&arena, (struct str){(const char *)hash.at, HASH_BYTES}),
               json_str(leaf, "hash_hex").at);
    assert_int_equal(parse(json_str(json_object_get(file, "auth"), "jws"), &e), OK);
    assert_int_equal(e.typ, TYP_AUTH);
    assert_true(crypt_verify(&public, e.signed_, &e.signature));
    json_decref(file);
}

static void a_header_has_exactly_alg_typ_and_kid(void **unused)
{
    (void)unused;
    static const char *const good[] = {
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{ \"kid\": \"$K\", \"typ\": \"posko-auth+jws\", \"alg\": \"EdDSA\" }",
        "{\"\\u0061lg\":\"EdDSA\",\"typ\":\"posko-auth+jws\",\"kid\":\"$K\"}"};
    static const char *const wrong[] = {
        "{}",
        "[]",
        "x",
        "{\"alg\":\"none\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{\"alg\":\"HS256\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{\"alg\":\"ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{\"alg\":1,\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"JWT\",\"kid\":\"$K\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"application/posko-record+jws\",\"kid\":\"$K\"}",
        "{\"alg\":\"Ed25519\",\"kid\":\"$K\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K=\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"short\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\",\"b64\":false}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\",\"crit\":[]}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\",\"kid\":\"$K\"}",
        "{\"alg\":\"Ed25519\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"",
    };
    struct envelope e;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(parse(with_header(good[i]), &e), OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (parse(with_header(wrong[i]), &e) != ERR_BAD_HEADER)
            fail_msg("%s", wrong[i]);
    struct str blanks = arena_printf(&arena, "%s%*s", good[0], 200, "");
    assert_int_equal(parse(with_header(blanks.at), &e), ERR_BAD_HEADER);
}

static void another_shape_is_refused(void **unused)
{
    (void)unused;
    struct envelope e;
    struct str good = jws_sign(&arena, TYP_RECORD, &key, STR("{\"a\":1}"));
    struct str head, rest, payload, sig;
    (void)str_cut(good, '.', &head, &rest);
    (void)str_cut(rest, '.', &payload, &sig);
    const struct str wrong[] = {
        STR(""),
        STR("."),
        STR(".."),
        STR("a.b"),
        STR("{\"payload\":\"e30\",\"signatures\":[]}"),
        arena_printf(&arena, STR_FMT "." STR_FMT, STR_ARG(head), STR_ARG(payload)),
        arena_printf(&arena, STR_FMT ".." STR_FMT, STR_ARG(head), STR_ARG(sig)),
        arena_printf(&arena, "." STR_FMT "." STR_FMT, STR_ARG(payload), STR_ARG(sig)),
        arena_printf(&arena, STR_FMT "." STR_FMT ".", STR_ARG(head), STR_ARG(payload)),
        arena_printf(&arena, STR_FMT ".", STR_ARG(good)),
        arena_printf(&arena, STR_FMT ".x", STR_ARG(good)),
        arena_printf(&arena, STR_FMT "=", STR_ARG(good)),
        arena_printf(&arena, STR_FMT "\n", STR_ARG(good)),
        arena_printf(&arena, " " STR_FMT, STR_ARG(good)),
        arena_printf(&arena, STR_FMT "A", STR_ARG(good)),
        arena_printf(&arena, STR_FMT ".\xC3\xA9." STR_FMT, STR_ARG(head), STR_ARG(sig)),
        arena_printf(&arena, STR_FMT ".e31." STR_FMT, STR_ARG(head), STR_ARG(sig)), /* spare bits */
        arena_printf(&arena, STR_FMT ".e30=." STR_FMT, STR_ARG(head), STR_ARG(sig)),
        arena_printf(&arena, STR_FMT ".e+30." STR_FMT, STR_ARG(head), STR_ARG(sig)),
        {good.at, good.len - 1},
        {good.at, good.len - 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (parse(wrong[i], &e) != ERR_BAD_SHAPE)
            fail_msg("%zu: " STR_FMT, i, STR_ARG(wrong[i]));
}

static void a_jws_has_at_most_48000_bytes(void **unused)
{
    (void)unused;
    struct envelope e;
    size_t most = 0;
    for (size_t len = 35500; len < 36000; len++) {
        char *blanks = arena_alloc(&arena, len);
        memset(blanks, ' ', len);
        struct str jws = jws_sign(&arena, TYP_RECORD, &key, (struct str){blanks, len});
        enum err e1 = parse(jws, &e);
        assert_int_equal(e1, jws.len > POSKO_JWS_BYTES_MAX ? ERR_TOO_BIG : OK);
        most = e1 == OK ? jws.len : most;
    }
    assert_in_range(most, POSKO_JWS_BYTES_MAX - 2, POSKO_JWS_BYTES_MAX);
}

/* More keys than places, each twice: what was read before changes nothing. */
static void a_header_that_was_read_before_says_the_same(void **unused)
{
    (void)unused;
    struct jws_headers *known = jws_headers_new();
    struct fault fault = {0};
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 1500; i++) {
            struct public_key public = {{(uint8_t)i, (uint8_t)(i >> 8)}};
            struct kid who = crypt_thumbprint(&public);
            enum typ typ = i % 2 ? TYP_RECORD : TYP_ADMIN;
            struct str header = arena_printf(
                &arena, "{\"alg\":\"EdDSA\",\"typ\":\"" STR_FMT "\",\"kid\":\"" STR_FMT "\"}",
                STR_ARG(words_get(&WORDS_TYP, (int)typ)), STR_ARG(kid_str(&who)));
            struct str part = crypt_b64(&arena, header);
            struct str jws = arena_printf(&arena, STR_FMT ".e30.%086d", STR_ARG(part), 0);
            for (int k = 0; k < 2; k++) {
                struct envelope e = {0};
                ((char *)jws.at)[jws.len - 1] = 'A';
                assert_int_equal(jws_parse_many(known, &arena, jws, &fault, &e), OK);
                assert_true(kid_eq(&e.kid, &who) && e.typ == typ && e.payload.len == 0);
                assert_int_equal(jws_open(&arena, &fault, &e), OK);
                assert_str(e.payload, "{}");
            }
        }
    }
    jws_headers_free(known);
}

static void a_header_that_was_refused_is_refused_again(void **unused)
{
    (void)unused;
    struct jws_headers *known = jws_headers_new();
    struct fault fault = {0};
    struct envelope e;
    for (int k = 0; k < 2; k++) {
        struct str jws =
            with_header("{\"alg\":\"none\",\"typ\":\"posko-record+jws\",\"kid\":\"$K\"}");
        assert_int_equal(jws_parse_many(known, &arena, jws, &fault, &e), ERR_BAD_HEADER);
    }
    jws_headers_free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_here_is_read_and_verified_here),
        cmocka_unit_test(what_is_signed_is_the_same_each_time_and_everywhere),
        cmocka_unit_test(a_signer_writes_what_signs_one_by_one_and_no_byte_more),
        cmocka_unit_test(the_design_vectors_are_read_verified_and_hashed),
        cmocka_unit_test(a_header_has_exactly_alg_typ_and_kid),
        cmocka_unit_test(another_shape_is_refused),
        cmocka_unit_test(a_jws_has_at_most_48000_bytes),
        cmocka_unit_test(a_header_that_was_read_before_says_the_same),
        cmocka_unit_test(a_header_that_was_refused_is_refused_again),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
