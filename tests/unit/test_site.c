#include "net/site.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_BYTES = 512 };

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
    char assets[PATH_BYTES];
    char *folder = strdup("/tmp/posko-site-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(assets, sizeof(assets), "%s/assets", folder);
    assert_int_equal(mkdir(assets, 0755), 0);
    write_file(folder, "index.html", "<!doctype html>");
    write_file(folder, "assets/a-1.js", "let a = 1;");
    write_file(folder, "assets/a-1.js.gz", "zipped");
    write_file(folder, ".secret", "not for you");
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const NAMES[] = {
        "assets/a-1.js", "assets/a-1.js.gz", "assets", "index.html", ".secret", "loop", "big", ""};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", (char *)*state, NAMES[i]);
        assert_true(remove(path) == 0 || errno == ENOENT);
    }
    free(*state);
    return 0;
}

static struct site *opened(void **state)
{
    struct fault fault = {0};
    struct site *site = NULL;
    assert_int_equal(site_open(*state, &fault, &site), OK);
    return site;
}

static void a_file_is_found_by_its_path_with_its_type_and_its_zipped_form(void **state)
{
    struct site *site = opened(state);
    const struct site_file *file = site_find(site, STR("/assets/a-1.js"));
    assert_non_null(file);
    assert_true(str_eq(file->body, STR("let a = 1;")));
    assert_true(str_eq(file->zipped, STR("zipped")));
    assert_string_equal(file->type, "text/javascript; charset=utf-8");
    assert_true(file->forever);
    site_close(site);
}

static void a_screen_is_drawn_by_the_page_and_an_unknown_file_is_not_there(void **state)
{
    struct site *site = opened(state);
    const struct site_file *page = site_find(site, STR("/index.html"));
    static const char *const SCREENS[] = {"/", "/antrean", "/insiden/12", "/admin/anggota", ""};
    static const char *const ABSENT[] = {
        "/assets/b.js",   "/.secret",         "/assets/a-1.js.gz",    "/../etc/pass.wd",
        "/favicon.ico",   "/assets/../.env",  "/assets/a-1.js%00.js", "/..",
        "/insiden/12/..", "/INDEX.HTML.html",
    };
    assert_non_null(page);
    assert_false(page->forever);
    for (size_t i = 0; i < sizeof(SCREENS) / sizeof(SCREENS[0]); i++)
        assert_ptr_equal(site_find(site, str_of(SCREENS[i])), page);
    for (size_t i = 0; i < sizeof(ABSENT) / sizeof(ABSENT[0]); i++)
        assert_null(site_find(site, str_of(ABSENT[i])));
    site_close(site);
}

static void headers_keep_what_is_hashed_and_ask_again_for_the_rest(void **state)
{
    struct site *site = opened(state);
    struct buf out;
    buf_init(&out);
    site_headers(&out, site_find(site, STR("/assets/a-1.js")), STR("posko.test:8443"));
    buf_put_char(&out, 0);
    assert_non_null(strstr(out.at, "Cache-Control: public, max-age=31536000, immutable\r\n"));
    assert_non_null(strstr(out.at, "'self' ws://posko.test:8443 wss://posko.test:8443;"));
    assert_non_null(strstr(out.at, "require-trusted-types-for 'script'"));
    buf_clear(&out);
    site_headers(&out, site_find(site, STR("/")), STR("posko.test:8443"));
    buf_put_char(&out, 0);
    assert_non_null(strstr(out.at, "Cache-Control: no-cache\r\n"));
    buf_deinit(&out);
    site_close(site);
}

static void refused(const char *folder, const char *why)
{
    struct fault fault = {0};
    struct site *site = NULL;
    assert_int_equal(site_open(folder, &fault, &site), ERR_SYSTEM);
    assert_null(site);
    assert_non_null(strstr(fault.text, why));
}

static void a_folder_that_is_no_page_is_refused_by_name(void **state)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/assets", (char *)*state);
    refused(path, "index.html");
    (void)snprintf(path, sizeof(path), "%s/nothing", (char *)*state);
    refused(path, "No such file");
}

static void a_folder_without_end_or_beyond_measure_is_refused(void **state)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/loop", (char *)*state);
    assert_int_equal(symlink(".", path), 0);
    refused(*state, "too deep");
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/big", (char *)*state);
    write_file(*state, "big", "");
    assert_int_equal(truncate(path, SITE_BYTES_MAX + 1), 0);
    refused(*state, "more than a page");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_found_by_its_path_with_its_type_and_its_zipped_form),
        CASE(a_screen_is_drawn_by_the_page_and_an_unknown_file_is_not_there),
        CASE(headers_keep_what_is_hashed_and_ask_again_for_the_rest),
        CASE(a_folder_that_is_no_page_is_refused_by_name),
        CASE(a_folder_without_end_or_beyond_measure_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
