/* Addresses of peers: from sockets and proxies, whole or as limits count them.  Pure. */
#ifndef POSKO_NET_ADDRESS_H
#define POSKO_NET_ADDRESS_H

#include "net/net.h"

struct sockaddr;

/* IPv4, IPv6; anything else (a Unix socket) gives all zero. */
struct address address_from(const struct sockaddr *from);
struct address address_from_v4(const uint8_t at[static 4]);
bool address_eq(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *a);
bool address_is_none(const struct address *a); /* all zero */
/* As limits count it: the /64 of IPv6. */
struct address address_counted(const struct address *a);

struct address_range {
    struct address base;
    unsigned bits; /* of 128 */
};
/* "10.1.2.3", "10.0.0.0/8", "2001:db8::/32". */
MUST_CHECK bool address_range_parse(const char *text, struct address_range *out);
bool address_range_has(const struct address_range *r, const struct address *a);

#endif
