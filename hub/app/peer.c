#include "app/peer.h"

#include "app/intake.h"
#include "app/login.h"

#include <string.h>
#include <utlist.h>

/* ---- lists ---- */

void peer_wait(struct peer *p)
{
    if (!p->wait_prev)
        DL_APPEND2(p->hub->waiting, p, wait_prev, wait_next);
}

static void stop_waiting(struct peer *p)
{
    if (p->wait_prev)
        DL_DELETE2(p->hub->waiting, p, wait_prev, wait_next);
    p->wait_prev = NULL;
}

void peers_pump(struct hub *hub)
{
    struct peer *all = hub->waiting;
    struct peer *p = NULL;
    struct peer *next = NULL;
    hub->waiting = NULL;
    DL_FOREACH2(all, p, wait_next)
    {
        p->wait_prev = NULL; /* each may wait again */
    }
    DL_FOREACH_SAFE2(all, p, next, wait_next)
    {
        if (p->phase != PEER_IN)
            continue;
        history_pump(p);
        follow_pump(p);
    }
}

void peer_go_on(struct peer *p)
{
    peer_wait(p);
    if (turn_is_settled(p->hub->turn))
        peers_pump(p->hub);
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
    follow_drop(p);
    history_drop(p);
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

/* ---- net_ops ---- */

void peer_opened(void *app, struct session_id id, const struct address *address, void **user)
{
    struct hub *hub = app;
    struct peer *p = mem_new(sizeof(*p));
    p->hub = hub;
    p->id = id;
    p->address = *address;
    p->opened = loop_boot_ms(hub->loop);
    p->slice = id.slot % HUB_SLICES;
    reading_init(&p->follow.reading);
    DL_APPEND(hub->peers[p->slice], p);
    *user = p;

    uint8_t random[32];
    crypt_random(random, sizeof(random));
    struct buf out;
    buf_init(&out);
    crypt_b64_put(&out, (struct str){(const char *)random, sizeof(random)});
    memcpy(p->nonce, out.at, POSKO_NONCE_CHARS);
    buf_clear(&out);
    frame_hello(&out, hub->identity.aud, str_of(p->nonce), turn_now(hub->turn));
    peer_send(p, &out);
    buf_deinit(&out);
    if (hub->draining)
        peer_bye(p, "draining", 1000, POSKO_CLOSE_RESTART);
}

void peer_closed(void *app, struct session_id id, void *user)
{
    struct hub *hub = app;
    struct peer *p = user;
    (void)id;
    p->phase = PEER_CLOSING;
    follow_drop(p);
    history_drop(p);
    stop_waiting(p);
    principal_leave(p);
    DL_DELETE(hub->peers[p->slice], p);
    mem_free(p);
}

void peer_drained(void *app, struct session_id id, void *user)
{
    struct peer *p = user;
    (void)app;
    (void)id;
    if (p->phase == PEER_IN && (p->follow.phase != FOLLOW_LIVE || p->histories))
        peer_go_on(p);
}

/* ---- messages ---- */

static void broken(struct peer *p, const struct fault *fault, const int64_t *ref)
{
    peer_refuse(p, STR_NONE, fault, ref);
    peer_close(p, POSKO_CLOSE_BAD_FRAME, err_wire(fault->code));
}

static bool may_now(struct peer *p, const struct frame *f, struct fault *fault)
{
    bool login = f->op == OP_AUTH || f->op == OP_ENROL;
    if (login && p->phase != PEER_GREETED)
        fault_set(fault, ERR_BAD_FRAME, "op", "this session has logged in already");
    else if (!login && p->phase == PEER_GREETED)
        fault_set(fault, ERR_BAD_FRAME, "op", "the first message must be `auth` or `enrol`");
    else if (!login && p->phase == PEER_CHECKING)
        fault_set(fault, ERR_BAD_FRAME, "op", "wait for `welcome` first");
    else if (f->op == OP_GOT && f->seq > p->top && f->seq > follow_pos(p))
        fault_set(fault, ERR_BAD_FRAME, "seq", "`got` is above what was sent");
    else
        return true;
    return false;
}

static void dispatch(struct peer *p, const struct frame *f)
{
    switch (f->op) {
    case OP_AUTH:
        login_begin(p, f, false);
        return;
    case OP_ENROL:
        login_begin(p, f, true);
        return;
    case OP_FOLLOW:
        follow_begin(p, f);
        return;
    case OP_POST:
        intake_post(p->hub, p->id, false, f->has_ref ? &f->ref : NULL, f->jws);
        return;
    case OP_HISTORY:
        history_begin(p, f);
        return;
    case OP_GOT:
    case OP_SHOWN:
        intake_receipts(p, f);
        return;
    case OP_BEAT:
        intake_beat(p);
        return;
    case OP_COUNT:
        return;
    }
}

static bool is_in_time(struct peer *p, const struct frame *f)
{
    struct str key = {(const char *)&p->id, sizeof(p->id)};
    struct fault fault = {0};
    int64_t retry = 0;
    if (guard_take(p->hub->rate_session, key, 1, loop_boot_ms(p->hub->loop), &retry))
        return true;
    fault_set(&fault, ERR_TOO_MANY, "", NULL);
    fault.retry_ms = retry;
    peer_refuse(p, STR_NONE, &fault, f->has_ref ? &f->ref : NULL);
    return false;
}

void peer_message(void *app, struct session_id id, void *user, struct str text)
{
    struct peer *p = user;
    (void)app;
    if (p->phase == PEER_CLOSING)
        return;
    if (net_waiting(p->hub->net, id) > POSKO_QUEUE_BYTES_MAX) {
        peer_bye(p, "too_slow", 0, POSKO_CLOSE_TOO_SLOW); /* it asks and does not read */
        return;
    }
    struct arena arena;
    arena_init(&arena);
    struct frame f = {0};
    struct fault fault = {0};
    if (frame_read(&arena, text, &fault, &f) != OK || !may_now(p, &f, &fault))
        broken(p, &fault, f.has_ref ? &f.ref : NULL);
    else if (is_in_time(p, &f))
        dispatch(p, &f);
    arena_deinit(&arena);
}
