#include "foreign.h"

#include "app/config.h"

#include <stdlib.h>

static char path[] = "/tmp/posko-config-XXXXXX";

/* Reads `text` as the file, with what a hub cannot do without before it. */
static enum err read_conf(const char *text, struct config *c, struct fault *fault)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "database = dbname=posko\nhub_key = /k\n%s", text);
    assert_int_equal(fclose(file), 0);
    return config_read(c, path, fault);
}

static struct fault refusal_of(const char *text)
{
    struct config c;
    struct fault fault = {0};
    assert_int_equal(read_conf(text, &c, &fault), ERR_SYSTEM);
    config_deinit(&c);
    return fault;
}

static void assert_says(const struct fault *fault, const char *part)
{
    if (strstr(fault->text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault->text, part);
}

static void what_is_not_set_has_its_default(void **unused)
{
    (void)unused;
    struct config c;
    struct fault fault = {0};
    assert_int_equal(read_conf("", &c, &fault), OK);
    assert_string_equal(c.database, "dbname=posko");
    assert_string_equal(c.listens[0], "localhost:8080");
    assert_string_equal(c.url, "http://localhost:8080");
    assert_int_equal(c.rate_key, 100);
    assert_null(c.metrics_listen);
    config_deinit(&c);
}

static void an_unknown_key_is_refused_with_its_line_and_a_near_one(void **unused)
{
    (void)unused;
    struct fault fault = refusal_of("; a remark\nrate_keys = 5\n");
    assert_says(&fault, ":4: unknown key `rate_keys`; did you mean `rate_key`?");
}

static void a_number_out_of_its_range_is_refused(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"0", "65", "-1", "2.5", "two", "", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "threads = %s\n", bad[i]);
        struct fault fault = refusal_of(text);
        assert_says(&fault, ":3: `threads` must be a whole number from 1 to 64");
    }
}

static void what_is_no_pair_or_stands_in_a_section_is_refused_with_its_line(void **unused)
{
    (void)unused;
    struct fault fault = refusal_of("nothing here\n");
    assert_says(&fault, ":3: ");
    fault = refusal_of("[hub]\nthreads = 2\n");
    assert_says(&fault, ":4: posko.conf has no [sections]");
}

static void the_environment_holds_over_the_file(void **unused)
{
    (void)unused;
    struct config c;
    struct fault fault = {0};
    assert_int_equal(setenv("POSKO_THREADS", "7", 1), 0);
    assert_int_equal(read_conf("threads = 3\n", &c, &fault), OK);
    assert_int_equal(c.threads, 7);
    config_deinit(&c);
    assert_int_equal(setenv("POSKO_THREADS", "many", 1), 0);
    fault = refusal_of("");
    assert_says(&fault, "POSKO_THREADS must be a whole number");
    assert_int_equal(unsetenv("POSKO_THREADS"), 0);
}

static bool answers_to(const struct config *c, const char *host)
{
    for (size_t i = 0; i < c->host_count; i++)
        if (strcmp(c->hosts[i], host) == 0)
            return true;
    return false;
}

static void it_answers_to_the_names_of_listen_url_and_hosts_in_lower_case(void **unused)
{
    (void)unused;
    struct config c;
    struct fault fault = {0};
    assert_int_equal(read_conf("listen = 0.0.0.0:9000  unix:/run/hub.sock\n"
                               "url = https://Posko.Example.go.id/\nhosts = b.id:1 B.id:1\n",
                               &c, &fault),
                     OK);
    assert_int_equal(c.listen_count, 2);
    assert_string_equal(c.listens[1], "unix:/run/hub.sock");
    assert_true(answers_to(&c, "posko.example.go.id"));
    assert_true(answers_to(&c, "b.id:1"));
    assert_true(answers_to(&c, "localhost:9000"));
    assert_true(answers_to(&c, "127.0.0.1:9000"));
    assert_int_equal(c.host_count, 5); /* each once; a Unix socket has no name */
    config_deinit(&c);
}

static void a_key_without_its_other_half_is_refused(void **unused)
{
    (void)unused;
    struct fault fault = refusal_of("tls_cert = /c\n");
    assert_says(&fault, "`tls_cert` and `tls_key` go together");
    fault = refusal_of("hub_key =\n");
    assert_says(&fault, "`hub_key` is not set");
}

static void what_holds_is_shown_as_a_file_that_reads_the_same(void **unused)
{
    (void)unused;
    struct config c;
    struct config again;
    struct fault fault = {0};
    struct buf first;
    struct buf second;
    buf_init(&first);
    buf_init(&second);
    assert_int_equal(read_conf("threads = 5\nhosts = a.id b.id\nlog_level = warn\n", &c, &fault),
                     OK);
    config_show(&c, &first);
    buf_put_char(&first, '\0');
    assert_int_equal(read_conf(first.at, &again, &fault), OK);
    config_show(&again, &second);
    buf_put_char(&second, '\0');
    assert_string_equal(first.at, second.at);
    buf_deinit(&first);
    buf_deinit(&second);
    config_deinit(&c);
    config_deinit(&again);
}

static void help_names_every_key_that_is_shown(void **unused)
{
    (void)unused;
    struct config c;
    struct fault fault = {0};
    struct buf help;
    struct buf shown;
    buf_init(&help);
    buf_init(&shown);
    assert_int_equal(read_conf("", &c, &fault), OK);
    config_help(&help, false);
    buf_put_char(&help, '\0');
    config_show(&c, &shown);
    struct str line;
    struct str rest = buf_peek(&shown);
    while (str_cut(rest, '\n', &line, &rest)) {
        char name[64];
        struct str key;
        struct str value;
        assert_true(str_cut(line, ' ', &key, &value));
        (void)snprintf(name, sizeof name, "  " STR_FMT " ", STR_ARG(key));
        assert_non_null(strstr(help.at, name));
    }
    buf_deinit(&help);
    buf_deinit(&shown);
    config_deinit(&c);
}

static int begin(void **unused)
{
    (void)unused;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int end(void **unused)
{
    (void)unused;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_set_has_its_default),
        cmocka_unit_test(an_unknown_key_is_refused_with_its_line_and_a_near_one),
        cmocka_unit_test(a_number_out_of_its_range_is_refused),
        cmocka_unit_test(what_is_no_pair_or_stands_in_a_section_is_refused_with_its_line),
        cmocka_unit_test(the_environment_holds_over_the_file),
        cmocka_unit_test(it_answers_to_the_names_of_listen_url_and_hosts_in_lower_case),
        cmocka_unit_test(a_key_without_its_other_half_is_refused),
        cmocka_unit_test(what_holds_is_shown_as_a_file_that_reads_the_same),
        cmocka_unit_test(help_names_every_key_that_is_shown),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
