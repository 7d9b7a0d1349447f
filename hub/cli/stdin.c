#include "cli/parse.h"

#include <errno.h>
#include <unistd.h>

enum { STDIN_BYTES_MAX = 32768 };

static bool read_all(struct buf *to)
{
    char piece[4096];
    for (;;) {
        ssize_t n = read(STDIN_FILENO, piece, sizeof(piece));
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            buf_put(to, (struct str){piece, (size_t)n});
        if (to->len > STDIN_BYTES_MAX)
            return false;
    }
}

bool claims_stdin(struct arena *arena, struct args *args)
{
    bool good = true;
    for (size_t i = 0; good && i < args->command->count; i++) {
        if (args->command->fields[i].form != FORM_LONG || !str_eq(args->values[i], STR("-")))
            continue;
        struct buf b;
        buf_init(&b);
        good = read_all(&b);
        struct str text = buf_peek(&b);
        while (text.len > 0 && text.at[text.len - 1] == '\n')
            text.len--;
        good = good && str_utf8(text, NULL);
        args->values[i] = text.len > 0 ? arena_dup(arena, text) : STR("");
        buf_deinit(&b);
    }
    return good;
}
