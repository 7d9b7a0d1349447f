#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_FIRST_BYTES = 4096,
    ARENA_BLOCK_BYTES_MAX = 1 << 18,
    BUF_FIRST_BYTES = 256,
    PRINTF_BYTES = 256
};

void *mem_new(size_t size)
{
    void *at = calloc(1, size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    return at;
}

void *mem_grow(void *old, size_t size)
{
    void *at = realloc(old, size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    return at;
}

void mem_free(void *at)
{
    free(at);
}

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
        mem_free(b);
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
    struct arena_block *b = mem_grow(NULL, sizeof *b + wanted); /* zeroed piece by piece */
    b->size = wanted;
    b->used = 0;
    b->older = a->block;
    a->block = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    assert(size <= SIZE_MAX / 4);
    size_t align = alignof(max_align_t);
    size = (size + align - 1) / align * align;
    struct arena_block *b = a->block;
    if (b == NULL || b->size - b->used < size)
        b = arena_grow(a, size);
    void *at = b->bytes + b->used;
    b->used += size;
    a->used += size;
    return memset(at, 0, size);
}

struct str arena_dup(struct arena *a, struct str s)
{
    if (s.at == NULL)
        return STR_NONE;
    char *copy = arena_alloc(a, s.len + 1);
    memcpy(copy, s.at, s.len);
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

struct str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char small[PRINTF_BYTES]; /* most need no second time */
    int len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    assert(len >= 0);
    char *text = arena_alloc(a, (size_t)len + 1);
    if ((size_t)len < sizeof small)
        memcpy(text, small, (size_t)len);
    else
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (struct str){text, (size_t)len};
}

struct blob *blob_new(struct str bytes)
{
    size_t head = (sizeof(struct blob) + BLOB_HEAD_BYTES + 15) / 16 * 16;
    struct blob *b = mem_new(head + bytes.len + 1);
    b->refs = 1;
    b->len = bytes.len;
    b->at = (unsigned char *)b + head;
    if (bytes.len > 0)
        memcpy(b->at, bytes.at, bytes.len);
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
        mem_free(b);
}

void buf_init(struct buf *b)
{
    *b = (struct buf){0};
}

void buf_deinit(struct buf *b)
{
    mem_free(b->at);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

static void buf_grow(struct buf *b, size_t more)
{
    assert(more <= SIZE_MAX / 4 - b->len);
    size_t size = b->size == 0 ? BUF_FIRST_BYTES : b->size * 2;
    if (size < b->len + more)
        size = b->len + more;
    b->at = mem_grow(b->at, size);
    b->size = size;
}

static void buf_reserve(struct buf *b, size_t more)
{
    if (b->size - b->len < more)
        buf_grow(b, more);
}

char *buf_room(struct buf *b, size_t size)
{
    buf_reserve(b, size);
    return b->at + b->len;
}

void buf_put(struct buf *b, struct str s)
{
    if (s.len == 0)
        return;
    buf_reserve(b, s.len);
    memcpy(b->at + b->len, s.at, s.len);
    b->len += s.len;
}

void buf_put_char(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->at[b->len++] = c;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    buf_reserve(b, PRINTF_BYTES); /* most need no second time */
    int len = vsnprintf(b->at + b->len, b->size - b->len, format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len >= b->size - b->len) {
        buf_reserve(b, (size_t)len + 1);
        (void)vsnprintf(b->at + b->len, (size_t)len + 1, format, again);
    }
    va_end(again);
    b->len += (size_t)len;
}

struct str buf_peek(const struct buf *b)
{
    return (struct str){b->at, b->len};
}
