#include "base/keyfile.h"
#include "cli/session.h"
#include "client/url.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STEP_MS = 5000, CLOCK_OFF_MS = 2000 };

/* One examination: each step says what it found, and what to do when it is not well. */
struct doctor {
    struct cli *cli;
    struct session s;
    struct url url;
    enum exit_code worst;
};

static bool say(struct doctor *d, bool well, enum text what, const char *found, const char *advice,
                enum exit_code code)
{
    struct cli *cli = d->cli;
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("check"));
        json_put_text(&w, "what", str_of(text_get(LANG_EN, what)));
        json_put_bool(&w, "ok", well);
        json_put_text(&w, "found", str_utf8(str_of(found), NULL) ? str_of(found) : STR("?"));
        if (!well)
            json_put_text(&w, "advice", str_of(advice));
        json_end_object(&w);
    } else {
        buf_printf(&b, "%s %s: ", well ? "✓" : "✗", cli_text(cli, what));
        cli_put_clean(&b, str_of(found));
        if (!well)
            buf_printf(&b, "\n    %s", advice);
    }
    cli_line(buf_peek(&b));
    buf_deinit(&b);
    if (!well && d->worst == EXIT_DONE)
        d->worst = code;
    return well;
}

static bool check_name(struct doctor *d, struct addrinfo **out)
{
    char port[8];
    char found[NI_MAXHOST] = "";
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    (void)snprintf(port, sizeof(port), "%d", d->url.port);
    int e = getaddrinfo(d->url.host, port, &hints, out);
    if (e != 0)
        return say(d, false, TEXT_DOCTOR_DNS, gai_strerror(e), TR(d->cli, DO_DNS), EXIT_NO_ANSWER);
    if (getnameinfo((*out)->ai_addr, (*out)->ai_addrlen, found, sizeof(found), NULL, 0,
                    NI_NUMERICHOST) != 0)
        found[0] = '\0';
    return say(d, true, TEXT_DOCTOR_DNS, found, "", EXIT_DONE);
}

/* 0, or errno. */
static int try_connect(const struct addrinfo *a)
{
    int error = 0;
    socklen_t size = sizeof(error);
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) != 0)
        error = errno;
    if (error == EINPROGRESS) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if (poll(&p, 1, STEP_MS) != 1)
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    (void)close(fd);
    return error;
}

static bool check_tcp(struct doctor *d, const struct addrinfo *list)
{
    int error = EHOSTUNREACH;
    for (const struct addrinfo *a = list; a != NULL && error != 0; a = a->ai_next)
        error = try_connect(a);
    return say(d, error == 0, TEXT_DOCTOR_TCP, error == 0 ? d->url.authority : strerror(error),
               TR(d->cli, DO_TCP), EXIT_NO_ANSWER);
}

/* /readyz over the same TLS that the socket will use. */
static bool check_health(struct doctor *d)
{
    struct posko_fault fault = {0};
    struct posko_answer a = posko_client_get(d->s.client, "/readyz", STEP_MS, &fault);
    bool answered = a.status != 0;
    bool plain = !d->url.tls && !url_is_loopback(&d->url);
    if (d->url.tls)
        say(d, answered, TEXT_DOCTOR_ENCRYPTION, answered ? "TLS" : fault.text, TR(d->cli, DO_TLS),
            EXIT_NO_ANSWER);
    else
        say(d, !plain, TEXT_DOCTOR_ENCRYPTION, plain ? "ws://" : "loopback", TR(d->cli, DO_PLAIN),
            EXIT_REFUSED);
    if (answered) {
        char found[512];
        (void)snprintf(found, sizeof(found), "/readyz %d %.400s", a.status, a.body);
        say(d, a.status == 200, TEXT_DOCTOR_HEALTH, found, TR(d->cli, DO_HEALTH), EXIT_NOT_STORED);
    } else if (!d->url.tls)
        say(d, false, TEXT_DOCTOR_HEALTH, fault.text, TR(d->cli, DO_TCP), EXIT_NO_ANSWER);
    free(a.body);
    return answered;
}

static void check_clock(struct doctor *d)
{
    char found[64];
    char advice[256];
    int64_t off = d->s.hello_heard - d->s.hello_at;
    (void)snprintf(found, sizeof(found), "%+lld ms", (long long)off);
    (void)snprintf(advice, sizeof(advice), TR(d->cli, DO_CLOCK), (long long)off);
    say(d, off < CLOCK_OFF_MS && off > -CLOCK_OFF_MS, TEXT_DOCTOR_CLOCK, found, advice,
        EXIT_REFUSED);
}

/* Quietly: the steps say what went wrong, not the session. */
static bool run_until(struct session *s, const bool *done)
{
    int64_t until = cli_wall_ms() + STEP_MS;
    while (!*done && cli_wall_ms() < until) {
        if (posko_client_run(s->client, until - cli_wall_ms()) != POSKO_RUN_STOPPED)
            break;
    }
    return *done;
}

static void check_session(struct doctor *d)
{
    struct session *s = &d->s;
    struct cli *cli = d->cli;
    bool in = run_until(s, &s->welcomed);
    const struct posko_fault *fault = posko_client_fault(s->client);
    if (posko_client_end(s->client) == POSKO_END_AUD) {
        say(d, false, TEXT_DOCTOR_PIN, fault->text, TR(cli, DO_PIN), EXIT_NOT_ADMITTED);
        return;
    }
    bool talked = s->hello_heard > 0;
    if (!say(d, talked, TEXT_DOCTOR_HELLO,
             talked ? s->id.aud.at : (s->lost[0] != '\0' ? s->lost : TR(cli, SILENT)),
             TR(cli, DO_HELLO), EXIT_NO_ANSWER))
        return;
    check_clock(d);
    char who[160];
    (void)snprintf(who, sizeof(who), "%.70s/%.70s", s->id.iss.at, s->id.act.at);
    if (!say(d, in, TEXT_DOCTOR_LOGIN,
             in ? who : text_refusal(cli->args.lang, fault->code, fault->text), TR(cli, DO_LOGIN),
             EXIT_NOT_ADMITTED))
        return;
    posko_client_follow(s->client, -1);
    bool pinned = run_until(s, &s->live);
    if (pinned)
        say(d, true, TEXT_DOCTOR_PIN, s->id.hub.at == NULL ? "-" : s->id.hub.at, "", EXIT_DONE);
    else if (posko_client_end(s->client) == POSKO_END_HUB)
        say(d, false, TEXT_DOCTOR_PIN, TR(cli, OTHER_HUB), TR(cli, DO_PIN), EXIT_NOT_ADMITTED);
    else
        say(d, false, TEXT_DOCTOR_PIN, TR(cli, SILENT), TR(cli, DO_HELLO), EXIT_NO_ANSWER);
}

static bool check_key(struct doctor *d)
{
    struct fault fault = {0};
    struct buf why;
    struct secret_key key;
    struct identity id;
    buf_init(&why);
    bool well = identity_choose(&d->cli->arena, &d->cli->args, &id, &why);
    buf_put_char(&why, '\0');
    if (!well)
        say(d, false, TEXT_DOCTOR_KEY, why.at, TR(d->cli, DO_LOGIN), EXIT_USAGE);
    else if (keyfile_read(id.key.at, &fault, &key) != OK)
        well = say(d, false, TEXT_DOCTOR_KEY, fault.text, TR(d->cli, DO_KEY), EXIT_USAGE);
    else if (!url_parse(id.url, &d->url))
        well = say(d, false, TEXT_DOCTOR_KEY, id.url.at, TR(d->cli, DO_KEY), EXIT_USAGE);
    else
        say(d, true, TEXT_DOCTOR_KEY, id.key.at, "", EXIT_DONE);
    explicit_bzero(&key, sizeof(key));
    buf_deinit(&why);
    return well;
}

enum exit_code doctor_run(struct cli *cli)
{
    struct doctor d = {.cli = cli};
    struct addrinfo *addresses = NULL;
    char library[128];
    (void)snprintf(library, sizeof(library), "posko %s, libwebsockets %s", POSKO_VERSION,
                   posko_client_library());
    say(&d, true, TEXT_DOCTOR_LIBRARY, library, "", EXIT_DONE);
    if (!check_key(&d))
        return d.worst;
    enum exit_code code = session_open(&d.s, cli);
    if (code == EXIT_DONE && check_name(&d, &addresses) && check_tcp(&d, addresses) &&
        check_health(&d))
        check_session(&d);
    if (addresses != NULL)
        freeaddrinfo(addresses);
    session_close(&d.s);
    return code != EXIT_DONE ? code : d.worst;
}
