#include "cli/cli.h"

#include <posko/client.h>

#include <stdlib.h>

enum { READY_MS = 5000 };

static enum exit_code say(const struct posko_answer *a)
{
    struct buf line;
    buf_init(&line);
    cli_put_clean(&line, (struct str){a->body, a->len});
    cli_line(buf_peek(&line));
    buf_deinit(&line);
    return a->status == 200 ? EXIT_DONE : EXIT_NOT_STORED;
}

/* /readyz as it came: a line of JSON.  No key is needed, so a container can ask this of itself. */
enum exit_code ready_run(struct cli *cli)
{
    struct posko_fault fault = {0};
    struct posko_client_config config = {
        .url = arena_dup(&cli->arena, args_get(&cli->args, "hub")).at,
        .address = arena_dup(&cli->arena, args_get(&cli->args, "at")).at,
        .ca_file = arena_dup(&cli->arena, args_common(&cli->args, "ca")).at};
    struct posko_client *client = posko_client_new(&config, &fault);
    if (client == NULL)
        return cli_fail(cli, EXIT_USAGE, fault.code, "%s", fault.text);
    int64_t wait = args_span(args_common(&cli->args, "timeout"), READY_MS);
    struct posko_answer a = posko_client_get(client, "/readyz", wait, &fault);
    enum exit_code code = a.status == 0 ? cli_fail(cli, EXIT_NO_ANSWER, "timeout",
                                                   TR(cli, NO_ANSWER), config.url, fault.text)
                                        : say(&a);
    free(a.body);
    posko_client_free(client);
    return code;
}
