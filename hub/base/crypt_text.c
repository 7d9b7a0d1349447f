/* What cryptography looks like as text: thumbprints, base64url, hex, secrets.  Apart from crypt.c,
 * for which the simulator brings its own. */
#include "base/crypt.h"

#include <sodium.h>

#include <string.h>

enum { B64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

/* sodium wants a pointer even for nothing. */
static const unsigned char *bytes_of(struct str s)
{
    return (const unsigned char *)(s.at == NULL ? "" : s.at);
}

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

bool kid_eq(const struct kid *a, const struct kid *b)
{
    return memcmp(a->at, b->at, POSKO_KID_CHARS) == 0;
}

bool kid_parse(struct str text, struct kid *out)
{
    struct hash hash;
    if (text.len != POSKO_KID_CHARS || !crypt_b64_decode_exact(text, hash.at, HASH_BYTES))
        return false;
    return str_to_c(text, out->at, sizeof out->at);
}

struct str kid_str(const struct kid *k)
{
    return (struct str){k->at, POSKO_KID_CHARS};
}

/* sodium's strict decoder: no padding, no blanks, no spare bits, nothing behind the end. */
static bool b64_decode(struct str text, void *out, size_t size, size_t *len)
{
    return text.len > 0 &&
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
    sodium_bin2base64(text, size, bytes_of(bytes), bytes.len, B64);
    return str_of(text);
}

struct str crypt_hex(struct arena *arena, struct str bytes)
{
    size_t size = bytes.len * 2 + 1;
    char *text = arena_alloc(arena, size);
    sodium_bin2hex(text, size, bytes_of(bytes), bytes.len);
    return (struct str){text, size - 1};
}

bool crypt_unhex_exact(struct str text, void *out, size_t size)
{
    if (text.len != size * 2)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= 'A' && text.at[i] <= 'F')
            return false;
    size_t len = 0;
    return sodium_hex2bin(out, size, text.at, text.len, NULL, &len, NULL) == 0 && len == size;
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct secret_text crypt_secret_new(void)
{
    uint8_t random[POSKO_SECRET_CHARS];
    crypt_random(random, sizeof random);
    struct secret_text secret = {{0}};
    for (size_t i = 0; i < POSKO_SECRET_CHARS; i++)
        secret.at[i] = crockford[random[i] % 32]; /* 256 is a multiple of 32: no bias */
    sodium_memzero(random, sizeof random);
    return secret;
}

/* The symbol that a person means, 0 for none. */
static char crockford_symbol(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L')
        return '1';
    if (c == 'O')
        return '0';
    if (c == '\0' || strchr(crockford, c) == NULL)
        return '\0';
    return c;
}

bool crypt_secret_parse(struct str typed, struct secret_text *out)
{
    struct secret_text secret = {{0}};
    size_t count = 0;
    for (size_t i = 0; i < typed.len; i++) {
        if (typed.at[i] == '-' || typed.at[i] == ' ')
            continue;
        char symbol = crockford_symbol(typed.at[i]);
        if (symbol == '\0' || count == POSKO_SECRET_CHARS)
            return false;
        secret.at[count++] = symbol;
    }
    if (count != POSKO_SECRET_CHARS)
        return false;
    *out = secret;
    return true;
}
