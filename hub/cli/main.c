/* posko, the command: one table (table.c), one file for each kind of work. */
#include "cli/cli.h"
#include "cli/help.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum exit_code print(struct buf *b)
{
    (void)fwrite(b->at, 1, b->len, stdout);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static enum exit_code show_help(const struct cli *cli, const struct command *command)
{
    struct buf b;
    buf_init(&b);
    if (command == NULL)
        help_all(&b, cli->args.lang);
    else
        help_command(&b, cli->args.lang, command);
    enum exit_code code = print(&b);
    buf_deinit(&b);
    return code;
}

static enum exit_code help_run(const struct cli *cli)
{
    struct str name = args_get(&cli->args, "command");
    if (name.at != NULL && table_command(name) == NULL)
        return cli_fail(cli, EXIT_USAGE, "usage", TR(cli, NO_COMMAND), name.at);
    return show_help(cli, name.at == NULL ? NULL : table_command(name));
}

static enum exit_code write_page(const struct cli *cli, bool completion)
{
    struct buf b;
    buf_init(&b);
    if (completion)
        help_completion(&b);
    else
        help_man(&b, cli->args.lang);
    enum exit_code code = print(&b);
    buf_deinit(&b);
    return code;
}

static enum exit_code run(struct cli *cli)
{
    switch (cli->args.command->action) {
    case ACTION_RECORD:
        return record_run(cli);
    case ACTION_DUTY:
        return duty_run(cli);
    case ACTION_ENROL:
        return enrol_run(cli);
    case ACTION_INVITE:
        return invite_run(cli);
    case ACTION_REVOKE:
        return revoke_run(cli);
    case ACTION_PUT:
        return put_run(cli);
    case ACTION_BEAT:
        return beat_run(cli);
    case ACTION_WATCH:
        return watch_run(cli);
    case ACTION_HISTORY:
        return history_run(cli);
    case ACTION_TICKETS:
        return tickets_run(cli);
    case ACTION_WHO:
        return who_run(cli);
    case ACTION_DOCTOR:
        return doctor_run(cli);
    case ACTION_READY:
        return ready_run(cli);
    case ACTION_VERIFY:
        return verify_run(cli);
    case ACTION_EXPORT:
        return export_run(cli);
    case ACTION_COMPLETION:
        return write_page(cli, true);
    case ACTION_MAN:
        return write_page(cli, false);
    case ACTION_HELP:
        return help_run(cli);
    case ACTION_VERSION:
        cli_line(STR("posko " POSKO_VERSION));
        return EXIT_DONE;
    }
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct cli cli = {.now_ms = cli_wall_ms()};
    struct buf why;
    enum exit_code code = EXIT_USAGE;
    const char *no_color = getenv("NO_COLOR");
    enum lang lang = text_lang_of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"));
    (void)signal(SIGPIPE, SIG_IGN);
    arena_init(&cli.arena);
    buf_init(&why);
    bool good = args_parse(&cli.arena, argc - 1, argv + 1, lang, cli.now_ms, &cli.args, &why);
    cli.json = args_common(&cli.args, "json").at != NULL;
    cli.color = isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0');
    if (!good) {
        code = cli_fail(&cli, EXIT_USAGE, "usage", STR_FMT, STR_ARG(buf_peek(&why)));
        if (cli.args.command != NULL)
            cli_remark(&cli, TR(&cli, SEE_HELP), cli.args.command->name);
    } else if (cli.args.help)
        code = show_help(&cli, cli.args.command);
    else if (cli.args.command == NULL)
        (void)show_help(&cli, NULL);
    else
        code = run(&cli);
    buf_deinit(&why);
    arena_deinit(&cli.arena);
    return (int)code;
}
