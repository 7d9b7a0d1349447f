#include "client/client.h"
#include "ledger/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t client_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void put_envelope(struct posko_client *c, enum kind kind, struct record *r)
{
    uint8_t rest[10];
    crypt_random(rest, sizeof(rest));
    r->kind = kind;
    r->aud = str_of(c->config.aud);
    r->iss = str_of(c->config.iss);
    r->act = str_of(c->config.act);
    r->iat = client_wall_ms();
    id_make(r->iat, rest, r->jti.at);
    r->active = true;
}

/* Reads it back as the hub will: a missing or misplaced claim is found here, not there. */
static enum err check(struct arena *arena, struct str jws, struct fault *fault)
{
    struct envelope envelope;
    struct record record;
    enum err e = jws_parse(arena, jws, fault, &envelope);
    return e != OK ? e : codec_read(arena, &envelope, fault, &record);
}

static enum err sign(struct posko_client *c, struct arena *arena, struct str kind_name,
                     struct str claims, struct fault *fault, struct str *jws, struct record *r)
{
    const struct node *given = NULL;
    int kind = words_find(&WORDS_KIND, kind_name);
    if (kind < 0)
        return fault_set(fault, ERR_BAD_CLAIM, "kind", "there is no kind " STR_FMT,
                         STR_ARG(kind_name));
    enum err e = json_parse_trusted(arena, claims, fault, &given);
    if (e != OK)
        return e;
    put_envelope(c, (enum kind)kind, r);
    for (const struct node *n = given->first; n != NULL; n = n->next) {
        if (str_eq(n->key, STR("kind")))
            continue;
        e = codec_set(arena, r, n->key, n, fault);
        if (e != OK)
            return e;
    }
    *jws = jws_sign(arena, kind_typ((enum kind)kind), &c->key, codec_write(arena, r));
    return check(arena, *jws, fault);
}

char *posko_client_sign(struct posko_client *c, const char *kind, struct posko_text claims,
                        char *id, struct posko_fault *fault)
{
    if (!c->has_key || c->config.aud == NULL || c->config.iss == NULL || c->config.act == NULL) {
        client_fault_system(fault, "to sign, a key and aud, iss, act are needed");
        return NULL;
    }
    struct arena arena;
    struct fault found = {0};
    struct str jws = STR_NONE;
    struct record record = {0};
    char *copy = NULL;
    arena_init(&arena);
    enum err e =
        sign(c, &arena, str_of(kind), (struct str){claims.at, claims.len}, &found, &jws, &record);
    if (e != OK) {
        client_fault(fault, &found);
        goto done;
    }
    assert(jws.at != NULL);
    copy = malloc(jws.len + 1);
    if (copy == NULL) {
        client_fault_system(fault, "out of memory");
        goto done;
    }
    memcpy(copy, jws.at, jws.len);
    copy[jws.len] = '\0';
    if (id != NULL)
        memcpy(id, id_text(record.jti.at).at, ID_CHARS + 1);
done:
    arena_deinit(&arena);
    return copy;
}
