/* Stands in for base/crypt: a keyed hash that is quick and not secret.  What is not signed by the
 * key, or not over these bytes, is refused all the same; what is random comes from the seed. */
#include "sim.h"

#include <string.h>

/* The same seed is the same run.  The functions of base/crypt take no context, so this stands
 * outside of a world. */
static struct rng rng;

void sim_crypt_seed(uint64_t seed)
{
    rng_seed(&rng, seed);
}

enum err crypt_start(void)
{
    return OK;
}

void crypt_random(void *out, size_t size)
{
    unsigned char *at = out;
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(rng_next(&rng) >> 32);
}

/* ---- the hash: two lanes of folded products, stretched to 256 bits at the end ---- */

static uint64_t word(const char *at, size_t len)
{
    uint64_t w = 0;
    memcpy(&w, at, len < sizeof(w) ? len : sizeof(w));
    return w;
}

struct lanes {
    uint64_t a, b;
};

static void stir(struct lanes *l, struct str bytes)
{
    const char *at = bytes.at;
    size_t left = bytes.len;
    for (; left >= 16; at += 16, left -= 16) {
        l->a =
            fold(l->a ^ word(at, 8) ^ 0x2d358dccaa6c78a5U, word(at + 8, 8) ^ 0x8bb84b93962eacc9U);
        l->b =
            fold(l->b ^ word(at + 8, 8) ^ 0x4b33a62ed433d4a3U, word(at, 8) ^ 0x4d5a2da51de1aa47U);
    }
    uint64_t x = left > 0 ? word(at, left) : 0;
    uint64_t y = left > 8 ? word(at + 8, left - 8) : 0;
    l->a = fold(l->a ^ x ^ 0xa0761d6478bd642fU, y ^ bytes.len ^ 0xe7037ed1a0b428dbU);
    l->b = fold(l->b ^ y ^ 0x8ebc6af09c88c6e3U, x ^ bytes.len ^ 0x589965cc75374cc3U);
}

static void stretch(struct lanes l, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t w = fold(l.a + i * 0x9e3779b97f4a7c15U + 1, l.b ^ 0xbf58476d1ce4e5b9U);
        l.b += w;
        memcpy(out + i, &w, 8);
    }
}

struct hash crypt_sha256(struct str bytes)
{
    struct lanes l = {1, 2};
    struct hash hash;
    stir(&l, bytes);
    stretch(l, hash.at, sizeof(hash.at));
    return hash;
}

struct hash crypt_hmac(struct hash key, struct str bytes)
{
    struct lanes l = {3, 4};
    struct hash hash;
    stir(&l, (struct str){(const char *)key.at, sizeof(key.at)});
    stir(&l, bytes);
    stretch(l, hash.at, sizeof(hash.at));
    return hash;
}

bool hash_eq(struct hash a, struct hash b)
{
    return memcmp(a.at, b.at, sizeof(a.at)) == 0;
}

/* ---- signatures: anybody could make them, nobody here does ---- */

struct secret_key crypt_key_from_seed(const uint8_t seed[static SEED_BYTES])
{
    struct secret_key key;
    struct hash public = crypt_sha256((struct str){(const char *)seed, SEED_BYTES});
    memcpy(key.at, seed, SEED_BYTES);
    memcpy(key.at + SEED_BYTES, public.at, KEY_BYTES);
    return key;
}

struct secret_key crypt_key_new(void)
{
    uint8_t seed[SEED_BYTES];
    crypt_random(seed, sizeof(seed));
    return crypt_key_from_seed(seed);
}

struct public_key crypt_public(const struct secret_key *key)
{
    struct public_key public;
    memcpy(public.at, key->at + SEED_BYTES, KEY_BYTES);
    return public;
}

static struct signature signature_of(const uint8_t *public, struct str bytes)
{
    struct lanes l = {5, 6};
    struct signature sig;
    stir(&l, (struct str){(const char *)public, KEY_BYTES});
    stir(&l, bytes);
    stretch(l, sig.at, sizeof(sig.at));
    return sig;
}

struct signature crypt_sign(const struct secret_key *key, struct str bytes)
{
    return signature_of(key->at + SEED_BYTES, bytes);
}

bool crypt_verify(const struct public_key *key, struct str bytes, const struct signature *sig)
{
    struct signature right = signature_of(key->at, bytes);
    return memcmp(right.at, sig->at, sizeof(right.at)) == 0;
}

bool crypt_key_is_sound(const struct public_key *key)
{
    (void)key;
    return true;
}
