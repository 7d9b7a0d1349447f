#include "client/link.h"

#include <posko/client.h>

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BODY_BYTES_MAX = 1 << 20, RX_BYTES = 16384, FETCH_PIECE_BYTES = 4096 };

struct outgoing {
    struct outgoing *next;
    size_t len;
    unsigned char at[]; /* LWS_PRE bytes for the frame header, then the text */
};

struct fetch {
    struct buf *body;
    struct str token;
    int status;
    bool done;
    char *why;
    size_t why_size;
};

struct link {
    struct url url;
    const char *address;
    struct link_events events;
    struct lws_context *context;
    lws_sorted_usec_list_t wake;
    struct lws *wsi;
    unsigned attempt; /* tells the present socket from one that is still closing */
    char marks[256];  /* only their addresses are used: one for each attempt, in turn */
    bool open;
    int close_code;
    char why[320];
    struct buf in;
    struct outgoing *first, **last;
    size_t waiting;
    struct fetch *fetch;
};

/* Pings after 15 s without a sign of life, and gives up after 35 s. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 15,
                                           .secs_since_valid_hangup = 35};

int64_t link_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *mark_of(struct link *l)
{
    return &l->marks[l->attempt % sizeof(l->marks)];
}

static void drop_outgoing(struct link *l)
{
    while (l->first != NULL) {
        struct outgoing *o = l->first;
        l->first = o->next;
        mem_free(o);
    }
    l->last = &l->first;
    l->waiting = 0;
}

static void lose(struct link *l)
{
    l->wsi = NULL;
    l->open = false;
    l->attempt++;
    drop_outgoing(l);
    buf_clear(&l->in);
    l->events.lost(l->events.arg, l->close_code, str_of(l->why));
}

static int receive(struct link *l, struct lws *wsi, struct str piece)
{
    if (l->in.len + piece.len > POSKO_HUB_BYTES_MAX) {
        (void)snprintf(l->why, sizeof(l->why), "a message over %d bytes", POSKO_HUB_BYTES_MAX);
        return -1;
    }
    buf_put(&l->in, piece);
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    struct buf whole = l->in; /* the callback may close us, and with us l->in */
    buf_init(&l->in);
    l->events.message(l->events.arg, buf_peek(&whole));
    buf_deinit(&whole);
    return 0;
}

static int write_next(struct link *l, struct lws *wsi)
{
    struct outgoing *o = l->first;
    if (o == NULL)
        return 0;
    l->first = o->next;
    if (l->first == NULL)
        l->last = &l->first;
    l->waiting--;
    int sent = lws_write(wsi, o->at + LWS_PRE, o->len, LWS_WRITE_TEXT);
    bool whole = sent >= 0 && (size_t)sent >= o->len;
    mem_free(o);
    if (l->first != NULL)
        lws_callback_on_writable(wsi);
    return whole ? 0 : -1;
}

static void keep_why(struct link *l, const void *in, size_t len)
{
    if (in != NULL && len > 0)
        (void)snprintf(l->why, sizeof(l->why), "%.*s", (int)len, (const char *)in);
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    (void)user;
    struct link *l = lws_context_user(lws_get_context(wsi));
    if (l == NULL || lws_get_opaque_user_data(wsi) != mark_of(l))
        return reason == LWS_CALLBACK_CLIENT_RECEIVE || reason == LWS_CALLBACK_CLIENT_WRITEABLE ? -1
                                                                                                : 0;
    switch ((int)reason) { /* libwebsockets' list is long and not ours */
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        l->wsi = wsi;
        l->open = true;
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(l, wsi, (struct str){in, len});
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_next(l, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        if (len >= 2) {
            l->close_code = ((const uint8_t *)in)[0] << 8 | ((const uint8_t *)in)[1];
            keep_why(l, (const char *)in + 2, len - 2);
        }
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        keep_why(l, in, in == NULL ? 0 : strlen(in));
        lose(l);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lose(l);
        return 0;
    default:
        return 0;
    }
}

static int put_token(const struct fetch *f, struct lws *wsi, unsigned char **at, size_t room)
{
    if (f->token.len == 0)
        return 0;
    char value[1024];
    int n = snprintf(value, sizeof(value), "Bearer " STR_FMT, STR_ARG(f->token));
    if (n < 0 || (size_t)n >= sizeof(value))
        return -1;
    return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
                                        (const unsigned char *)value, n, at, *at + room)
               ? -1
               : 0;
}

static int read_body(struct lws *wsi)
{
    char piece[LWS_PRE + FETCH_PIECE_BYTES];
    char *at = piece + LWS_PRE;
    int room = FETCH_PIECE_BYTES;
    return lws_http_client_read(wsi, &at, &room) < 0 ? -1 : 0;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t len)
{
    (void)user;
    struct link *l = lws_context_user(lws_get_context(wsi));
    struct fetch *f = l == NULL ? NULL : l->fetch;
    if (f == NULL || lws_get_opaque_user_data(wsi) != f)
        return 0;
    switch ((int)reason) { /* libwebsockets' list is long and not ours */
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return put_token(f, wsi, in, len);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        f->status = (int)lws_http_client_http_response(wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return read_body(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        if (f->body->len + len > BODY_BYTES_MAX)
            return -1;
        buf_put(f->body, (struct str){in, len});
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        (void)snprintf(f->why, f->why_size, "%s", in == NULL ? "no connection" : (char *)in);
        f->status = 0;
        f->done = true;
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        f->done = true;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = POSKO_SUBPROTOCOL, .callback = on_socket, .rx_buffer_size = RX_BYTES},
    {.name = "posko-http", .callback = on_http, .rx_buffer_size = RX_BYTES},
    {.name = NULL}};

struct link *link_new(const struct url *url, const char *address, const char *ca_file,
                      struct link_events events)
{
    struct link *l = mem_new(sizeof(*l));
    l->url = *url;
    l->address = address != NULL ? address : l->url.host;
    l->events = events;
    l->last = &l->first;
    buf_init(&l->in);
    lws_set_log_level(0, NULL); /* what matters comes back as `why` */
    struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN,
                                             .protocols = protocols,
                                             .gid = -1,
                                             .uid = -1,
                                             .user = l,
                                             .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
                                             .alpn = "http/1.1",
                                             .client_ssl_ca_filepath = ca_file,
                                             .connect_timeout_secs = 10,
                                             .timeout_secs = 10,
                                             .retry_and_idle_policy = &idle_policy};
    l->context = lws_create_context(&info);
    if (l->context == NULL) {
        buf_deinit(&l->in);
        mem_free(l);
        return NULL;
    }
    return l;
}

void link_free(struct link *l)
{
    if (l == NULL)
        return;
    l->attempt++; /* nobody is told what happens from here on */
    lws_context_destroy(l->context);
    drop_outgoing(l);
    buf_deinit(&l->in);
    mem_free(l);
}

static struct lws_client_connect_info connect_info(struct link *l, const char *path)
{
    return (struct lws_client_connect_info){.context = l->context,
                                            .address = l->address,
                                            .port = l->url.port,
                                            .ssl_connection = l->url.tls ? LCCSCF_USE_SSL : 0,
                                            .path = path,
                                            .host = l->url.authority,
                                            .alpn = "http/1.1"};
}

void link_open(struct link *l)
{
    l->attempt++;
    unsigned mine = l->attempt;
    l->close_code = 0;
    (void)snprintf(l->why, sizeof(l->why), "the connection ended");
    struct lws_client_connect_info info = connect_info(l, l->url.path);
    info.protocol = POSKO_SUBPROTOCOL;
    info.ietf_version_or_minus_one = -1;
    info.opaque_user_data = mark_of(l);
    info.retry_and_idle_policy = &idle_policy;
    info.pwsi = &l->wsi;
    if (lws_client_connect_via_info(&info) == NULL && l->attempt == mine) {
        (void)snprintf(l->why, sizeof(l->why), "no connection to %s", l->url.authority);
        lose(l);
    }
}

void link_close(struct link *l)
{
    if (l->wsi != NULL)
        lws_set_timeout(l->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    l->wsi = NULL;
    l->open = false;
    l->attempt++;
    drop_outgoing(l);
    buf_clear(&l->in);
}

void link_send(struct link *l, struct str text)
{
    if (!l->open)
        return;
    struct outgoing *o = mem_new(sizeof(*o) + LWS_PRE + text.len);
    o->len = text.len;
    memcpy(o->at + LWS_PRE, text.at, text.len);
    *l->last = o;
    l->last = &o->next;
    l->waiting++;
    lws_callback_on_writable(l->wsi);
}

size_t link_waiting(const struct link *l)
{
    return l->waiting;
}

static void on_wake(lws_sorted_usec_list_t *wake)
{
    (void)wake; /* that lws_service returns is all we want of it */
}

void link_wait(struct link *l, int64_t until)
{
    int64_t rest = until - link_now_ms();
    if (rest <= 0) {
        (void)lws_service(l->context, -1);
        return;
    }
    lws_sul_schedule(l->context, 0, &l->wake, on_wake, (lws_usec_t)rest * LWS_US_PER_MS);
    (void)lws_service(l->context, 0);
    lws_sul_cancel(&l->wake);
}

int link_get(struct link *l, const char *path, struct str token, int64_t until, struct buf *body,
             char *why, size_t why_size)
{
    struct fetch f = {.body = body, .token = token, .why = why, .why_size = why_size};
    struct lws *wsi = NULL;
    struct lws_client_connect_info info = connect_info(l, path);
    info.method = "GET";
    info.local_protocol_name = "posko-http";
    info.opaque_user_data = &f;
    info.pwsi = &wsi;
    (void)snprintf(why, why_size, "no answer in time");
    l->fetch = &f;
    if (lws_client_connect_via_info(&info) == NULL)
        f.done = true;
    while (!f.done && link_now_ms() < until)
        link_wait(l, until);
    l->fetch = NULL;
    if (!f.done && wsi != NULL)
        lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    return f.done ? f.status : 0;
}

const char *posko_client_library(void)
{
    return lws_get_library_version();
}
