/* Any bytes as the payload of a record and of a log-in.  What codec_read accepts, codec_write
 * writes, and codec_read accepts again as the same record. */
#include "ledger/codec.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fault(enum err e, const struct fault *fault)
{
    assert(e == fault->code && str_utf8(str_of(fault->text), NULL) &&
           str_utf8(str_of(fault->field), NULL));
    assert(e == ERR_BAD_JSON || e == ERR_UNKNOWN_FIELD || e == ERR_BAD_CLAIM);
}

static void check_record(struct arena *arena, struct envelope e)
{
    struct fault fault;
    struct record first, second;
    enum err err = codec_read(arena, &e, &fault, &first);
    if (err != OK) {
        check_fault(err, &fault);
        return;
    }
    e.payload = codec_write(arena, &first);
    assert(codec_read(arena, &e, &fault, &second) == OK);
    assert(first.has == second.has && first.kind == second.kind);
    assert(str_eq(e.payload, codec_write(arena, &second)));
}

static void check_login(struct arena *arena, struct envelope e, bool enrol)
{
    struct fault fault;
    struct login first, second;
    e.typ = TYP_AUTH;
    enum err err = codec_read_login(arena, &e, enrol, &fault, &first);
    if (err != OK) {
        check_fault(err, &fault);
        return;
    }
    e.payload = codec_write_login(arena, &first);
    assert(codec_read_login(arena, &e, enrol, &fault, &second) == OK);
    assert(str_eq(e.payload, codec_write_login(arena, &second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    /* The thumbprint of the key that the corpus holds, so that an enrolment can be good. */
    struct envelope e = {.payload = {(const char *)data, size},
                         .kid = {"1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"}};
    for (int typ = TYP_RECORD; typ <= TYP_EVENT; typ++) {
        e.typ = (enum typ)typ;
        check_record(&arena, e);
    }
    check_login(&arena, e, false);
    check_login(&arena, e, true);
    arena_deinit(&arena);
    return 0;
}
