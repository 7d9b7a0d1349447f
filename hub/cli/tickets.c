#include "cli/line.h"

enum { HISTORY_LIMIT = 200 };

static bool is_wanted(const struct node *ticket, bool all)
{
    return all || str_eq(node_text(ticket, "state"), STR("open"));
}

static size_t print_ticket(const struct cli *cli, const struct desk_item *item, bool all)
{
    struct arena arena;
    struct fault fault;
    const struct node *ticket = NULL;
    struct buf b;
    arena_init(&arena);
    buf_init(&b);
    if (json_parse_trusted(&arena, str_of(item->json), &fault, &ticket) == OK &&
        is_wanted(ticket, all)) {
        if (cli->json)
            buf_put(&b, str_of(item->json));
        else
            line_ticket(&b, cli, ticket);
        cli_line(buf_peek(&b));
    }
    size_t printed = b.len > 0;
    buf_deinit(&b);
    arena_deinit(&arena);
    return printed;
}

/* In the order of their opening: ids begin with the time. */
enum exit_code tickets_run(struct cli *cli)
{
    struct session s;
    size_t printed = 0;
    bool all = args_get(&cli->args, "all").at != NULL;
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = session_present(&s);
    for (size_t i = 0; code == EXIT_DONE && i < s.desk.count; i++) {
        if (s.desk.at[i].kind == DESK_TICKET)
            printed += print_ticket(cli, &s.desk.at[i], all);
    }
    if (code == EXIT_DONE && printed == 0)
        cli_remark(cli, "%s", TR(cli, NO_TICKETS));
    session_close(&s);
    return code;
}

struct history {
    struct session s;
    int64_t last;
    int64_t records, bad;
};

static void on_event(void *arg, struct posko_client *c, const struct posko_event *e)
{
    struct history *h = arg;
    struct buf b;
    (void)c;
    if (e->type != POSKO_EVENT_RECORD || e->of.at == NULL)
        return;
    buf_init(&b);
    if (h->s.cli->json)
        line_record_json(&b, e);
    else
        line_record(&b, h->s.cli, &h->s.desk, e);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
    h->last = e->seq;
    h->records++;
    h->bad += e->verdict != POSKO_VERDICT_GOOD;
}

enum exit_code history_run(struct cli *cli)
{
    struct history h = {0};
    enum exit_code code = session_open(&h.s, cli);
    if (code == EXIT_DONE)
        code = session_tickets(&h.s); /* brings the keys to check with, too */
    if (code != EXIT_DONE)
        goto done;
    h.s.also = on_event;
    h.s.also_arg = &h;
    const char *ticket = arena_dup(&cli->arena, args_get(&cli->args, "ticket")).at;
    do {
        h.s.history_over = h.s.refused = false;
        h.s.ref = posko_client_history(h.s.client, ticket, h.last, HISTORY_LIMIT);
        code = session_wait(&h.s, &h.s.history_over);
        if (code == EXIT_DONE && h.s.refused)
            code = session_refused(&h.s, &h.s.fault);
    } while (code == EXIT_DONE && h.s.history_more);
    if (code == EXIT_DONE)
        cli_remark(cli, TR(cli, SUMMARY), (long long)h.records, (long long)h.bad);
done:
    session_close(&h.s);
    return code;
}
