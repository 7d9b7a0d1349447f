#include "cli/line.h"

#include <stdio.h>

/* What a running `posko watch` remembers. */
struct watch {
    struct session s;
    bool live;
    int64_t overdue;
    bool held;
};

static void print_record(struct watch *w, const struct posko_event *e)
{
    struct buf b;
    buf_init(&b);
    if (w->s.cli->json)
        line_record_json(&b, e);
    else
        line_record(&b, w->s.cli, &w->s.desk, e);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

/* For people a state is a ticket that they may read; scripts get every message. */
static void print_state(struct watch *w, const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *m = NULL;
    struct buf b;
    buf_init(&b);
    arena_init(&arena);
    if (w->s.cli->json)
        line_message_json(&b, e);
    else if (json_parse_trusted(&arena, session_str(e->message), &fault, &m) == OK) {
        const struct node *ticket = node_get(m, STR("ticket"));
        if (ticket != NULL && ticket->type == NODE_OBJECT)
            line_ticket(&b, w->s.cli, ticket);
    }
    if (b.len > 0)
        cli_line(buf_peek(&b));
    arena_deinit(&arena);
    buf_deinit(&b);
}

static void print_receipt(struct watch *w, const struct posko_event *e)
{
    const struct cli *cli = w->s.cli;
    struct arena arena;
    struct buf name;
    struct buf line;
    arena_init(&arena);
    buf_init(&name);
    buf_init(&line);
    line_ticket_name(&name, &w->s.desk, session_str(e->ticket));
    struct str agency = arena_dup(&arena, session_str(e->agency));
    struct str member = arena_dup(&arena, session_str(e->member));
    struct str how = arena_dup(&arena, text_word(cli->args.lang, session_str(e->how)));
    if (agency.at != NULL && member.at != NULL && how.at != NULL) {
        struct str shown = arena_dup(&arena, buf_peek(&name));
        struct str text =
            arena_printf(&arena, TR(cli, RECEIPT), shown.at, agency.at, member.at, how.at);
        cli_put_clean(&line, text);
        cli_line(buf_peek(&line));
    }
    buf_deinit(&line);
    buf_deinit(&name);
    arena_deinit(&arena);
}

static void note_gone(struct watch *w, const struct posko_event *e)
{
    struct buf name;
    buf_init(&name);
    cli_put_clean(&name, session_str(e->ticket));
    buf_put_char(&name, '\0');
    cli_remark(w->s.cli, TR(w->s.cli, GONE), name.at);
    buf_deinit(&name);
}

static void note_mark(struct watch *w, const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *m = NULL;
    arena_init(&arena);
    if (json_parse_trusted(&arena, session_str(e->message), &fault, &m) == OK) {
        int64_t overdue = node_int(m, "overdue", 0);
        if (overdue > 0 && overdue != w->overdue)
            cli_remark(w->s.cli, TR(w->s.cli, OVERDUE), (long long)overdue);
        w->overdue = overdue;
    }
    arena_deinit(&arena);
}

static void print_json(struct watch *w, const struct posko_event *e)
{
    struct buf b;
    if (!w->s.cli->json)
        return;
    buf_init(&b);
    line_message_json(&b, e);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

static void on_event(void *arg, struct posko_client *c, const struct posko_event *e)
{
    struct watch *w = arg;
    const struct cli *cli = w->s.cli;
    (void)c;
    switch (e->type) {
    case POSKO_EVENT_RECORD:
        print_record(w, e);
        return;
    case POSKO_EVENT_STATE:
        print_state(w, e);
        return;
    case POSKO_EVENT_RECEIPT:
        if (!cli->json)
            print_receipt(w, e);
        print_json(w, e);
        return;
    case POSKO_EVENT_LIVE:
        w->live = true;
        cli_remark(cli, TR(cli, FOLLOWING), w->s.id.url.at, (long long)e->head);
        print_json(w, e);
        return;
    case POSKO_EVENT_RESET:
        if (str_eq(session_str(e->why), STR("ahead")))
            cli_remark(cli, "%s", TR(cli, LEDGER_LOST));
        print_json(w, e);
        return;
    case POSKO_EVENT_GONE:
        note_gone(w, e);
        print_json(w, e);
        return;
    case POSKO_EVENT_MARK:
        note_mark(w, e);
        return;
    case POSKO_EVENT_HELLO:
    case POSKO_EVENT_WELCOME:
    case POSKO_EVENT_ENROLLED:
    case POSKO_EVENT_POSTED:
    case POSKO_EVENT_REFUSED:
    case POSKO_EVENT_HISTORY:
    case POSKO_EVENT_BYE:
    case POSKO_EVENT_LOST:
        return;
    }
}

/* Until it is stopped, or the hub ends it for good.  --timeout limits it, for scripts. */
enum exit_code watch_run(struct cli *cli)
{
    struct watch w = {0};
    int64_t since = -1;
    bool never = false;
    struct str given = args_get(&cli->args, "since");
    enum exit_code code = session_open(&w.s, cli);
    if (code != EXIT_DONE)
        goto done;
    if (given.at != NULL && !str_to_int(given, 0, INT64_MAX, &since))
        since = 0;
    bool limited = args_common(&cli->args, "timeout").at != NULL;
    if (!limited)
        w.s.until = INT64_MAX / 2;
    w.s.also = on_event;
    w.s.also_arg = &w;
    posko_client_follow(w.s.client, since);
    while (!limited || cli_wall_ms() < w.s.until) {
        int64_t rest = limited ? w.s.until - cli_wall_ms() : -1;
        if (posko_client_run(w.s.client, rest) == POSKO_RUN_ENDED) {
            code = session_wait(&w.s, &never); /* says why */
            goto done;
        }
    }
    code = w.live ? EXIT_DONE : session_wait(&w.s, &never);
done:
    session_close(&w.s);
    return code;
}
