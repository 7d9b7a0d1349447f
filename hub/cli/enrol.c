#include "base/keyfile.h"
#include "cli/invitation.h"
#include "cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENROL_MS = 30000 };

struct enrolment {
    struct cli *cli;
    struct invitation invitation;
    struct identity id; /* what the hub answers */
    bool done;
    char lost[320];
};

static struct str keep(struct enrolment *e, struct posko_text t)
{
    return t.at == NULL ? STR_NONE : arena_dup(&e->cli->arena, session_str(t));
}

static void on_event(void *arg, struct posko_client *c, const struct posko_event *event)
{
    struct enrolment *e = arg;
    if (event->type == POSKO_EVENT_HELLO)
        e->id.aud = keep(e, event->aud);
    if (event->type == POSKO_EVENT_LOST) {
        (void)snprintf(e->lost, sizeof(e->lost), "%s", event->fault.text);
        cli_remark(e->cli, TR(e->cli, RETRYING), e->id.url.at, e->lost);
    }
    if (event->type != POSKO_EVENT_ENROLLED && event->type != POSKO_EVENT_WELCOME)
        return;
    e->id.iss = keep(e, event->agency);
    e->id.act = keep(e, event->member);
    e->id.hub = event->hub.at != NULL ? keep(e, event->hub) : e->invitation.hub;
    e->done = e->id.iss.at != NULL && e->id.act.at != NULL;
    posko_client_stop(c);
}

/* Every folder on the way, ours with mode 0700. */
static bool make_folder(struct arena *arena, struct str folder)
{
    char *path = arena_alloc(arena, folder.len + 1);
    memcpy(path, folder.at, folder.len);
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Named after the secret, so that an enrolment that was cut off goes on with the same key. */
static struct str key_path(struct cli *cli, struct str folder, const struct secret_text *secret)
{
    struct hash hash = crypt_sha256(str_of(secret->at));
    struct str hex = crypt_hex(&cli->arena, (struct str){(const char *)hash.at, 8});
    return arena_printf(&cli->arena, STR_FMT "/.enrol-" STR_FMT ".pem", STR_ARG(folder),
                        STR_ARG(hex));
}

/* An older key of the same member stays, under another name. */
static void move_away(struct cli *cli, struct str pem)
{
    if (access(pem.at, F_OK) != 0)
        return;
    struct str kept =
        arena_printf(&cli->arena, STR_FMT ".%lld", STR_ARG(pem), (long long)cli->now_ms);
    if (rename(pem.at, kept.at) == 0)
        cli_remark(cli, TR(cli, KEPT_OLD), kept.at);
}

static void say_enrolled(const struct enrolment *e, struct str pem)
{
    const struct cli *cli = e->cli;
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("enrolled"));
        json_put_text(&w, "agency", e->id.iss);
        json_put_text(&w, "member", e->id.act);
        json_put_text(&w, "kid", e->id.kid);
        json_put_text(&w, "aud", e->id.aud);
        if (e->id.hub.at != NULL)
            json_put_text(&w, "hub", e->id.hub);
        json_put_text(&w, "key", pem);
        json_end_object(&w);
    } else
        buf_printf(&b, TR(cli, ENROLLED), e->id.iss.at, e->id.act.at, e->id.url.at);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
    if (e->invitation.hub.at == NULL && e->id.hub.at != NULL)
        cli_remark(cli, TR(cli, COMPARE_HUB), e->id.hub.at);
}

static enum exit_code finish(struct enrolment *e, struct str folder, struct str made)
{
    struct cli *cli = e->cli;
    struct buf why;
    /* Files are named after them: an identifier has no way out of our folder. */
    if (!str_is_id(e->id.iss) || !str_is_id(e->id.act)) {
        (void)unlink(made.at);
        return cli_fail(cli, EXIT_NOT_ADMITTED, "hub", TR(cli, NO_NAMES), e->id.url.at);
    }
    struct str pem = arena_printf(&cli->arena, STR_FMT "/" STR_FMT "." STR_FMT ".pem",
                                  STR_ARG(folder), STR_ARG(e->id.iss), STR_ARG(e->id.act));
    if (e->invitation.hub.at != NULL && !str_eq(e->id.hub, e->invitation.hub)) {
        (void)unlink(made.at);
        return cli_fail(cli, EXIT_NOT_ADMITTED, "hub", TR(cli, WRONG_HUB), e->id.hub.at,
                        e->invitation.hub.at);
    }
    struct fault fault = {0};
    struct secret_key key;
    if (keyfile_read(made.at, &fault, &key) != OK)
        return cli_fail(cli, EXIT_USAGE, "system", "%s", fault.text);
    struct public_key public = crypt_public(&key);
    struct kid kid = crypt_thumbprint(&public);
    e->id.kid = arena_dup(&cli->arena, kid_str(&kid));
    move_away(cli, pem);
    buf_init(&why);
    bool good = identity_write(&cli->arena, pem, &e->id, &why);
    if (good && rename(made.at, pem.at) != 0) {
        good = false;
        buf_printf(&why, "%s", strerror(errno));
    }
    enum exit_code code = EXIT_DONE;
    if (good)
        say_enrolled(e, pem);
    else
        code = cli_fail(cli, EXIT_USAGE, "system", TR(cli, BAD_FILE), pem.at,
                        arena_dup(&cli->arena, buf_peek(&why)).at);
    buf_deinit(&why);
    return code;
}

/* Asks until there is an answer. */
static enum exit_code ask(struct enrolment *e, struct posko_client *c, struct str folder,
                          struct str made)
{
    struct cli *cli = e->cli;
    struct session s = {.cli = cli};
    int64_t wait = args_span(args_common(&cli->args, "timeout"), ENROL_MS);
    enum posko_run run = POSKO_RUN_STOPPED;
    int64_t until = cli_wall_ms() + wait;
    while (!e->done && run == POSKO_RUN_STOPPED && cli_wall_ms() < until)
        run = posko_client_run(c, until - cli_wall_ms());
    if (e->done)
        return finish(e, folder, made);
    if (posko_client_end(c) == POSKO_END_LOGIN) {
        (void)unlink(made.at);
        return session_refused(&s, posko_client_fault(c));
    }
    return cli_fail(cli, EXIT_NO_ANSWER, "timeout", TR(cli, NO_ANSWER), e->id.url.at,
                    e->lost[0] != '\0' ? e->lost : TR(cli, SILENT));
}

enum exit_code enrol_run(struct cli *cli)
{
    struct posko_fault fault = {0};
    struct posko_client *c = NULL;
    struct enrolment e = {.cli = cli};
    struct str url = args_common(&cli->args, "url");
    struct str folder = identity_folder(&cli->arena);
    if (!invitation_parse(&cli->arena, args_get(&cli->args, "link"), &e.invitation) ||
        (url.at == NULL && e.invitation.url.at == NULL))
        return cli_fail(cli, EXIT_USAGE, "usage", "%s", TR(cli, BAD_LINK));
    e.id.url = url.at != NULL ? arena_dup(&cli->arena, url) : e.invitation.url;
    if (!make_folder(&cli->arena, folder))
        return cli_fail(cli, EXIT_USAGE, "system", TR(cli, BAD_FILE), folder.at, strerror(errno));
    struct posko_client_config config = {
        .url = e.id.url.at,
        .ca_file = arena_dup(&cli->arena, args_common(&cli->args, "ca")).at,
        .event = on_event,
        .arg = &e};
    struct str made = key_path(cli, folder, &e.invitation.secret);
    enum exit_code code = EXIT_DONE;
    c = posko_client_new(&config, &fault);
    if (c == NULL || !posko_client_enrol(c, e.invitation.secret.at, made.at, &fault))
        code = cli_fail(cli, EXIT_USAGE, fault.code, "%s", fault.text);
    else
        code = ask(&e, c, folder, made);
    posko_client_free(c);
    return code;
}
