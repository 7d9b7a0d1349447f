#include "app/principal.h"

#include <stdio.h>
#include <utlist.h>

struct principal *principal_find(struct hub *hub, struct str agency, struct str who)
{
    char key[2 * POSKO_ID_CHARS_MAX + 2];
    (void)snprintf(key, sizeof(key), STR_FMT "/" STR_FMT, STR_ARG(agency), STR_ARG(who));
    struct principal *w = NULL;
    HASH_FIND_STR(hub->principals, key, w);
    return w;
}

static struct principal *principal_of(struct hub *hub, const struct device *device)
{
    struct str who = device->member ? device->member->id : device->source->id;
    struct principal *w = principal_find(hub, device->agency->id, who);
    if (!w) {
        w = mem_new(sizeof(*w));
        (void)snprintf(w->key, sizeof(w->key), STR_FMT "/" STR_FMT, STR_ARG(device->agency->id),
                       STR_ARG(who));
        HASH_ADD_STR(hub->principals, key, w);
    }
    w->reader = reader_of(device);
    return w;
}

static void replace_oldest(struct principal *w, const struct kid *kid)
{
    struct peer *oldest = NULL;
    struct peer *p = NULL;
    size_t count = 0;
    DL_FOREACH2(w->peers, p, who_next)
    {
        if (p->phase != PEER_IN || !kid_eq(&p->kid, kid))
            continue;
        count++;
        if (!oldest || p->order < oldest->order)
            oldest = p;
    }
    if (count > POSKO_SOCKETS_PER_KEY_MAX)
        peer_bye(oldest, "replaced", 0, POSKO_CLOSE_REPLACED);
}

void principal_join(struct peer *p, const struct device *device)
{
    struct principal *w = principal_of(p->hub, device);
    p->who = w;
    p->kid = device->kid;
    p->phase = PEER_IN;
    p->order = ++p->hub->logins;
    DL_APPEND2(w->peers, p, who_prev, who_next);
    replace_oldest(w, &device->kid);
}

void principal_leave(struct peer *p)
{
    struct principal *w = p->who;
    if (!w)
        return;
    DL_DELETE2(w->peers, p, who_prev, who_next);
    p->who = NULL;
    if (!w->peers) {
        HASH_DEL(p->hub->principals, w);
        mem_free(w);
    }
}

/* The session's key as memory has it now; an inactive or revoked one is shown the door. */
static void rebind(struct peer *p, void *arg)
{
    (void)arg;
    if (p->phase != PEER_IN)
        return;
    struct fault fault;
    const struct device *device = NULL;
    if (decide_key(turn_state(p->hub->turn), &p->kid, &fault, &device) != OK)
        peer_bye(p, "revoked", 0, POSKO_CLOSE_REVOKED);
    else
        p->who->reader = reader_of(device);
}

void principals_rebind(struct hub *hub)
{
    /* Those whose sessions are all closing have nobody to look them up again. */
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    {
        w->reader = (struct reader){0};
    }
    peers_each(hub, rebind, NULL);
}
