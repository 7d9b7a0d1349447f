#include "ledger/jws.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- keys: one a line, USE SEED-HEX AGENCY MEMBER ---- */

bool keys_read(struct load *load)
{
    FILE *f = fopen(load->options.keys, "r");
    if (!f)
        return false;
    char use = 0;
    char seed[2 * SEED_BYTES + 1];
    struct key k = {0};
    long room = 0;
    while (fscanf(f, " %c %64s %127s %127s", &use, seed, k.agency, k.member) == 4) {
        uint8_t bytes[SEED_BYTES];
        if (!crypt_unhex_exact(str_of(seed), bytes, sizeof(bytes)))
            break;
        if (load->key_count == room) {
            room = room ? 2 * room : 64;
            load->keys = mem_grow(load->keys, (size_t)room * sizeof(k));
        }
        k.use = use;
        k.secret = crypt_key_from_seed(bytes);
        struct public_key public = crypt_public(&k.secret);
        k.kid = crypt_thumbprint(&public);
        load->keys[load->key_count++] = k;
    }
    (void)fclose(f);
    return load->key_count > 0;
}

struct key *keys_take(struct load *load, bool follows)
{
    struct key *best = NULL;
    for (long i = 0; i < load->key_count; i++) {
        struct key *k = &load->keys[i];
        if ((k->use == 's') == follows && k->sockets < POSKO_SOCKETS_PER_KEY_MAX &&
            (!best || k->sockets < best->sockets))
            best = k;
    }
    if (best)
        best->sockets++;
    return best;
}

static const struct key *author(const struct load *load, char use, long n)
{
    long count = 0;
    for (long i = 0; i < load->key_count; i++)
        count += load->keys[i].use == use;
    for (long i = 0; i < load->key_count && count; i++)
        if (load->keys[i].use == use && n-- % count == 0)
            return &load->keys[i];
    return NULL;
}

/* ---- records ---- */

/* The whole life of a ticket with two agencies, told in twelve records. */
static const struct step {
    char use;
    const char *kind;
    const char *claims;
} STORY[] = {
    {'l', "incident.report",
     "\"cat\":\"physical.crowd\",\"to\":[\"polres\",\"pemkot\"],"
     "\"title\":\"Kerumunan di depan kantor kecamatan\""},
    {'p', "response.ack", NULL},
    {'k', "response.ack", NULL},
    {'p', "response.accept", NULL},
    {'l', "incident.note", "\"body\":\"saksi kedua\""},
    {'p', "response.enroute", "\"note\":\"dua regu\""},
    {'p', "response.onscene", NULL},
    {'k', "response.accept", NULL},
    {'p', "incident.note", "\"body\":\"situasi tenang\""},
    {'p', "response.done", NULL},
    {'l', "incident.resolve", "\"note\":\"selesai\""},
    {'l', "incident.close", "\"disposition\":\"handled\""},
};
enum { STORY_STEPS = sizeof(STORY) / sizeof(STORY[0]), NOTES_A_TICKET = 100 };

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void new_id(uint8_t id[static ID_BYTES])
{
    uint8_t rest[10];
    crypt_random(rest, sizeof(rest));
    id_make(wall_ms(), rest, id);
}

/* All payloads are equally long, so that kinds can be compared. */
static struct str payload(struct arena *a, const struct options *o, const struct key *k,
                          const struct step *step, const struct shot *shot, struct record_id inc)
{
    struct buf b;
    buf_init(&b);
    buf_printf(&b,
               "{\"v\":1,\"aud\":\"%s\",\"iss\":\"%s\",\"act\":\"%s\",\"kind\":\"%s\","
               "\"jti\":\"%s\",\"iat\":%lld",
               o->aud, k->agency, k->member, step->kind, id_text(shot->jti.at).at,
               (long long)wall_ms());
    if (!record_id_eq(inc, shot->jti))
        buf_printf(&b, ",\"inc\":\"%s\"", id_text(inc.at).at);
    if (step->claims)
        buf_printf(&b, ",%s", step->claims);
    int room = o->bytes - (int)b.len - 11;
    buf_printf(
        &b, ",\"x-pad\":\"%.*s\"}", room < 0 ? 0 : room,
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
        "2345678901234567890123456789012345678901234567890123456789012345678901234567890123"
        "4567890123456789012345678901234567890123456789012345678901234567890123456789012345");
    struct str out = arena_dup(a, buf_peek(&b));
    buf_deinit(&b);
    return out;
}

static void frame_shot(const struct load *load, struct shot *shot, long ref, struct str jws)
{
    struct buf text;
    struct buf out;
    buf_init(&text);
    buf_init(&out);
    if (load->options.dialect == DIALECT_POSKO || load->options.dialect == DIALECT_PLAIN) {
        buf_printf(&text, "{\"op\":\"post\",\"ref\":%ld,\"jws\":\"" STR_FMT "\"}", ref,
                   STR_ARG(jws));
        frame_masked(&out, buf_peek(&text), false);
    } else {
        buf_put(&out, jws); /* the peer's own frame comes later */
    }
    shot->len = (uint32_t)out.len;
    shot->frame = mem_new(out.len);
    memcpy(shot->frame, out.at, out.len);
    buf_deinit(&text);
    buf_deinit(&out);
}

static void sign_one(struct load *load, struct conn *c, long i, struct record_id *inc)
{
    const struct options *o = &load->options;
    struct shot *shot = &c->shots[i];
    long story = o->work == WORK_STORY    ? i % STORY_STEPS
                 : o->work == WORK_REPORT ? 0
                 : i % NOTES_A_TICKET     ? 4
                                          : 0;
    const struct step *step = &STORY[story];
    const struct key *k = author(load, step->use, i / STORY_STEPS + (c - load->conns));
    struct arena arena;
    arena_init(&arena);
    new_id(shot->jti.at);
    if (story == 0)
        *inc = shot->jti;
    struct str text = payload(&arena, o, k, step, shot, *inc);
    struct str jws = jws_sign(&arena, TYP_RECORD, &k->secret, text);
    shot->forged = o->forged && i % o->forged == o->forged - 1;
    if (shot->forged) {
        /* A letter of the signature is another: still base64url, still 64 bytes. */
        char *at = (char *)arena_dup(&arena, jws).at;
        at[jws.len - 40] = at[jws.len - 40] == 'A' ? 'B' : 'A';
        jws.at = at;
    }
    frame_shot(load, shot, i, jws);
    arena_deinit(&arena);
}

void pool_sign(struct load *load)
{
    long each = load->options.writers ? load->options.pool / load->options.writers + 1 : 0;
    for (int w = 0; w < load->conn_count; w++) {
        struct conn *c = &load->conns[w];
        struct record_id inc = {{0}};
        if (c->sub)
            continue;
        c->shots = mem_new((size_t)each * sizeof(*c->shots));
        c->shot_count = each;
        for (long i = 0; i < each; i++)
            sign_one(load, c, i, &inc);
    }
}

/* We dial what the hub is called by default. */
struct str login_sign(struct arena *a, const struct conn *c, struct str aud, struct str nonce)
{
    struct str claims = arena_printf(a,
                                     "{\"v\":1,\"aud\":\"" STR_FMT "\",\"nonce\":\"" STR_FMT
                                     "\",\"iat\":%lld,\"host\":\"localhost:%d\"}",
                                     STR_ARG(aud), STR_ARG(nonce), (long long)wall_ms(), c->port);
    return jws_sign(a, TYP_AUTH, &c->key->secret, claims);
}
