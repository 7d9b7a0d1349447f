#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 18, EVENTS = 512, SOCKETS_AN_ADDRESS = 4000, READS_A_ROUND = 8 };

double load_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- frames ---- */

/* Masked with zeros: masked as RFC 6455 wants it, and nothing has to be changed. */
void frame_masked(struct buf *to, struct str text, bool binary)
{
    char head[14] = {(char)(binary ? 0x82 : 0x81)};
    size_t n = 2;
    if (text.len < 126) {
        head[1] = (char)(0x80 | text.len);
    } else {
        head[1] = (char)(0x80 | 126);
        head[2] = (char)(text.len >> 8);
        head[3] = (char)text.len;
        n = 4;
    }
    buf_put(to, (struct str){head, n + 4});
    buf_put(to, text);
}

void net_text(struct conn *c, struct str text)
{
    frame_masked(&c->out, text, false);
}

void net_bytes(struct conn *c, const char *at, size_t len)
{
    buf_put(&c->out, (struct str){at, len});
}

static void gone(struct conn *c)
{
    if (c->stage == STAGE_GONE)
        return;
    if (c->stage == STAGE_UP)
        c->load->up--;
    c->load->lost++;
    c->load->outstanding -= c->next - c->answered;
    c->stage = STAGE_GONE;
    epoll_ctl(c->load->poll, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
}

static void watch(struct conn *c, bool write)
{
    if (c->wants_write == write)
        return;
    c->wants_write = write;
    struct epoll_event e = {.events = EPOLLIN | (write ? EPOLLOUT : 0U), .data.ptr = c};
    epoll_ctl(c->load->poll, EPOLL_CTL_MOD, c->fd, &e);
}

void net_flush(struct conn *c)
{
    while (c->stage != STAGE_GONE && c->written < c->out.len) {
        const char *at = c->out.at + c->written;
        size_t len = c->out.len - c->written;
        ssize_t n = c->ssl ? SSL_write(c->ssl, at, (int)len) : send(c->fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        c->written += (size_t)n;
    }
    bool empty = c->written == c->out.len;
    if (empty) {
        buf_clear(&c->out);
        c->written = 0;
    }
    if (c->stage != STAGE_GONE)
        watch(c, !empty);
}

/* How long the frame at the head of `in` is; 0: it is not whole. */
static size_t frame_size(struct str in, size_t *head)
{
    const unsigned char *b = (const unsigned char *)in.at;
    if (in.len < 2)
        return 0;
    size_t len = b[1] & 127;
    *head = 2;
    if (len == 126) {
        *head = 4;
        len = in.len < 4 ? 0 : (size_t)b[2] << 8 | b[3];
    } else if (len == 127) {
        *head = 10;
        len = 0;
        for (int i = 2; i < 10 && in.len >= 10; i++)
            len = len << 8 | b[i];
    }
    return in.len >= *head && in.len - *head >= len ? *head + len : 0;
}

static void frame(struct conn *c, unsigned opcode, struct str payload)
{
    if (opcode == 9) {
        char pong[6] = {(char)0x8A, (char)(0x80 | payload.len)};
        net_bytes(c, pong, 6);
        net_bytes(c, payload.at, payload.len);
        net_flush(c);
    } else if (opcode == 8) {
        gone(c);
    } else {
        talk_message(c, payload, opcode == 2);
    }
}

/* What has come, whole frames first; what is left over waits for the rest. */
static void take(struct conn *c, struct str bytes)
{
    if (c->in.len > 0) {
        buf_put(&c->in, bytes);
        bytes = buf_peek(&c->in);
    }
    size_t used = 0;
    if (c->stage == STAGE_UPGRADE) {
        const char *end = memmem(bytes.at, bytes.len, "\r\n\r\n", 4);
        if (end) {
            if (bytes.len < 12 || memcmp(bytes.at, "HTTP/1.1 101", 12) != 0) {
                (void)fprintf(stderr, "refused: " STR_FMT "\n", STR_ARG(bytes));
                exit(1);
            }
            used = (size_t)(end - bytes.at) + 4;
            c->stage = STAGE_LOGIN;
            talk_opened(c);
        }
    }
    while (c->stage == STAGE_LOGIN || c->stage == STAGE_UP) {
        struct str rest = {bytes.at + used, bytes.len - used};
        size_t head = 0;
        size_t size = frame_size(rest, &head);
        if (size == 0)
            break;
        frame(c, (unsigned char)rest.at[0] & 15, (struct str){rest.at + head, size - head});
        used += size;
    }
    struct str rest = {bytes.at + used, bytes.len - used};
    if (c->in.len > 0) {
        memmove(c->in.at, rest.at, rest.len);
        c->in.len = rest.len;
        if (rest.len == 0)
            buf_deinit(&c->in); /* thousands of connections: nothing is kept */
    } else if (rest.len > 0) {
        buf_put(&c->in, rest);
    }
}

static void readable(struct conn *c)
{
    static char bytes[READ_BYTES];
    for (int i = 0; i < READS_A_ROUND && c->stage != STAGE_GONE; i++) {
        ssize_t n =
            c->ssl ? SSL_read(c->ssl, bytes, sizeof(bytes)) : recv(c->fd, bytes, sizeof(bytes), 0);
        if (n > 0) {
            take(c, (struct str){bytes, (size_t)n});
            if (!c->ssl && n < (ssize_t)sizeof(bytes))
                return;
            continue;
        }
        int why = c->ssl ? SSL_get_error(c->ssl, (int)n) : 0;
        if (c->ssl ? why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE
                   : n < 0 && errno == EAGAIN)
            return;
        gone(c);
    }
}

void net_round(struct load *load, double wait)
{
    struct epoll_event events[EVENTS];
    struct timespec t = {0, wait > 0 ? (long)(wait * 1e9) : 0};
    int n = epoll_pwait2(load->poll, events, EVENTS, &t, NULL);
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if ((events[i].events & EPOLLOUT) != 0)
            net_flush(c);
        if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            readable(c);
    }
}

/* ---- dialling ---- */

static int port_of(const struct load *load, const struct conn *c, int index)
{
    if (c->sub && load->options.sub_port)
        return load->options.sub_port;
    return load->options.port[index % load->options.port_count];
}

static const char *subprotocol(enum dialect d)
{
    return d == DIALECT_POSKO   ? "Sec-WebSocket-Protocol: posko.v1\r\n"
           : d == DIALECT_STOMP ? "Sec-WebSocket-Protocol: v12.stomp\r\n"
                                : "";
}

static const char *path(const struct load *load, const struct conn *c)
{
    switch (load->options.dialect) {
    case DIALECT_POSKO:
    case DIALECT_STOMP:
        return "/ws";
    case DIALECT_NATS:
        return "/";
    case DIALECT_PLAIN:
        return c->sub ? "/sub" : "/pub";
    }
    return "/";
}

/* From 127.0.0.2 on: an address has a limit of connections, and 28,000 ports. */
void net_dial(struct load *load, struct conn *c, int index)
{
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0)
        die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    uint32_t from = 0x7f000002U + (uint32_t)(index / SOCKETS_AN_ADDRESS);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
    if (bind(c->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        die("bind");
    c->port = port_of(load, c, index);
    a.sin_port = htons((uint16_t)c->port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(c->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        die("connect");
    if (load->tls) {
        c->ssl = SSL_new(load->tls);
        SSL_set_fd(c->ssl, c->fd);
        if (SSL_connect(c->ssl) != 1)
            die("SSL_connect");
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(load->poll, EPOLL_CTL_ADD, c->fd, &e);
    buf_printf(&c->out,
               "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
               "Sec-WebSocket-Version: 13\r\n%s\r\n",
               path(load, c), c->port, subprotocol(load->options.dialect));
    net_flush(c);
}
