/* Cryptography, all of it libsodium's.  Any thread after crypt_start. */
#ifndef POSKO_BASE_CRYPT_H
#define POSKO_BASE_CRYPT_H

#include "base/mem.h"

enum { HASH_BYTES = 32, KEY_BYTES = 32, SEED_BYTES = 32, SIGNATURE_BYTES = 64 };

struct hash {
    uint8_t at[HASH_BYTES];
};
struct public_key {
    uint8_t at[KEY_BYTES];
};
struct secret_key {
    uint8_t at[64]; /* libsodium's form: seed, then public key */
};
struct signature {
    uint8_t at[SIGNATURE_BYTES];
};
/* RFC 7638 SHA-256 thumbprint, base64url, 43 characters and a NUL. */
struct kid {
    char at[POSKO_KID_CHARS + 1];
};

/* Call first.  Refuses a libsodium that accepts the point of CVE-2025-69277. */
MUST_CHECK enum err crypt_start(void);

struct hash crypt_sha256(struct str bytes);
struct hash crypt_hmac(struct hash key, struct str bytes); /* HMAC-SHA-256 */
/* SipHash-2-4 under the first half of a secret key: for tables, not for proof. */
uint64_t crypt_tag(const struct hash *key, struct str bytes);
bool hash_eq(struct hash a, struct hash b); /* constant time */
void crypt_random(void *out, size_t size);

struct secret_key crypt_key_from_seed(const uint8_t seed[static SEED_BYTES]);
struct secret_key crypt_key_new(void);
struct public_key crypt_public(const struct secret_key *key);
struct signature crypt_sign(const struct secret_key *key, struct str bytes);
/* RFC 8032 as libsodium verifies: cofactorless, S < L, canonical and not small-order A and R. */
bool crypt_verify(const struct public_key *key, struct str bytes, const struct signature *sig);
/* Canonical point of the prime-order subgroup: what an enrolled key must be. */
bool crypt_key_is_sound(const struct public_key *key);
struct kid crypt_thumbprint(const struct public_key *key);
bool kid_eq(const struct kid *a, const struct kid *b);
/* 43 base64url characters; false otherwise. */
MUST_CHECK bool kid_parse(struct str text, struct kid *out);
struct str kid_str(const struct kid *k);

/* base64url without padding and without spare bits (RFC 4648, 5). */
MUST_CHECK bool crypt_b64_decode(struct arena *arena, struct str text, struct str *out);
MUST_CHECK bool crypt_b64_decode_exact(struct str text, void *out, size_t size);
void crypt_b64_put(struct buf *to, struct str bytes);
struct str crypt_b64(struct arena *arena, struct str bytes);
struct str crypt_hex(struct arena *arena, struct str bytes);                /* lower case */
MUST_CHECK bool crypt_unhex_exact(struct str text, void *out, size_t size); /* lower case only */

/* Enrolment secret: 130 random bits as 26 characters of Crockford base32, upper case. */
struct secret_text {
    char at[POSKO_SECRET_CHARS + 1];
};
struct secret_text crypt_secret_new(void);
/* As typed by a person: lower case, I L O and hyphens understood; false when not 26 symbols. */
MUST_CHECK bool crypt_secret_parse(struct str typed, struct secret_text *out);

#endif
