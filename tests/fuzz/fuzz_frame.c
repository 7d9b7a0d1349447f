/* Any bytes as a client's message.  What is read keeps its limits; what is not has its fault. */
#include "net/frame.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct frame *f)
{
    static const int64_t most = (INT64_C(1) << 53) - 1;
    assert(f->op < OP_COUNT);
    assert(f->ref >= -most && f->ref <= most && f->after >= 0 && f->after <= most);
    assert(f->limit >= 1 && f->limit <= POSKO_HISTORY_MAX);
    assert(f->seq_count <= POSKO_SHOWN_MAX);
    for (size_t i = 0; i < f->seq_count; i++)
        assert(f->seqs[i] >= 1 && f->seqs[i] <= most);
    if (f->op == OP_AUTH || f->op == OP_ENROL || f->op == OP_POST)
        assert(f->jws.len > 0 && str_utf8(f->jws, NULL));
    if (f->op == OP_GOT)
        assert(f->seq >= 1);
    if (f->op == OP_SHOWN)
        assert(f->seq_count > 0);
    if (f->op == OP_HISTORY)
        assert(!ticket_id_is_none(f->ticket));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct fault fault = {0};
    struct frame f;
    if (size > POSKO_CLIENT_BYTES_MAX)
        return 0;
    arena_init(&arena);
    struct str text = {(const char *)data, size};
    enum err e = frame_read(&arena, text, &fault, &f);
    if (e == OK) {
        check(&f);
    } else {
        struct buf answer;
        assert(e == ERR_BAD_FRAME && fault.code == ERR_BAD_FRAME);
        buf_init(&answer);
        frame_refused(&answer, STR_NONE, &fault, f.has_ref ? &f.ref : NULL);
        const struct node *root = NULL;
        enum err readable = json_parse_trusted(&arena, buf_peek(&answer), &fault, &root);
        assert(readable == ERR_BAD_JSON || readable == OK); /* its id is null, ours are not */
        assert(str_utf8(buf_peek(&answer), NULL));
        buf_deinit(&answer);
    }
    arena_deinit(&arena);
    return 0;
}
