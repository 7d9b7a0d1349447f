/* Sockets: listeners, WebSocket sessions, small HTTP.  libwebsockets stays behind this header.
 * Loop thread.  Sessions are named by id: the peer may leave while its record is checked. */
#ifndef POSKO_NET_NET_H
#define POSKO_NET_NET_H

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/metrics.h"

struct session_id {
    uint32_t slot, generation; /* generation 0: nobody */
};

/* The address that limits count: the peer's, or what a trusted proxy's PROXY v2 header says.
 * An IPv6 address counts as its /64; ::1 is the same machine as 127.0.0.1 and counts as it. */
struct address {
    uint8_t at[16]; /* IPv4 as ::ffff:a.b.c.d; a Unix socket peer: all zero */
};

struct http_request {
    struct session_id from;
    struct str method, path; /* GET, HEAD or POST; path "/v1/records" */
    struct str query;        /* percent-decoded, members joined by '&' */
    struct str token;        /* of Authorization: Bearer; empty: none */
    struct str host;         /* of Host, as it came; empty: none, or not of its form */
    struct str body;
    bool gzip;    /* the answer may be in gzip */
    bool metrics; /* came in by the metrics listener: the path is "/metrics" */
};

struct net_config {
    const char *const *listen; /* "localhost:8080", "[::1]:8443", "unix:/run/posko/hub.sock" */
    size_t listen_count;
    const char *metrics_listen; /* loopback; NULL: none */
    const char *const *hosts;   /* authorities it answers to, for Origin; lower case */
    size_t host_count;
    const char *const *trusted_proxies; /* addresses or CIDR; "unix" for Unix socket peers */
    size_t trusted_count;
    const char *tls_cert, *tls_key; /* NULL: plain, then only loopback, Unix, trusted proxies */
    int64_t rate_address;           /* connections per second and address */
    int64_t open_address;           /* open at once per address */
    const int *inherited;           /* LISTEN_FDS */
    size_t inherited_count;
};

struct net_ops {
    /* A WebSocket is open (the app says hello).  *user travels with the session. */
    void (*opened)(void *app, struct session_id id, const struct address *address, void **user);
    /* One whole text message, at most POSKO_CLIENT_BYTES_MAX; longer ones were closed 1009. */
    void (*message)(void *app, struct session_id id, void *user, struct str text);
    /* What waited is below half of the replay window: more may be sent (paced replay). */
    void (*drained)(void *app, struct session_id id, void *user);
    void (*closed)(void *app, struct session_id id, void *user);
    /* An HTTP request, whole; the app answers with net_http_reply, now or later. */
    void (*http)(void *app, const struct http_request *request);
};

struct net;
/* ERR_SYSTEM with a text that names the address or file. */
MUST_CHECK enum err net_open(struct loop *loop, const struct log *log, struct metrics *metrics,
                             const struct net_config *config, const struct net_ops *ops, void *app,
                             struct fault *fault, struct net **out);
/* Stops listening; open sessions stay. */
void net_stop_listening(struct net *net);
void net_close(struct net *net); /* closes what is open; frees when the loop has run its course */
/* tls_cert and tls_key again from their files; sockets stay. */
MUST_CHECK enum err net_reload_tls(struct net *net, struct fault *fault);

/* Queues a message; the session takes its own reference.  False: nobody there any more. */
bool net_send(struct net *net, struct session_id id, struct blob *message);
size_t net_waiting(const struct net *net, struct session_id id); /* bytes not yet on the wire */
/* Sends what waits, then closes with the code; nothing more is read from it.  A peer that does not
 * take it within 2 s is cut. */
void net_close_session(struct net *net, struct session_id id, int code, const char *reason);
/* Stops and resumes reading from a session (back-pressure).  What was read already still comes:
 * 16 KiB at most. */
void net_hold(struct net *net, struct session_id id, bool hold);
size_t net_count(const struct net *net);

struct http_reply {
    int status;
    const char *type;   /* "application/json" or the like */
    struct str headers; /* whole lines with CRLF; empty: not cached, nothing that may run */
    struct str body;
};
/* Once for each request; nothing when the peer has left. */
void net_http_reply(struct net *net, struct session_id from, int status, const char *type,
                    struct str body);
void net_http_reply_with(struct net *net, struct session_id from, const struct http_reply *reply);

#endif
