/* The load client: connections that post presigned records and connections that follow, on one
 * thread, in the hub's own protocol or in that of a peer that is measured beside it. */
#ifndef POSKO_LOAD_H
#define POSKO_LOAD_H

#include "base/crypt.h"
#include "base/id.h"

#include <openssl/ssl.h>
#include <stdint.h>

enum { LOAD_HUBS_MAX = 4, LOAD_WATCH_MAX = 16, LOAD_TEXT_MAX = 128 };

/* Who speaks what: the hub; our own peers, which know no log-in; NATS; STOMP. */
enum dialect { DIALECT_POSKO, DIALECT_PLAIN, DIALECT_NATS, DIALECT_STOMP };
enum work { WORK_STORY, WORK_REPORT, WORK_NOTE };

struct options {
    enum dialect dialect;
    enum work work;
    bool tls, silent;           /* silent: nobody follows, nobody posts: connections only */
    int port[LOAD_HUBS_MAX];    /* writers are spread over these */
    int port_count, sub_port;   /* 0: as the writers */
    int writers, subs, window;  /* window: unanswered posts of a connection, closed loop */
    double rate, warm, seconds; /* rate 0: closed loop */
    long pool;                  /* presigned records, all writers together */
    int forged, bytes;          /* every n-th signature is wrong; bytes of a payload */
    int watch[LOAD_WATCH_MAX];  /* processes whose CPU time is of interest */
    int watch_count;
    const char *keys, *aud, *acked; /* file of keys; the ledger's name; file for what was acked */
};

struct key {
    struct secret_key secret;
    struct kid kid;
    char use; /* l: leads, p: polres answers, k: pemkot answers, s: follows */
    char agency[LOAD_TEXT_MAX], member[LOAD_TEXT_MAX];
    int sockets;
};

/* A record, framed and ready to be sent; refs count within a connection. */
struct shot {
    char *frame;
    uint32_t len;
    bool forged;
    struct record_id jti;
    int64_t seq;      /* as acknowledged; 0: not */
    double due, sent; /* seconds; due: when it should have been sent */
};

enum stage { STAGE_UPGRADE, STAGE_LOGIN, STAGE_UP, STAGE_GONE };

struct load;
struct conn {
    struct load *load;
    int fd, port;
    SSL *ssl;
    enum stage stage;
    bool sub, wants_write;
    struct key *key;
    struct buf in, out;
    size_t written; /* of out */
    struct shot *shots;
    long shot_count, next, answered;
    double rests_until; /* told `busy` in a closed loop: no post before */
    int64_t last;       /* a follower's last seq */
    long sent;          /* records it was sent, as it counts itself */
    struct buf part;    /* a peer's stream within frames */
};

struct tally { /* between begin and end */
    long acked, refused, refused_busy, refused_forged, refused_other, deliveries, posted;
    long busy_without_retry;
    double *ack, *lag; /* seconds */
    long ack_count, lag_count, room;
};

struct load {
    struct options options;
    struct key *keys;
    long key_count;
    struct conn *conns;
    int conn_count, up, poll;
    SSL_CTX *tls;
    bool measuring, drained;
    long outstanding, gaps, repeats, lost, malformed;
    struct tally tally;
    double *heard; /* by seq modulo HEARD: when a writer heard `posted` */
};
enum { HEARD = 1 << 17 };

double load_now(void);

/* ---- load_net.c: sockets and WebSocket frames ---- */
void net_dial(struct load *load, struct conn *c, int index);
void net_text(struct conn *c, struct str text); /* one masked frame; flushed by net_flush */
void net_bytes(struct conn *c, const char *at, size_t len);
void net_flush(struct conn *c);
void net_round(struct load *load, double wait); /* serves what is ready; under a second */
void frame_masked(struct buf *to, struct str text, bool binary);

/* ---- load_keys.c: keys, and records signed before the run ---- */
bool keys_read(struct load *load);
/* A key with a free socket, of a follower or of one who writes; NULL: none. */
struct key *keys_take(struct load *load, bool follows);
void pool_sign(struct load *load);
struct str login_sign(struct arena *a, const struct conn *c, struct str aud, struct str nonce);

/* ---- load_talk.c: what is said; one for each dialect ---- */
void talk_opened(struct conn *c); /* the upgrade is through */
void talk_message(struct conn *c, struct str text, bool binary);
void talk_up(struct conn *c);
void talk_acked(struct conn *c, long ref, int64_t seq);
void talk_delivered(struct conn *c, int64_t seq);
bool post_next(struct conn *c, double due); /* false: its pool is used up */
/* load_peer.c */
void peer_opened(struct conn *c);
void peer_message(struct conn *c, struct str text);
void peer_post(struct conn *c, long ref);

/* ---- load_cpu.c ---- */
/* CPU seconds of every thread of a process, by thread name, as one JSON object. */
void cpu_write(struct buf *to, int pid);

#endif
