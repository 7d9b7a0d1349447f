/* The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, 2.2): the header that a trusted
 * proxy sends before its client's first byte.  Pure. */
#ifndef POSKO_NET_PROXY_H
#define POSKO_NET_PROXY_H

#include "net/net.h"

enum { PROXY_HEAD_BYTES = 16, PROXY_BYTES_MAX = 1024 };

enum proxy_step {
    PROXY_MORE,  /* read on until there are *need bytes, no further */
    PROXY_PEER,  /* whole; *out is the client's address */
    PROXY_LOCAL, /* whole; the proxy speaks for itself */
    PROXY_BAD
};

/* at: what came so far, `len` bytes. */
enum proxy_step proxy_read(const uint8_t *at, size_t len, size_t *need, struct address *out);

#endif
