#include "cli/session.h"

#include <string.h>

enum { DUTY_MS = 8 * 3600 * 1000, LOOK_MS = 5000 };

/* The ticket that a report or an alert opened or touched: the one named by the record's id, or the
 * one that the record's seq made what it is. */
static const struct desk_item *find_opened(struct session *s)
{
    const struct desk_item *item = desk_find(&s->desk, DESK_TICKET, str_of(s->posted_id));
    for (size_t i = 0; item == NULL && i < s->desk.count; i++) {
        const struct desk_item *other = &s->desk.at[i];
        if (other->kind == DESK_TICKET && other->seq == s->posted_seq)
            item = other;
    }
    return item;
}

/* Looks up its number, for people and scripts to name it by; that it is stored is certain already,
 * so what goes wrong here changes nothing. */
static const struct desk_item *look_up(struct session *s)
{
    s->until = cli_wall_ms() + LOOK_MS;
    s->live = false;
    posko_client_follow(s->client, -1);
    while (!s->live && cli_wall_ms() < s->until) {
        if (posko_client_run(s->client, LOOK_MS) != POSKO_RUN_STOPPED)
            break;
    }
    return find_opened(s);
}

enum exit_code record_run(struct cli *cli)
{
    struct session s;
    const char *kind = cli->args.command->kind;
    enum exit_code code = session_open(&s, cli);
    if (code != EXIT_DONE)
        goto done;
    if (!claims_stdin(&cli->arena, &cli->args)) {
        code = cli_fail(cli, EXIT_USAGE, "usage", "%s", TR(cli, FORM_STDIN));
        goto done;
    }
    code = session_tickets(&s);
    if (code == EXIT_DONE)
        code = session_post(&s, kind, claims_write(&cli->arena, &cli->args, cli->now_ms));
    if (code != EXIT_DONE)
        goto done;
    const struct desk_item *ticket = NULL;
    struct str named = args_get(&cli->args, "ticket");
    if (named.at != NULL)
        ticket = desk_find(&s.desk, DESK_TICKET, named);
    else if (strcmp(kind, "incident.report") == 0 || strcmp(kind, "alert.raise") == 0)
        ticket = look_up(&s);
    session_say_stored(&s, kind, ticket);
done:
    session_close(&s);
    return code;
}

enum exit_code duty_run(struct cli *cli)
{
    struct session s;
    bool start = str_eq(args_get(&cli->args, "do"), STR("start"));
    const char *kind = start ? "duty.start" : "duty.end";
    int64_t until = cli->now_ms + args_span(args_get(&cli->args, "for"), DUTY_MS);
    struct str claims = STR("{}");
    if (start)
        claims = arena_printf(&cli->arena, "{\"until\":%lld}", (long long)until);
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = session_post(&s, kind, claims);
    if (code == EXIT_DONE)
        session_say_stored(&s, kind, NULL);
    session_close(&s);
    return code;
}

enum exit_code beat_run(struct cli *cli)
{
    struct session s;
    int64_t every = args_span(args_get(&cli->args, "every"), 0);
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = session_login(&s);
    while (code == EXIT_DONE) {
        posko_client_beat(s.client);
        int64_t next = cli_wall_ms() + every;
        while (posko_client_pending(s.client) > 0 || cli_wall_ms() < next) {
            int64_t rest = next - cli_wall_ms();
            if (posko_client_run(s.client, rest > 10 ? rest : 10) == POSKO_RUN_ENDED) {
                s.welcomed = false;
                code = session_login(&s); /* says why it ended */
                break;
            }
        }
        if (every == 0)
            break;
    }
    if (code == EXIT_DONE)
        cli_remark(cli, "%s", TR(cli, BEATEN));
    session_close(&s);
    return code;
}
