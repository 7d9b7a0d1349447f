#include "app/peer.h"

#include <utlist.h>

/* ---- lists ---- */

void peer_wait(struct peer *p)
{
    if (!p->wait_prev)
        DL_APPEND2(p->hub->waiting, p, wait_prev, wait_next);
}

void peer_stop_waiting(struct peer *p)
{
    if (p->wait_prev)
        DL_DELETE2(p->hub->waiting, p, wait_prev, wait_next);
    p->wait_prev = NULL;
}

void peer_go_on(struct peer *p)
{
    peer_wait(p);
    loop_timer_set(p->hub->pump, 0);
}

void peers_each(struct hub *hub, void (*fn)(struct peer *p, void *arg), void *arg)
{
    struct peer *p = NULL;
    struct peer *next = NULL;
    for (size_t i = 0; i < HUB_SLICES; i++) {
        DL_FOREACH_SAFE(hub->peers[i], p, next)
        {
            fn(p, arg);
        }
    }
}

struct peer *peer_find(struct hub *hub, struct session_id id)
{
    struct peer *p = NULL;
    DL_FOREACH(hub->peers[id.slot % HUB_SLICES], p)
    {
        if (p->id.slot == id.slot && p->id.generation == id.generation)
            return p->phase == PEER_CLOSING ? NULL : p;
    }
    return NULL;
}

int64_t peer_pos(const struct peer *p)
{
    return p->follow.phase == FOLLOW_LIVE ? turn_told(p->hub->turn) : p->follow.pos;
}

const struct member *peer_member(const struct peer *p)
{
    return p->who ? p->who->reader.member : NULL;
}

/* ---- sending ---- */

void peer_send_blob(struct peer *p, struct blob *message)
{
    if (p->phase != PEER_CLOSING)
        net_send(p->hub->net, p->id, message);
}

void peer_send(struct peer *p, const struct buf *message)
{
    struct blob *blob = blob_new(buf_peek(message));
    peer_send_blob(p, blob);
    blob_unref(blob);
}

void peer_refuse(struct peer *p, struct str id, const struct fault *fault, const int64_t *ref)
{
    struct buf out;
    buf_init(&out);
    frame_refused(&out, id, fault, ref);
    peer_send(p, &out);
    buf_deinit(&out);
    ++*p->hub->refused[fault->code];
}

void peer_close(struct peer *p, int close_code, const char *reason)
{
    p->phase = PEER_CLOSING;
    p->follow.phase = FOLLOW_NONE;
    net_close_session(p->hub->net, p->id, close_code, reason);
}

void peer_bye(struct peer *p, const char *code, int64_t retry_ms, int close_code)
{
    if (p->phase == PEER_CLOSING)
        return;
    struct buf out;
    buf_init(&out);
    frame_bye(&out, code, retry_ms);
    peer_send(p, &out);
    buf_deinit(&out);
    peer_close(p, close_code, code);
}

/* ---- limits ---- */

static struct str address_key(const struct address *address)
{
    return (struct str){(const char *)address->at, sizeof(address->at)};
}

void peer_count_wrong(struct peer *p)
{
    int64_t retry = 0;
    (void)guard_take(p->hub->wrong, address_key(&p->address), HUB_WRONG_COST,
                     loop_boot_ms(p->hub->loop), &retry);
}

bool peer_is_over_limit(const struct peer *p, struct fault *fault)
{
    int64_t retry = 0;
    if (guard_has(p->hub->wrong, address_key(&p->address), HUB_WRONG_COST,
                  loop_boot_ms(p->hub->loop), &retry))
        return false;
    fault_set(fault, ERR_TOO_MANY, "", "too many wrong log-ins from this address; wait a minute");
    fault->retry_ms = retry;
    return true;
}

static void close_late(struct peer *p, void *arg)
{
    int64_t now = *(const int64_t *)arg;
    if (p->phase == PEER_GREETED && now - p->opened > POSKO_AUTH_MS)
        peer_close(p, POSKO_CLOSE_AUTH_TIMEOUT, "no auth in time");
}

void peers_close_late(struct hub *hub)
{
    int64_t now = loop_boot_ms(hub->loop);
    peers_each(hub, close_late, &now);
}
