/* hub/net with the smallest app: what the tests of this folder talk to.
 *     echo listen=ADDRESS:PORT ... [hosts=H] [trusted=A] [cert=F key=F] [rate=N] [open=N]
 *          [metrics=ADDRESS:PORT] [inherit=FD]
 * A text message comes back; some are orders (see `obey`).  SIGHUP loads the certificate again,
 * SIGTERM ends in order.  It says "ready" on standard output. */
#include "base/crypt.h"
#include "net/net.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 8, LATER_MS = 300, HELD_MS = 300 };

struct echo {
    struct loop *loop;
    struct log log;
    struct metrics *metrics;
    struct net *net;
    struct net_config config;
    const char *listen[WORDS_MAX], *hosts[WORDS_MAX], *trusted[WORDS_MAX];
    int inherited[WORDS_MAX];
    struct loop_timer *later, *held;
    struct session_id later_for, held_for;
    uint64_t paced;
};

static bool say(struct echo *e, struct session_id id, struct str text)
{
    struct blob *b = blob_new(text);
    bool there = net_send(e->net, id, b);
    blob_unref(b);
    if (net_waiting(e->net, id) > POSKO_QUEUE_BYTES_MAX)
        net_close_session(e->net, id, POSKO_CLOSE_TOO_SLOW, "too_slow");
    return there;
}

static void opened(void *app, struct session_id id, const struct address *address, void **user)
{
    struct echo *e = app;
    char text[128];
    const uint8_t *a = address->at;
    (void)user;
    (void)snprintf(text, sizeof text, "from %02x%02x:%02x%02x:%02x%02x:%02x%02x %u.%u.%u.%u", a[0],
                   a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[12], a[13], a[14], a[15]);
    (void)say(e, id, str_of(text));
}

static void flood(struct echo *e, struct session_id id, int64_t count)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    for (int64_t i = 0; i < count; i++) {
        int n = snprintf(text, sizeof text, "%09lld", (long long)i);
        text[n] = ' ';
        if (!say(e, id, (struct str){text, sizeof text}))
            break;
    }
}

static void big(struct echo *e, struct session_id id, int64_t size)
{
    char *text = mem_new((size_t)size + 1);
    memset(text, 'b', (size_t)size);
    (void)say(e, id, (struct str){text, (size_t)size});
    mem_free(text);
}

static void obey(struct echo *e, struct session_id id, struct str text)
{
    struct str word, rest;
    int64_t n = 0;
    bool number = str_cut(text, ' ', &word, &rest) && str_to_int(rest, 0, 1000000, &n);
    if (number && str_eq(word, STR("flood"))) {
        flood(e, id, n);
    } else if (number && str_eq(word, STR("big"))) {
        big(e, id, n);
    } else if (number && str_eq(word, STR("paced"))) {
        e->paced = (uint64_t)n;
        flood(e, id, 100);
    } else if (number && str_eq(word, STR("bye"))) {
        flood(e, id, 50);
        net_close_session(e->net, id, (int)n, "as asked");
    } else if (str_eq(text, STR("hold"))) {
        e->held_for = id;
        net_hold(e->net, id, true);
        loop_timer_set(e->held, HELD_MS);
    } else {
        (void)say(e, id, text);
    }
}

static void message(void *app, struct session_id id, void *user, struct str text)
{
    (void)user;
    obey(app, id, text);
}

static void drained(void *app, struct session_id id, void *user)
{
    struct echo *e = app;
    (void)user;
    if (e->paced == 0)
        return;
    e->paced--;
    flood(e, id, 100);
}

static void closed(void *app, struct session_id id, void *user)
{
    (void)app;
    (void)id;
    (void)user;
}

static void let_go(void *arg)
{
    struct echo *e = arg;
    net_hold(e->net, e->held_for, false);
}

static void answer_later(void *arg)
{
    struct echo *e = arg;
    net_http_reply(e->net, e->later_for, 200, "text/plain", STR("late"));
}

static void http(void *app, const struct http_request *r)
{
    struct echo *e = app;
    struct buf body;
    buf_init(&body);
    if (r->metrics) {
        metrics_write(e->metrics, &body);
        net_http_reply(e->net, r->from, 200, "text/plain", buf_peek(&body));
    } else if (str_eq(r->path, STR("/later"))) {
        e->later_for = r->from;
        loop_timer_set(e->later, LATER_MS);
    } else if (str_eq(r->path, STR("/never"))) {
        log_info(&e->log, "echo.never", F_INT("body", r->body.len));
    } else if (str_eq(r->path, STR("/big"))) {
        char *text = mem_new(4000000);
        memset(text, 'h', 4000000);
        net_http_reply(e->net, r->from, 200, "text/plain", (struct str){text, 4000000});
        mem_free(text);
    } else if (str_starts(r->path, STR("/echo"))) {
        buf_printf(&body, STR_FMT " " STR_FMT " [" STR_FMT "] [" STR_FMT "] %zu ",
                   STR_ARG(r->method), STR_ARG(r->path), STR_ARG(r->query), STR_ARG(r->token),
                   r->body.len);
        buf_put(&body, r->body);
        net_http_reply(e->net, r->from, 200, "text/plain", buf_peek(&body));
    } else {
        net_http_reply(e->net, r->from, 404, "text/plain", STR_NONE);
    }
    buf_deinit(&body);
}

static void reload(void *arg)
{
    struct echo *e = arg;
    struct fault fault = {0};
    if (net_reload_tls(e->net, &fault) != OK)
        log_error(&e->log, "echo.reload", F_TEXT("why", fault.text));
}

static void stop(void *arg)
{
    struct echo *e = arg;
    net_close(e->net);
    loop_stop(e->loop);
}

static void read_argument(struct echo *e, const char *argument)
{
    struct str name, rest;
    int64_t n = 0;
    (void)str_cut(str_of(argument), '=', &name, &rest);
    bool number = str_to_int(rest, 0, INT32_MAX, &n);
    if (str_eq(name, STR("listen")))
        e->listen[e->config.listen_count++] = rest.at;
    else if (str_eq(name, STR("hosts")))
        e->hosts[e->config.host_count++] = rest.at;
    else if (str_eq(name, STR("trusted")))
        e->trusted[e->config.trusted_count++] = rest.at;
    else if (str_eq(name, STR("cert")))
        e->config.tls_cert = rest.at;
    else if (str_eq(name, STR("key")))
        e->config.tls_key = rest.at;
    else if (str_eq(name, STR("metrics")))
        e->config.metrics_listen = rest.at;
    else if (number && str_eq(name, STR("rate")))
        e->config.rate_address = n;
    else if (number && str_eq(name, STR("open")))
        e->config.open_address = n;
    else if (number && str_eq(name, STR("inherit")))
        e->inherited[e->config.inherited_count++] = (int)n;
}

int main(int argc, char **argv)
{
    struct echo e = {.log = {.fd = STDERR_FILENO, .level = LOG_INFO},
                     .config = {.rate_address = 100000, .open_address = 100000}};
    const struct net_ops ops = {opened, message, drained, closed, http};
    struct fault fault = {0};

    if (argc > WORDS_MAX || crypt_start() != OK)
        return 2;
    for (int i = 1; i < argc; i++)
        read_argument(&e, argv[i]);
    e.config.listen = e.listen;
    e.config.hosts = e.hosts;
    e.config.trusted_proxies = e.trusted;
    e.config.inherited = e.inherited;
    e.loop = loop_new();
    e.metrics = metrics_new();
    e.later = loop_timer_open(e.loop, answer_later, &e);
    e.held = loop_timer_open(e.loop, let_go, &e);
    loop_on_signal(e.loop, SIGHUP, reload, &e);
    loop_on_signal(e.loop, SIGTERM, stop, &e);
    enum err failed = net_open(e.loop, &e.log, e.metrics, &e.config, &ops, &e, &fault, &e.net);
    if (failed == OK) {
        (void)puts("ready");
        (void)fflush(stdout);
        loop_run(e.loop);
    } else {
        (void)printf("refused %s: %s\n", fault.field, fault.text);
    }
    loop_timer_close(e.later);
    loop_timer_close(e.held);
    loop_free(e.loop);
    metrics_free(e.metrics);
    return failed == OK ? 0 : 1;
}
