/* The body of POST /v1/records, as app/intake takes it: any bytes; or, behind a zero byte, claims
 * in an envelope that is signed rightly, so that what lies behind the signature is reached too. */
#include "ledger/codec.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refused(const struct fault *fault, enum err e)
{
    assert(fault->code == e && fault->text[0] != '\0' && err_wire(e) != NULL);
    assert(strlen(fault->field) < sizeof(fault->field) && str_utf8(str_of(fault->text), NULL));
}

/* What is taken is written again as it came: the ledger keeps the string, readers parse it. */
static void take(struct arena *arena, struct str body, const struct public_key *jwk)
{
    struct fault fault = {0};
    struct envelope e;
    struct record r;
    enum err err = jws_parse(arena, body, &fault, &e);
    if (err != OK) {
        check_refused(&fault, err);
        return;
    }
    assert(str_eq(e.jws, body) && e.signed_.len < body.len);
    if (!crypt_verify(jwk, e.signed_, &e.signature) || e.typ == TYP_AUTH)
        return;
    err = codec_read(arena, &e, &fault, &r);
    if (err != OK) {
        check_refused(&fault, err);
        return;
    }
    assert(kind_typ(r.kind) == e.typ && kid_eq(&r.signer, &e.kid));
    assert(r.has & 1ULL << CLAIM_JTI && r.has & 1ULL << CLAIM_IAT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[SEED_BYTES] = {3};
    struct arena arena;
    if (crypt_start() != OK || size < 2)
        return 0;
    arena_init(&arena);
    struct secret_key key = crypt_key_from_seed(seed);
    struct public_key jwk = crypt_public(&key);
    struct str body = {(const char *)data, size};
    if (data[0] == 0 && size < 30000) {
        enum typ typ = (enum typ)(data[1] % 4);
        body = jws_sign(&arena, typ, &key, (struct str){(const char *)data + 2, size - 2});
    }
    take(&arena, body, &jwk);
    arena_deinit(&arena);
    return 0;
}
