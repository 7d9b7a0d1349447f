/* base64url, and the thumbprint that is written in it. */
#include "base/crypt.h"

#include <sodium.h>

#include <string.h>

enum { B64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

struct kid crypt_thumbprint(const struct public_key *key)
{
    static const char head[] = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"";
    char text[sizeof head + POSKO_KID_CHARS + 2];
    memcpy(text, head, sizeof head - 1);
    char *x = text + sizeof head - 1;
    sodium_bin2base64(x, POSKO_KID_CHARS + 1, key->at, KEY_BYTES, B64);
    memcpy(x + POSKO_KID_CHARS, "\"}", 3);
    struct hash hash = crypt_sha256(str_of(text));
    struct kid kid;
    sodium_bin2base64(kid.at, sizeof kid.at, hash.at, HASH_BYTES, B64);
    return kid;
}

/* sodium 1.0.18 takes each byte above ASCII for the last letter: one signature, many texts. */
static bool is_ascii(struct str text)
{
    unsigned all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= (unsigned char)text.at[i];
    return all < 0x80;
}

/* sodium's strict decoder: no padding, no blanks, no spare bits, nothing behind the end. */
static bool b64_decode(struct str text, void *out, size_t size, size_t *len)
{
    return text.len > 0 && is_ascii(text) &&
           sodium_base642bin(out, size, text.at, text.len, NULL, len, NULL, B64) == 0;
}

bool crypt_b64_decode(struct arena *arena, struct str text, struct str *out)
{
    if (text.len == 0) {
        *out = STR("");
        return true;
    }
    size_t size = text.len / 4 * 3 + 3;
    size_t len = 0;
    char *at = arena_alloc(arena, size);
    if (!b64_decode(text, at, size, &len))
        return false;
    *out = (struct str){at, len};
    return true;
}

bool crypt_b64_decode_exact(struct str text, void *out, size_t size)
{
    size_t len = 0;
    return text.len == (size * 4 + 2) / 3 && b64_decode(text, out, size, &len) && len == size;
}

void crypt_b64_put(struct buf *to, struct str bytes)
{
    enum { CHUNK = 768 }; /* a multiple of 3: chunks join without padding */
    char text[CHUNK / 3 * 4 + 1];
    for (size_t i = 0; i < bytes.len; i += CHUNK) {
        size_t len = bytes.len - i < CHUNK ? bytes.len - i : CHUNK;
        sodium_bin2base64(text, sizeof text, (const unsigned char *)bytes.at + i, len, B64);
        buf_put(to, str_of(text));
    }
}

struct str crypt_b64(struct arena *arena, struct str bytes)
{
    size_t size = sodium_base64_encoded_len(bytes.len, B64);
    char *text = arena_alloc(arena, size);
    sodium_bin2base64(text, size, (const unsigned char *)(bytes.at == NULL ? "" : bytes.at),
                      bytes.len, B64); /* sodium wants a pointer even for nothing */
    return str_of(text);
}
