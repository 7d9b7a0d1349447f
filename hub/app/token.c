#include "app/token.h"

struct hash token_key(const struct secret_key *hub_key)
{
    struct hash seed;
    _Static_assert(sizeof(seed.at) == SEED_BYTES, "a seed is a hash long");
    for (size_t i = 0; i < sizeof(seed.at); i++)
        seed.at[i] = hub_key->at[i];
    return crypt_hmac(seed, STR("posko-token/v1"));
}

struct str token_make(struct arena *arena, struct hash key, const struct kid *kid, int64_t until)
{
    struct str body = arena_printf(arena, "%s.%lld", kid->at, (long long)until);
    struct hash mac = crypt_hmac(key, body);
    struct str sealed = crypt_b64(arena, (struct str){(const char *)mac.at, sizeof(mac.at)});
    return arena_printf(arena, STR_FMT "." STR_FMT, STR_ARG(body), STR_ARG(sealed));
}

enum err token_check(struct hash key, struct str token, int64_t now, struct fault *fault,
                     struct kid *out)
{
    struct str kid_part;
    struct str rest;
    struct str until_part;
    struct str mac_part;
    int64_t until = 0;
    struct hash mac;
    struct kid kid;
    if (!str_cut(token, '.', &kid_part, &rest) || !str_cut(rest, '.', &until_part, &mac_part) ||
        !kid_parse(kid_part, &kid) || !str_to_int(until_part, 0, INT64_MAX, &until) ||
        !crypt_b64_decode_exact(mac_part, mac.at, sizeof(mac.at)))
        return fault_set(fault, ERR_UNKNOWN_KEY, "token", "this is not a token of this hub");
    struct str body = {token.at, kid_part.len + 1 + until_part.len};
    if (!hash_eq(mac, crypt_hmac(key, body)))
        return fault_set(fault, ERR_UNKNOWN_KEY, "token", "this is not a token of this hub");
    if (now >= until)
        return fault_set(fault, ERR_UNKNOWN_KEY, "token", "the token is over; log in again");
    *out = kid;
    return OK;
}
