/* Any bytes as a file that `posko export --ledger` might have written, line by line.  A line that
 * is read says exactly what it was read from; the tree over the leaves takes them all. */
#include "ledger/book.h"
#include "ledger/merkle.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(struct buf *again, struct str line)
{
    assert(again->len == line.len + 1 && again->at[line.len] == '\n');
    assert(str_eq((struct str){again->at, line.len}, line));
    buf_clear(again);
}

static void read_one(struct arena *arena, struct str line, struct merkle *tree)
{
    struct buf again;
    struct fault fault = {0};
    struct book_head head;
    struct book_line record;
    struct book_end end;
    buf_init(&again);
    enum err as_head = book_read_head(arena, line, &fault, &head);
    assert((as_head == OK) == (fault.code == OK));
    fault = (struct fault){0};
    enum err as_line = book_read_line(arena, line, &fault, &record);
    assert((as_line == OK) == (fault.code == OK));
    fault = (struct fault){0};
    enum err as_end = book_read_end(arena, line, &fault, &end);
    assert((as_end == OK) == (fault.code == OK));
    assert((as_head == OK) + (as_line == OK) + (as_end == OK) <= 1);
    if (as_head == OK) {
        assert(head.seq >= 1 && head.at >= 1 && str_utf8(head.aud, NULL));
        book_put_head(&again, &head);
        same(&again, line);
    }
    if (as_line == OK) {
        assert(record.seq >= 1);
        book_put_line(&again, &record);
        same(&again, line);
        merkle_add(tree, record.leaf);
    }
    if (as_end == OK) {
        assert(end.seq >= 1 && book_is_end(line));
        book_put_end(&again, &end);
        same(&again, line);
    }
    buf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct str line;
    struct merkle tree;
    merkle_init(&tree);
    bool more = true;
    while (more) {
        struct arena arena;
        arena_init(&arena);
        more = str_cut(rest, '\n', &line, &rest);
        read_one(&arena, line, &tree);
        arena_deinit(&arena);
    }
    (void)merkle_root(&tree);
    return 0;
}
