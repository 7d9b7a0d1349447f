/* Memory: arenas that die at once, shared byte blobs, growing buffers.  Out of memory stops the
 * process (it starts again from the ledger); every size that a peer can choose is bounded before.
 * mem_new, mem_grow and mem_free are mem.c; arenas, blobs and buffers mem_arena.c; what prints into
 * them mem_print.c. */
#ifndef POSKO_BASE_MEM_H
#define POSKO_BASE_MEM_H

#include "base/str.h"

void *mem_new(size_t size);             /* zeroed; aborts when there is none */
void *mem_grow(void *old, size_t size); /* realloc; aborts */
void mem_free(void *at);                /* NULL allowed */

struct arena {
    struct arena_block *block;
    size_t used; /* bytes handed out */
};

void arena_init(struct arena *a);
void arena_deinit(struct arena *a);                  /* frees all; may be initialised again */
void *arena_alloc(struct arena *a, size_t size);     /* zeroed, aligned for anything */
struct str arena_dup(struct arena *a, struct str s); /* NUL follows the copy; NONE stays NONE */
struct str_list arena_dup_list(struct arena *a, struct str_list list);
struct str arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

/* Shared bytes, the only counted type.  `head` bytes before `at` belong to the socket layer (it
 * writes frame headers there): share between sessions of one thread, never between threads. */
enum { BLOB_HEAD_BYTES = 32 };
struct blob {
    unsigned refs;
    size_t len;
    unsigned char *at;
};
struct blob *blob_new(struct str bytes); /* one reference */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b); /* NULL allowed */

/* Growing bytes. */
struct buf {
    char *at;
    size_t len;
    size_t size;
};
void buf_init(struct buf *b);
void buf_deinit(struct buf *b);
void buf_clear(struct buf *b); /* keeps the storage */
void buf_put(struct buf *b, struct str s);
void buf_put_char(struct buf *b, char c);
/* Room for `size` bytes behind what is there; who fills it raises `len`. */
char *buf_room(struct buf *b, size_t size);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
struct str buf_peek(const struct buf *b);

#endif
