/* The hub: what one process holds.  Everything hangs from here (no globals), so that a test can run
 * several.  Private to hub/app. */
#ifndef POSKO_APP_HUB_H
#define POSKO_APP_HUB_H

#include "app/config.h"
#include "app/recent.h"
#include "app/turn.h"
#include "base/failpoint.h"
#include "net/frame.h"
#include "net/guard.h"
#include "net/net.h"
#include "net/site.h"
#include "work/pool.h"

enum {
    HUB_SLICES = 50,
    HUB_TICK_MS = POSKO_MARK_MS / HUB_SLICES,
    HUB_WRONG_COST = 12, /* five wrong log-ins or secrets a minute: 60 s of tokens, 12 each */
    HUB_DRAIN_MS = 5000,
    HUB_HEALTH_MS = 5000
};

struct peer;
struct principal;

struct hub {
    const struct config *config;
    const struct log *log;
    struct metrics *metrics;
    struct loop *loop;
    struct pool *pool;
    struct turn_store *store;
    struct tail *tail;
    struct turn *turn;
    struct net *net;
    struct site *site; /* NULL: no page here */
    struct hub_identity identity;
    void (*on_loaded)(struct hub *hub);
    void *owner;          /* of on_loaded */
    const int *inherited; /* listening sockets, LISTEN_FDS */
    size_t inherited_count;
    struct hash token_key;

    struct jws_headers *headers; /* of keys that have posted */
    struct guard *rate_key;      /* records by key */
    struct guard *rate_session;  /* messages by session */
    struct guard *wrong;         /* wrong log-ins and secrets by address */

    struct principal *principals;
    struct peer *peers[HUB_SLICES]; /* all sessions, spread over the marks' slices */
    unsigned slice;
    size_t checking;         /* posts whose signature waits for the threads, or is with them */
    struct session_id *held; /* not read until there is room; some twice, some gone */
    size_t held_count, held_room;
    int64_t held_since;            /* boottime, ms: the first of them */
    struct peer *waiting;          /* for the truth: follow, history, replay */
    struct recent recent;          /* what was told last */
    unsigned readers;              /* peers whose follow reads from the database */
    struct after_look *after_look; /* who waits for a look at what other hubs wrote */
    struct rest_preview *previews; /* GET /v1/readers, until memory is the truth */
    struct loop_timer *tick;
    struct loop_timer *pump; /* soon: those who wait for the truth */
    struct health health;
    bool health_known, health_asked;
    bool draining, said_goodbye;
    int64_t drain_until;
    int exit_code;
    uint64_t logins;

    uint64_t *posted, *refused[ERR_COUNT], *told, *ahead;
    int64_t *gauge_overdue, *gauge_unclocked, *gauge_copies, *gauge_held, *gauge_head, *gauge_line,
        *gauge_ahead;
#ifdef POSKO_TEST
    struct failpoint failpoint;
#endif
};

void hub_stop(struct hub *hub, int exit_code); /* the loop ends, and the process with it */

/* Calls fn(arg) when what other hubs have written by now is known here.  False: too many wait. */
MUST_CHECK bool hub_after_look(struct hub *hub, void (*fn)(void *arg), void *arg);
void hub_looked(void *app);          /* turn_ops.looked */
void hub_looks_end(struct hub *hub); /* the hub stops: all are called, whose peers are gone */

/* Why it is not ready, as text list into `to` (comma-separated JSON strings); false: it is. */
bool hub_is_unready(const struct hub *hub, struct buf *reasons);

#endif
