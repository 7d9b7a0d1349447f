#include "client/keys.h"

#include <string.h>

static int compare(const struct known_key *key, const struct kid *kid)
{
    return memcmp(key->kid.at, kid->at, POSKO_KID_CHARS);
}

/* The place of `kid`, or where it belongs. */
static size_t place_of(const struct keys *k, const struct kid *kid)
{
    size_t low = 0;
    size_t high = k->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&k->at[middle], kid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct known_key *find(const struct keys *k, const struct kid *kid)
{
    size_t i = place_of(k, kid);
    return i < k->count && compare(&k->at[i], kid) == 0 ? &k->at[i] : NULL;
}

static void put(struct keys *k, const struct known_key *key)
{
    size_t i = place_of(k, &key->kid);
    if (i < k->count && compare(&k->at[i], &key->kid) == 0) {
        k->at[i] = *key;
        return;
    }
    if (k->count == k->size) {
        k->size = k->size == 0 ? 64 : k->size * 2;
        k->at = mem_grow(k->at, k->size * sizeof(*k->at));
    }
    memmove(&k->at[i + 1], &k->at[i], (k->count - i) * sizeof(*k->at));
    k->at[i] = *key;
    k->count++;
}

void keys_init(struct keys *k, const struct kid *hub)
{
    *k = (struct keys){0};
    if (hub != NULL)
        k->hub = *hub;
}

void keys_deinit(struct keys *k)
{
    mem_free(k->at);
    *k = (struct keys){0};
}

void keys_clear(struct keys *k)
{
    k->count = 0;
    k->hub_is_there = false;
    k->hub_differs = false;
}

/* A key of the hub counts only if it is the pinned one: the directory that names it is unsigned. */
static bool is_hub_key_trusted(struct keys *k, const struct kid *kid)
{
    if (k->hub.at[0] == '\0')
        return true;
    if (kid_eq(kid, &k->hub)) {
        k->hub_is_there = true;
        k->hub_differs = false;
        return true;
    }
    k->hub_differs = !k->hub_is_there;
    return false;
}

static bool read_key(const struct node *o, struct known_key *out)
{
    const struct node *jwk = node_get(o, STR("jwk"));
    if (jwk == NULL || jwk->type != NODE_OBJECT ||
        !crypt_b64_decode_exact(node_text(jwk, "x"), out->jwk.at, sizeof(out->jwk.at)))
        return false;
    out->kid = crypt_thumbprint(&out->jwk); /* never the name that somebody gave it */
    return true;
}

void keys_learn_state(struct keys *k, const struct node *message)
{
    const struct node *device = node_get(message, STR("device"));
    struct known_key key = {0};
    if (device == NULL || device->type != NODE_OBJECT || !read_key(device, &key))
        return;
    struct str agency = node_text(device, "agency");
    struct str author = node_text(device, "member");
    if (author.at == NULL)
        author = node_text(device, "source");
    if (author.at == NULL || str_eq(agency, STR("hub"))) {
        if (!is_hub_key_trusted(k, &key.kid))
            return;
        agency = author = STR("hub");
    }
    if (!str_to_c(agency, key.agency, sizeof(key.agency)) ||
        !str_to_c(author, key.author, sizeof(key.author)))
        return;
    key.from = node_int(device, "from", 0);
    key.until = node_int(device, "until", 0);
    put(k, &key);
}

static void end_keys_of(struct keys *k, struct str agency, struct str author, int64_t seq)
{
    for (size_t i = 0; i < k->count; i++) {
        struct known_key *key = &k->at[i];
        if (key->until == 0 && str_eq(str_of(key->agency), agency) &&
            str_eq(str_of(key->author), author))
            key->until = seq;
    }
}

/* What a good record says about keys. */
static void learn_record(struct keys *k, int64_t seq, const struct node *claims)
{
    struct str kind = node_text(claims, "kind");
    struct str agency = node_text(claims, "agency");
    struct known_key key = {.from = seq};
    if (str_eq(kind, STR("device.revoke"))) {
        struct kid kid;
        if (!kid_parse(node_text(claims, "kid"), &kid))
            return;
        struct known_key *ended = find(k, &kid);
        if (ended != NULL && ended->until == 0)
            ended->until = seq;
        return;
    }
    struct str author = STR_NONE;
    if (str_eq(kind, STR("device.enrol")))
        author = node_text(claims, "member");
    else if (str_eq(kind, STR("source.put")))
        author = node_text(claims, "source");
    else if (str_eq(kind, STR("hub.key")))
        agency = author = STR("hub");
    if (author.at == NULL || !read_key(claims, &key) || find(k, &key.kid) != NULL ||
        !str_to_c(agency, key.agency, sizeof(key.agency)) ||
        !str_to_c(author, key.author, sizeof(key.author)))
        return;
    if (!str_eq(kind, STR("device.enrol")))
        end_keys_of(k, agency, author, seq); /* a source and the hub have one key at a time */
    put(k, &key);
}

static enum posko_verdict judge(const struct keys *k, int64_t seq, const struct seen *s)
{
    const struct known_key *key = find(k, &s->envelope.kid);
    if (key == NULL)
        return POSKO_VERDICT_UNKNOWN_KEY;
    if (!crypt_verify(&key->jwk, s->envelope.signed_, &s->envelope.signature))
        return POSKO_VERDICT_FALSE;
    if (!str_eq(node_text(s->claims, "iss"), str_of(key->agency)) ||
        !str_eq(node_text(s->claims, "act"), str_of(key->author)))
        return POSKO_VERDICT_NOT_AUTHOR;
    if (seq < key->from || (key->until != 0 && seq > key->until))
        return POSKO_VERDICT_NOT_THEN;
    return POSKO_VERDICT_GOOD;
}

void keys_see(struct keys *k, struct arena *arena, int64_t seq, struct str jws, struct seen *out)
{
    struct fault fault;
    *out = (struct seen){.verdict = POSKO_VERDICT_FALSE};
    if (jws_parse(arena, jws, &fault, &out->envelope) != OK)
        return;
    const struct node *claims = NULL;
    if (json_parse(arena, out->envelope.payload, &fault, &claims) != OK)
        return;
    out->claims = claims;
    out->verdict = judge(k, seq, out);
    if (out->verdict == POSKO_VERDICT_GOOD)
        learn_record(k, seq, claims);
}
