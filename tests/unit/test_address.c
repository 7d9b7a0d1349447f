#include "foreign.h"

#include "net/address.h"
#include "net/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct address v4(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
    return address_from((const struct sockaddr *)&in);
}

static struct address v6(const char *text)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &in.sin6_addr), 1);
    return address_from((const struct sockaddr *)&in);
}

static bool counts_as(struct address a, struct address b)
{
    struct address ca = address_counted(&a), cb = address_counted(&b);
    return address_eq(&ca, &cb);
}

static void limits_count_ipv6_by_its_64_and_ipv4_whole(void **unused)
{
    (void)unused;
    assert_true(counts_as(v6("2001:db8:1:2:3:4:5:6"), v6("2001:db8:1:2::1")));
    assert_false(counts_as(v6("2001:db8:1:2::"), v6("2001:db8:1:3::")));
    assert_false(counts_as(v4("10.0.0.1"), v4("10.0.0.2")));
    assert_true(counts_as(v4("10.0.0.1"), v6("::ffff:10.0.0.1")));
    assert_true(counts_as(v6("::1"), v4("127.0.0.1")));
}

static void loopback_is_127_and_1(void **unused)
{
    (void)unused;
    const struct address yes[] = {v4("127.0.0.1"), v4("127.9.9.9"), v6("::1"),
                                  v6("::ffff:127.0.0.1")};
    const struct address no[] = {v4("0.0.0.0"), v4("128.0.0.1"), v6("::"), v6("::2"),
                                 v6("fe80::1")};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(address_is_loopback(&yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(address_is_loopback(&no[i]));
}

static void ranges_hold_what_their_bits_say(void **unused)
{
    (void)unused;
    static const struct {
        const char *range, *address;
        bool has;
    } cases[] = {
        {"10.1.2.3", "10.1.2.3", true},        {"10.1.2.3", "10.1.2.4", false},
        {"10.0.0.0/8", "10.255.0.1", true},    {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.128/25", "10.0.0.200", true}, {"10.0.0.128/25", "10.0.0.100", false},
        {"0.0.0.0/0", "203.0.113.9", true},    {"::/0", "203.0.113.9", true},
    };
    struct address_range r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a = v4(cases[i].address);
        assert_true(address_range_parse(cases[i].range, &r));
        assert_int_equal(address_range_has(&r, &a), cases[i].has);
    }
    struct address a = v6("2001:db8:ffff::1");
    assert_true(address_range_parse("2001:db8::/32", &r));
    assert_true(address_range_has(&r, &a));
    assert_true(address_range_parse("0.0.0.0/0", &r));
    assert_false(address_range_has(&r, &a));
}

static void what_is_no_range_is_refused(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",          "unix",        "10.0.0", "10.0.0.0/33",
                                        "::/129",    "10.0.0.0/",   "/8",     "10.0.0.0/-1",
                                        "localhost", "10.0.0.0/8x", "::1%lo", "10.0.0.0/08"};
    struct address_range r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(address_range_parse(wrong[i], &r));
}

/* The examples of the specification, and what is one byte beside them. */
static const uint8_t tcp4[] = {0x0d, 0x0a, 0x0d, 0x0a, 0,    0x0d, 0x0a, 0x51, 0x55, 0x49,
                               0x54, 0x0a, 0x21, 0x11, 0,    12,   198,  51,   100,  7,
                               127,  0,    0,    1,    0x10, 0,    0,    80};

static void a_proxy_header_is_read_to_its_end_and_no_further(void **unused)
{
    (void)unused;
    struct address out = {{0}};
    size_t need = 0;
    for (size_t len = 1; len < sizeof tcp4; len++) {
        assert_int_equal(proxy_read(tcp4, len, &need, &out), PROXY_MORE);
        assert_int_equal(need, len < PROXY_HEAD_BYTES ? PROXY_HEAD_BYTES : sizeof tcp4);
    }
    assert_int_equal(proxy_read(tcp4, sizeof tcp4, &need, &out), PROXY_PEER);
    struct address want = v4("198.51.100.7");
    assert_true(address_eq(&out, &want));
}

static void every_wrong_byte_of_the_signature_is_seen_at_once(void **unused)
{
    (void)unused;
    struct address out;
    size_t need;
    for (size_t i = 0; i < 12; i++) {
        uint8_t bytes[sizeof tcp4];
        memcpy(bytes, tcp4, sizeof bytes);
        bytes[i] ^= 1;
        assert_int_equal(proxy_read(bytes, i + 1, &need, &out), PROXY_BAD);
    }
}

static void only_what_the_header_may_say_is_taken(void **unused)
{
    (void)unused;
    static const struct {
        uint8_t version, family;
        uint16_t length;
        enum proxy_step step;
    } cases[] = {
        {0x21, 0x11, 12, PROXY_PEER},  {0x21, 0x11, 11, PROXY_BAD},
        {0x21, 0x11, 20, PROXY_PEER},  {0x21, 0x21, 36, PROXY_PEER},
        {0x21, 0x21, 35, PROXY_BAD},   {0x21, 0x31, 216, PROXY_LOCAL},
        {0x21, 0x31, 12, PROXY_BAD},   {0x21, 0x00, 0, PROXY_LOCAL},
        {0x20, 0x11, 12, PROXY_LOCAL}, {0x20, 0x00, 0, PROXY_LOCAL},
        {0x22, 0x11, 12, PROXY_BAD},   {0x11, 0x11, 12, PROXY_BAD},
        {0x21, 0x12, 12, PROXY_BAD},   {0x21, 0x22, 36, PROXY_BAD},
        {0x21, 0x41, 36, PROXY_BAD},   {0x21, 0x11, 1008, PROXY_PEER},
        {0x21, 0x11, 1009, PROXY_BAD}, {0x21, 0x11, 65535, PROXY_BAD},
    };
    uint8_t bytes[PROXY_BYTES_MAX] = {0};
    struct address out;
    size_t need;
    memcpy(bytes, tcp4, sizeof tcp4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes[12] = cases[i].version;
        bytes[13] = cases[i].family;
        bytes[14] = (uint8_t)(cases[i].length >> 8);
        bytes[15] = (uint8_t)cases[i].length;
        size_t len = PROXY_HEAD_BYTES + (size_t)cases[i].length;
        len = len < sizeof bytes ? len : sizeof bytes;
        assert_int_equal(proxy_read(bytes, len, &need, &out), cases[i].step);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_count_ipv6_by_its_64_and_ipv4_whole),
        cmocka_unit_test(loopback_is_127_and_1),
        cmocka_unit_test(ranges_hold_what_their_bits_say),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(a_proxy_header_is_read_to_its_end_and_no_further),
        cmocka_unit_test(every_wrong_byte_of_the_signature_is_seen_at_once),
        cmocka_unit_test(only_what_the_header_may_say_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
