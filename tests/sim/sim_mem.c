/* Stands in for base/mem: the same arenas, blobs and buffers, of blocks that are kept for the next
 * who wants such a size, and a printf that knows the few conversions that nearly all texts have.
 * Under AddressSanitizer each block is malloc's, so that it sees who uses one after its end. */
#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_FIRST_BYTES = 4000, ARENA_BLOCK_BYTES_MAX = 1 << 18, BUF_FIRST_BYTES = 256 };
enum { PRINTF_BYTES = 256, DIGITS = 24 };

/* ---- blocks ---- */

#ifdef __SANITIZE_ADDRESS__
static void *take(size_t size)
{
    return malloc(size);
}

static void give(void *at)
{
    free(at);
}

void *mem_grow(void *old, size_t size)
{
    void *at = realloc(old, size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    return at;
}
#else
enum {
    STEP = 16,
    SMALL_BYTES = 1024,
    CLASSES = SMALL_BYTES / STEP + 4 * 40,
    CHUNK_BYTES = 1 << 20
};
struct block {
    alignas(max_align_t) size_t class;
    struct block *next; /* while nobody has it */
};
enum { HEAD_BYTES = offsetof(struct block, next) + sizeof(size_t) };
static_assert(HEAD_BYTES % alignof(max_align_t) == 0, "what follows is aligned for anything");

/* Blocks outlive worlds: they stand outside of one. */
static struct block *kept[CLASSES];
static char *chunk;
static size_t chunk_left;

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
    if (size > CHUNK_BYTES / 4)
        return malloc(size);
    if (chunk_left < size) {
        chunk = malloc(CHUNK_BYTES);
        chunk_left = CHUNK_BYTES;
        if (chunk == NULL)
            return NULL;
    }
    struct block *b = (struct block *)(void *)chunk;
    chunk += size;
    chunk_left -= size;
    return b;
}

static void *take(size_t size)
{
    size_t class = class_of(size);
    struct block *b = kept[class];
    if (b != NULL)
        kept[class] = b->next;
    else if ((b = cut(class)) == NULL)
        return NULL;
    b->class = class;
    return (char *)b + HEAD_BYTES;
}

static struct block *block_of(void *at)
{
    return (struct block *)(void *)((char *)at - HEAD_BYTES);
}

static void give(void *at)
{
    if (at == NULL)
        return;
    struct block *b = block_of(at);
    b->next = kept[b->class];
    kept[b->class] = b;
}

void *mem_grow(void *old, size_t size)
{
    size_t had = old == NULL ? 0 : bytes_of(block_of(old)->class);
    if (old != NULL && had >= size)
        return old;
    void *at = take(size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    if (had > 0)
        memcpy(at, old, had);
    give(old);
    return at;
}
#endif

void *mem_new(size_t size)
{
    size = size == 0 ? 1 : size;
    void *at = take(size);
    if (at == NULL)
        abort();
    return memset(at, 0, size);
}

void mem_free(void *at)
{
    give(at);
}

/* ---- arenas ---- */

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

void arena_deinit(struct arena *a)
{
    for (struct arena_block *b = a->block; b != NULL;) {
        struct arena_block *older = b->older;
        give(b);
        b = older;
    }
    *a = (struct arena){0};
}

static struct arena_block *arena_grow(struct arena *a, size_t size)
{
    size_t wanted = a->block == NULL ? ARENA_FIRST_BYTES : a->block->size * 2;
    if (wanted > ARENA_BLOCK_BYTES_MAX)
        wanted = ARENA_BLOCK_BYTES_MAX;
    if (wanted < size)
        wanted = size;
    struct arena_block *b = take(sizeof *b + wanted);
    if (b == NULL)
        abort();
    b->size = wanted;
    b->used = 0;
    b->older = a->block;
    a->block = b;
    return b;
}

static void *arena_take(struct arena *a, size_t size)
{
    size_t align = alignof(max_align_t);
    assert(size <= SIZE_MAX / 4);
    size = (size + align - 1) / align * align;
    struct arena_block *b = a->block;
    if (b == NULL || b->size - b->used < size)
        b = arena_grow(a, size);
    void *at = b->bytes + b->used;
    b->used += size;
    a->used += size;
    return at;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(arena_take(a, size), 0, size);
}

struct str arena_dup(struct arena *a, struct str s)
{
    if (s.at == NULL)
        return STR_NONE;
    char *copy = arena_take(a, s.len + 1);
    memcpy(copy, s.at, s.len);
    copy[s.len] = '\0';
    return (struct str){copy, s.len};
}

struct str_list arena_dup_list(struct arena *a, struct str_list list)
{
    if (list.count == 0)
        return (struct str_list){NULL, 0};
    struct str *copy = ARENA_ARRAY(a, struct str, list.count);
    for (size_t i = 0; i < list.count; i++)
        copy[i] = arena_dup(a, list.at[i]);
    return (struct str_list){copy, list.count};
}

/* ---- printf ---- */

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
        struct str piece = {format, strcspn(format, "%")};
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

/* ---- blobs ---- */

struct blob *blob_new(struct str bytes)
{
    size_t head = (sizeof(struct blob) + BLOB_HEAD_BYTES + 15) / 16 * 16;
    struct blob *b = take(head + bytes.len + 1);
    if (b == NULL)
        abort();
    *b = (struct blob){.refs = 1, .len = bytes.len, .at = (unsigned char *)b + head};
    if (bytes.len > 0)
        memcpy(b->at, bytes.at, bytes.len);
    b->at[bytes.len] = '\0';
    return b;
}

struct blob *blob_ref(struct blob *b)
{
    assert(b->refs > 0);
    b->refs++;
    return b;
}

void blob_unref(struct blob *b)
{
    if (b == NULL)
        return;
    assert(b->refs > 0);
    if (--b->refs == 0)
        give(b);
}

/* ---- buffers ---- */

void buf_init(struct buf *b)
{
    *b = (struct buf){0};
}

void buf_deinit(struct buf *b)
{
    give(b->at);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

char *buf_room(struct buf *b, size_t size)
{
    if (b->size - b->len < size) {
        size_t wanted = b->size == 0 ? BUF_FIRST_BYTES : b->size * 2;
        if (wanted < b->len + size)
            wanted = b->len + size;
        b->at = mem_grow(b->at, wanted);
        b->size = wanted;
    }
    return b->at + b->len;
}

void buf_put(struct buf *b, struct str s)
{
    if (s.len == 0)
        return;
    memcpy(buf_room(b, s.len), s.at, s.len);
    b->len += s.len;
}

void buf_put_char(struct buf *b, char c)
{
    *buf_room(b, 1) = c;
    b->len++;
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

struct str buf_peek(const struct buf *b)
{
    return (struct str){b->at, b->len};
}
