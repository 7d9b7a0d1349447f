#include "cli/line.h"

#include "cli/when.h"

enum { ID_SHOWN_CHARS = 13 };

/* Colours only on a terminal; `cli->color` knows. */
static void put_colored(struct buf *to, const struct cli *cli, const char *color, struct str text)
{
    if (cli->color && color != NULL)
        buf_printf(to, "\033[%sm", color);
    cli_put_clean(to, text);
    if (cli->color && color != NULL)
        buf_put(to, STR("\033[0m"));
}

static const char *color_of(struct str word)
{
    if (str_eq(word, STR("extreme")) || str_eq(word, STR("clock.lapse")))
        return "1;31";
    return str_eq(word, STR("severe")) ? "33" : NULL;
}

static void put_word(struct buf *to, const struct cli *cli, struct str wire)
{
    put_colored(to, cli, color_of(wire), text_word(cli->args.lang, wire));
}

static void put_list(struct buf *to, const struct node *list)
{
    for (const struct node *n = list->first; n != NULL; n = n->next) {
        if (n != list->first)
            buf_put(to, STR(", "));
        if (n->type == NODE_TEXT)
            cli_put_clean(to, n->text);
    }
}

void line_ticket_name(struct buf *to, const struct desk *desk, struct str id)
{
    const struct desk_item *item = desk_find(desk, DESK_TICKET, id);
    if (item != NULL)
        buf_printf(to, "%s%lld", item->exercise ? "L" : "", (long long)item->no);
    else
        cli_put_clean(to, id.len > ID_SHOWN_CHARS ? (struct str){id.at, ID_SHOWN_CHARS} : id);
}

enum show { SHOW_WORD, SHOW_TEXT, SHOW_QUOTED, SHOW_LIST, SHOW_TIME, SHOW_NUMBER };

/* What of a record's claims people see, in this order. */
static const struct {
    const char *claim, *before;
    enum show show;
} shown[] = {
    {"status", " ", SHOW_WORD},      {"sev", " ", SHOW_WORD},      {"cat", " ", SHOW_TEXT},
    {"agency", " ", SHOW_TEXT},      {"member", "/", SHOW_TEXT},   {"source", "/", SHOW_TEXT},
    {"what", " ", SHOW_WORD},        {"title", " ", SHOW_QUOTED},  {"name", " ", SHOW_QUOTED},
    {"key", " ", SHOW_TEXT},         {"count", " x", SHOW_NUMBER}, {"to", " > ", SHOW_LIST},
    {"eta", " ETA ", SHOW_TIME},     {"next", " > ", SHOW_TIME},   {"until", " > ", SHOW_TIME},
    {"disposition", " ", SHOW_TEXT}, {"veracity", " ", SHOW_TEXT}, {"place", " @ ", SHOW_TEXT},
    {"reason", " ", SHOW_QUOTED},    {"note", " ", SHOW_QUOTED},   {"body", " ", SHOW_QUOTED},
    {"step", " #", SHOW_NUMBER},     {"told", " > ", SHOW_LIST},   {"why", " ", SHOW_LIST},
    {"late_ms", " +", SHOW_NUMBER},
};

static void put_claim(struct buf *to, const struct cli *cli, enum show show, const struct node *n)
{
    if (show == SHOW_LIST && n->type == NODE_ARRAY)
        put_list(to, n);
    else if (show == SHOW_TIME && n->type == NODE_INT)
        buf_printf(to, "%s", when_show(n->number, cli->now_ms).at);
    else if (show == SHOW_NUMBER && n->type == NODE_INT)
        buf_printf(to, "%lld", (long long)n->number);
    else if (n->type == NODE_TEXT && show == SHOW_QUOTED) {
        buf_put_char(to, '"');
        cli_put_clean(to, n->text);
        buf_put_char(to, '"');
    } else if (n->type == NODE_TEXT && show == SHOW_WORD)
        put_word(to, cli, n->text);
    else if (n->type == NODE_TEXT)
        cli_put_clean(to, n->text);
}

/* Is there anything to show behind `before`? */
static bool has_something(enum show show, const struct node *n)
{
    return n != NULL && (show != SHOW_LIST || n->count > 0);
}

static void put_verdict(struct buf *to, const struct cli *cli, enum posko_verdict verdict)
{
    if (verdict == POSKO_VERDICT_GOOD) {
        put_colored(to, cli, "32", STR("✓"));
        return;
    }
    put_colored(to, cli, "1;31", STR("✗"));
    buf_printf(to, "(%s)", posko_verdict_name(verdict));
}

/* The ticket a record is about: what it names, or what it opened. */
static struct str ticket_of(const struct node *claims, const struct desk *desk)
{
    struct str inc = node_text(claims, "inc");
    struct str jti = node_text(claims, "jti");
    if (inc.at != NULL)
        return inc;
    bool opens = str_eq(node_text(claims, "kind"), STR("incident.report")) ||
                 desk_find(desk, DESK_TICKET, jti) != NULL;
    return opens ? jti : STR_NONE;
}

static struct str id_in(const struct node *message)
{
    const struct node *ticket = node_get(message, STR("ticket"));
    return ticket != NULL && ticket->type == NODE_OBJECT ? node_text(ticket, "id") : STR_NONE;
}

void line_record(struct buf *to, const struct cli *cli, const struct desk *desk,
                 const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *claims = NULL;
    const struct node *message = NULL;
    arena_init(&arena);
    buf_printf(to, "%s  #%lld ", when_show(e->at, cli_wall_ms()).at, (long long)e->seq);
    put_verdict(to, cli, e->verdict);
    if (e->claims.at == NULL ||
        json_parse_trusted(&arena, session_str(e->claims), &fault, &claims) != OK ||
        json_parse_trusted(&arena, session_str(e->message), &fault, &message) != OK)
        goto done;
    buf_put_char(to, ' ');
    cli_put_clean(to, node_text(claims, "iss"));
    buf_put_char(to, '/');
    cli_put_clean(to, node_text(claims, "act"));
    struct str ticket = id_in(message);
    if (ticket.at == NULL)
        ticket = ticket_of(claims, desk);
    if (ticket.at != NULL) {
        buf_put(to, STR("  ["));
        line_ticket_name(to, desk, ticket);
        buf_put(to, STR("]"));
    }
    buf_put(to, STR("  "));
    put_word(to, cli, node_text(claims, "kind"));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        const struct node *n = node_get(claims, str_of(shown[i].claim));
        if (has_something(shown[i].show, n)) {
            buf_put(to, str_of(shown[i].before));
            put_claim(to, cli, shown[i].show, n);
        }
    }
done:
    arena_deinit(&arena);
}

static void put_answers(struct buf *to, const struct cli *cli, const struct node *ticket)
{
    const struct node *agencies = node_get(ticket, STR("agencies"));
    const char *before = " > ";
    for (const struct node *a = agencies == NULL ? NULL : agencies->first; a != NULL; a = a->next) {
        buf_put(to, str_of(before));
        cli_put_clean(to, node_text(a, "id"));
        buf_put_char(to, ' ');
        put_word(to, cli, node_text(a, "state"));
        int64_t eta = node_int(a, "eta", 0);
        if (eta > 0)
            buf_printf(to, " (ETA %s)", when_show(eta, cli_wall_ms()).at);
        before = ", ";
    }
}

/* The obligation that is due first. */
static const struct node *first_due(const struct node *ticket)
{
    const struct node *owed = node_get(ticket, STR("owed"));
    const struct node *first = NULL;
    for (const struct node *o = owed == NULL ? NULL : owed->first; o != NULL; o = o->next) {
        if (first == NULL || node_int(o, "due", 0) < node_int(first, "due", 0))
            first = o;
    }
    return first;
}

void line_ticket(struct buf *to, const struct cli *cli, const struct node *ticket)
{
    bool exercise = str_eq(node_text(ticket, "status"), STR("exercise"));
    buf_printf(to, "[%s%lld] ", exercise ? "L" : "", (long long)node_int(ticket, "no", 0));
    put_word(to, cli, node_text(ticket, "state"));
    if (exercise) {
        buf_put_char(to, ' ');
        put_word(to, cli, STR("exercise"));
    }
    buf_put_char(to, ' ');
    put_word(to, cli, node_text(ticket, "sev"));
    buf_put_char(to, ' ');
    cli_put_clean(to, node_text(ticket, "cat"));
    buf_put(to, STR(" \""));
    cli_put_clean(to, node_text(ticket, "title"));
    buf_put_char(to, '"');
    if (node_int(ticket, "count", 0) > 1)
        buf_printf(to, " x%lld", (long long)node_int(ticket, "count", 0));
    buf_put(to, STR("  "));
    cli_put_clean(to, node_text(ticket, "lead"));
    put_answers(to, cli, ticket);
    const struct node *owed = first_due(ticket);
    if (owed == NULL)
        return;
    int64_t due = node_int(owed, "due", 0);
    bool late = due < cli_wall_ms();
    buf_put(to, STR("  "));
    put_colored(to, cli, late ? "1;31" : NULL, str_of(late ? TR(cli, LATE) : TR(cli, DUE)));
    buf_put_char(to, ' ');
    cli_put_clean(to, node_text(owed, "agency"));
    buf_put_char(to, ' ');
    put_word(to, cli, node_text(owed, "what"));
    buf_printf(to, " %s", when_show(due, cli_wall_ms()).at);
}

void line_record_json(struct buf *to, const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *n = NULL;
    struct json_writer w = {to, false};
    arena_init(&arena);
    json_begin_object(&w, NULL);
    json_put_text(&w, "op", STR("record"));
    json_put_int(&w, "seq", e->seq);
    json_put_int(&w, "at", e->at);
    json_put_text(&w, "verdict", str_of(posko_verdict_name(e->verdict)));
    if (e->of.at != NULL)
        json_put_text(&w, "of", session_str(e->of));
    if (e->claims.at != NULL &&
        json_parse_trusted(&arena, session_str(e->claims), &fault, &n) == OK)
        cli_put_node(&w, "claims", n);
    if (json_parse_trusted(&arena, session_str(e->message), &fault, &n) == OK &&
        node_get(n, STR("ticket")) != NULL)
        cli_put_node(&w, "ticket", node_get(n, STR("ticket")));
    json_put_text(&w, "jws", session_str(e->jws));
    json_end_object(&w);
    arena_deinit(&arena);
}

void line_message_json(struct buf *to, const struct posko_event *e)
{
    struct arena arena;
    struct fault fault;
    const struct node *n = NULL;
    struct json_writer w = {to, false};
    arena_init(&arena);
    if (json_parse_trusted(&arena, session_str(e->message), &fault, &n) == OK)
        cli_put_node(&w, NULL, n);
    arena_deinit(&arena);
}
