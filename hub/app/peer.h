/* One session: who it is, what it follows, what it is owed. */
#ifndef POSKO_APP_PEER_H
#define POSKO_APP_PEER_H

#include "app/follow.h"
#include "app/history.h"
#include "app/principal.h"

enum peer_phase {
    PEER_GREETED,  /* hello was said */
    PEER_CHECKING, /* its log-in is being checked */
    PEER_IN,       /* welcome was said */
    PEER_CLOSING   /* nothing more is sent but what waits */
};
enum { PEER_PENDING_MAX = 8 };

struct pending_receipt { /* a record that addresses this member's agency, sent and not yet `got` */
    int64_t seq;
    struct ticket_id ticket;
};

struct peer {
    struct hub *hub;
    struct session_id id;
    struct address address;
    struct peer *prev, *next;           /* of its slice */
    struct peer *who_prev, *who_next;   /* of its principal */
    struct peer *wait_prev, *wait_next; /* of hub->waiting; wait_prev NULL: not in it */
    enum peer_phase phase;
    unsigned slice;
    int64_t opened; /* boottime */
    char nonce[POSKO_NONCE_CHARS + 1];
    struct kid kid;
    struct principal *who; /* NULL: not logged in */
    uint64_t order;        /* of log-in: the oldest of a key is replaced */
    int64_t sent;          /* record messages without `of` */
    int64_t top;           /* greatest seq that was sent or told to it */
    struct follow follow;
    struct history *histories;
    size_t history_count;
    struct pending_receipt pending[PEER_PENDING_MAX];
    size_t pending_count;
    bool pending_all; /* more than fit, or what a follow began with: look at every ticket once */
};

/* net_ops */
void peer_opened(void *app, struct session_id id, const struct address *address, void **user);
void peer_message(void *app, struct session_id id, void *user, struct str text);
void peer_drained(void *app, struct session_id id, void *user);
void peer_closed(void *app, struct session_id id, void *user);

/* Sends what `message` holds as one message. */
void peer_send(struct peer *p, const struct buf *message);
void peer_send_blob(struct peer *p, struct blob *message); /* the caller keeps its reference */
/* id: the record's jti, or empty.  ref NULL: none. */
void peer_refuse(struct peer *p, struct str id, const struct fault *fault, const int64_t *ref);
/* Sends what waits, then closes; with a `bye` before it. */
void peer_close(struct peer *p, int close_code, const char *reason);
void peer_bye(struct peer *p, const char *code, int64_t retry_ms, int close_code);
/* The session, when it is still there and not closing; else NULL. */
struct peer *peer_find(struct hub *hub, struct session_id id);
const struct member *peer_member(const struct peer *p); /* NULL: a source, or not logged in */
/* fn may close p, but no other. */
void peers_each(struct hub *hub, void (*fn)(struct peer *p, void *arg), void *arg);
/* Closes those who have not logged in within POSKO_AUTH_MS. */
void peers_close_late(struct hub *hub);

/* It waits for the truth (follow, history, replay); peer_go_on: now, when the hub is settled. */
void peer_wait(struct peer *p);
void peer_go_on(struct peer *p);
void peers_pump(struct hub *hub); /* all that wait; the hub is settled */

#endif
