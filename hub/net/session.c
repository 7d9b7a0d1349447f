#include "net/peer.h"

#include <assert.h>
#include <string.h>

enum {
    FRAGMENTS_MAX = 64,
    WRITES_A_ROUND_MAX = 4,
    QUEUE_FIRST = 4,
    QUEUE_KEPT = 64,
    CONTROL_BYTES_MAX = 125
};

enum opcode { OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9 };

/* ---- the queue ---- */
static void push(struct peer *p, struct blob *message)
{
    if (p->count == p->room) {
        uint32_t room = p->room == 0 ? QUEUE_FIRST : p->room * 2;
        struct blob **queue = mem_new(room * sizeof queue[0]);
        for (uint32_t i = 0; i < p->count; i++)
            queue[i] = p->queue[(p->first + i) % p->room];
        mem_free(p->queue);
        p->queue = queue;
        p->first = 0;
        p->room = room;
    }
    p->queue[(p->first + p->count) % p->room] = blob_ref(message);
    p->count++;
    p->waiting += message->len;
}

static void drop_first(struct peer *p)
{
    struct blob *b = p->queue[p->first];
    p->waiting -= b->len;
    p->first = (p->first + 1) % p->room;
    p->count--;
    blob_unref(b);
}

static void drop_queue(struct peer *p)
{
    while (p->count > 0)
        drop_first(p);
    mem_free(p->queue);
    p->queue = NULL;
    p->first = p->room = 0;
}

/* ---- writing ---- */
/* The head of a whole unmasked frame (RFC 6455, 5.2). */
static size_t put_head(unsigned char *to, enum opcode opcode, size_t len)
{
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;
    to[0] = (unsigned char)(0x80 | opcode);
    to[1] = (unsigned char)(bytes == 0 ? len : bytes == 2 ? 126 : 127);
    for (size_t i = 0; i < bytes; i++)
        to[2 + i] = (unsigned char)(len >> (8 * (bytes - 1 - i)));
    return 2 + bytes;
}

/* What waits, framed by us and written as one: a write costs more than a message.  It is right only
 * because no extension is on and we never write fragments. */
static int write_some(struct peer *p)
{
    unsigned char *start = p->net->scratch + LWS_PRE;
    size_t used = 0;
    while (p->count > 0) {
        const struct blob *b = p->queue[p->first];
        if (used > 0 && used + FRAME_HEAD_BYTES_MAX + b->len > BATCH_BYTES_MAX)
            break;
        assert(b->len <= POSKO_HUB_BYTES_MAX);
        used += put_head(start + used, OPCODE_TEXT, b->len);
        memcpy(start + used, b->at, b->len);
        used += b->len;
        drop_first(p);
    }
    if (lws_write(p->wsi, start, used, LWS_WRITE_HTTP) < 0)
        return -1;
    p->stuck = lws_partial_buffered(p->wsi) ? used : 0;
    return 0;
}

static int write_control(struct peer *p, enum opcode opcode, const void *payload, size_t len)
{
    unsigned char bytes[LWS_PRE + FRAME_HEAD_BYTES_MAX + CONTROL_BYTES_MAX];
    assert(len <= CONTROL_BYTES_MAX);
    size_t head = put_head(bytes + LWS_PRE, opcode, len);
    memcpy(bytes + LWS_PRE + head, payload, len);
    return lws_write(p->wsi, bytes + LWS_PRE, head + len, LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

/* Not empty: libwebsockets does not tell of a pong that is. */
static int write_ping(struct peer *p)
{
    p->ping_due = false;
    return write_control(p, OPCODE_PING, "posko", 5);
}

/* The frame is ours, and its answer ends the connection.  libwebsockets' own way (a close reason,
 * then -1) does not write it: Debian's build calls its close twice, and the second one cuts. */
static int write_close(struct peer *p)
{
    size_t reason = strlen(p->close_reason);
    unsigned char payload[2 + sizeof p->close_reason] = {(unsigned char)(p->close_code >> 8),
                                                         (unsigned char)p->close_code};
    memcpy(payload + 2, p->close_reason, reason);
    p->stage = PEER_CLOSED;
    return write_control(p, OPCODE_CLOSE, payload, 2 + reason);
}

/* Once until it is called: libuv takes a socket out of its epoll each time that it is asked. */
static void ask_to_write(struct peer *p)
{
    if (p->asked)
        return;
    p->asked = true;
    lws_callback_on_writable(p->wsi);
}

int session_writable(struct peer *p)
{
    struct net *net = p->net;
    p->asked = false;
    if (p->stage != PEER_OPEN && p->stage != PEER_CLOSING)
        return 0;
    p->stuck = 0; /* libwebsockets calls only when it holds nothing back */
    if (p->ping_due && write_ping(p) != 0)
        return -1;
    for (int i = 0; p->count > 0 && p->stuck == 0 && i < WRITES_A_ROUND_MAX; i++) {
        if (write_some(p) != 0)
            return -1;
        if (p->count > 0 && lws_send_pipe_choked(p->wsi))
            break;
    }
    bool empty = p->count == 0 && p->stuck == 0;
    if (empty && p->room > QUEUE_KEPT)
        drop_queue(p);
    if (empty && p->stage == PEER_CLOSING)
        return write_close(p);
    if (!empty)
        ask_to_write(p);
    if (p->stage == PEER_OPEN && p->crowded && p->waiting + p->stuck < DRAINED_BYTES) {
        p->crowded = false;
        if (net->ops.drained != NULL)
            net->ops.drained(net->app, p->id, p->user);
    }
    return 0;
}

bool net_send(struct net *net, struct session_id id, struct blob *message)
{
    struct peer *p = net_find(net, id);
    if (p == NULL || p->stage != PEER_OPEN)
        return false;
    push(p, message);
    if (p->waiting >= DRAINED_BYTES)
        p->crowded = true;
    ask_to_write(p);
    return true;
}

size_t net_waiting(const struct net *net, struct session_id id)
{
    const struct peer *p = net_find(net, id);
    return p != NULL ? p->waiting + p->stuck : 0;
}

/* ---- closing ---- */
static void start_close(struct peer *p, int code, const char *reason)
{
    if (p->stage != PEER_OPEN)
        return;
    p->stage = PEER_CLOSING;
    p->close_code = code;
    (void)snprintf(p->close_reason, sizeof p->close_reason, "%s", reason);
    p->until = net_now(p->net) + net_times.close_ms;
    (void)lws_rx_flow_control(p->wsi, 1); /* its answer to the close frame has to come in */
    ask_to_write(p);
}

void net_close_session(struct net *net, struct session_id id, int code, const char *reason)
{
    struct peer *p = net_find(net, id);
    if (p != NULL)
        start_close(p, code, reason);
}

struct hold {
    struct net *net;
    struct session_id id;
};

static void apply_hold(void *arg)
{
    struct hold *h = arg;
    struct peer *p = net_find(h->net, h->id);
    if (p != NULL && p->stage == PEER_OPEN) {
        (void)lws_rx_flow_control(p->wsi, p->held ? 0 : 1);
        lws_callback_on_writable(p->wsi); /* makes it look at what it has kept */
    }
    mem_free(h);
}

/* Not at once: told from inside a message that came by TLS with others, libwebsockets would try to
 * read those for ever.  When the loop is back here, it has handed over all that it had read. */
void net_hold(struct net *net, struct session_id id, bool hold)
{
    struct peer *p = net_find(net, id);
    if (p == NULL || p->held == hold)
        return;
    struct hold *h = mem_new(sizeof *h);
    p->held = hold;
    *h = (struct hold){net, id};
    loop_post(net->loop, apply_hold, h);
}

void session_open(struct peer *p)
{
    struct net *net = p->net;
    p->stage = PEER_OPEN;
    p->until = 0;
    p->heard = p->pinged = net_now(net);
    p->named = true;
    net->sessions++;
    (*net->sessions_gauge)++;
    net->ops.opened(net->app, p->id, &p->address, &p->user);
}

void session_end(struct peer *p)
{
    struct net *net = p->net;
    drop_queue(p);
    buf_deinit(&p->text);
    p->stage = PEER_GONE;
    if (!p->named)
        return;
    p->named = false;
    net->sessions--;
    (*net->sessions_gauge)--;
    net->ops.closed(net->app, p->id, p->user);
}

int session_peer_closes(struct peer *p)
{
    if (p->stage == PEER_CLOSED)
        return -1;
    p->stage = PEER_GONE; /* libwebsockets answers */
    p->until = net_now(p->net) + net_times.close_ms;
    return 0;
}

/* ---- reading ---- */
/* libwebsockets overlooks a character that is cut off by an empty last fragment. */
static void deliver(struct peer *p, struct str text)
{
    struct net *net = p->net;
    if (p->fragments > 1 && !str_utf8(text, NULL)) {
        start_close(p, LWS_CLOSE_STATUS_INVALID_PAYLOAD, "not UTF-8");
        return;
    }
    net->ops.message(net->app, p->id, p->user, text);
}

int session_received(struct peer *p, struct str part)
{
    if (p->stage != PEER_OPEN)
        return 0;
    p->heard = net_now(p->net);
    if (lws_frame_is_binary(p->wsi)) {
        start_close(p, POSKO_CLOSE_BAD_FRAME, "messages are text");
        return 0;
    }
    size_t due = lws_remaining_packet_payload(p->wsi);
    bool frame_ends = due == 0;
    bool ends = frame_ends && lws_is_final_fragment(p->wsi);
    if (frame_ends)
        p->fragments++;
    if (due > POSKO_CLIENT_BYTES_MAX || p->text.len + part.len + due > POSKO_CLIENT_BYTES_MAX ||
        (p->fragments >= FRAGMENTS_MAX && !ends)) {
        start_close(p, POSKO_CLOSE_TOO_BIG, "too big");
        buf_deinit(&p->text);
        return 0;
    }
    if (ends && p->text.len == 0) {
        deliver(p, part);
    } else {
        buf_put(&p->text, part);
        if (!ends)
            return 0;
        deliver(p, buf_peek(&p->text));
        buf_deinit(&p->text);
    }
    p->fragments = 0;
    return 0;
}

void session_sweep(struct peer *p, int64_t now)
{
    if (p->stage != PEER_OPEN)
        return;
    if (now - p->heard >= net_times.silent_ms) {
        (*p->net->silent)++;
        peer_cut(p);
    } else if (now - p->pinged >= net_times.ping_ms) {
        p->pinged = now;
        p->ping_due = true;
        p->asked = false; /* a call that was lost, if that can be, is missed no longer than this */
        ask_to_write(p);
    }
}
