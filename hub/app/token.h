/* Bearer tokens for HTTP: good on every hub of the ledger, nothing is kept.
 * kid "." expiry (ms) "." HMAC-SHA-256, base64url; the key is derived from the hub's. */
#ifndef POSKO_APP_TOKEN_H
#define POSKO_APP_TOKEN_H

#include "base/crypt.h"

struct hash token_key(const struct secret_key *hub_key);
struct str token_make(struct arena *arena, struct hash key, const struct kid *kid, int64_t until);
/* OK or ERR_UNKNOWN_KEY: not ours, or over.  Whether the kid is still active is the caller's. */
MUST_CHECK enum err token_check(struct hash key, struct str token, int64_t now, struct fault *fault,
                                struct kid *out);

#endif
