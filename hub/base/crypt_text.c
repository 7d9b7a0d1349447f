/* What cryptography looks like as text: key identifiers, hex, secrets.  Apart from crypt.c and
 * crypt_b64.c, for which the simulator brings its own. */
#include "base/crypt.h"

#include <sodium.h>

#include <string.h>

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

struct str crypt_hex(struct arena *arena, struct str bytes)
{
    size_t size = bytes.len * 2 + 1;
    char *text = arena_alloc(arena, size);
    sodium_bin2hex(text, size, (const unsigned char *)(bytes.at == NULL ? "" : bytes.at),
                   bytes.len); /* sodium wants a pointer even for nothing */
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
