/* SipHash: what stands in a table under keys that others choose.  Apart from crypt.c, for which the
 * simulator brings its own. */
#include "base/crypt.h"

#include <assert.h>
#include <sodium.h>

static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "SipHash-2-4");
static_assert(crypto_shorthash_KEYBYTES <= HASH_BYTES, "its key is a part of ours");

uint64_t crypt_tag(const struct hash *key, struct str bytes)
{
    uint64_t tag = 0;
    crypto_shorthash((unsigned char *)&tag, (const unsigned char *)bytes.at, bytes.len, key->at);
    return tag;
}
