#include "app/peer.h"

#include <stdio.h>
#include <string.h>

/* ---- lists ---- */

static void link_slice(struct peer *p)
{
    struct peer **head = &p->hub->peers[p->slice];
    p->next = *head;
    p->prev = head;
    if (*head)
        (*head)->prev = &p->next;
    *head = p;
}

static void unlink_slice(struct peer *p)
{
    *p->prev = p->next;
    if (p->next)
        p->next->prev = p->prev;
}

static void unlink_wait(struct peer *p)
{
    if (!p->wait_prev)
        return;
    *p->wait_prev = p->wait_next;
    if (p->wait_next)
        p->wait_next->wait_prev = p->wait_prev;
    p->wait_prev = NULL;
}

void peer_wait(struct peer *p)
{
    if (p->wait_prev)
        return;
    struct peer **head = &p->hub->waiting;
    p->wait_next = *head;
    p->wait_prev = head;
    if (*head)
        (*head)->wait_prev = &p->wait_next;
    *head = p;
}

void peers_pump(struct hub *hub)
{
    struct peer *p = hub->waiting;
    hub->waiting = NULL;
    for (struct peer *q = p; q; q = q->wait_next)
        q->wait_prev = NULL; /* each may wait again */
    while (p) {
        struct peer *next = p->wait_next;
        if (p->phase == PEER_IN) {
            history_pump(p);
            follow_pump(p);
        }
        p = next;
    }
}

void peers_each(struct hub *hub, void (*fn)(struct peer *p, void *arg), void *arg)
{
    for (size_t i = 0; i < HUB_SLICES; i++) {
        struct peer *next = NULL;
        for (struct peer *p = hub->peers[i]; p; p = next) {
            next = p->next;
            fn(p, arg);
        }
    }
}

/* ---- principals ---- */

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

struct principal *principal_find(struct hub *hub, struct str agency, struct str who)
{
    char key[2 * POSKO_ID_CHARS_MAX + 2];
    (void)snprintf(key, sizeof(key), STR_FMT "/" STR_FMT, STR_ARG(agency), STR_ARG(who));
    struct principal *w = NULL;
    HASH_FIND_STR(hub->principals, key, w);
    return w;
}

static void leave(struct peer *p)
{
    struct principal *w = p->who;
    if (!w)
        return;
    *p->who_prev = p->who_next;
    if (p->who_next)
        p->who_next->who_prev = p->who_prev;
    p->who = NULL;
    if (!w->peers) {
        HASH_DEL(p->hub->principals, w);
        mem_free(w);
    }
}

static void replace_oldest(struct principal *w, const struct kid *kid)
{
    struct peer *oldest = NULL;
    size_t count = 0;
    for (struct peer *p = w->peers; p; p = p->who_next) {
        if (p->phase != PEER_IN || !kid_eq(&p->kid, kid))
            continue;
        count++;
        if (!oldest || p->order < oldest->order)
            oldest = p;
    }
    if (count > POSKO_SOCKETS_PER_KEY_MAX)
        peer_bye(oldest, "replaced", 0, POSKO_CLOSE_REPLACED);
}

void peer_join(struct peer *p, const struct device *device)
{
    struct principal *w = principal_of(p->hub, device);
    p->who = w;
    p->who_next = w->peers;
    p->who_prev = &w->peers;
    if (w->peers)
        w->peers->who_prev = &p->who_next;
    w->peers = p;
    p->phase = PEER_IN;
    p->order = ++p->hub->logins;
    replace_oldest(w, &device->kid);
}

const struct member *peer_member(const struct peer *p)
{
    return p->who ? p->who->reader.member : NULL;
}

/* The session's key as memory has it now; an inactive or revoked one is shown the door. */
static void recheck(struct peer *p, void *arg)
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
    peers_each(hub, recheck, NULL);
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

void peer_bye(struct peer *p, const char *code, int64_t retry_ms, int close_code)
{
    if (p->phase == PEER_CLOSING)
        return;
    struct buf out;
    buf_init(&out);
    frame_bye(&out, code, retry_ms);
    peer_send(p, &out);
    buf_deinit(&out);
    p->phase = PEER_CLOSING;
    follow_drop(p);
    history_drop(p);
    net_close_session(p->hub->net, p->id, close_code, code);
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
    link_slice(p);
    *user = p;
    ++*hub->gauge_peers;

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
    unlink_wait(p);
    leave(p);
    unlink_slice(p);
    mem_free(p);
    --*hub->gauge_peers;
}

void peer_drained(void *app, struct session_id id, void *user)
{
    struct hub *hub = app;
    struct peer *p = user;
    (void)id;
    if (p->phase != PEER_IN || (p->follow.phase == FOLLOW_LIVE && !p->histories))
        return;
    peer_wait(p);
    if (turn_is_settled(hub->turn))
        peers_pump(hub);
}

struct peer *peer_find(struct hub *hub, struct session_id id)
{
    for (struct peer *p = hub->peers[id.slot % HUB_SLICES]; p; p = p->next)
        if (p->id.slot == id.slot && p->id.generation == id.generation)
            return p->phase == PEER_CLOSING ? NULL : p;
    return NULL;
}

/* ---- messages ---- */

static void broken(struct peer *p, const struct fault *fault, const int64_t *ref)
{
    peer_refuse(p, STR_NONE, fault, ref);
    p->phase = PEER_CLOSING;
    follow_drop(p);
    history_drop(p);
    net_close_session(p->hub->net, p->id, POSKO_CLOSE_BAD_FRAME, err_wire(fault->code));
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
    else if (f->op == OP_GOT && f->seq > p->top)
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
    (void)id;
    if (p->phase == PEER_CLOSING)
        return;
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
