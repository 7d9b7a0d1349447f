/* Invitation links and hub addresses.  The files under test are included: they are pure, and belong
 * to no archive that unit tests link. */
#include "../../hub/client/url.c"

#include "../../hub/cli/invitation.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECRET "0123456789ABCDEFGHJKMNPQRS"
#define HUB "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"

static void addresses_have_an_authority_without_the_default_port(void **unused)
{
    (void)unused;
    static const struct {
        const char *url, *authority, *host, *path;
        int port;
    } good[] = {
        {"ws://localhost:8080", "localhost:8080", "localhost", "/ws", 8080},
        {"wss://Posko.KPU.go.id", "posko.kpu.go.id", "posko.kpu.go.id", "/ws", 443},
        {"https://hub:443/", "hub", "hub", "/ws", 443},
        {"http://127.0.0.1/x/y", "127.0.0.1", "127.0.0.1", "/x/y", 80},
        {"ws://[::1]:8080/ws", "[::1]:8080", "::1", "/ws", 8080},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct url u;
        assert_true(url_parse(str_of(good[i].url), &u));
        assert_string_equal(u.authority, good[i].authority);
        assert_string_equal(u.host, good[i].host);
        assert_string_equal(u.path, good[i].path);
        assert_int_equal(u.port, good[i].port);
    }
}

static void what_is_no_address_is_refused(void **unused)
{
    (void)unused;
    const char *const bad[] = {"",
                               "localhost:8080",
                               "ftp://hub",
                               "ws://",
                               "ws://:80",
                               "ws://hub:0",
                               "ws://hub:65536",
                               "ws://a@hub",
                               "ws://[::1",
                               "ws://[::1]x",
                               "ws://hu b",
                               "ws://hub:8x",
                               "ws://hub/x y",
                               "ws://hub/x\r\nEvil: 1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct url u;
        assert_false(url_parse(str_of(bad[i]), &u));
    }
}

static void only_this_machine_is_loopback(void **unused)
{
    (void)unused;
    const char *const near[] = {"ws://localhost", "ws://127.0.0.1:1", "ws://127.9.9.9",
                                "ws://[::1]"};
    const char *const far[] = {"ws://128.0.0.1", "ws://localhost.evil", "ws://[::2]"};
    struct url u;
    for (size_t i = 0; i < 4; i++)
        assert_true(url_parse(str_of(near[i]), &u) && url_is_loopback(&u));
    for (size_t i = 0; i < 3; i++)
        assert_true(url_parse(str_of(far[i]), &u) && !url_is_loopback(&u));
}

static void a_link_says_hub_secret_and_key(void **unused)
{
    (void)unused;
    struct arena arena;
    struct invitation i;
    arena_init(&arena);
    assert_true(
        invitation_parse(&arena, STR("https://posko.kpu.go.id/#enrol=" SECRET "." HUB), &i));
    assert_true(str_eq(i.url, STR("wss://posko.kpu.go.id")));
    assert_string_equal(i.secret.at, SECRET);
    assert_true(str_eq(i.hub, STR(HUB)));
    struct str link = invitation_link(&arena, i.url, &i.secret, i.hub);
    assert_true(str_eq(link, STR("https://posko.kpu.go.id/#enrol=" SECRET "." HUB)));
    arena_deinit(&arena);
}

static void a_secret_may_be_told_on_the_phone(void **unused)
{
    (void)unused;
    struct arena arena;
    struct invitation i;
    arena_init(&arena);
    assert_true(invitation_parse(&arena, STR("ol23-456789-abcdefghjkmnpqrs"), &i));
    assert_string_equal(i.secret.at, SECRET);
    assert_null(i.url.at);
    assert_null(i.hub.at);
    arena_deinit(&arena);
}

static void what_is_no_link_is_refused(void **unused)
{
    (void)unused;
    const struct str bad[] = {STR(""),
                              STR("https://hub/#enrol="),
                              STR("https://hub/#" SECRET),
                              STR("ftp://hub/#enrol=" SECRET),
                              STR(SECRET "X"),
                              STR("https://hub/#enrol=" SECRET ".short")};
    struct arena arena;
    struct invitation i;
    arena_init(&arena);
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
        assert_false(invitation_parse(&arena, bad[n], &i));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_have_an_authority_without_the_default_port),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(only_this_machine_is_loopback),
        cmocka_unit_test(a_link_says_hub_secret_and_key),
        cmocka_unit_test(a_secret_may_be_told_on_the_phone),
        cmocka_unit_test(what_is_no_link_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
