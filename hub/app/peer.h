/* One session: who it is, what it follows, what it is owed. */
#ifndef POSKO_APP_PEER_H
#define POSKO_APP_PEER_H

#include "app/hub.h"
#include "app/reading.h"

enum peer_phase { PEER_GREETED, PEER_CHECKING, PEER_IN, PEER_CLOSING };
enum follow_phase {
    FOLLOW_NONE,
    FOLLOW_STATES,  /* the present: directory, then tickets */
    FOLLOW_REPLAY,  /* records above `pos` */
    FOLLOW_ENTRIES, /* directory entries that changed above `from` */
    FOLLOW_TOUCHED, /* one state for each ticket that replay touched */
    FOLLOW_LIVE
};
enum { PEER_HISTORIES_MAX = 8 };

struct follow {
    enum follow_phase phase;
    bool has_ref, fresh;
    int64_t ref;
    int64_t from; /* replay began above this */
    int64_t pos;  /* all that it may read up to here was sent */
    enum entry_kind kind;
    int64_t walked; /* cursor of state_walk */
    struct reading reading;
    struct ticket_id *touched; /* malloc'ed */
    size_t touched_count, touched_size, touched_sent, touched_asked;
};

struct history {
    struct history *next;
    struct ticket_id ticket;
    bool has_ref, checked;
    int64_t ref, after, left;
    struct reading reading;
};

struct peer {
    struct hub *hub;
    struct session_id id;
    struct address address;
    struct peer **prev, *next;           /* of its slice */
    struct peer **who_prev, *who_next;   /* of its principal */
    struct peer **wait_prev, *wait_next; /* of hub->waiting; wait_prev NULL: not in it */
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
};

/* net_ops */
void peer_opened(void *app, struct session_id id, const struct address *address, void **user);
void peer_message(void *app, struct session_id id, void *user, struct str text);
void peer_drained(void *app, struct session_id id, void *user);
void peer_closed(void *app, struct session_id id, void *user);

/* Sends what `to` holds as one message. */
void peer_send(struct peer *p, const struct buf *message);
void peer_send_blob(struct peer *p, struct blob *message);
void peer_refuse(struct peer *p, struct str id, const struct fault *fault, const int64_t *ref);
void peer_bye(struct peer *p, const char *code, int64_t retry_ms, int close_code);
/* By session id, when it is still there. */
struct peer *peer_find(struct hub *hub, struct session_id id);

/* Logged in as: joins its principal, closes the oldest of five.  */
void peer_join(struct peer *p, const struct device *device);
struct principal *principal_find(struct hub *hub, struct str agency, struct str who);
const struct member *peer_member(const struct peer *p); /* NULL: a source */
/* Memory was read again or roles changed: what principals point at. */
void principals_rebind(struct hub *hub);
void peers_each(struct hub *hub, void (*fn)(struct peer *p, void *arg), void *arg);

/* login.c */
void login_begin(struct peer *p, const struct frame *frame, bool enrol);
/* follow.c, history.c: work is done while memory is the truth; peer_wait puts it there. */
void follow_begin(struct peer *p, const struct frame *frame);
void follow_pump(struct peer *p);
void follow_drop(struct peer *p);   /* frees */
void follow_reload(struct peer *p); /* pointers are new: replay goes on from `pos` */
void history_begin(struct peer *p, const struct frame *frame);
void history_pump(struct peer *p);
void history_drop(struct peer *p);
void peer_wait(struct peer *p);
void peers_pump(struct hub *hub); /* all that wait; the hub is settled */

/* intake.c */
void intake_post(struct hub *hub, struct session_id from, bool http, const int64_t *ref,
                 struct str jws);
void intake_enrol(struct peer *p, struct hash secret, const struct public_key *jwk,
                  const struct kid *kid, const int64_t *ref);
void intake_receipts(struct peer *p, const struct frame *frame);
void intake_beat(struct peer *p);

#endif
