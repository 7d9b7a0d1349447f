/* The inside of struct posko_client, shared by the files of this folder. */
#ifndef POSKO_CLIENT_CLIENT_H
#define POSKO_CLIENT_CLIENT_H

#include "base/id.h"
#include "base/json.h"
#include "client/keys.h"
#include "client/link.h"

#include <posko/client.h>

enum phase {
    PHASE_IDLE,       /* waits for retry_at */
    PHASE_CONNECTING, /* the socket is opening, or `hello` is due */
    PHASE_LOGIN,      /* auth or enrol is sent */
    PHASE_READY
};

enum follow {
    FOLLOW_OFF,
    FOLLOW_FRESH,   /* reset, states ... live */
    FOLLOW_PRIMING, /* the same, only to learn the keys; then from the cursor */
    FOLLOW_PAST,    /* records above the cursor ... live */
    FOLLOW_LIVE
};

struct post {
    struct post *next;
    int64_t ref, send_at; /* link_now_ms; 0: at the next session */
    int tries;            /* since the last answer */
    enum posko_keep keep;
    char id[ID_CHARS + 1];
    size_t len;
    char jws[];
};

struct history {
    bool wanted;
    int64_t ref, after;
    int limit;
    char ticket[ID_CHARS + 1];
};

struct posko_client {
    struct posko_client_config config; /* its texts are copies in `texts` */
    struct arena texts;
    struct url url;
    struct link *link;
    struct secret_key key;
    bool has_key;
    struct kid kid;
    struct keys keys;
    struct posko_fault fault;
    enum posko_end end;
    bool stopping;
    enum phase phase;
    int64_t retry_at; /* link_now_ms */
    int retries;      /* since the last welcome */
    int64_t bye_ms;   /* the hub's wish for the next try; 0: none */
    int64_t login_by; /* hello and welcome are due by then */
    int64_t heard_at; /* the last message */
    struct str token; /* in session */
    struct arena session;
    /* enrolment */
    bool enrolling, enrol_in_doubt;
    struct secret_text secret;
    /* posts */
    struct post *posts;
    int64_t last_ref;
    /* following */
    bool wants_follow, keys_known;
    enum follow follow;
    int64_t after;     /* the cursor; -1: none */
    int64_t last_seen; /* the greatest seq that was called back */
    int64_t counted;   /* `record` messages without `of` since welcome */
    int64_t arrived;   /* the greatest seq of this session */
    int64_t got;       /* told to the hub in this session */
    struct history history;
};

/* client.c */
enum { BACKOFF_MS_MAX = 30000 };
int64_t client_backoff_ms(int tries);                      /* 1, 2, 4 .. 30 s */
void client_drop(struct posko_client *c, const char *why); /* ends this connection, tries again */
void client_finish(struct posko_client *c, enum posko_end end);
void client_tell(struct posko_client *c, const struct posko_event *e);
struct posko_text text_of(struct str s);
void client_fault(struct posko_fault *out, const struct fault *fault);
void client_fault_system(struct posko_fault *out, const char *format, ...) PRINTF_LIKE(2, 3);

/* message.c: one message of the hub. */
void message_received(struct posko_client *c, struct str text);

/* login.c */
void login_start(struct posko_client *c, struct str aud, struct str nonce);

/* sign.c: wall clock, for iat */
int64_t client_wall_ms(void);

/* post.c */
/* Refusals that say "certainly not stored, and not now": the same string may be sent again. */
bool post_is_passing(struct str code);
void post_session_begins(struct posko_client *c);
void post_due(struct posko_client *c, int64_t now);
int64_t post_next(const struct posko_client *c); /* INT64_MAX: nothing */
bool post_posted(struct posko_client *c, int64_t ref, struct str id, int64_t *ours);
/* False: none of ours.  *again: it is kept and will be repeated. */
bool post_refused(struct posko_client *c, int64_t ref, struct str id, struct str code,
                  int64_t retry_ms, int64_t *ours, bool *again);
void post_free(struct posko_client *c);

/* follow.c */
void follow_session_begins(struct posko_client *c);
void follow_record(struct posko_client *c, struct posko_event *e, const struct node *message,
                   struct arena *arena);
void follow_state(struct posko_client *c, struct posko_event *e, const struct node *message);
void follow_reset(struct posko_client *c, struct posko_event *e);
void follow_live(struct posko_client *c, struct posko_event *e);
void follow_mark(struct posko_client *c, struct posko_event *e, int64_t sent);
void follow_got(struct posko_client *c);
void follow_history_ends(struct posko_client *c, struct posko_event *e);

#endif
