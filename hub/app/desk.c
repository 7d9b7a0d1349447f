#include "app/desk.h"

#include "app/follow.h"
#include "app/history.h"
#include "app/intake.h"
#include "app/login.h"
#include "app/principal.h"

#include <string.h>
#include <utlist.h>

/* ---- coming and going ---- */

void desk_opened(void *app, struct session_id id, const struct address *address, void **user)
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

void desk_closed(void *app, struct session_id id, void *user)
{
    struct hub *hub = app;
    struct peer *p = user;
    (void)id;
    p->phase = PEER_CLOSING;
    follow_drop(p);
    history_drop(p);
    peer_stop_waiting(p);
    principal_leave(p);
    DL_DELETE(hub->peers[p->slice], p);
    mem_free(p->pending);
    mem_free(p);
}

void desk_drained(void *app, struct session_id id, void *user)
{
    struct peer *p = user;
    (void)app;
    (void)id;
    if (p->phase == PEER_IN && (p->follow.phase != FOLLOW_LIVE || p->histories))
        peer_go_on(p);
}

/* ---- who waits ---- */

void desk_pump(struct hub *hub)
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
        if (p->phase != PEER_IN) {
            follow_drop(p);
            continue;
        }
        history_pump(p);
        follow_pump(p);
    }
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
    else if (f->op == OP_GOT && f->seq > p->top && f->seq > peer_pos(p))
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

void desk_message(void *app, struct session_id id, void *user, struct str text)
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
