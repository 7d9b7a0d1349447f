/* What every command has at hand, and how it ends. */
#ifndef POSKO_CLI_CLI_H
#define POSKO_CLI_CLI_H

#include "cli/parse.h"

enum exit_code {
    EXIT_DONE,
    EXIT_REFUSED,
    EXIT_USAGE,
    EXIT_NOT_STORED, /* safe to repeat */
    EXIT_NOT_ADMITTED,
    EXIT_NO_ANSWER
};

struct cli {
    struct args args;
    struct arena arena; /* lives as long as the command */
    int64_t now_ms;     /* when it began, since 1970 */
    bool json, color;
};

int64_t cli_wall_ms(void);
const char *cli_text(const struct cli *cli, enum text text);
#define TR(cli, name) cli_text((cli), TEXT_##name)

/* Says why it ends, on standard error or as {"op":"error"...} on standard output; returns `exit`.
 */
enum exit_code cli_fail(const struct cli *cli, enum exit_code exit, const char *code,
                        const char *format, ...) PRINTF_LIKE(4, 5);
/* A remark for people only; standard error. */
void cli_remark(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* One finished line on standard output, at once. */
void cli_line(struct str line);
/* Foreign text for a terminal: control characters become "?", line feeds blanks. */
void cli_put_clean(struct buf *to, struct str text);
/* JSON as it was read, without blanks, on one line. */
void cli_put_node(struct json_writer *w, const char *key, const struct node *n);

/* The commands: one file each. */
enum exit_code record_run(struct cli *cli);
enum exit_code duty_run(struct cli *cli);
enum exit_code enrol_run(struct cli *cli);
enum exit_code invite_run(struct cli *cli);
enum exit_code revoke_run(struct cli *cli);
enum exit_code put_run(struct cli *cli);
enum exit_code beat_run(struct cli *cli);
enum exit_code watch_run(struct cli *cli);
enum exit_code history_run(struct cli *cli);
enum exit_code tickets_run(struct cli *cli);
enum exit_code who_run(struct cli *cli);
enum exit_code doctor_run(struct cli *cli);
enum exit_code verify_run(struct cli *cli);
enum exit_code export_run(struct cli *cli);
enum exit_code ready_run(struct cli *cli);

#endif
