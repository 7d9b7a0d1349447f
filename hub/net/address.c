#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

struct address address_from_v4(const uint8_t at[static 4])
{
    struct address a;
    memcpy(a.at, mapped, sizeof mapped);
    memcpy(a.at + sizeof mapped, at, 4);
    return a;
}

struct address address_from(const struct sockaddr *from)
{
    struct address a = {{0}};
    if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        uint8_t at[4];
        memcpy(&v4, from, sizeof v4);
        memcpy(at, &v4.sin_addr, sizeof at);
        a = address_from_v4(at);
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(a.at, &v6.sin6_addr, sizeof a.at);
    }
    return a;
}

bool address_eq(const struct address *a, const struct address *b)
{
    return memcmp(a->at, b->at, sizeof a->at) == 0;
}

static bool is_v4(const struct address *a)
{
    return memcmp(a->at, mapped, sizeof mapped) == 0;
}

static bool is_v6_loopback(const struct address *a)
{
    static const struct address one = {{[15] = 1}};
    return address_eq(a, &one);
}

bool address_is_loopback(const struct address *a)
{
    return (is_v4(a) && a->at[12] == 127) || is_v6_loopback(a);
}

bool address_is_none(const struct address *a)
{
    static const struct address none;
    return address_eq(a, &none);
}

struct address address_counted(const struct address *a)
{
    struct address counted = *a;
    if (is_v6_loopback(a))
        return address_from_v4((const uint8_t[]){127, 0, 0, 1});
    if (!is_v4(a))
        memset(counted.at + 8, 0, 8);
    return counted;
}

bool address_range_parse(const char *text, struct address_range *out)
{
    struct str host, bits_text;
    char host_c[INET6_ADDRSTRLEN];
    uint8_t v4[4];
    struct address_range r = {.bits = 128};
    int64_t bits;

    bool has_bits = str_cut(str_of(text), '/', &host, &bits_text);
    if (!str_to_c(host, host_c, sizeof host_c))
        return false;
    unsigned shift = 0;
    if (inet_pton(AF_INET, host_c, v4) == 1) {
        r.base = address_from_v4(v4);
        shift = 96;
    } else if (inet_pton(AF_INET6, host_c, r.base.at) != 1) {
        return false;
    }
    if (has_bits) {
        if (!str_to_int(bits_text, 0, 128 - (int64_t)shift, &bits))
            return false;
        r.bits = shift + (unsigned)bits;
    }
    *out = r;
    return true;
}

bool address_range_has(const struct address_range *r, const struct address *a)
{
    unsigned whole = r->bits / 8, rest = r->bits % 8;
    if (memcmp(r->base.at, a->at, whole) != 0)
        return false;
    return rest == 0 || ((r->base.at[whole] ^ a->at[whole]) >> (8 - rest)) == 0;
}
