/* Any bytes as a JWS.  What is read, taken apart and put together again, is the same string. */
#include "ledger/jws.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, struct str jws, const struct envelope *e)
{
    assert(jws.len <= POSKO_JWS_BYTES_MAX && str_eq(e->jws, jws));
    assert(str_starts(jws, e->signed_) && jws.at[e->signed_.len] == '.');
    struct str head, payload;
    assert(str_cut(e->signed_, '.', &head, &payload));
    assert(str_eq(payload, crypt_b64(arena, e->payload)));
    struct str sig = {jws.at + e->signed_.len + 1, jws.len - e->signed_.len - 1};
    assert(str_eq(sig,
                  crypt_b64(arena, (struct str){(const char *)e->signature.at, SIGNATURE_BYTES})));
    struct kid kid;
    assert(kid_parse(kid_str(&e->kid), &kid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct fault fault;
    struct envelope e;
    arena_init(&arena);
    struct str jws = {(const char *)data, size};
    enum err err = jws_parse(&arena, jws, &fault, &e);
    if (err == OK)
        check(&arena, jws, &e);
    else
        assert(err == fault.code && str_utf8(str_of(fault.text), NULL) &&
               (err == ERR_TOO_BIG || err == ERR_BAD_SHAPE || err == ERR_BAD_HEADER));
    arena_deinit(&arena);
    return 0;
}
