#include "net/listen.h"

#include "net/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_A_ROUND_MAX = 64, GREETINGS_MAX = 1024 };

/* A proxy's connection whose header is due.  It is read to its last byte and no further: what comes
 * behind is the client's, TLS perhaps. */
struct greeting {
    struct greeting *next;
    struct net *net;
    struct lws_vhost *vhost;
    int fd;
    struct loop_watch *watch;
    struct address proxy;
    int64_t until;
    size_t have, need;
    uint8_t at[PROXY_BYTES_MAX];
};

/* ---- limits by address ---- */
static struct origin **origin_head(struct net *net, const struct address *counted)
{
    uint64_t h = 0;
    memcpy(&h, net->seed.at, sizeof h);
    for (size_t i = 0; i < sizeof counted->at; i++) {
        h = (h ^ counted->at[i]) * UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    return &net->origins[h % ORIGIN_HEADS];
}

static struct origin *origin_take(struct net *net, const struct address *counted)
{
    struct origin **head = origin_head(net, counted);
    struct origin *o = *head;
    while (o != NULL && !address_eq(&o->address, counted))
        o = o->next;
    if (o == NULL) {
        o = mem_new(sizeof *o);
        o->address = *counted;
        o->next = *head;
        *head = o;
    }
    o->open++;
    return o;
}

void origin_drop(struct net *net, struct origin *origin)
{
    if (origin == NULL || --origin->open > 0)
        return;
    struct origin **at = origin_head(net, &origin->address);
    while (*at != origin)
        at = &(*at)->next;
    *at = origin->next;
    mem_free(origin);
}

/* Lets a connection in, or closes it: before TLS, when it has cost next to nothing. */
static void admit(struct net *net, int fd, struct lws_vhost *vhost, const struct address *from)
{
    struct address counted = address_counted(from);
    struct str key = {(const char *)counted.at, sizeof counted.at};
    struct origin *origin = NULL;

    if (!address_is_none(from)) {
        if (!guard_take(net->rate, key, 1, net_now(net), NULL)) {
            (*net->refused_rate)++;
            close(fd);
            return;
        }
        origin = origin_take(net, &counted);
        if (origin->open > net->config.open_address) {
            (*net->refused_open)++;
            origin_drop(net, origin);
            close(fd);
            return;
        }
    }
    net_adopt(net, fd, vhost, &counted, origin, false);
}

/* ---- proxies ---- */
static void greeting_free(struct greeting *g)
{
    struct greeting **at = &g->net->greetings;
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    g->net->greeting_count--;
    loop_watch_close(g->watch);
    mem_free(g);
}

static void greeting_refuse(struct greeting *g)
{
    (*g->net->refused_proxy)++;
    close(g->fd);
    greeting_free(g);
}

static void greeting_read(void *arg, int events)
{
    struct greeting *g = arg;
    struct address from = g->proxy;
    (void)events;
    for (;;) {
        ssize_t n = recv(g->fd, g->at + g->have, g->need - g->have, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            greeting_refuse(g);
            return;
        }
        g->have += (size_t)n;
        switch (proxy_read(g->at, g->have, &g->need, &from)) {
        case PROXY_MORE:
            continue;
        case PROXY_BAD:
            greeting_refuse(g);
            return;
        case PROXY_PEER:
        case PROXY_LOCAL:
            break;
        }
        break;
    }
    struct net *net = g->net;
    int fd = g->fd;
    struct lws_vhost *vhost = g->vhost;
    greeting_free(g); /* ends the watch before libwebsockets sets its own */
    admit(net, fd, vhost, &from);
}

static void greet(struct net *net, int fd, struct lws_vhost *vhost, const struct address *proxy)
{
    if (net->greeting_count >= GREETINGS_MAX) {
        (*net->refused_proxy)++;
        close(fd);
        return;
    }
    struct greeting *g = mem_new(sizeof *g);
    g->net = net;
    g->vhost = vhost;
    g->fd = fd;
    g->proxy = *proxy;
    g->until = net_now(net) + net_times.greeting_ms;
    g->need = PROXY_HEAD_BYTES;
    g->next = net->greetings;
    net->greetings = g;
    net->greeting_count++;
    g->watch = loop_watch_open(net->loop, fd, LOOP_READ, greeting_read, g);
    net_start_sweep(net);
}

void accept_sweep(struct net *net, int64_t now)
{
    struct greeting *next;
    for (struct greeting *g = net->greetings; g != NULL; g = next) {
        next = g->next;
        if (now >= g->until)
            greeting_refuse(g);
    }
}

void accept_close(struct net *net)
{
    while (net->greetings != NULL)
        greeting_refuse(net->greetings);
}

/* ---- listeners ---- */
static bool is_trusted(const struct net *net, const struct listener *l, const struct address *from)
{
    if (l->unix_socket)
        return net->trust_unix;
    for (size_t i = 0; i < net->trusted_count; i++) {
        if (address_range_has(&net->trusted[i], from))
            return true;
    }
    return false;
}

static void accepted(struct listener *l, int fd, const struct address *from)
{
    struct net *net = l->net;
    struct lws_vhost *vhost = l->tls ? net->tls : net->plain;
    int on = 1;

    (*net->accepted)++;
    if (!l->unix_socket)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (l->metrics) {
        net_adopt(net, fd, vhost, from, NULL, true);
    } else if (is_trusted(net, l, from)) {
        greet(net, fd, vhost, from);
    } else if (l->proxies_only) {
        (*net->refused_untrusted)++;
        close(fd);
    } else {
        admit(net, fd, vhost, from);
    }
}

void accept_ready(struct listener *l)
{
    for (int i = 0; i < ACCEPTS_A_ROUND_MAX; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        int fd = accept4(l->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            struct address address = address_from((const struct sockaddr *)&from);
            accepted(l, fd, &address);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* They wait in the backlog until the next sweep; to try at once would only spin. */
            log_warn(l->net->log, "net.full", F_TEXT("why", strerror(errno)));
            loop_watch_set(l->watch, 0);
            net_start_sweep(l->net);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}
