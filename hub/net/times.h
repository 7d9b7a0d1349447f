/* How long sockets may take.  One object file of constants; the tests of net/ link their own, with
 * shorter ones. */
#ifndef POSKO_NET_TIMES_H
#define POSKO_NET_TIMES_H

#include <stdint.h>

struct net_times {
    int64_t sweep_ms;     /* how often all others are looked at */
    int64_t greeting_ms;  /* a trusted proxy's PROXY header, from accept */
    int64_t handshake_ms; /* TLS and headers, from accept */
    int64_t body_ms;      /* a request's body, from the end of its headers */
    int64_t reply_ms;     /* the hub's answer to a request */
    int64_t linger_ms;    /* a refused peer may still send, so that it reads the refusal */
    int64_t close_ms;     /* to take what waits, then the close frame, and to answer it */
    int64_t ping_ms;
    int64_t silent_ms; /* without a sign of life; a sweep later at most it is dropped */
};
extern const struct net_times net_times;

#endif
