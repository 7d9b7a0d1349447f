#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, HOST_BYTES_MAX = 256 };

static enum err fault_listen(struct fault *fault, const char *what, const char *why)
{
    return fault_set(fault, ERR_SYSTEM, "listen", "cannot listen on %s: %s", what, why);
}

static void on_ready(void *arg, int events)
{
    (void)events;
    accept_ready(arg);
}

/* From now on the listener's: fd and path. */
static void add(struct net *net, const struct listener *like)
{
    struct listener *l = mem_new(sizeof *l);
    *l = *like;
    l->net = net;
    l->watch = loop_watch_open(net->loop, l->fd, LOOP_READ, on_ready, l);
    l->next = net->listeners;
    net->listeners = l;
}

/* Plain connections stay on this machine, or come from proxies that have ended TLS themselves. */
static enum err add_inet(struct net *net, int fd, const struct sockaddr *at, bool metrics,
                         const char *what, struct fault *fault)
{
    struct address address = address_from(at);
    struct listener l = {.fd = fd, .metrics = metrics};
    bool local = address_is_loopback(&address);
    if (metrics && !local)
        return fault_listen(fault, what, "metrics are for a loopback address only");
    l.tls = !metrics && net->tls != NULL;
    l.proxies_only = !l.tls && !local;
    if (l.proxies_only && net->trusted_count == 0)
        return fault_listen(fault, what,
                            "others can reach it: give tls_cert and tls_key, or trusted_proxies");
    add(net, &l);
    return OK;
}

/* A new socket that listens at `info`; -1 and errno. */
static int listen_at(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        goto failed;
    if (info->ai_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        goto failed;
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        goto failed;
    return fd;
failed:;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* "host:port", "[v6]:port", ":port" into its two parts. */
static bool split(const char *what, char host[static HOST_BYTES_MAX], const char **port)
{
    const char *colon = strrchr(what, ':');
    if (colon == NULL || colon[1] == '\0')
        return false;
    struct str h = {what, (size_t)(colon - what)};
    if (h.len >= 2 && h.at[0] == '[' && h.at[h.len - 1] == ']')
        h = (struct str){h.at + 1, h.len - 2};
    else if (memchr(h.at, ':', h.len) != NULL)
        return false;
    *port = colon + 1;
    return str_to_c(h, host, HOST_BYTES_MAX);
}

/* Every address of the name, for `localhost` is two; one of them has to do.  A family that this
 * machine does not have is passed over; an address that is taken is not. */
static enum err open_inet(struct net *net, const char *what, bool metrics, struct fault *fault)
{
    char host[HOST_BYTES_MAX];
    const char *port = NULL;
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    enum err e = OK;
    int opened = 0, why = EADDRNOTAVAIL;

    if (!split(what, host, &port))
        return fault_listen(fault, what, "this is not ADDRESS:PORT or unix:PATH");
    int failed = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &found);
    if (failed != 0)
        return fault_listen(fault, what, gai_strerror(failed));
    for (const struct addrinfo *a = found; a != NULL && e == OK; a = a->ai_next) {
        int fd = listen_at(a);
        if (fd < 0) {
            why = errno;
            if (why != EADDRNOTAVAIL && why != EAFNOSUPPORT)
                e = fault_listen(fault, what, strerror(why));
            continue;
        }
        e = add_inet(net, fd, a->ai_addr, metrics, what, fault);
        if (e != OK)
            close(fd);
        opened++;
    }
    freeaddrinfo(found);
    if (e == OK && opened == 0)
        return fault_listen(fault, what, strerror(why));
    return e;
}

/* A socket file that nobody listens at is a leaving of a process that was killed. */
static bool remove_stale(const struct sockaddr_un *at)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool dead = connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 && errno == ECONNREFUSED;
    close(fd);
    return dead && unlink(at->sun_path) == 0;
}

static enum err open_unix(struct net *net, const char *what, struct str path, struct fault *fault)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct listener l = {.unix_socket = true};
    if (!str_to_c(path, at.sun_path, sizeof at.sun_path) || path.len == 0)
        return fault_listen(fault, what, "the path is empty or too long");
    if (!remove_stale(&at))
        return fault_listen(fault, what, "there is something that is in use or no socket");
    l.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l.fd < 0)
        return fault_listen(fault, what, strerror(errno));
    mode_t before = umask(0117); /* owner and group */
    int failed = bind(l.fd, (const struct sockaddr *)&at, sizeof at);
    (void)umask(before);
    if (failed != 0 || listen(l.fd, BACKLOG) != 0) {
        enum err e = fault_listen(fault, what, strerror(errno));
        close(l.fd);
        return e;
    }
    l.path = mem_new(path.len + 1);
    memcpy(l.path, path.at, path.len);
    add(net, &l);
    return OK;
}

static enum err open_inherited(struct net *net, int fd, struct fault *fault)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    int on = 0;
    socklen_t on_size = sizeof on;
    char what[32];

    (void)snprintf(what, sizeof what, "descriptor %d", fd);
    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_size) != 0)
        return fault_listen(fault, what, strerror(errno));
    if (on == 0)
        return fault_listen(fault, what, "it was handed over without listening");
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return fault_listen(fault, what, strerror(errno));
    if (at.ss_family == AF_UNIX) {
        add(net, &(struct listener){.fd = fd, .unix_socket = true});
        return OK;
    }
    return add_inet(net, fd, (const struct sockaddr *)&at, false, what, fault);
}

enum err listen_open(struct net *net, struct fault *fault)
{
    const struct net_config *config = &net->config;
    enum err e = OK;
    for (size_t i = 0; i < config->inherited_count && e == OK; i++)
        e = open_inherited(net, config->inherited[i], fault);
    for (size_t i = 0; i < config->listen_count && e == OK; i++) {
        const char *what = config->listen[i];
        struct str kind, path;
        if (str_cut(str_of(what), ':', &kind, &path) && str_eq(kind, STR("unix")))
            e = open_unix(net, what, path, fault);
        else
            e = open_inet(net, what, false, fault);
        if (e == OK)
            log_info(net->log, "net.listening", F_TEXT("at", what));
    }
    if (e == OK && config->metrics_listen != NULL)
        e = open_inet(net, config->metrics_listen, true, fault);
    return e;
}

void listen_close(struct net *net)
{
    while (net->listeners != NULL) {
        struct listener *l = net->listeners;
        net->listeners = l->next;
        loop_watch_close(l->watch);
        close(l->fd);
        if (l->path != NULL)
            (void)unlink(l->path);
        mem_free(l->path);
        mem_free(l);
    }
    accept_close(net);
}

void listen_sweep(struct net *net, int64_t now)
{
    /* Those that had paused for want of descriptors. */
    for (struct listener *l = net->listeners; l != NULL; l = l->next)
        loop_watch_set(l->watch, LOOP_READ);
    accept_sweep(net, now);
}
