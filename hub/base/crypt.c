#include "base/crypt.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

static_assert(HASH_BYTES == crypto_hash_sha256_BYTES, "SHA-256");
static_assert(HASH_BYTES == crypto_auth_hmacsha256_KEYBYTES, "HMAC-SHA-256");
static_assert(KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
static_assert(sizeof(struct secret_key) == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
static_assert(SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519 signature");

/* sodium wants a pointer even for nothing. */
static const unsigned char *bytes_of(struct str s)
{
    return (const unsigned char *)(s.at == NULL ? "" : s.at);
}

enum err crypt_start(void)
{
    /* A point of order 2L: (RFC 8037 A.2's key) + (0,-1). */
    static const char mixed_point[] =
        "16a567fe7d4ef5482ab4012c369bf8c5f11e8d0c2559dcda50fde59708f8aee5";
    struct public_key key;
    if (sodium_init() < 0 || !crypt_unhex_exact(STR(mixed_point), key.at, sizeof key.at))
        return ERR_SYSTEM;
    return crypt_key_is_sound(&key) ? ERR_SYSTEM : OK;
}

struct hash crypt_sha256(struct str bytes)
{
    struct hash hash;
    crypto_hash_sha256(hash.at, bytes_of(bytes), bytes.len);
    return hash;
}

struct hash crypt_hmac(struct hash key, struct str bytes)
{
    struct hash hash;
    crypto_auth_hmacsha256(hash.at, bytes_of(bytes), bytes.len, key.at);
    return hash;
}

bool hash_eq(struct hash a, struct hash b)
{
    return sodium_memcmp(a.at, b.at, HASH_BYTES) == 0;
}

void crypt_random(void *out, size_t size)
{
    randombytes_buf(out, size);
}

struct secret_key crypt_key_from_seed(const uint8_t seed[static SEED_BYTES])
{
    struct secret_key key;
    uint8_t public[KEY_BYTES];
    crypto_sign_seed_keypair(public, key.at, seed);
    return key;
}

struct secret_key crypt_key_new(void)
{
    uint8_t seed[SEED_BYTES];
    crypt_random(seed, sizeof seed);
    struct secret_key key = crypt_key_from_seed(seed);
    sodium_memzero(seed, sizeof seed);
    return key;
}

struct public_key crypt_public(const struct secret_key *key)
{
    struct public_key public;
    memcpy(public.at, key->at + SEED_BYTES, KEY_BYTES);
    return public;
}

struct signature crypt_sign(const struct secret_key *key, struct str bytes)
{
    struct signature sig;
    crypto_sign_detached(sig.at, NULL, bytes_of(bytes), bytes.len, key->at);
    return sig;
}

bool crypt_verify(const struct public_key *key, struct str bytes, const struct signature *sig)
{
    return crypto_sign_verify_detached(sig->at, bytes_of(bytes), bytes.len, key->at) == 0;
}

bool crypt_key_is_sound(const struct public_key *key)
{
    return crypto_core_ed25519_is_valid_point(key->at) == 1;
}
