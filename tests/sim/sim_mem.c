/* Stands in for base/mem and base/mem_print: blocks that are kept for the next who wants such a
 * size, close together in each new world, and a printf that knows the few conversions that nearly
 * all texts have.  AddressSanitizer gets base's own blocks: it sees who uses one after its end. */
#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- blocks ---- */

#ifndef __SANITIZE_ADDRESS__
enum { STEP = 16, SMALL_BYTES = 1024, CLASSES = SMALL_BYTES / STEP + 4 * 40 };
static const size_t REGION_BYTES = (size_t)8
                                   << 30; /* of addresses; the largest world has a tenth */
struct block {
    alignas(max_align_t) size_t class;
    struct block *next; /* while nobody has it */
};
enum { HEAD_BYTES = offsetof(struct block, next) + sizeof(size_t) };
static_assert(HEAD_BYTES % alignof(max_align_t) == 0, "what follows is aligned for anything");

/* Blocks outlive worlds: they stand outside of one. */
static struct block *kept[CLASSES];
static char *region;
static size_t used, live;

/* By 16 bytes up to 1 KiB, then by quarters of each power of two. */
static size_t class_of(size_t size)
{
    if (size <= SMALL_BYTES)
        return (size + STEP - 1) / STEP;
    int power = 63 - __builtin_clzll(size - 1);
    size_t quarter = (size - 1) >> (power - 2) & 3;
    return SMALL_BYTES / STEP + 1 + 4 * (size_t)(power - 10) + quarter;
}

static size_t bytes_of(size_t class)
{
    if (class <= SMALL_BYTES / STEP)
        return class * STEP;
    size_t over = class - SMALL_BYTES / STEP - 1;
    return (5 + over % 4) << (over / 4 + 8);
}

static struct block *cut(size_t class)
{
    size_t size = bytes_of(class) + HEAD_BYTES;
    if (region == NULL) {
        region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (region == MAP_FAILED)
            abort();
        (void)madvise(region, REGION_BYTES, MADV_HUGEPAGE);
    }
    if (REGION_BYTES - used < size)
        abort();
    struct block *b = (struct block *)(void *)(region + used);
    used += size;
    return b;
}

/* Nobody has a block: the next ones lie side by side again, in memory that is there already. */
void sim_mem_rewind(void)
{
    if (live > 0)
        return;
    memset(kept, 0, sizeof(kept));
    used = 0;
}

static void *take(size_t size)
{
    size_t class = class_of(size);
    struct block *b = kept[class];
    if (b != NULL)
        kept[class] = b->next;
    else
        b = cut(class);
    b->class = class;
    live++;
    return (char *)b + HEAD_BYTES;
}

static struct block *block_of(void *at)
{
    return (struct block *)(void *)((char *)at - HEAD_BYTES);
}

void mem_free(void *at)
{
    if (at == NULL)
        return;
    struct block *b = block_of(at);
    b->next = kept[b->class];
    kept[b->class] = b;
    live--;
}

void *mem_new(size_t size)
{
    return memset(take(size), 0, size);
}

void *mem_grow(void *old, size_t size)
{
    if (old == NULL)
        return take(size);
    size_t had = bytes_of(block_of(old)->class);
    if (had >= size)
        return old;
    void *at = memcpy(take(size), old, had);
    mem_free(old);
    return at;
}
#else
void sim_mem_rewind(void)
{
}
#endif

/* ---- printf ---- */

enum { PRINTF_BYTES = 256, DIGITS = 24 };

static struct str decimal(char *digits, long long value)
{
    char *at = digits + DIGITS;
    unsigned long long rest = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        *--at = '-';
    return (struct str){at, (size_t)(digits + DIGITS - at)};
}

static bool starts(const char **format, const char *what)
{
    size_t len = strlen(what);
    if (strncmp(*format, what, len) != 0)
        return false;
    *format += len;
    return true;
}

/* What %s, %.*s, %c, %d, %ld, %lld and %zu stand for; false: something else.  Behind the percent.
 */
static bool convert(const char **format, va_list *args, char *digits, struct str *out)
{
    if (starts(format, "s")) {
        *out = str_of(va_arg(*args, const char *));
    } else if (starts(format, ".*s")) {
        int len = va_arg(*args, int);
        *out = (struct str){va_arg(*args, const char *), (size_t)len};
    } else if (starts(format, "c")) {
        *digits = (char)va_arg(*args, int);
        *out = (struct str){digits, 1};
    } else if (starts(format, "d")) {
        *out = decimal(digits, va_arg(*args, int));
    } else if (starts(format, "ld")) {
        *out = decimal(digits, va_arg(*args, long));
    } else if (starts(format, "lld")) {
        *out = decimal(digits, va_arg(*args, long long));
    } else if (starts(format, "zu")) {
        *out = decimal(digits, (long long)va_arg(*args, size_t));
    } else {
        return false;
    }
    return true;
}

/* How many bytes; none are written where something has no room, or is not known here. */
static bool print(char *to, size_t room, const char *format, va_list *args, size_t *len)
{
    char digits[DIGITS];
    char *at = to;
    while (*format != '\0') {
        const char *mark = strchr(format, '%');
        struct str piece = {format, mark ? (size_t)(mark - format) : strlen(format)};
        format += piece.len;
        if (piece.len == 0) {
            format++;
            if (!convert(&format, args, digits, &piece))
                return false;
        }
        if (piece.len > room - (size_t)(at - to))
            return false;
        if (piece.len > 0)
            memcpy(at, piece.at, piece.len);
        at += piece.len;
    }
    *len = (size_t)(at - to);
    return true;
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
    char small[PRINTF_BYTES];
    size_t len = 0;
    va_list args;
    va_start(args, format);
    bool done = print(small, sizeof small, format, &args, &len);
    va_end(args);
    if (done)
        return arena_dup(a, (struct str){small, len});
    va_start(args, format);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(wanted >= 0);
    char *text = arena_alloc(a, (size_t)wanted + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)wanted + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)wanted};
}

void buf_printf(struct buf *b, const char *format, ...)
{
    size_t len = 0;
    va_list args;
    va_start(args, format);
    bool done = print(buf_room(b, PRINTF_BYTES), PRINTF_BYTES, format, &args, &len);
    va_end(args);
    if (!done) {
        va_start(args, format);
        int wanted = vsnprintf(NULL, 0, format, args);
        va_end(args);
        assert(wanted >= 0);
        len = (size_t)wanted;
        va_start(args, format);
        (void)vsnprintf(buf_room(b, len + 1), len + 1, format, args);
        va_end(args);
    }
    b->len += len;
}
