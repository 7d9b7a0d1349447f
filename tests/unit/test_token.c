/* Bearer tokens for HTTP. */
#include "foreign.h"

#include "app/token.h"

enum { UNTIL = 1000000 };

struct making {
    struct arena arena;
    struct hash key;
    struct kid kid;
    struct str token;
    struct fault fault;
};

static int make(void **state)
{
    static struct making m;
    static const uint8_t seed[SEED_BYTES] = {1};
    struct secret_key hub = crypt_key_from_seed(seed);
    struct public_key jwk = crypt_public(&hub);
    arena_init(&m.arena);
    m.key = token_key(&hub);
    m.kid = crypt_thumbprint(&jwk);
    m.token = token_make(&m.arena, m.key, &m.kid, UNTIL);
    *state = &m;
    return crypt_start() == OK ? 0 : 1;
}

static int unmake(void **state)
{
    struct making *m = *state;
    arena_deinit(&m->arena);
    return 0;
}

static void assert_refused(struct making *m, struct str token, int64_t now)
{
    struct kid kid = {"untouched"};
    assert_int_equal(token_check(m->key, token, now, &m->fault, &kid), ERR_UNKNOWN_KEY);
    assert_string_equal(kid.at, "untouched");
}

static void a_token_names_its_key_until_it_is_over(void **state)
{
    struct making *m = *state;
    struct kid kid;
    assert_int_equal(token_check(m->key, m->token, 0, &m->fault, &kid), OK);
    assert_true(kid_eq(&kid, &m->kid));
    assert_int_equal(token_check(m->key, m->token, UNTIL - 1, &m->fault, &kid), OK);
    assert_refused(m, m->token, UNTIL);
}

static void no_character_of_it_may_change(void **state)
{
    struct making *m = *state;
    for (size_t i = 0; i < m->token.len; i++) {
        struct str other = arena_dup(&m->arena, m->token);
        char *at = (char *)(uintptr_t)other.at;
        at[i] = at[i] == 'A' ? 'B' : 'A';
        assert_refused(m, other, 0);
    }
}

static void nothing_may_be_added_or_left_out(void **state)
{
    struct making *m = *state;
    for (size_t len = 0; len < m->token.len; len++)
        assert_refused(m, (struct str){m->token.at, len}, 0);
    assert_refused(m, arena_printf(&m->arena, STR_FMT "A", STR_ARG(m->token)), 0);
    assert_refused(m, arena_printf(&m->arena, STR_FMT ".", STR_ARG(m->token)), 0);
    assert_refused(m, STR("..."), 0);
}

static void another_ledger_s_key_makes_no_token_of_ours(void **state)
{
    struct making *m = *state;
    static const uint8_t seed[SEED_BYTES] = {2};
    struct secret_key hub = crypt_key_from_seed(seed);
    struct hash key = token_key(&hub);
    assert_false(hash_eq(key, m->key));
    assert_refused(m, token_make(&m->arena, key, &m->kid, UNTIL), 0);
}

static void all_hubs_of_a_ledger_make_the_same(void **state)
{
    struct making *m = *state;
    static const uint8_t seed[SEED_BYTES] = {1};
    struct secret_key hub = crypt_key_from_seed(seed);
    assert_true(hash_eq(token_key(&hub), m->key));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        TEST(a_token_names_its_key_until_it_is_over),
        TEST(no_character_of_it_may_change),
        TEST(nothing_may_be_added_or_left_out),
        TEST(another_ledger_s_key_makes_no_token_of_ours),
        TEST(all_hubs_of_a_ledger_make_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
