#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_entry {
    const char *wire;
    int status;
    const char *text;
};

static const struct err_entry entries[ERR_COUNT] = {
    [OK] = {"ok", 200, "done"},
#define ERR_ENTRY(name, status, wire, text) [ERR_##name] = {wire, status, text},
    POSKO_ERROR_LIST(ERR_ENTRY)
#undef ERR_ENTRY
        [ERR_SYSTEM] = {"system", 500, "a file, a socket or the database failed"},
};

static const struct err_entry *err_entry(enum err e)
{
    return &entries[(unsigned)e < ERR_COUNT ? e : ERR_SYSTEM];
}

const char *err_wire(enum err e)
{
    return err_entry(e)->wire;
}

const char *err_text(enum err e)
{
    return err_entry(e)->text;
}

int err_status(enum err e)
{
    return err_entry(e)->status;
}

/* What was cut in the middle of a character would not be UTF-8 any more: the stump goes too. */
static void drop_stump(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0;
    while (tail < len && tail < 3 && ((unsigned char)text[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == len)
        return;
    unsigned char lead = (unsigned char)text[len - 1 - tail];
    size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (need > tail)
        text[len - 1 - tail] = '\0';
}

enum err fault_set(struct fault *f, enum err code, const char *field, const char *format, ...)
{
    f->code = code;
    f->retry_ms = 0;
    int wanted = snprintf(f->field, sizeof f->field, "%s", field);
    if (wanted >= (int)sizeof f->field)
        drop_stump(f->field);
    if (format == NULL) {
        (void)snprintf(f->text, sizeof f->text, "%s", err_text(code));
        return code;
    }
    va_list args;
    va_start(args, format);
    wanted = vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    if (wanted >= (int)sizeof f->text)
        drop_stump(f->text);
    return code;
}
