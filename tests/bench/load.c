/* posko-load: posts presigned records and follows, and counts.  It says `ready`, waits for a line
 * on standard input, then says `begin`, `end` and `result`, one JSON object a line.
 * usage: load --port P[,P] --keys FILE --aud AUD [options of the table below] */
#include "load.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { DIAL_AT_ONCE = 32, LATENCIES_MAX = 1 << 22 };
static const double UP_SECONDS = 120;
static const double DRAIN_SECONDS = 20;

/* ---- options ---- */

static int numbers(const char *text, int *out, int most)
{
    int n = 0;
    for (char *at = (char *)text; n < most && *at; at += *at == ',')
        out[n++] = (int)strtol(at, &at, 10);
    return n;
}

static int choice(const char *value, const char *const names[], int count)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(value, names[i]))
            return i;
    return -1;
}

static bool set_text(struct options *o, const char *name, const char *value)
{
    static const char *const dialects[] = {"posko", "plain", "nats", "stomp"};
    static const char *const works[] = {"story", "report", "note"};
    if (!strcmp(name, "--dialect"))
        o->dialect = (enum dialect)choice(value, dialects, 4);
    else if (!strcmp(name, "--work"))
        o->work = (enum work)choice(value, works, 3);
    else if (!strcmp(name, "--port"))
        o->port_count = numbers(value, o->port, LOAD_HUBS_MAX);
    else if (!strcmp(name, "--watch"))
        o->watch_count = numbers(value, o->watch, LOAD_WATCH_MAX);
    else if (!strcmp(name, "--keys"))
        o->keys = value;
    else if (!strcmp(name, "--aud"))
        o->aud = value;
    else if (!strcmp(name, "--acked"))
        o->acked = value;
    else
        return false;
    return true;
}

static bool set_number(struct options *o, const char *name, double value)
{
    const struct {
        const char *name;
        int *at;
    } ints[] = {{"--writers", &o->writers}, {"--subs", &o->subs},   {"--window", &o->window},
                {"--forged", &o->forged},   {"--bytes", &o->bytes}, {"--sub-port", &o->sub_port}};
    for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
        if (!strcmp(name, ints[i].name)) {
            *ints[i].at = (int)value;
            return true;
        }
    if (!strcmp(name, "--rate"))
        o->rate = value;
    else if (!strcmp(name, "--warm"))
        o->warm = value;
    else if (!strcmp(name, "--seconds"))
        o->seconds = value;
    else if (!strcmp(name, "--pool"))
        o->pool = (long)value;
    else if (!strcmp(name, "--tls"))
        o->tls = value != 0;
    else if (!strcmp(name, "--silent"))
        o->silent = value != 0;
    else
        return false;
    return true;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){.window = 16, .warm = 1, .seconds = 3, .bytes = 400, .aud = ""};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !(set_text(o, argv[i], argv[i + 1]) ||
                               set_number(o, argv[i], strtod(argv[i + 1], NULL)))) {
            (void)fprintf(stderr, "load: what is %s?\n", argv[i]);
            return false;
        }
    }
    return o->port_count > 0 && (int)o->dialect >= 0 && (int)o->work >= 0;
}

/* ---- saying ---- */

static void say(struct load *load, const char *event)
{
    struct buf b;
    buf_init(&b);
    buf_printf(&b, "{\"event\":\"%s\",\"at\":%.6f,\"up\":%d,\"cpu\":{", event, load_now(),
               load->up);
    for (int i = 0; i < load->options.watch_count; i++) {
        buf_printf(&b, "%s\"%d\":", i ? "," : "", load->options.watch[i]);
        cpu_write(&b, load->options.watch[i]);
    }
    buf_printf(&b, "%s\"load\":", load->options.watch_count ? "," : "");
    cpu_write(&b, (int)getpid());
    buf_printf(&b, "}}\n");
    (void)fwrite(b.at, 1, b.len, stdout);
    (void)fflush(stdout);
    buf_deinit(&b);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void write_times(struct buf *to, const char *name, double *at, long count)
{
    qsort(at, (size_t)count, sizeof(*at), by_size);
    buf_printf(to, ",\"%s\":{\"n\":%ld", name, count);
    if (count > 0)
        buf_printf(to, ",\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f", at[count / 2] * 1e3,
                   at[count * 9 / 10] * 1e3, at[count * 99 / 100] * 1e3, at[count - 1] * 1e3);
    buf_printf(to, "}");
}

static void say_result(struct load *load, double seconds, bool short_pool)
{
    struct tally *t = &load->tally;
    struct buf b;
    buf_init(&b);
    buf_printf(&b,
               "{\"event\":\"result\",\"seconds\":%.4f,\"posted\":%ld,\"acked\":%ld,"
               "\"refused\":%ld,\"busy\":%ld,\"busy_without_retry\":%ld,\"forged_refused\":%ld,"
               "\"refused_other\":%ld,\"deliveries\":%ld,\"gaps\":%ld,\"repeats\":%ld,"
               "\"lost\":%ld,\"malformed\":%ld,\"unanswered\":%ld,\"short_pool\":%s",
               seconds, t->posted, t->acked, t->refused, t->refused_busy, t->busy_without_retry,
               t->refused_forged, t->refused_other, t->deliveries, load->gaps, load->repeats,
               load->lost, load->malformed, load->outstanding, short_pool ? "true" : "false");
    write_times(&b, "ack_ms", t->ack, t->ack_count);
    write_times(&b, "lag_ms", t->lag, t->lag_count);
    buf_printf(&b, "}\n");
    (void)fwrite(b.at, 1, b.len, stdout);
    (void)fflush(stdout);
    buf_deinit(&b);
}

/* What was acknowledged, for whoever compares it with the ledger. */
static void write_acked(const struct load *load)
{
    FILE *f = load->options.acked ? fopen(load->options.acked, "w") : NULL;
    for (int i = 0; f && i < load->conn_count; i++)
        for (long j = 0; j < load->conns[i].next; j++) {
            const struct shot *s = &load->conns[i].shots[j];
            if (s->seq)
                (void)fprintf(f, "%s\t%lld\n", id_text(s->jti.at).at, (long long)s->seq);
        }
    if (f)
        (void)fclose(f);
}

/* ---- running ---- */

static bool open_all(struct load *load)
{
    const struct options *o = &load->options;
    double end = load_now() + UP_SECONDS;
    int dialled = 0;
    while (load->up < load->conn_count && load_now() < end && !load->lost) {
        for (int i = 0; i < DIAL_AT_ONCE && dialled < load->conn_count; i++, dialled++) {
            struct conn *c = &load->conns[dialled];
            c->key = o->dialect == DIALECT_POSKO ? keys_take(load, c->sub) : NULL;
            if (o->dialect == DIALECT_POSKO && !c->key) {
                (void)fprintf(stderr, "load: not enough keys\n");
                return false;
            }
            net_dial(load, c, dialled);
        }
        /* Not more at once than a hub would take of log-ins. */
        do
            net_round(load, 1e-3);
        while (dialled - load->up > 4 * DIAL_AT_ONCE && load_now() < end && !load->lost);
    }
    return load->up == load->conn_count;
}

/* False: a pool is used up. */
static bool offer(struct load *load, double now, double *due, long *turn)
{
    const struct options *o = &load->options;
    int first = o->subs;
    bool more = true;
    if (o->rate > 0) {
        for (; *due <= now && more; *due += 1 / o->rate) {
            struct conn *c = &load->conns[first + (*turn)++ % o->writers];
            more = c->stage != STAGE_UP || post_next(c, *due);
        }
    } else {
        for (int i = 0; i < o->writers; i++) {
            struct conn *c = &load->conns[first + i];
            while (c->stage == STAGE_UP && c->rests_until <= now &&
                   c->next - c->answered < o->window && more)
                more = post_next(c, now);
        }
    }
    for (int i = 0; i < o->writers; i++)
        if (load->conns[first + i].out.len)
            net_flush(&load->conns[first + i]);
    return more;
}

static void run(struct load *load)
{
    const struct options *o = &load->options;
    double start = load_now();
    double begin = start + o->warm;
    double end = begin + o->seconds;
    double due = start;
    double now = start;
    long turn = 0;
    bool more = true;
    for (; now < end && more; now = load_now()) {
        if (!load->measuring && now >= begin) {
            load->measuring = true;
            begin = now;
            say(load, "begin");
        }
        if (o->writers)
            more = offer(load, now, &due, &turn);
        double wait = o->rate > 0 && o->writers ? due - load_now() : 1e-2;
        net_round(load, wait < 1e-2 ? wait : 1e-2);
    }
    now = load_now();
    load->measuring = false;
    say(load, "end");
    double drained = now + DRAIN_SECONDS;
    while (load->outstanding > 0 && load_now() < drained)
        net_round(load, 1e-2);
    double quiet = load_now() + (o->subs ? 0.5 : 0);
    while (load_now() < quiet)
        net_round(load, 1e-2);
    say_result(load, now - begin, !more);
}

/* False: whoever started us is gone. */
static bool serve_until_told(struct load *load)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char line[LOAD_TEXT_MAX];
    while (poll(&in, 1, 0) == 0)
        net_round(load, 1e-2);
    return read(STDIN_FILENO, line, sizeof(line)) > 0;
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct options *o = &load.options;
    if (!read_options(o, argc, argv) || crypt_start() != OK)
        return 2;
    if (!keys_read(&load)) {
        (void)fprintf(stderr, "load: no keys in %s\n", o->keys);
        return 2;
    }
    load.conn_count = o->writers + o->subs;
    load.conns = mem_new((size_t)(load.conn_count + 1) * sizeof(*load.conns));
    load.heard = mem_new(HEARD * sizeof(double));
    load.tally.room = LATENCIES_MAX;
    load.tally.ack = mem_new(LATENCIES_MAX * sizeof(double));
    load.tally.lag = mem_new(LATENCIES_MAX * sizeof(double));
    load.poll = epoll_create1(0);
    if (o->tls) {
        load.tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(load.tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                       SSL_MODE_RELEASE_BUFFERS);
    }
    for (int i = 0; i < load.conn_count; i++) {
        load.conns[i].load = &load;
        load.conns[i].sub = i < o->subs;
    }
    pool_sign(&load);
    say(&load, "signed");
    if (!open_all(&load)) {
        (void)fprintf(stderr, "load: %d of %d are up\n", load.up, load.conn_count);
        return 1;
    }
    say(&load, "ready");
    if (!serve_until_told(&load))
        return 1;
    if (o->silent) {
        say(&load, "end");
        return load.lost > 0;
    }
    run(&load);
    write_acked(&load);
    return 0;
}
