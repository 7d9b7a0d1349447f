/* Signed envelopes: JWS compact serialization (RFC 7515, 8037, 9864) in the profile of protocol.md
 * section 2, and nothing else. */
#ifndef POSKO_LEDGER_JWS_H
#define POSKO_LEDGER_JWS_H

#include "core/record.h"

struct envelope {
    struct str jws;     /* the string as received; the ledger keeps exactly this */
    struct str signed_; /* part1 "." part2: what the signature is over */
    struct str coded;   /* part2 */
    struct str payload; /* decoded; after jws_parse_many only once jws_open has run */
    struct signature signature;
    struct kid kid;
    enum typ typ;
};

/* Splits, decodes and checks form and header; not the signature (crypt_verify over `signed_`).
 * ERR_TOO_BIG over 48,000 bytes, ERR_BAD_SHAPE, ERR_BAD_HEADER.  Slices point into `jws` and the
 * arena.  Any thread.  O(len). */
MUST_CHECK enum err jws_parse(struct arena *arena, struct str jws, struct fault *fault,
                              struct envelope *out);

/* Headers that were good: a key says the same one before each record, and is read once.  1,024 of
 * them, 300 kB; whose place another takes is read again.  One thread. */
struct jws_headers;
struct jws_headers *jws_headers_new(void);
void jws_headers_free(struct jws_headers *known);
/* jws_parse, for many; the payload is left to jws_open, which may wait for the signature. */
MUST_CHECK enum err jws_parse_many(struct jws_headers *known, struct arena *arena, struct str jws,
                                   struct fault *fault, struct envelope *out);

/* Decodes the payload.  OK or ERR_BAD_SHAPE.  Any thread. */
MUST_CHECK enum err jws_open(struct arena *arena, struct fault *fault, struct envelope *e);

/* Signs a payload. */
struct str jws_sign(struct arena *arena, enum typ typ, const struct secret_key *key,
                    struct str payload);

/* jws_sign, for many: what stands before the payload is made once.  Any thread. */
enum { JWS_HEAD_CHARS = 352 };
struct jws_head {
    size_t len;
    char at[JWS_HEAD_CHARS]; /* the header in base64url, and a dot */
};
struct jws_signer {
    struct secret_key key;
    struct jws_head heads[TYP_AUTH + 1]; /* by typ */
};
void jws_signer_init(struct jws_signer *s, const struct secret_key *key);
/* How long the string of such a payload is. */
size_t jws_chars(const struct jws_signer *s, enum typ typ, size_t payload_len);
/* Writes it to `to`, jws_chars long and without a NUL. */
struct str jws_write(const struct jws_signer *s, enum typ typ, struct str payload, char *to);

/* protocol.md 5: RFC 6962 leaf hash of the four-line commitment. */
struct hash jws_leaf(int64_t at, enum typ typ, struct hash sha256_of_jws);

#endif
