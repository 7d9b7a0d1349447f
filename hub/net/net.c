#include "net/net.h"

#include "net/peer.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLOTS_FIRST = 64,
    ADDRESS_BURST = 10,       /* seconds of connections at once: offices open pages together */
    SERVICE_BYTES = 16384,    /* libwebsockets' one buffer for reading */
    RECEIVE_BYTES = 1024,     /* its buffer for each WebSocket */
    HEADER_BYTES_MAX = 4096,  /* of a request */
    HEADER_POOL = 256,        /* requests whose headers are being read */
    LWS_TIMEOUT_SECONDS = 10, /* behind our own, which are shorter */
    CLOSING_ROUNDS = 4 /* of the loop: libuv forgets its handles one round after they close */
};

static const uint32_t SLOT_NONE = UINT32_MAX;

/* ---- peers ---- */
int64_t net_now(const struct net *net)
{
    return loop_boot_ms(net->loop);
}

struct peer *net_find(const struct net *net, struct session_id id)
{
    if (id.generation == 0 || id.slot >= net->slot_count)
        return NULL;
    const struct slot *slot = &net->slots[id.slot];
    return slot->generation == id.generation ? slot->peer : NULL;
}

static void grow_slots(struct net *net)
{
    uint32_t count = net->slot_count == 0 ? SLOTS_FIRST : net->slot_count * 2;
    net->slots = mem_grow(net->slots, count * sizeof net->slots[0]);
    for (uint32_t i = net->slot_count; i < count; i++)
        net->slots[i] = (struct slot){.next_free = i + 1 < count ? i + 1 : SLOT_NONE};
    net->slot_free = net->slot_count;
    net->slot_count = count;
}

static struct peer *peer_new(struct net *net)
{
    struct peer *p = mem_new(sizeof *p);
    if (net->slot_free == SLOT_NONE)
        grow_slots(net);
    struct slot *slot = &net->slots[net->slot_free];
    p->net = net;
    p->id.slot = net->slot_free;
    net->slot_free = slot->next_free;
    if (++slot->generation == 0)
        slot->generation = 1;
    p->id.generation = slot->generation;
    slot->peer = p;
    net->peers++;
    return p;
}

static void peer_free(struct peer *p)
{
    struct net *net = p->net;
    struct slot *slot = &net->slots[p->id.slot];
    session_end(p);
    http_end(p);
    slot->peer = NULL;
    slot->next_free = net->slot_free;
    net->slot_free = p->id.slot;
    net->peers--;
    origin_drop(net, p->origin);
    mem_free(p);
}

void peer_cut(struct peer *p)
{
    /* libwebsockets would keep what is not yet sent for 5 s more: without a socket it cannot. */
    p->stage = PEER_GONE;
    (void)shutdown(lws_get_socket_fd(p->wsi), SHUT_RDWR);
    (void)lws_rx_flow_control(p->wsi, 1);
    lws_set_timeout(p->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

void net_adopt(struct net *net, int fd, struct lws_vhost *vhost, const struct address *counted,
               struct origin *origin, bool metrics)
{
    struct peer *p = peer_new(net);
    struct session_id id = p->id;
    p->address = *counted;
    p->origin = origin;
    p->metrics = metrics;
    p->until = net_now(net) + net_times.handshake_ms;
    lws_adopt_desc_t info = {
        .vh = vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
        .fd.sockfd = fd,
        .opaque = p,
    };
    net->created = false;
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&info);
    p = net_find(net, id);
    if (p != NULL && wsi != NULL)
        p->wsi = wsi;
    else if (p != NULL && !net->created)
        peer_free(p); /* nothing was made of it, so nothing will be destroyed */
    net_start_sweep(net);
}

/* ---- time ---- */
static void sweep(void *arg)
{
    struct net *net = arg;
    int64_t now = net_now(net);

    net->sweeping = false;
    listen_sweep(net, now);
    for (uint32_t i = 0; i < net->slot_count; i++) {
        struct peer *p = net->slots[i].peer;
        if (p == NULL || p->wsi == NULL)
            continue;
        if (p->until != 0 && now >= p->until)
            peer_cut(p);
        else
            session_sweep(p, now);
    }
    if (net->peers > 0 || net->greetings != NULL)
        net_start_sweep(net);
}

void net_start_sweep(struct net *net)
{
    if (net->sweeping || net->closing)
        return;
    net->sweeping = true;
    loop_timer_set(net->sweep, net_times.sweep_ms);
}

/* ---- libwebsockets ---- */
static int on_upgrade(struct peer *p)
{
    /* Never touch the callback's `in`: it may point to freed headers (CVE-2025-11677). */
    int status = gate_upgrade(p);
    if (status == 0)
        return 0;
    http_refuse(p, status);
    return -1;
}

static int on_protocol(struct peer *p)
{
    const struct lws_protocols *protocol = lws_get_protocol(p->wsi);
    return protocol != NULL && strcmp(protocol->name, POSKO_SUBPROTOCOL) == 0 ? 0 : -1;
}

static int on_peer_event(struct peer *p, int why, struct str in)
{
    switch (why) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(p);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_protocol(p);
    case LWS_CALLBACK_ESTABLISHED:
        session_open(p);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return session_received(p, in);
    case LWS_CALLBACK_RECEIVE_PONG:
        p->heard = net_now(p->net);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return session_writable(p);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return session_peer_closes(p);
    case LWS_CALLBACK_CLOSED:
        session_end(p);
        return 0;
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
        return http_filter(p);
    case LWS_CALLBACK_HTTP:
        return http_headers(p);
    case LWS_CALLBACK_HTTP_BODY:
        return http_body(p, in);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_body_end(p);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http_writable(p);
    case LWS_CALLBACK_WSI_DESTROY:
        p->wsi = NULL;
        peer_free(p);
        return 0;
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT would make a raw socket of it */
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
        return -1;
    default:
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
                    size_t len)
{
    if (wsi == NULL)
        return 0;
    struct net *net = lws_context_user(lws_get_context(wsi));
    if (why == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
        net->tls_context = user;
        tls_settings(user);
        return 0;
    }
    if (why == LWS_CALLBACK_WSI_CREATE) {
        net->created = true;
        return 0;
    }
    struct peer *p = lws_get_opaque_user_data(wsi);
    if (p == NULL)
        return 0;
    p->wsi = wsi;
    return on_peer_event(p, (int)why, (struct str){in, len});
}

static const struct lws_protocols protocols[] = {
    {"(http)", on_event, 0, RECEIVE_BYTES, 0, NULL, SCRATCH_BYTES},
    {POSKO_SUBPROTOCOL, on_event, 0, RECEIVE_BYTES, 0, NULL, SCRATCH_BYTES},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

/* We ask for signs of life ourselves: its own timers are a sorted list, which 10,000 idle
 * connections make long. */
static const lws_retry_bo_t no_pings = {0};

static struct lws_vhost *open_vhost(struct net *net, const char *name, bool tls)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = name,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8,
        .timeout_secs_ah_idle = LWS_TIMEOUT_SECONDS,
        .retry_and_idle_policy = &no_pings,
        .server_string = "posko",
        .alpn = "http/1.1", /* HTTP/2 of this version can be made to write out of bounds */
    };
    if (tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = net->config.tls_cert;
        info.ssl_private_key_filepath = net->config.tls_key;
    }
    return lws_create_vhost(net->lws, &info);
}

static enum err open_lws(struct net *net, struct fault *fault)
{
    bool tls = net->config.tls_cert != NULL && net->config.tls_key != NULL;
    void *loops[1] = {loop_native(net->loop)};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .foreign_loops = loops,
        .user = net,
        .gid = -1,
        .uid = -1,
        .pt_serv_buf_size = SERVICE_BYTES,
        .max_http_header_data = HEADER_BYTES_MAX,
        .max_http_header_pool = HEADER_POOL,
        .timeout_secs = LWS_TIMEOUT_SECONDS,
    };
    if (tls) {
        enum err e = tls_check(net->config.tls_cert, net->config.tls_key, fault);
        if (e != OK)
            return e;
    }
    lws_set_log_level(0, NULL); /* what peers do wrong is counted, not told line by line */
    net->lws = lws_create_context(&info);
    if (net->lws != NULL)
        net->plain = open_vhost(net, "plain", false);
    if (net->plain != NULL && tls)
        net->tls = open_vhost(net, "tls", true);
    if (net->plain == NULL || (tls && net->tls == NULL))
        return fault_set(fault, ERR_SYSTEM, "net", "libwebsockets does not start");
    return OK;
}

/* ---- open and close ---- */
static uint64_t *count_refused(struct metrics *m, const char *labels)
{
    return metrics_counter(m, "posko_connections_refused",
                           "connections and requests that net turned away", labels);
}

static void open_metrics(struct net *net, struct metrics *m)
{
    net->sessions_gauge = metrics_gauge(m, "posko_sessions", "open WebSockets", "");
    net->accepted = metrics_counter(m, "posko_connections", "connections accepted", "");
    net->refused_rate = count_refused(m, "why=\"rate\"");
    net->refused_open = count_refused(m, "why=\"open\"");
    net->refused_untrusted = count_refused(m, "why=\"untrusted\"");
    net->refused_proxy = count_refused(m, "why=\"proxy\"");
    net->refused_request = count_refused(m, "why=\"request\"");
    net->silent =
        metrics_counter(m, "posko_sessions_silent", "sessions cut after no sign of life", "");
}

static enum err read_trusted(struct net *net, struct fault *fault)
{
    const struct net_config *config = &net->config;
    net->trusted = mem_new((config->trusted_count + 1) * sizeof net->trusted[0]);
    for (size_t i = 0; i < config->trusted_count; i++) {
        const char *text = config->trusted_proxies[i];
        if (strcmp(text, "unix") == 0)
            net->trust_unix = true;
        else if (address_range_parse(text, &net->trusted[net->trusted_count]))
            net->trusted_count++;
        else
            return fault_set(fault, ERR_SYSTEM, "trusted_proxies",
                             "%s is no address, no ADDRESS/BITS and not unix", text);
    }
    return OK;
}

enum err net_open(struct loop *loop, const struct log *log, struct metrics *metrics,
                  const struct net_config *config, const struct net_ops *ops, void *app,
                  struct fault *fault, struct net **out)
{
    struct net *net = mem_new(sizeof *net);
    net->loop = loop;
    net->log = log;
    net->config = *config;
    net->ops = *ops;
    net->app = app;
    net->slot_free = SLOT_NONE;
    net->scratch = mem_new(SCRATCH_BYTES);
    net->rate = guard_new(config->rate_address, ADDRESS_BURST * config->rate_address);
    net->sweep = loop_timer_open(loop, sweep, net);
    crypt_random(&net->seed, sizeof net->seed);
    open_metrics(net, metrics);

    enum err e = read_trusted(net, fault);
    if (e == OK)
        e = open_lws(net, fault);
    if (e == OK)
        e = listen_open(net, fault);
    if (e != OK) {
        net_close(net);
        return e;
    }
    *out = net;
    return OK;
}

void net_stop_listening(struct net *net)
{
    listen_close(net);
}

static void net_free(struct net *net)
{
    assert(net->peers == 0);
    loop_timer_close(net->sweep);
    guard_free(net->rate);
    mem_free(net->trusted);
    mem_free(net->scratch);
    mem_free(net->slots);
    mem_free(net);
}

/* libwebsockets ends in two calls: the first closes its handles, the second frees what they are in
 * and must wait until the loop has let go of them. */
static void finish(void *arg)
{
    struct net *net = arg;
    if (net->peers > 0 || net->closing_rounds > 0) {
        if (net->peers == 0)
            net->closing_rounds--;
        loop_post(net->loop, finish, net);
        return;
    }
    if (net->lws != NULL)
        lws_context_destroy(net->lws);
    net_free(net);
}

void net_close(struct net *net)
{
    if (net == NULL || net->closing)
        return;
    listen_close(net);
    net->closing = true;
    net->closing_rounds = CLOSING_ROUNDS;
    if (net->lws != NULL)
        lws_context_destroy(net->lws);
    loop_timer_stop(net->sweep);
    loop_post(net->loop, finish, net);
}

size_t net_count(const struct net *net)
{
    return net->sessions;
}
