/* One session: who it is, what it follows, what it is owed. */
#ifndef POSKO_APP_PEER_H
#define POSKO_APP_PEER_H

#include "app/hub.h"
#include "app/reading.h"
#include "app/touched.h"

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

enum follow_phase {
    FOLLOW_NONE,
    FOLLOW_DOUBT,   /* the cursor is above what is known: a look first */
    FOLLOW_STATES,  /* the present: directory, then tickets */
    FOLLOW_REPLAY,  /* records above `pos` */
    FOLLOW_ENTRIES, /* directory entries that changed above `from` */
    FOLLOW_TOUCHED, /* one state for each ticket that replay touched */
    FOLLOW_LIVE
};

struct follow {
    enum follow_phase phase;
    bool has_ref;
    int64_t ref;
    int64_t from; /* replay began above this */
    int64_t leg;  /* and its present rows above this: a reload or what comes meanwhile begins one */
    int64_t pos;  /* all that it may read up to here was sent; live: see peer_pos */
    enum entry_kind kind;
    int64_t walked; /* cursor of state_walk */
    struct reading reading;
    bool reads; /* is one of hub->readers */
    struct touched touched;
    size_t asked;       /* 1 + the place in it from which on they were read; 0: from none */
    int64_t missed;     /* the record whose ticket was nowhere, and how often in a row */
    uint64_t missed_at; /* turns and looks that memory had learned from by then */
    int misses;
};

struct history {
    struct history *next;
    struct ticket_id ticket;
    bool has_ref, checked;
    int64_t ref, after, left;
    struct reading reading;
};

/* Who sits there, with all the sessions: principal.h. */
struct principal {
    char key[2 * POSKO_ID_CHARS_MAX + 2]; /* "kpu/sari": members and sources share a name space */
    struct reader reader;
    struct peer *peers; /* utlist, by who_prev and who_next */
    UT_hash_handle hh;
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
    struct pending_receipt *pending; /* NULL: there was none yet */
    size_t pending_count;
    bool pending_all; /* more than fit, or what a follow began with: look at every ticket once */
};

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
/* All that it may read up to here was sent; a live one has heard all that was told. */
int64_t peer_pos(const struct peer *p);
const struct member *peer_member(const struct peer *p); /* NULL: a source, or not logged in */
/* fn may close p, but no other. */
void peers_each(struct hub *hub, void (*fn)(struct peer *p, void *arg), void *arg);
/* Closes those who have not logged in within POSKO_AUTH_MS. */
void peers_close_late(struct hub *hub);

/* A wrong log-in or secret counts against the peer's address. */
void peer_count_wrong(struct peer *p);
bool peer_is_over_limit(const struct peer *p, struct fault *fault); /* of wrong ones */

/* It waits for the truth (follow, history, replay), until the next turn or look; peer_go_on: no
 * longer than until the hub is settled. */
void peer_wait(struct peer *p);
void peer_go_on(struct peer *p);
void peer_stop_waiting(struct peer *p);

#endif
