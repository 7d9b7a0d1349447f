/* The directory folder of a genesis. */
#include "foreign.h"

#include "app/directory.h"

#include <stdlib.h>
#include <sys/stat.h>

struct place_of_files {
    char folder[64];
    struct arena arena;
    struct fault fault;
    struct directory directory;
};

static int open_folder(void **state)
{
    static struct place_of_files p;
    p = (struct place_of_files){.folder = "/tmp/posko-directory-XXXXXX"};
    arena_init(&p.arena);
    *state = &p;
    return crypt_start() == OK && mkdtemp(p.folder) ? 0 : 1;
}

static int shut_folder(void **state)
{
    struct place_of_files *p = *state;
    struct str command = arena_printf(&p->arena, "rm -r '%s'", p->folder);
    int failed = system(command.at);
    arena_deinit(&p->arena);
    return failed;
}

static const char *file(struct place_of_files *p, const char *name, const char *text)
{
    const char *path = arena_printf(&p->arena, "%s/%s", p->folder, name).at;
    assert_int_equal(file_write(path, str_of(text), 0600, &p->fault), OK);
    return path;
}

static enum err read_all(struct place_of_files *p, const char *paths)
{
    p->fault = (struct fault){0};
    return directory_read(&p->arena, paths, p->folder, &p->fault, &p->directory);
}

static void assert_refused(struct place_of_files *p, const char *text, const char *says)
{
    const char *path = arena_printf(&p->arena, "%s/wrong.json", p->folder).at;
    assert_true(unlink(path) == 0 || p->directory.record_count == 0);
    assert_int_equal(read_all(p, file(p, "wrong.json", text)), ERR_SYSTEM);
    if (!strstr(p->fault.text, says) || !strstr(p->fault.text, "wrong.json"))
        fail_msg("\"%s\" does not say \"%s\" and its file", p->fault.text, says);
}

#define KPU \
    "{\"kind\":\"agency.put\",\"agency\":\"kpu\",\"name\":\"KPU\",\"agency_kind\":\"election\"}"
#define POLRES                                                            \
    "{\"kind\":\"agency.put\",\"agency\":\"polres\",\"name\":\"Polres\"," \
    "\"agency_kind\":\"police\",\"host\":true}"
#define SARI                                                                             \
    "{\"kind\":\"member.put\",\"agency\":\"kpu\",\"member\":\"sari\",\"name\":\"Sari\"," \
    "\"roles\":[\"duty\",\"admin\"],\"invite\":true}"
#define CCTV                                                                             \
    "{\"kind\":\"source.put\",\"agency\":\"kpu\",\"source\":\"cctv\",\"name\":\"CCTV\"," \
    "\"every\":30,\"new_key\":true}"

static void a_folder_is_read_in_the_order_of_its_names(void **state)
{
    struct place_of_files *p = *state;
    file(p, "20.json", SARI);
    file(p, "10.json", "[" KPU "]");
    file(p, "30.txt", "not read");
    assert_int_equal(read_all(p, p->folder), OK);
    assert_int_equal(p->directory.record_count, 2);
    assert_int_equal(p->directory.records[0].kind, KIND_AGENCY_PUT);
    assert_int_equal(p->directory.records[1].kind, KIND_MEMBER_PUT);
    assert_str(p->directory.records[1].member, "sari");
    assert_true(p->directory.records[1].active);
}

static void several_places_are_read_one_after_the_other(void **state)
{
    struct place_of_files *p = *state;
    const char *b = file(p, "b.json", KPU);
    const char *a = file(p, "a.json", POLRES);
    assert_int_equal(read_all(p, arena_printf(&p->arena, "%s:%s", b, a).at), OK);
    assert_str(p->directory.records[0].agency, "kpu");
    assert_str(p->directory.records[1].agency, "polres");
}

static void the_host_is_who_says_so_or_else_the_first(void **state)
{
    struct place_of_files *p = *state;
    assert_int_equal(read_all(p, file(p, "a.json", "[" KPU "," POLRES "]")), OK);
    assert_str(p->directory.host, "polres");
    assert_int_equal(read_all(p, file(p, "b.json", "[" KPU "]")), OK);
    assert_str(p->directory.host, "kpu");
}

static void members_are_invited_where_it_is_asked(void **state)
{
    struct place_of_files *p = *state;
    assert_int_equal(read_all(p, file(p, "a.json", "[" KPU "," SARI "]")), OK);
    assert_int_equal(p->directory.invited_count, 1);
    assert_str(p->directory.invited[0].agency, "kpu");
    assert_str(p->directory.invited[0].member, "sari");
    assert_int_equal(p->directory.invited[0].roles, 1U << ROLE_DUTY | 1U << ROLE_ADMIN);
}

static void a_new_key_is_written_and_found_again_by_the_next_try(void **state)
{
    struct place_of_files *p = *state;
    const char *path = file(p, "a.json", "[" KPU "," CCTV "]");
    assert_int_equal(read_all(p, path), OK);
    assert_int_equal(p->directory.keyed_count, 1);
    struct keyed first = p->directory.keyed[0];
    const struct record *r = &p->directory.records[1];
    assert_true(HAS(r, JWK));
    assert_memory_equal(r->jwk.at, first.jwk.at, KEY_BYTES);
    struct str key = directory_key_path(&p->arena, p->folder, &first);
    struct stat st;
    assert_int_equal(stat(key.at, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(read_all(p, path), OK);
    assert_memory_equal(p->directory.keyed[0].jwk.at, first.jwk.at, KEY_BYTES);
}

static void what_is_wrong_is_named_with_file_and_object(void **state)
{
    struct place_of_files *p = *state;
    assert_refused(p, "[" KPU ",{\"kind\":\"incident.report\"}]", "object 2, `kind`");
    assert_refused(p, "[{\"kind\":\"agency.put\",\"agency\":\"kpu\"}]",
                   "object 1, `name`: is missi");
    assert_refused(p, "[{\"kind\":\"agency.put\",\"agency\":\"K P U\"}]", "object 1, `agency`");
    assert_refused(p, "[{\"kind\":\"agency.put\",\"colour\":\"red\"}]", "object 1, `colour`");
    assert_refused(p, "[" KPU ",7]", "object 2");
    assert_refused(p, "[" KPU, "wrong.json");
    assert_refused(p, KPU "," KPU, "wrong.json");
    assert_refused(p, KPU "}, {\"b\":1", "wrong.json");
    assert_refused(p, "[]", "no agency.put");
}

static void a_place_that_is_not_there_is_named(void **state)
{
    struct place_of_files *p = *state;
    assert_int_equal(read_all(p, "/nowhere/at/all"), ERR_SYSTEM);
    assert_string_equal(p->fault.field, "genesis");
    assert_non_null(strstr(p->fault.text, "/nowhere/at/all"));
}

static void the_directories_that_come_with_posko_are_read(void **state)
{
    struct place_of_files *p = *state;
    assert_int_equal(read_all(p, "sql/demo"), OK);
    assert_str(p->directory.host, "kpu");
    assert_true(p->directory.record_count > 50);
    assert_true(p->directory.invited_count > 0);
    assert_int_equal(read_all(p, "sql/office:sql/demo/20_category.json:sql/demo/40_policy.json"),
                     OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, shut_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_is_read_in_the_order_of_its_names),
        TEST(several_places_are_read_one_after_the_other),
        TEST(the_host_is_who_says_so_or_else_the_first),
        TEST(members_are_invited_where_it_is_asked),
        TEST(a_new_key_is_written_and_found_again_by_the_next_try),
        TEST(what_is_wrong_is_named_with_file_and_object),
        TEST(a_place_that_is_not_there_is_named),
        TEST(the_directories_that_come_with_posko_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
