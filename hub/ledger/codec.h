/* record <-> JSON claims.  One table: every claim's form, and which a kind may and must carry
 * (protocol.md sections 2 and 3).  Form only: whether an agency exists is core/decide's. */
#ifndef POSKO_LEDGER_CODEC_H
#define POSKO_LEDGER_CODEC_H

#include "base/json.h"
#include "ledger/jws.h"

/* Reads the payload of a record, admin or event envelope (typ must fit the kind).
 * ERR_BAD_JSON, ERR_UNKNOWN_FIELD, ERR_BAD_CLAIM with the field named.  Any thread. */
MUST_CHECK enum err codec_read(struct arena *arena, const struct envelope *envelope,
                               struct fault *fault, struct record *out);

/* The payload for the claims in r->has and those that every record carries: `v` 1, then in the
 * table's order.  The hub's events and genesis, the command and the tests write with it;
 * codec_read accepts what it wrote. */
struct str codec_write(struct arena *arena, const struct record *r);

/* Fills one claim of `r` from a JSON value, by its wire name ("eta", "to"): what the command's
 * options and `posko put` use.  ERR_UNKNOWN_FIELD, ERR_BAD_CLAIM. */
MUST_CHECK enum err codec_set(struct arena *arena, struct record *r, struct str name,
                              const struct node *value, struct fault *fault);

struct str codec_claim_name(enum claim claim);
bool codec_may(enum kind kind, enum claim claim);
bool codec_must(enum kind kind, enum claim claim);

/* Log-in (section 5). */
struct login {
    struct str aud, nonce, host;
    int64_t iat;
    bool has_jwk; /* enrol */
    struct public_key jwk;
};
MUST_CHECK enum err codec_read_login(struct arena *arena, const struct envelope *envelope,
                                     bool enrol, struct fault *fault, struct login *out);
struct str codec_write_login(struct arena *arena, const struct login *login);

/* {"kty":"OKP","crv":"Ed25519","x":"..."} */
void codec_put_jwk(struct json_writer *w, const char *key, const struct public_key *jwk);

/* `rows` of a policy and `rules`, as JSON arrays: also for ledger/doc. */
void codec_put_rows(struct json_writer *w, const char *key, const struct policy_row *rows,
                    size_t count);
MUST_CHECK enum err codec_read_rows(struct arena *arena, const struct node *node,
                                    struct fault *fault, const struct policy_row **rows,
                                    size_t *count);
void codec_put_rules(struct json_writer *w, const char *key, const struct rule *rules,
                     size_t count);
MUST_CHECK enum err codec_read_rules(struct arena *arena, const struct node *node,
                                     struct fault *fault, const struct rule **rules, size_t *count);

#endif
