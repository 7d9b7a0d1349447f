/* printf into arenas and buffers. */
#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { PRINTF_BYTES = 256 }; /* most need no second time */

struct str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char small[PRINTF_BYTES];
    int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    assert(len >= 0);
    struct str text = {small, (size_t)len};
    if (text.len < sizeof small) {
        text = arena_dup(a, text);
    } else {
        char *at = arena_alloc(a, text.len + 1);
        (void)vsnprintf(at, text.len + 1, format, again);
        text.at = at;
    }
    va_end(again);
    return text;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    (void)buf_room(b, PRINTF_BYTES);
    int len = vsnprintf(b->at + b->len, b->size - b->len, format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len >= b->size - b->len)
        (void)vsnprintf(buf_room(b, (size_t)len + 1), (size_t)len + 1, format, again);
    va_end(again);
    b->len += (size_t)len;
}
