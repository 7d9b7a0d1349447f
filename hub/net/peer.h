/* Inside net: one peer, and what all files of net share.  Only net/ sees libwebsockets. */
#ifndef POSKO_NET_PEER_H
#define POSKO_NET_PEER_H

#include "base/crypt.h"
#include "net/address.h"
#include "net/guard.h"
#include "net/times.h"

#include <libwebsockets.h>

enum {
    ORIGIN_HEADS = 1024,
    BATCH_BYTES_MAX = 48 * 1024, /* small messages that go out in one write */
    FRAME_HEAD_BYTES_MAX = 10,
    SCRATCH_BYTES = LWS_PRE + POSKO_HUB_BYTES_MAX + FRAME_HEAD_BYTES_MAX,
    DRAINED_BYTES = POSKO_REPLAY_BYTES_MAX / 2
};

/* Where a peer stands.  HTTP: HANDSHAKE -> BODY -> ASKED -> REPLY -> GONE; a WebSocket:
 * HANDSHAKE -> OPEN -> CLOSING -> CLOSED. */
enum peer_stage {
    PEER_HANDSHAKE, /* TLS and headers are due */
    PEER_BODY,      /* headers are good, the request's body is due */
    PEER_ASKED,     /* the app has the request */
    PEER_REPLY,     /* the reply waits to be written */
    PEER_REFUSED,   /* the refusal is written; what still comes is thrown away */
    PEER_OPEN,      /* a WebSocket */
    PEER_CLOSING,   /* what waits is written, then the close frame */
    PEER_CLOSED,    /* the close frame is written, its answer is due */
    PEER_GONE       /* nothing more is read, and nothing new is written */
};

/* An address that has peers, and how many. */
struct origin {
    struct origin *next;
    struct address address;
    int64_t open;
};

struct request; /* http.c */

struct peer {
    struct net *net;
    struct lws *wsi; /* NULL until adopted and after its end */
    struct session_id id;
    struct address address; /* as counted */
    struct origin *origin;  /* NULL: not counted */
    enum peer_stage stage;
    bool metrics;        /* by the metrics listener */
    bool named;          /* the app knows it as a session */
    bool held;           /* not read until the app takes its hold back */
    bool ping_due;       /* to be written next */
    bool asked;          /* for the call that lets it write (an open WebSocket) */
    bool crowded;        /* DRAINED_BYTES or more have waited since the last `drained` */
    int64_t until;       /* boot ms; cut then; 0: none */
    int64_t heard;       /* boot ms of the last sign of life */
    int64_t pinged;      /* boot ms */
    void *user;          /* the app's */
    struct blob **queue; /* a ring of `room` */
    uint32_t first, count, room;
    size_t waiting;  /* bytes in the queue */
    size_t stuck;    /* bytes that lws holds because the kernel took no more */
    struct buf text; /* a message of which parts are due */
    int fragments;
    int close_code;
    char close_reason[32];
    struct request *request;
};

struct slot {
    struct peer *peer; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

struct listener;
struct greeting;

struct net {
    struct loop *loop;
    const struct log *log;
    struct net_config config;
    struct net_ops ops;
    void *app;
    struct lws_context *lws;
    struct lws_vhost *plain, *tls;
    SSL_CTX *tls_context;
    struct loop_timer *sweep;
    bool sweeping;
    bool created; /* libwebsockets has made something of the socket that it is being given */
    struct slot *slots;
    uint32_t slot_count, slot_free;
    size_t peers, sessions;
    struct listener *listeners;
    struct greeting *greetings;
    size_t greeting_count;
    struct address_range *trusted;
    size_t trusted_count;
    bool trust_unix;
    struct origin *origins[ORIGIN_HEADS];
    struct hash seed; /* of the heads above */
    struct guard *rate;
    unsigned char *scratch;
    bool closing;
    int closing_rounds;
    int64_t *sessions_gauge;
    uint64_t *accepted, *refused_rate, *refused_open, *refused_untrusted, *refused_proxy;
    uint64_t *refused_request, *silent;
};

/* ---- net.c ---- */
/* Takes `fd`, whatever comes of it. */
void net_adopt(struct net *net, int fd, struct lws_vhost *vhost, const struct address *counted,
               struct origin *origin, bool metrics);
struct peer *net_find(const struct net *net, struct session_id id); /* NULL: nobody */
void net_start_sweep(struct net *net);
int64_t net_now(const struct net *net);
/* Ends the connection at once, whatever waits. Not from inside a callback of its own. */
void peer_cut(struct peer *p);
void origin_drop(struct net *net, struct origin *origin);

/* ---- listen.c ---- */
MUST_CHECK enum err listen_open(struct net *net, struct fault *fault);
void listen_close(struct net *net);
void listen_sweep(struct net *net, int64_t now);

/* ---- tls.c ---- */
MUST_CHECK enum err tls_check(const char *cert, const char *key, struct fault *fault);
MUST_CHECK enum err tls_load(SSL_CTX *context, const char *cert, const char *key,
                             struct fault *fault);
void tls_settings(SSL_CTX *context);

/* ---- gate.c: what headers are refused; an HTTP status, or 0 for welcome ---- */
int gate_upgrade(struct peer *p);
int gate_request(struct peer *p);
/* The value of a header, in `to`; false: too long or given twice.  Absent: empty. */
bool gate_header(struct lws *wsi, enum lws_token_indexes which, char *to, size_t size,
                 struct str *out);
bool gate_takes_gzip(struct lws *wsi);

/* ---- session.c; the ints are libwebsockets': not 0 ends the connection ---- */
void session_open(struct peer *p);
int session_received(struct peer *p, struct str part);
int session_writable(struct peer *p);
int session_peer_closes(struct peer *p);
void session_end(struct peer *p);
void session_sweep(struct peer *p, int64_t now);

/* ---- http.c ---- */
/* A small answer, written at once. */
void http_refuse(struct peer *p, int status);
int http_filter(struct peer *p);
int http_headers(struct peer *p);
int http_body(struct peer *p, struct str part);
int http_body_end(struct peer *p);
int http_writable(struct peer *p);
void http_end(struct peer *p);

#endif
