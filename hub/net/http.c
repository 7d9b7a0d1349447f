#include "net/peer.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
    PATH_BYTES_MAX = 512,
    TOKEN_BYTES_MAX = 1024,
    HOST_BYTES_MAX = 256,
    QUERY_BYTES_MAX = 2048,
    HEAD_BYTES = 768
};

/* One request and, later, its answer. */
struct request {
    struct arena arena;
    struct http_request view;
    bool head;
    char *body;
    size_t body_len, body_size;
    struct buf reply; /* LWS_PRE bytes, then what is written */
};

static const char *status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return status < 500 ? "Status" : "Server Error";
}

/* Of an answer for programs: not kept, and nothing that a browser could run. */
#define PLAIN_HEADERS                         \
    STR("Cache-Control: no-store\r\n"         \
        "X-Content-Type-Options: nosniff\r\n" \
        "Referrer-Policy: no-referrer\r\n"    \
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n")

static void put_reply(struct buf *to, const struct peer *p, const struct http_reply *reply,
                      bool head_only)
{
    buf_printf(to,
               "HTTP/1.1 %d %s\r\n"
               "Content-Type: %s\r\n"
               "Content-Length: %zu\r\n"
               "Connection: close\r\n",
               reply->status, status_text(reply->status), reply->type, reply->body.len);
    buf_put(to, reply->headers.len ? reply->headers : PLAIN_HEADERS);
    if (lws_is_ssl(p->wsi))
        buf_put(to, STR("Strict-Transport-Security: max-age=31536000\r\n"));
    if (reply->status == 426)
        buf_put(to, STR("Sec-WebSocket-Version: 13\r\n"));
    buf_put(to, STR("\r\n"));
    if (!head_only)
        buf_put(to, reply->body);
}

/* The JSON of a refusal before anybody has read the request (protocol.md, section 11). */
static struct str refusal_of(int status, char *into, size_t size)
{
    static const enum err CODES[] = {ERR_TOO_BIG, ERR_TOO_MANY, ERR_NOT_FOUND, ERR_NOT_ALLOWED};
    enum err code = ERR_BAD_FRAME;
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        if (err_status(CODES[i]) == status)
            code = CODES[i];
    int len = snprintf(into, size, "{\"id\":null,\"code\":\"%s\",\"text\":\"%s\"}", err_wire(code),
                       err_text(code));
    return (struct str){into, len > 0 && (size_t)len < size ? (size_t)len : 0};
}

void http_refuse(struct peer *p, int status)
{
    struct buf reply;
    unsigned char bytes[LWS_PRE + HEAD_BYTES];
    char body[HEAD_BYTES / 3];

    (*p->net->refused_request)++;
    p->stage = PEER_REFUSED;
    p->until = net_now(p->net) + net_times.linger_ms;
    buf_init(&reply);
    put_reply(&reply, p,
              &(struct http_reply){.status = status,
                                   .type = "application/json",
                                   .body = refusal_of(status, body, sizeof body)},
              false);
    size_t len = reply.len < HEAD_BYTES ? reply.len : HEAD_BYTES;
    memcpy(bytes + LWS_PRE, reply.at, len);
    buf_deinit(&reply);
    (void)lws_write(p->wsi, bytes + LWS_PRE, len, LWS_WRITE_HTTP);
}

static void request_free(struct peer *p)
{
    struct request *r = p->request;
    if (r == NULL)
        return;
    p->request = NULL;
    buf_deinit(&r->reply);
    mem_free(r->body);
    arena_deinit(&r->arena);
    mem_free(r);
}

void http_end(struct peer *p)
{
    request_free(p);
}

int http_filter(struct peer *p)
{
    if (p->stage != PEER_HANDSHAKE)
        return -1;
    int status = gate_request(p);
    if (status == 0)
        return 0;
    http_refuse(p, status);
    /* Closing on a peer that is still sending would make it lose the answer. */
    return status == HTTP_STATUS_REQ_ENTITY_TOO_LARGE ? 0 : -1;
}

/* ---- reading a request ---- */
/* The members of the query, which libwebsockets holds apart and decoded. */
static struct str read_query(struct lws *wsi, struct arena *arena)
{
    char part[QUERY_BYTES_MAX];
    struct str query = STR_NONE;
    for (int i = 0;; i++) {
        int n = lws_hdr_copy_fragment(wsi, part, sizeof part, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (n < 0)
            return query;
        query = arena_printf(arena, STR_FMT "%s%.*s", STR_ARG(query), i > 0 ? "&" : "", n, part);
    }
}

static struct str read_token(struct lws *wsi, struct arena *arena)
{
    char value[TOKEN_BYTES_MAX];
    struct str header;
    if (!gate_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, value, sizeof value, &header) ||
        !str_starts(header, STR("Bearer ")))
        return STR_NONE;
    return arena_dup(arena, (struct str){header.at + 7, header.len - 7});
}

static struct str read_host(struct lws *wsi, struct arena *arena)
{
    char value[HOST_BYTES_MAX];
    struct str header;
    if (!gate_header(wsi, WSI_TOKEN_HOST, value, sizeof value, &header))
        return STR_NONE;
    return arena_dup(arena, header);
}

static bool read_line(struct peer *p, struct request *r)
{
    static const struct {
        enum lws_token_indexes which;
        const char *name;
    } methods[] = {
        {WSI_TOKEN_GET_URI, "GET"}, {WSI_TOKEN_HEAD_URI, "HEAD"}, {WSI_TOKEN_POST_URI, "POST"}};
    char value[PATH_BYTES_MAX];
    struct str path;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (lws_hdr_total_length(p->wsi, methods[i].which) == 0)
            continue;
        r->view.method = str_of(methods[i].name);
        r->head = methods[i].which == WSI_TOKEN_HEAD_URI;
        if (!gate_header(p->wsi, methods[i].which, value, sizeof value, &path))
            return false;
        r->view.path = arena_dup(&r->arena, path);
        return true;
    }
    return false;
}

static void ask(struct peer *p)
{
    struct request *r = p->request;
    struct net *net = p->net;
    p->stage = PEER_ASKED;
    p->until = net_now(net) + net_times.reply_ms;
    lws_set_timeout(p->wsi, NO_PENDING_TIMEOUT, 0);
    /* What comes before the answer waits in the kernel: one request at a time. */
    (void)lws_rx_flow_control(p->wsi, 0);
    r->view.body = (struct str){r->body, r->body_len};
    if (p->metrics && !str_eq(r->view.path, STR("/metrics"))) {
        net_http_reply(net, p->id, HTTP_STATUS_NOT_FOUND, "text/plain", STR_NONE);
        return;
    }
    net->ops.http(net->app, &r->view);
}

int http_headers(struct peer *p)
{
    char length[32];
    struct str header;
    int64_t size = 0;
    if (p->stage != PEER_HANDSHAKE)
        return 0;
    struct request *r = mem_new(sizeof *r);
    arena_init(&r->arena);
    buf_init(&r->reply);
    p->request = r;
    r->view.from = p->id;
    r->view.metrics = p->metrics;
    if (!read_line(p, r)) {
        http_refuse(p, HTTP_STATUS_NOT_FOUND);
        return -1;
    }
    r->view.query = read_query(p->wsi, &r->arena);
    r->view.token = read_token(p->wsi, &r->arena);
    r->view.host = read_host(p->wsi, &r->arena);
    r->view.gzip = gate_takes_gzip(p->wsi);
    if (!str_eq(r->view.method, STR("POST"))) {
        ask(p);
        return 0;
    }
    if (!gate_header(p->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length, &header) ||
        !str_to_int(header, 0, POSKO_CLIENT_BYTES_MAX, &size))
        return -1;
    r->body_size = (size_t)size;
    r->body = mem_new(r->body_size + 1);
    p->stage = PEER_BODY;
    p->until = net_now(p->net) + net_times.body_ms;
    return 0;
}

int http_body(struct peer *p, struct str part)
{
    struct request *r = p->request;
    if (p->stage != PEER_BODY || part.len == 0)
        return 0;
    if (part.len > r->body_size - r->body_len)
        return -1;
    memcpy(r->body + r->body_len, part.at, part.len);
    r->body_len += part.len;
    return 0;
}

int http_body_end(struct peer *p)
{
    if (p->stage == PEER_REFUSED)
        return -1;
    if (p->stage == PEER_BODY && p->request->body_len == p->request->body_size)
        ask(p);
    return 0; /* libwebsockets says it again for what a hasty peer sends before the answer */
}

/* ---- answering ---- */
void net_http_reply(struct net *net, struct session_id from, int status, const char *type,
                    struct str body)
{
    net_http_reply_with(net, from,
                        &(struct http_reply){.status = status, .type = type, .body = body});
}

void net_http_reply_with(struct net *net, struct session_id from, const struct http_reply *reply)
{
    static const char before[LWS_PRE];
    struct peer *p = net_find(net, from);
    if (p == NULL || p->stage != PEER_ASKED)
        return;
    struct request *r = p->request;
    p->stage = PEER_REPLY;
    p->until = net_now(net) + net_times.reply_ms;
    buf_put(&r->reply, (struct str){before, sizeof before});
    put_reply(&r->reply, p, reply, r->head);
    /* First to read again: libwebsockets writes nothing for a request that is on hold. */
    (void)lws_rx_flow_control(p->wsi, 1);
    lws_callback_on_writable(p->wsi);
}

int http_writable(struct peer *p)
{
    struct request *r = p->request;
    if (p->stage == PEER_GONE)
        return -1; /* all is written */
    if (p->stage != PEER_REPLY)
        return 0;
    /* One request a connection: a second one that came with the first would have libwebsockets read
     * its headers as its body, for ever. */
    int n = lws_write(p->wsi, (unsigned char *)r->reply.at + LWS_PRE, r->reply.len - LWS_PRE,
                      LWS_WRITE_HTTP);
    request_free(p);
    p->stage = PEER_GONE;
    lws_callback_on_writable(p->wsi);
    return n < 0 ? -1 : 0;
}
