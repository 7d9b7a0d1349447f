#include "foreign.h"

#include <stdlib.h>
#include <sys/stat.h>

static char folder[] = "/tmp/posko-keyfile-XXXXXX";
static char path[64];

static int setup(void **unused)
{
    (void)unused;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/hub.key", folder);
    return crypt_start() == OK ? 0 : -1;
}
static int teardown(void **unused)
{
    (void)unused;
    (void)unlink(path);
    return rmdir(folder);
}

static void a_key_reads_back_and_a_file_is_never_replaced(void **unused)
{
    (void)unused;
    (void)unlink(path);
    struct fault fault;
    struct secret_key key = crypt_key_new(), same, other = crypt_key_new();
    assert_int_equal(keyfile_write(path, &key, &fault), OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(keyfile_read(path, &fault, &same), OK);
    assert_memory_equal(&key, &same, sizeof key);
    assert_int_equal(keyfile_write(path, &other, &fault), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, path));
}

static void a_key_that_others_may_read_is_refused(void **unused)
{
    (void)unused;
    (void)unlink(path);
    struct fault fault;
    struct secret_key key = crypt_key_new();
    assert_int_equal(keyfile_write(path, &key, &fault), OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(keyfile_read(path, &fault, &key), ERR_SYSTEM);
    assert_non_null(strstr(fault.text, "chmod"));
}

static void the_key_of_rfc_8410_is_read_and_others_are_not(void **unused)
{
    (void)unused;
    /* RFC 8410, 10.3. */
    static const char good[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                               "-----END PRIVATE KEY-----\n";
    static const char *const wrong[] = {
        "", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/"
        "HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/"
        "HU++CXqI9EdVhC\n-----END PUBLIC KEY-----\n"};
    struct fault fault;
    struct secret_key key;
    assert_int_equal(file_write(path, STR(good), 0600, &fault), OK);
    assert_int_equal(keyfile_read(path, &fault, &key), OK);
    struct public_key public = crypt_public(&key), expected;
    assert_true(crypt_b64_decode_exact(STR("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"),
                                       expected.at, sizeof expected.at));
    assert_memory_equal(&public, &expected, sizeof public);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(file_write(path, str_of(wrong[i]), 0600, &fault), OK);
        assert_int_equal(keyfile_read(path, &fault, &key), ERR_SYSTEM);
    }
    (void)unlink(path);
    assert_int_equal(keyfile_read(path, &fault, &key), ERR_SYSTEM);
}

static void a_file_is_read_whole_or_not_at_all(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena);
    struct fault fault;
    struct str text;
    assert_int_equal(file_write(path, STR("hello"), 0644, &fault), OK);
    assert_int_equal(file_read(&arena, path, 5, &fault, &text), OK);
    assert_str(text, "hello");
    assert_int_equal(file_read(&arena, path, 4, &fault, &text), ERR_SYSTEM);
    assert_int_equal(file_read(&arena, "/nowhere/at/all", 4, &fault, &text), ERR_SYSTEM);
    assert_int_equal(file_write("/nowhere/at/all", STR("x"), 0600, &fault), ERR_SYSTEM);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_reads_back_and_a_file_is_never_replaced),
        cmocka_unit_test(a_key_that_others_may_read_is_refused),
        cmocka_unit_test(the_key_of_rfc_8410_is_read_and_others_are_not),
        cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
