#include "ledger/jws.h"

#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const not_base64url = "a part is not base64url without padding and spare bits";

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] >= 0x80)
            return false;
    return true;
}

static enum err fault_shape(struct fault *fault, const char *why)
{
    return fault_set(fault, ERR_BAD_SHAPE, "", "not a JWS in compact serialization: %s", why);
}

static enum err fault_header(struct fault *fault, const char *field, const char *why)
{
    return fault_set(fault, ERR_BAD_HEADER, field, "%s", why);
}

/* The header chooses nothing: each member has the one value that the protocol allows. */
static enum err read_header(const struct node *header, struct fault *fault, struct envelope *e)
{
    struct str alg = node_text(header, "alg");
    if (header->count != 3)
        return fault_header(fault, "", "the header must be exactly alg, typ and kid");
    if (!str_eq(alg, STR("Ed25519")) && !str_eq(alg, STR("EdDSA")))
        return fault_header(fault, "alg", "`alg` must be Ed25519 or EdDSA");
    int typ = words_find(&WORDS_TYP, node_text(header, "typ"));
    if (typ < 0)
        return fault_header(fault, "typ",
                            "`typ` must be posko-record+jws, posko-admin+jws, posko-event+jws or "
                            "posko-auth+jws");
    if (!kid_parse(node_text(header, "kid"), &e->kid))
        return fault_header(fault, "kid",
                            "`kid` must be the RFC 7638 SHA-256 thumbprint of the key, 43 "
                            "base64url characters");
    e->typ = (enum typ)typ;
    return OK;
}

static enum err parse_header(struct arena *arena, struct str bytes, struct fault *fault,
                             struct envelope *e)
{
    const struct node *header;
    struct fault inner;
    if (bytes.len > POSKO_HEADER_BYTES_MAX)
        return fault_header(fault, "", "the header is longer than 256 bytes");
    if (json_parse(arena, bytes, &inner, &header) != OK)
        return fault_set(fault, ERR_BAD_HEADER, "", "the header: %s", inner.text);
    return read_header(header, fault, e);
}

/* Cuts into header, payload and signature, still in base64url. */
static enum err split(struct str jws, struct fault *fault, struct str part[static 3])
{
    struct str rest;
    if (jws.len > 0 && jws.at[0] == '{')
        return fault_shape(fault, "this is the JSON serialization");
    if (!is_ascii(jws))
        return fault_shape(fault, "it must be ASCII");
    if (!str_cut(jws, '.', &part[0], &rest) || !str_cut(rest, '.', &part[1], &part[2]) ||
        part[2].len == 0 || memchr(part[2].at, '.', part[2].len) != NULL)
        return fault_shape(fault, "it must be three parts with two dots");
    if (part[0].len == 0 || part[1].len == 0)
        return fault_shape(fault, "a part is empty");
    return OK;
}

/* ---- headers that were good ---- */

enum { HEADERS = 1024, HEADER_CHARS = 240 };

struct known_header {
    size_t len;
    char text[HEADER_CHARS]; /* in base64url */
    struct kid kid;
    enum typ typ;
};

struct jws_headers {
    struct known_header at[HEADERS];
};

struct jws_headers *jws_headers_new(void)
{
    return mem_new(sizeof(struct jws_headers));
}

void jws_headers_free(struct jws_headers *known)
{
    mem_free(known);
}

/* Where this text is kept, or would be.  NULL: nowhere. */
static struct known_header *header_place(struct jws_headers *known, struct str text)
{
    if (known == NULL || text.len > HEADER_CHARS)
        return NULL;
    uint64_t sum = text.len;
    for (size_t i = 0; i + sizeof sum <= text.len; i += sizeof sum) {
        uint64_t word;
        memcpy(&word, text.at + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        sum ^= sum >> 32;
    }
    return &known->at[sum % HEADERS];
}

static enum err decode_header(struct jws_headers *known, struct arena *arena, struct str text,
                              struct fault *fault, struct envelope *e)
{
    struct known_header *place = header_place(known, text);
    if (place != NULL && str_eq((struct str){place->text, place->len}, text)) {
        e->kid = place->kid;
        e->typ = place->typ;
        return OK;
    }
    struct str header;
    if (!crypt_b64_decode(arena, text, &header))
        return fault_shape(fault, not_base64url);
    enum err err = parse_header(arena, header, fault, e);
    if (err == OK && place != NULL) {
        place->len = text.len;
        memcpy(place->text, text.at, text.len);
        place->kid = e->kid;
        place->typ = e->typ;
    }
    return err;
}

enum err jws_parse_many(struct jws_headers *known, struct arena *arena, struct str jws,
                        struct fault *fault, struct envelope *out)
{
    struct str part[3] = {STR_NONE, STR_NONE, STR_NONE};
    if (jws.len > POSKO_JWS_BYTES_MAX)
        return fault_set(fault, ERR_TOO_BIG, "", "the JWS has %zu bytes, over 48,000", jws.len);
    enum err e = split(jws, fault, part);
    if (e != OK)
        return e;
    struct envelope envelope = {
        .jws = jws, .signed_ = {jws.at, part[0].len + 1 + part[1].len}, .coded = part[1]};
    if (!crypt_b64_decode_exact(part[2], envelope.signature.at, SIGNATURE_BYTES))
        return fault_shape(fault, "the signature is not 64 bytes in base64url");
    e = decode_header(known, arena, part[0], fault, &envelope);
    if (e == OK)
        *out = envelope;
    return e;
}

enum err jws_parse(struct arena *arena, struct str jws, struct fault *fault, struct envelope *out)
{
    struct envelope envelope = {0};
    enum err e = jws_parse_many(NULL, arena, jws, fault, &envelope);
    if (e == OK)
        e = jws_open(arena, fault, &envelope);
    if (e == OK)
        *out = envelope;
    return e;
}

enum err jws_open(struct arena *arena, struct fault *fault, struct envelope *e)
{
    if (!crypt_b64_decode(arena, e->coded, &e->payload))
        return fault_shape(fault, not_base64url);
    return OK;
}

/* ---- signing ---- */

/* Characters of base64url without padding. */
static size_t b64_chars(size_t bytes)
{
    return (bytes * 4 + 2) / 3;
}

static_assert(JWS_HEAD_CHARS > (POSKO_HEADER_BYTES_MAX * 4 + 2) / 3, "any header, and a dot");

static void make_head(struct jws_head *head, enum typ typ, const struct kid *kid)
{
    char json[POSKO_HEADER_BYTES_MAX + 1];
    int len = snprintf(json, sizeof json,
                       "{\"alg\":\"Ed25519\",\"typ\":\"" STR_FMT "\",\"kid\":\"" STR_FMT "\"}",
                       STR_ARG(words_get(&WORDS_TYP, (int)typ)), STR_ARG(kid_str(kid)));
    assert(len > 0 && (size_t)len < sizeof json);
    struct buf text = {.at = head->at, .size = sizeof head->at}; /* enough: it never grows */
    crypt_b64_put(&text, (struct str){json, (size_t)len});
    buf_put_char(&text, '.');
    head->len = text.len;
}

static size_t all_chars(const struct jws_head *head, size_t payload_len)
{
    return head->len + b64_chars(payload_len) + 1 + b64_chars(SIGNATURE_BYTES);
}

static struct str write_signed(const struct jws_head *head, const struct secret_key *key,
                               struct str payload, char *to)
{
    struct buf jws = {.size = all_chars(head, payload.len)}; /* enough, as above */
    jws.at = to;
    buf_put(&jws, (struct str){head->at, head->len});
    crypt_b64_put(&jws, payload);
    struct signature sig = crypt_sign(key, buf_peek(&jws));
    buf_put_char(&jws, '.');
    crypt_b64_put(&jws, (struct str){(const char *)sig.at, SIGNATURE_BYTES});
    assert(jws.len == jws.size);
    return buf_peek(&jws);
}

void jws_signer_init(struct jws_signer *s, const struct secret_key *key)
{
    struct public_key public = crypt_public(key);
    struct kid kid = crypt_thumbprint(&public);
    s->key = *key;
    for (int typ = 0; typ <= TYP_AUTH; typ++)
        make_head(&s->heads[typ], (enum typ)typ, &kid);
}

size_t jws_chars(const struct jws_signer *s, enum typ typ, size_t payload_len)
{
    return all_chars(&s->heads[typ], payload_len);
}

struct str jws_write(const struct jws_signer *s, enum typ typ, struct str payload, char *to)
{
    return write_signed(&s->heads[typ], &s->key, payload, to);
}

struct str jws_sign(struct arena *arena, enum typ typ, const struct secret_key *key,
                    struct str payload)
{
    struct public_key public = crypt_public(key);
    struct kid kid = crypt_thumbprint(&public);
    struct jws_head head;
    make_head(&head, typ, &kid);
    char *to = arena_alloc(arena, all_chars(&head, payload.len) + 1); /* a NUL follows */
    return write_signed(&head, key, payload, to);
}

struct hash jws_leaf(int64_t at, enum typ typ, struct hash sha256_of_jws)
{
    struct str name = words_get(&WORDS_TYP, (int)typ);
    name.len -= strlen("+jws");
    struct arena arena;
    arena_init(&arena);
    struct str hex = crypt_hex(&arena, (struct str){(const char *)sha256_of_jws.at, HASH_BYTES});
    /* RFC 6962: a leaf is hashed behind a zero byte. */
    struct str leaf =
        arena_printf(&arena, "%cposko-entry/v1\n%" PRId64 "\n" STR_FMT "\n" STR_FMT "\n", '\0', at,
                     STR_ARG(name), STR_ARG(hex));
    struct hash hash = crypt_sha256(leaf);
    arena_deinit(&arena);
    return hash;
}
