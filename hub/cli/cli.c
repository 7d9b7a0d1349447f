#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

int64_t cli_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *cli_text(const struct cli *cli, enum text text)
{
    return text_get(cli->args.lang, text);
}

void cli_line(struct str line)
{
    (void)fwrite(line.at, 1, line.len, stdout);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
}

enum exit_code cli_fail(const struct cli *cli, enum exit_code exit, const char *code,
                        const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        struct json_writer w = {&b, false};
        struct str said = str_of(text);
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("error"));
        json_put_text(&w, "code", str_of(code));
        json_put_text(&w, "text", str_utf8(said, NULL) ? said : STR("?"));
        json_put_int(&w, "exit", exit);
        json_end_object(&w);
        cli_line(buf_peek(&b));
    } else {
        struct str line;
        struct str rest = str_of(text);
        buf_put(&b, STR("posko: "));
        while (str_cut(rest, '\n', &line, &rest)) { /* our own lists have lines */
            cli_put_clean(&b, line);
            buf_put_char(&b, '\n');
        }
        cli_put_clean(&b, line);
        (void)fprintf(stderr, STR_FMT "\n", STR_ARG(buf_peek(&b)));
    }
    buf_deinit(&b);
    return exit;
}

void cli_remark(const struct cli *cli, const char *format, ...)
{
    va_list args;
    char text[1024];
    if (cli->json)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct buf b;
    buf_init(&b);
    cli_put_clean(&b, str_of(text));
    (void)fprintf(stderr, STR_FMT "\n", STR_ARG(buf_peek(&b)));
    buf_deinit(&b);
}

/* C1 controls and the marks that turn the direction of writing, in UTF-8. */
static size_t bad_sequence(const unsigned char *at, size_t rest)
{
    if (rest >= 2 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
        return 2;
    if (rest < 3 || at[0] != 0xe2)
        return 0;
    bool embed = at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae;   /* U+202A .. 202E */
    bool isolate = at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9; /* U+2066 .. 2069 */
    return embed || isolate ? 3 : 0;
}

void cli_put_clean(struct buf *to, struct str text)
{
    size_t i = 0;
    while (i < text.len) {
        const unsigned char *at = (const unsigned char *)text.at + i;
        size_t bad = bad_sequence(at, text.len - i);
        if (*at == '\n' || *at == '\t')
            buf_put_char(to, ' ');
        else if (bad > 0 || *at < 0x20 || *at == 0x7f)
            buf_put_char(to, '?');
        else
            buf_put_char(to, (char)*at);
        i += bad > 0 ? bad : 1;
    }
}

void cli_put_node(struct json_writer *w, const char *key, const struct node *n)
{
    char name[256];
    switch (n->type) {
    case NODE_TEXT:
        json_put_text(w, key, n->text);
        return;
    case NODE_INT:
        json_put_int(w, key, n->number);
        return;
    case NODE_BOOL:
        json_put_bool(w, key, n->truth);
        return;
    case NODE_ARRAY:
        json_begin_array(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next)
            cli_put_node(w, NULL, c);
        json_end_array(w);
        return;
    case NODE_OBJECT:
        json_begin_object(w, key);
        for (const struct node *c = n->first; c != NULL; c = c->next) {
            if (str_to_c(c->key, name, sizeof(name))) /* no name of ours is longer */
                cli_put_node(w, name, c);
        }
        json_end_object(w);
        return;
    }
}
