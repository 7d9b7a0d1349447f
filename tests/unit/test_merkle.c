/* The tree of RFC 6962, against the roots that its reference implementation computes. */
#include "foreign.h"

#include "ledger/merkle.h"

static const char *const inputs[] = {"",
                                     "00",
                                     "10",
                                     "2021",
                                     "3031",
                                     "40414243",
                                     "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

enum { COUNT = sizeof(inputs) / sizeof(inputs[0]) };

static struct hash unhex(const char *text)
{
    struct hash hash;
    assert_true(crypt_unhex_exact(str_of(text), hash.at, HASH_BYTES));
    return hash;
}

/* RFC 6962: a leaf is hashed behind a zero byte. */
static struct hash leaf_of(const char *hex)
{
    char bytes[32] = {0};
    size_t len = strlen(hex) / 2;
    assert_true(crypt_unhex_exact(str_of(hex), bytes + 1, len));
    return crypt_sha256((struct str){bytes, 1 + len});
}

static void each_size_has_the_root_of_the_reference(void **unused)
{
    (void)unused;
    struct merkle m;
    merkle_init(&m);
    assert_true(hash_eq(merkle_root(&m), unhex(roots[0])));
    for (size_t i = 0; i < COUNT; i++) {
        merkle_add(&m, leaf_of(inputs[i]));
        assert_int_equal(m.size, i + 1);
        assert_true(hash_eq(merkle_root(&m), unhex(roots[i + 1])));
    }
}

static void another_order_has_another_root(void **unused)
{
    (void)unused;
    struct merkle one;
    struct merkle two;
    merkle_init(&one);
    merkle_init(&two);
    for (size_t i = 0; i < COUNT; i++) {
        merkle_add(&one, leaf_of(inputs[i]));
        merkle_add(&two, leaf_of(inputs[i ^ 1]));
    }
    assert_false(hash_eq(merkle_root(&one), merkle_root(&two)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_has_the_root_of_the_reference),
        cmocka_unit_test(another_order_has_another_root),
    };
    return crypt_start() == OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
