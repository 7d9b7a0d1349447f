#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 20000 };

struct str session_str(struct posko_text t)
{
    return (struct str){t.at, t.len};
}

static void learn(struct session *s, const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *message = NULL;
    arena_init(&arena);
    if (json_parse_trusted(&arena, session_str(e->message), &fault, &message) == OK)
        desk_learn(&s->desk, message, e->seq);
    arena_deinit(&arena);
}

static void lost(struct session *s, const struct posko_event *e)
{
    (void)snprintf(s->lost, sizeof(s->lost), "%s", e->fault.text);
    s->live = false;
    if (e->fault.retry_ms > 0)
        cli_remark(s->cli, TR(s->cli, RETRYING), s->id.url.at, s->lost);
}

static void keep_posted(struct session *s, const struct posko_event *e)
{
    if (!str_to_c(session_str(e->id), s->posted_id, sizeof(s->posted_id)))
        s->posted_id[0] = '\0';
    s->posted_seq = e->seq;
    s->posted_at = e->at;
    s->answered = true;
}

static void on_event(void *arg, struct posko_client *c, const struct posko_event *e)
{
    struct session *s = arg;
    switch (e->type) {
    case POSKO_EVENT_HELLO:
        s->hello_at = e->at;
        s->hello_heard = cli_wall_ms();
        break;
    case POSKO_EVENT_WELCOME:
        s->welcomed = true;
        s->welcome_at = e->at;
        break;
    case POSKO_EVENT_POSTED:
        if (e->ref == s->ref)
            keep_posted(s, e);
        break;
    case POSKO_EVENT_REFUSED:
        if (e->ref != 0 && e->ref == s->ref) {
            s->fault = e->fault;
            s->refused = s->answered = s->history_over = true;
        }
        break;
    case POSKO_EVENT_STATE:
    case POSKO_EVENT_RECORD:
        learn(s, e);
        break;
    case POSKO_EVENT_RESET:
        desk_clear(&s->desk);
        break;
    case POSKO_EVENT_LIVE:
        s->live = true;
        break;
    case POSKO_EVENT_GONE:
        desk_forget(&s->desk, session_str(e->ticket));
        break;
    case POSKO_EVENT_HISTORY:
        s->history_over = true;
        s->history_more = e->more;
        break;
    case POSKO_EVENT_LOST:
        lost(s, e);
        break;
    case POSKO_EVENT_ENROLLED:
    case POSKO_EVENT_MARK:
    case POSKO_EVENT_RECEIPT:
    case POSKO_EVENT_BYE:
        break;
    }
    if (s->also != NULL)
        s->also(s->also_arg, c, e);
    posko_client_stop(c); /* whoever waits looks whether it was this */
}

enum exit_code session_open(struct session *s, struct cli *cli)
{
    struct buf why;
    struct posko_fault fault = {0};
    enum exit_code code = EXIT_DONE;
    *s = (struct session){.cli = cli};
    desk_init(&s->desk);
    buf_init(&why);
    int64_t wait = args_span(args_common(&cli->args, "timeout"), TIMEOUT_MS);
    s->until = cli_wall_ms() + args_span(args_get(&cli->args, "retry-for"), wait);
    s->keep = args_get(&cli->args, "retry-for").at != NULL;
    if (!identity_choose(&cli->arena, &cli->args, &s->id, &why)) {
        code = cli_fail(cli, EXIT_USAGE, "usage", STR_FMT, STR_ARG(buf_peek(&why)));
        goto done;
    }
    struct posko_client_config config = {
        .url = s->id.url.at,
        .key_file = s->id.key.at,
        .aud = s->id.aud.at,
        .hub = s->id.hub.at,
        .iss = s->id.iss.at,
        .act = s->id.act.at,
        .ca_file = arena_dup(&cli->arena, args_common(&cli->args, "ca")).at,
        .got = cli->args.command->action == ACTION_WATCH,
        .event = on_event,
        .arg = s};
    s->client = posko_client_new(&config, &fault);
    if (s->client == NULL)
        code = cli_fail(cli, EXIT_USAGE, fault.code, "%s", fault.text);
done:
    buf_deinit(&why);
    return code;
}

void session_close(struct session *s)
{
    posko_client_free(s->client);
    s->client = NULL;
    desk_deinit(&s->desk);
}

static bool is_one_of(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

static enum exit_code exit_of(const char *code)
{
    static const char *const passing[] = {"busy", "too_many", "not_stored", "draining"};
    static const char *const key[] = {"unknown_key", "revoked_key", "bad_signature"};
    if (is_one_of(code, passing, 4))
        return EXIT_NOT_STORED;
    return is_one_of(code, key, 3) ? EXIT_NOT_ADMITTED : EXIT_REFUSED;
}

static void say_refused_json(const struct posko_fault *fault, enum exit_code code)
{
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "op", STR("refused"));
    json_put_text(&w, "code", str_of(fault->code));
    json_put_text(&w, "text", str_utf8(str_of(fault->text), NULL) ? str_of(fault->text) : STR("?"));
    if (fault->field[0] != '\0')
        json_put_text(&w, "field", str_of(fault->field));
    if (fault->retry_ms > 0)
        json_put_int(&w, "retry_ms", fault->retry_ms);
    json_put_int(&w, "exit", code);
    json_end_object(&w);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

enum exit_code session_refused(struct session *s, const struct posko_fault *fault)
{
    enum exit_code code = exit_of(fault->code);
    enum text text = TEXT_REFUSED;
    if (s->cli->json) {
        say_refused_json(fault, code);
        return code;
    }
    if (code == EXIT_NOT_STORED)
        text = TEXT_NOT_STORED;
    else if (code == EXIT_NOT_ADMITTED)
        text = TEXT_NOT_LOGGED_IN;
    const char *meaning = text_refusal(s->cli->args.lang, fault->code, fault->text);
    struct buf b;
    buf_init(&b);
    buf_printf(&b, cli_text(s->cli, text), meaning);
    buf_printf(&b, " [%s%s%s]", fault->code, fault->field[0] != '\0' ? " " : "", fault->field);
    if (meaning != fault->text && fault->text[0] != '\0')
        buf_printf(&b, " %s", fault->text);
    (void)cli_fail(s->cli, code, fault->code, STR_FMT, STR_ARG(buf_peek(&b)));
    buf_deinit(&b);
    return code;
}

static enum exit_code ended(struct session *s)
{
    const struct posko_fault *fault = posko_client_fault(s->client);
    switch (posko_client_end(s->client)) {
    case POSKO_END_NOT:
    case POSKO_END_DONE:
        return EXIT_DONE;
    case POSKO_END_AUD:
        return cli_fail(s->cli, EXIT_NOT_ADMITTED, "aud", TR(s->cli, OTHER_LEDGER), fault->text);
    case POSKO_END_HUB:
        return cli_fail(s->cli, EXIT_NOT_ADMITTED, "hub", "%s", TR(s->cli, OTHER_HUB));
    case POSKO_END_LOGIN:
    case POSKO_END_REVOKED:
    case POSKO_END_REPLACED:
        break;
    }
    enum exit_code code = session_refused(s, fault);
    return code == EXIT_REFUSED ? EXIT_NOT_ADMITTED : code;
}

/* The last word of the hub, if it was "not now", says more than silence. */
static enum exit_code too_late(struct session *s)
{
    const struct posko_fault *fault = posko_client_fault(s->client);
    if (fault->code[0] != '\0' && exit_of(fault->code) == EXIT_NOT_STORED)
        return session_refused(s, fault);
    const char *why = s->lost[0] != '\0' ? s->lost : TR(s->cli, SILENT);
    return cli_fail(s->cli, EXIT_NO_ANSWER, "timeout", TR(s->cli, NO_ANSWER), s->id.url.at, why);
}

enum exit_code session_wait(struct session *s, const bool *done)
{
    while (!*done) {
        int64_t rest = s->until - cli_wall_ms();
        enum posko_run run = posko_client_run(s->client, rest > 0 ? rest : 0);
        if (*done)
            break;
        if (run == POSKO_RUN_ENDED)
            return ended(s);
        if (run == POSKO_RUN_TIMEOUT)
            return too_late(s);
    }
    return EXIT_DONE;
}

enum exit_code session_login(struct session *s)
{
    return session_wait(s, &s->welcomed);
}

enum exit_code session_present(struct session *s)
{
    s->live = false;
    posko_client_follow(s->client, -1);
    return session_wait(s, &s->live);
}

/* By its id a ticket may be named that is closed, and so not among the present ones. */
static enum exit_code resolve(struct session *s, struct str *value, const struct desk_item **item)
{
    size_t count = 1;
    int64_t number = 0;
    bool exercise = false;
    const char *name = arena_dup(&s->cli->arena, *value).at;
    enum name_form form = desk_name_form(*value, &number, &exercise);
    if (form == NAME_BAD)
        return cli_fail(s->cli, EXIT_USAGE, "usage", TR(s->cli, BAD_TICKET), name);
    enum exit_code code = s->live ? EXIT_DONE : session_present(s);
    if (code != EXIT_DONE)
        return code;
    if (form == NAME_NUMBER)
        *item = desk_numbered(&s->desk, number, exercise);
    else
        *item = desk_starting(&s->desk, DESK_TICKET, *value, &count);
    if (count > 1)
        return cli_fail(s->cli, EXIT_USAGE, "usage", TR(s->cli, MANY_TICKETS), name);
    if (*item == NULL && form != NAME_ID)
        return cli_fail(s->cli, EXIT_REFUSED, "not_found", TR(s->cli, NO_TICKET), name);
    if (*item != NULL)
        *value = arena_dup(&s->cli->arena, str_of((*item)->name));
    return EXIT_DONE;
}

/* All records of an exercise say that they are of one. */
static void mark_exercise(struct args *args)
{
    for (size_t i = 0; i < args->command->count; i++) {
        const char *claim = args->command->fields[i].claim;
        if (claim != NULL && strcmp(claim, "status") == 0)
            args->values[i] = STR("exercise");
    }
}

enum exit_code session_tickets(struct session *s)
{
    struct args *args = &s->cli->args;
    for (size_t i = 0; i < args->command->count; i++) {
        const struct desk_item *item = NULL;
        if (args->command->fields[i].form != FORM_TICKET || args->values[i].at == NULL)
            continue;
        enum exit_code code = resolve(s, &args->values[i], &item);
        if (code != EXIT_DONE)
            return code;
        if (item != NULL && item->exercise)
            mark_exercise(args);
    }
    return EXIT_DONE;
}

enum exit_code session_post(struct session *s, const char *kind, struct str claims)
{
    struct posko_fault fault = {0};
    char *jws = posko_client_sign(s->client, kind, (struct posko_text){claims.at, claims.len},
                                  s->posted_id, &fault);
    if (jws == NULL)
        return cli_fail(s->cli, EXIT_USAGE, fault.code, TR(s->cli, BAD_CLAIM),
                        fault.field[0] != '\0' ? fault.field : kind, fault.text);
    s->answered = s->refused = false;
    s->ref = posko_client_post(s->client, (struct posko_text){jws, strlen(jws)},
                               s->keep ? POSKO_KEEP_ALWAYS : POSKO_KEEP_IN_DOUBT);
    free(jws);
    enum exit_code code = session_wait(s, &s->answered);
    return code == EXIT_DONE && s->refused ? session_refused(s, &s->fault) : code;
}

void session_say_stored(struct session *s, const char *kind, const struct desk_item *ticket)
{
    struct cli *cli = s->cli;
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("posted"));
        json_put_text(&w, "kind", str_of(kind));
        json_put_text(&w, "id", str_of(s->posted_id));
        json_put_int(&w, "seq", s->posted_seq);
        json_put_int(&w, "at", s->posted_at);
        if (ticket != NULL) {
            json_put_text(&w, "ticket", str_of(ticket->name));
            json_put_int(&w, "no", ticket->no);
            json_put_bool(&w, "exercise", ticket->exercise);
        }
        json_end_object(&w);
    } else {
        buf_printf(&b, TR(cli, STORED), (long long)s->posted_seq);
        if (ticket != NULL) {
            buf_put(&b, STR("  "));
            buf_printf(&b, TR(cli, TICKET_NO), ticket->exercise ? "L" : "", (long long)ticket->no);
            if (strcmp(kind, "incident.close") == 0)
                buf_printf(&b, "  %s", ticket->name); /* from now on only its id names it */
        }
    }
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}
