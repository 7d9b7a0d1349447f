/* Stands in for base/crypt_b64: the same text and the same refusals by a table, where libsodium
 * spends its time on being constant in time. */
#include "base/crypt.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
enum { NONE = 64 };
static const uint8_t values[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};

/* ---- writing ---- */

static size_t encoded(size_t bytes)
{
    return (bytes * 4 + 2) / 3;
}

static void put(char *to, const uint8_t *at, size_t len)
{
    for (; len >= 3; at += 3, len -= 3) {
        unsigned bits = (unsigned)at[0] << 16 | (unsigned)at[1] << 8 | at[2];
        *to++ = letters[bits >> 18];
        *to++ = letters[bits >> 12 & 63];
        *to++ = letters[bits >> 6 & 63];
        *to++ = letters[bits & 63];
    }
    if (len == 0)
        return;
    unsigned bits = (unsigned)at[0] << 16 | (len == 2 ? (unsigned)at[1] << 8 : 0);
    *to++ = letters[bits >> 18];
    *to++ = letters[bits >> 12 & 63];
    if (len == 2)
        *to = letters[bits >> 6 & 63];
}

struct str crypt_b64(struct arena *arena, struct str bytes)
{
    size_t len = encoded(bytes.len);
    char *text = arena_alloc(arena, len + 1);
    put(text, (const uint8_t *)bytes.at, bytes.len);
    return (struct str){text, len};
}

void crypt_b64_put(struct buf *to, struct str bytes)
{
    enum { CHUNK = 768 }; /* a multiple of 3: chunks join without padding */
    char text[CHUNK / 3 * 4];
    for (size_t i = 0; i < bytes.len; i += CHUNK) {
        size_t len = bytes.len - i < CHUNK ? bytes.len - i : CHUNK;
        put(text, (const uint8_t *)bytes.at + i, len);
        buf_put(to, (struct str){text, encoded(len)});
    }
}

struct kid crypt_thumbprint(const struct public_key *key)
{
    static const char head[] = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"";
    char text[sizeof(head) - 1 + POSKO_KID_CHARS + 2];
    memcpy(text, head, sizeof(head) - 1);
    put(text + sizeof(head) - 1, key->at, KEY_BYTES);
    memcpy(text + sizeof(text) - 2, "\"}", 2);
    struct hash hash = crypt_sha256((struct str){text, sizeof(text)});
    struct kid kid = {{0}};
    put(kid.at, hash.at, HASH_BYTES);
    return kid;
}

/* ---- reading ---- */

/* Four letters as 24 bits; more than that when one of them is none. */
static unsigned word(const uint8_t *at)
{
    unsigned a = values[at[0]];
    unsigned b = values[at[1]];
    unsigned c = values[at[2]];
    unsigned d = values[at[3]];
    return ((a | b | c | d) & NONE) ? 1U << 24 : a << 18 | b << 12 | c << 6 | d;
}

/* No padding, no blanks, no spare bits, nothing behind the end. */
static bool decode(struct str text, uint8_t *out)
{
    const uint8_t *at = (const uint8_t *)text.at;
    size_t left = text.len;
    for (; left >= 4; at += 4, left -= 4, out += 3) {
        unsigned bits = word(at);
        if (bits >> 24)
            return false;
        out[0] = (uint8_t)(bits >> 16);
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)bits;
    }
    if (left == 0)
        return true;
    uint8_t last[4] = {'A', 'A', 'A', 'A'};
    memcpy(last, at, left);
    unsigned bits = word(last);
    if (left == 1 || bits >> 24 || (bits & (left == 2 ? 0xFFFFU : 0xFFU)))
        return false;
    out[0] = (uint8_t)(bits >> 16);
    if (left == 3)
        out[1] = (uint8_t)(bits >> 8);
    return true;
}

bool crypt_b64_decode(struct arena *arena, struct str text, struct str *out)
{
    if (text.len == 0) {
        *out = STR("");
        return true;
    }
    uint8_t *at = arena_alloc(arena, text.len / 4 * 3 + 3);
    if (!decode(text, at))
        return false;
    *out = (struct str){(const char *)at, text.len * 3 / 4};
    return true;
}

bool crypt_b64_decode_exact(struct str text, void *out, size_t size)
{
    return text.len == encoded(size) && text.len > 0 && decode(text, out);
}
