/* Arenas, shared bytes and growing ones, all of mem_grow's blocks. */
#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

enum {
    ARENA_FIRST_BYTES = 4096 - sizeof(struct arena_block), /* with its head 4 KiB */
    ARENA_BLOCK_BYTES_MAX = 1 << 18,
    BUF_FIRST_BYTES = 256
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
    struct arena_block *b = mem_grow(NULL, sizeof *b + wanted);
    b->size = wanted;
    b->used = 0;
    b->older = a->block;
    a->block = b;
    return b;
}

static void *arena_take(struct arena *a, size_t size)
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

struct blob *blob_new(struct str bytes)
{
    size_t head = (sizeof(struct blob) + BLOB_HEAD_BYTES + 15) / 16 * 16;
    struct blob *b = mem_grow(NULL, head + bytes.len + 1);
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

char *buf_room(struct buf *b, size_t size)
{
    if (b->size - b->len < size)
        buf_grow(b, size);
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

struct str buf_peek(const struct buf *b)
{
    return (struct str){b->at, b->len};
}
