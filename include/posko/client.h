/* libposko: a client of the hub in C.  Connect, log in, submit signed records until they are in
 * the ledger, follow what others post, resume without a gap, check every signature.
 *
 *     struct posko_client *c = posko_client_new(&config, &fault);
 *     posko_client_follow(c, -1);
 *     while (posko_client_run(c, 1000) != POSKO_RUN_ENDED)
 *         ;                                   everything arrives in config.event
 *
 * Link with libposko.a -lwebsockets -ljansson -lsodium -lcrypto.  One thread a client; nothing is
 * shared between clients.  Times are milliseconds since 1970 UTC, seq counts the ledger from 1.
 * Text is UTF-8.  What an event points to lives until its callback returns. */
#ifndef POSKO_CLIENT_H
#define POSKO_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct posko_client;

/* Why a call failed, or what the hub refused.  code: a wire name ("bad_claim", "closed" ...), or
 * "system" for what happened on this machine.  field: the claim it is about, or "". */
struct posko_fault {
    char code[24];
    char field[64];
    char text[256];
    int64_t retry_ms; /* 0: says nothing */
};

enum posko_event_type {
    POSKO_EVENT_HELLO,    /* connected: aud, at */
    POSKO_EVENT_WELCOME,  /* logged in: agency, member, head, at */
    POSKO_EVENT_ENROLLED, /* agency, member, kid, aud, hub */
    POSKO_EVENT_POSTED,   /* ref, id, seq, at: it is in the ledger */
    POSKO_EVENT_REFUSED,  /* ref (0: the log-in, or nothing of ours), id, fault */
    POSKO_EVENT_RECORD,   /* seq, at, jws, claims, kid, verdict, of; each seq once, in order */
    POSKO_EVENT_STATE,    /* seq; what is so now: see message */
    POSKO_EVENT_RESET,    /* head, why: drop what you hold; states follow, then live */
    POSKO_EVENT_LIVE,     /* head: the past is told */
    POSKO_EVENT_MARK,     /* head, at: a sign of life; the cursor has moved */
    POSKO_EVENT_RECEIPT,  /* seq, at, agency, member, how, ticket */
    POSKO_EVENT_GONE,     /* ticket: you may no longer read it */
    POSKO_EVENT_HISTORY,  /* of, more: the answer to posko_client_history is complete */
    POSKO_EVENT_BYE,      /* code, retry_ms in fault: the hub closes */
    POSKO_EVENT_LOST      /* no connection; the next try is in fault.retry_ms (0: no more) */
};

/* What the check of a record's signature found. */
enum posko_verdict {
    POSKO_VERDICT_GOOD,        /* signed by its author's key, which was valid at this seq */
    POSKO_VERDICT_UNKNOWN_KEY, /* no such key was told to us */
    POSKO_VERDICT_NOT_THEN,    /* the key was not yet, or no longer, valid at this seq */
    POSKO_VERDICT_NOT_AUTHOR,  /* the key is another's than iss and act say */
    POSKO_VERDICT_FALSE        /* no record, or the signature is false */
};
const char *posko_verdict_name(enum posko_verdict verdict); /* "good", "unknown_key" ... */

struct posko_text {
    const char *at; /* NULL: absent */
    size_t len;
};

struct posko_event {
    enum posko_event_type type;
    struct posko_text message; /* the hub's message, whole, JSON */
    int64_t seq, at, head, ref;
    struct posko_text id, ticket, of, jws;
    struct posko_text claims; /* the record's payload, JSON */
    struct posko_text kid, aud, hub, agency, member, how, why;
    bool more;
    enum posko_verdict verdict;
    struct posko_fault fault;
};

typedef void posko_event_fn(void *arg, struct posko_client *c, const struct posko_event *event);

struct posko_client_config {
    const char *url;      /* ws://HOST[:PORT][/ws] or wss://... ; http and https mean the same */
    const char *key_file; /* private key, PKCS#8 PEM, mode 0600; NULL only to enrol */
    const char *aud;      /* pinned at enrolment; NULL: any (enrolment, doctor) */
    const char *hub;      /* kid of the hub's key, pinned; NULL: as the hub says */
    const char *iss;      /* agency and member (or source) for posko_client_sign */
    const char *act;
    const char *ca_file; /* PEM of a private authority; NULL: the system's */
    const char *address; /* dialled instead of the url's host, whose name still has to be in the
                          * certificate; NULL: the host */
    bool got;            /* tell the hub what arrived here (receipts) */
    posko_event_fn *event;
    void *arg;
};

/* NULL with `fault` when the configuration is not usable (url, key file).  Does not connect yet. */
struct posko_client *posko_client_new(const struct posko_client_config *config,
                                      struct posko_fault *fault);
void posko_client_free(struct posko_client *c); /* closes; NULL allowed */

enum posko_run {
    POSKO_RUN_STOPPED, /* posko_client_stop was called */
    POSKO_RUN_TIMEOUT, /* timeout_ms passed */
    POSKO_RUN_ENDED    /* for good: see posko_client_end */
};
/* Connects, reconnects (1, 2, 4 .. 30 s apart), calls back.  timeout_ms < 0: no limit. */
enum posko_run posko_client_run(struct posko_client *c, int64_t timeout_ms);
void posko_client_stop(struct posko_client *c); /* from a callback: run returns soon */

enum posko_end {
    POSKO_END_NOT,
    POSKO_END_LOGIN,    /* the log-in or the enrolment was refused; posko_client_fault says why */
    POSKO_END_REVOKED,  /* the key was revoked */
    POSKO_END_REPLACED, /* four newer connections hold this key */
    POSKO_END_AUD,      /* another ledger than the pinned one */
    POSKO_END_HUB,      /* its directory does not know the pinned hub key */
    POSKO_END_DONE      /* enrolled */
};
enum posko_end posko_client_end(const struct posko_client *c);
const struct posko_fault *posko_client_fault(const struct posko_client *c); /* the last one */

/* Signs a record of `kind` ("incident.report").  claims: a JSON object with the claims of that
 * kind; v aud iss act kind jti iat are added.  The string (NUL-terminated, free() it) is what
 * posko_client_post takes and what stands for this record for ever; NULL with `fault` when a claim
 * is missing or not of its form.  id, when not NULL, gets the jti (37 bytes). */
char *posko_client_sign(struct posko_client *c, const char *kind, struct posko_text claims,
                        char *id, struct posko_fault *fault);

enum posko_keep {
    POSKO_KEEP_IN_DOUBT, /* silence and lost connections: the same string again, until an answer */
    POSKO_KEEP_ALWAYS    /* also after busy, too_many, not_stored, draining */
};
/* Posts a signed string (copied) as soon as there is a session.  Returns its ref (> 0), which
 * POSTED or REFUSED carries; exactly one of them comes, or posko_client_forget. */
int64_t posko_client_post(struct posko_client *c, struct posko_text jws, enum posko_keep keep);
void posko_client_forget(struct posko_client *c, int64_t ref);
size_t posko_client_pending(const struct posko_client *c); /* posts and messages not yet out */

/* Follow: after < 0 starts from the present state; else from that cursor (a fresh process is first
 * told the present, so that it knows the keys).  Survives reconnects by itself. */
void posko_client_follow(struct posko_client *c, int64_t after);
int64_t posko_client_cursor(const struct posko_client *c); /* store it; -1: none yet */

/* The records of one ticket above `after`, at most 1000 at once: RECORD with `of`, then HISTORY; or
 * REFUSED with this ref.  After a lost connection it goes on where it was.  One at a time. */
int64_t posko_client_history(struct posko_client *c, const char *ticket, int64_t after, int limit);

void posko_client_beat(struct posko_client *c); /* a machine says that it is alive */

/* GET path ("/readyz") from the same host, with the session's token where there is one.  Blocks up
 * to timeout_ms.  status 0: no answer, and `fault` says why.  free() the body. */
struct posko_answer {
    int status;
    char *body; /* NUL-terminated */
    size_t len;
};
struct posko_answer posko_client_get(struct posko_client *c, const char *path, int64_t timeout_ms,
                                     struct posko_fault *fault);

/* Enrolment: makes the key in key_file, then on the next run asks the hub with the secret.
 * ENROLLED, and the run ends with POSKO_END_DONE; or POSKO_END_LOGIN.  A key_file that exists is of
 * an enrolment that was cut off: its key is used, and when the secret turns out to be used up the
 * key logs in; then WELCOME comes instead.  False with `fault` when the key cannot be written. */
bool posko_client_enrol(struct posko_client *c, const char *secret, const char *key_file,
                        struct posko_fault *fault);

const char *posko_client_library(void); /* the version of libwebsockets in use */

#ifdef __cplusplus
}
#endif

#endif
