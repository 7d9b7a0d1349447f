#include "cli/session.h"

#include <stdlib.h>

enum { WHO_MS = 10000 };

/* Only what an identifier or a list of them may hold goes into the address as it is. */
static void put_query(struct buf *to, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                     c == '-' || c == ',' || c == ':';
        if (plain)
            buf_put_char(to, c);
        else
            buf_printf(to, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static enum exit_code print_readers(struct cli *cli, const struct node *answer)
{
    const struct node *readers = node_get(answer, STR("readers"));
    const struct node *r = readers == NULL ? NULL : readers->first;
    if (r == NULL)
        cli_remark(cli, "%s", TR(cli, WHO_NOBODY));
    for (; r != NULL; r = r->next) {
        struct buf b;
        buf_init(&b);
        if (cli->json) {
            struct json_writer w = {&b, false};
            cli_put_node(&w, NULL, r);
        } else {
            cli_put_clean(&b, node_text(r, "agency"));
            buf_put_char(&b, '/');
            cli_put_clean(&b, node_text(r, "member"));
        }
        cli_line(buf_peek(&b));
        buf_deinit(&b);
    }
    return EXIT_DONE;
}

static enum exit_code read_answer(struct session *s, const struct posko_answer *a)
{
    struct cli *cli = s->cli;
    struct fault fault;
    const struct node *answer = NULL;
    if (json_parse_trusted(&cli->arena, (struct str){a->body, a->len}, &fault, &answer) != OK)
        return cli_fail(cli, EXIT_REFUSED, "bad_json", TR(cli, BAD_FILE), s->id.url.at, "JSON?");
    if (a->status == 200)
        return print_readers(cli, answer);
    struct posko_fault refused = {.retry_ms = node_int(answer, "retry_ms", 0)};
    if (!str_to_c(node_text(answer, "code"), refused.code, sizeof(refused.code)) ||
        !str_to_c(node_text(answer, "text"), refused.text, sizeof(refused.text)) ||
        !str_to_c(node_text(answer, "field"), refused.field, sizeof(refused.field)))
        refused.field[0] = '\0';
    return session_refused(s, &refused);
}

enum exit_code who_run(struct cli *cli)
{
    struct session s;
    struct posko_fault fault = {0};
    struct posko_answer answer = {0};
    struct buf path;
    buf_init(&path);
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = session_login(&s);
    if (code != EXIT_DONE)
        goto done;
    buf_put(&path, STR("/v1/readers?to="));
    put_query(&path, args_get(&cli->args, "to"));
    if (args_get(&cli->args, "tlp").at != NULL) {
        buf_put(&path, STR("&tlp="));
        put_query(&path, args_get(&cli->args, "tlp"));
    }
    buf_put_char(&path, '\0');
    answer = posko_client_get(s.client, path.at, WHO_MS, &fault);
    code = answer.status == 0 ? cli_fail(cli, EXIT_NO_ANSWER, "timeout", TR(cli, NO_ANSWER),
                                         s.id.url.at, fault.text)
                              : read_answer(&s, &answer);
done:
    free(answer.body);
    buf_deinit(&path);
    session_close(&s);
    return code;
}
