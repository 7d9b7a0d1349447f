#include "ledger/codec.h"

#include "ledger/codec_table.h"

#include <assert.h>

/* ---- what no single claim can tell ---- */
static enum err check_point(const struct record *r, struct fault *fault)
{
    if (HAS(r, LAT) == HAS(r, LON))
        return OK;
    return fault_set(fault, ERR_BAD_CLAIM, HAS(r, LAT) ? "lon" : "lat",
                     "`lat` and `lon` come together");
}

static enum err check_change(const struct record *r, struct fault *fault)
{
    if ((r->has & ~(codec_must_mask(r->kind) | CLAIM_BIT(EVT) | CLAIM_BIT(STATUS))) != 0)
        return OK;
    return fault_set(fault, ERR_BAD_CLAIM, "",
                     "a change names one or more of cat sev title place lat lon tlp veracity");
}

static enum err check_key(const struct record *r, struct fault *fault)
{
    struct kid kid = crypt_thumbprint(&r->jwk);
    if (kid_eq(&kid, &r->kid))
        return OK;
    return fault_set(fault, ERR_BAD_CLAIM, "kid", "`kid` must be the thumbprint of `jwk`");
}

static bool has_row(const struct record *r, enum what what, enum sev sev)
{
    for (size_t i = 0; i < r->row_count; i++)
        if (r->rows[i].what == what && r->rows[i].sev == sev)
            return true;
    return false;
}

/* The policy that holds where no rule matches must answer for every ticket. */
static enum err check_default_policy(const struct record *r, struct fault *fault)
{
    static const enum what needed[] = {WHAT_ACK, WHAT_ACCEPT, WHAT_UPDATE, WHAT_RESOLVE};
    if (!str_eq(r->policy, STR("default")))
        return OK;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        for (int sev = 0; sev < SEV_COUNT; sev++)
            if (!has_row(r, needed[i], (enum sev)sev))
                return fault_set(fault, ERR_BAD_CLAIM, "rows",
                                 "the policy default needs a row for %s, %s",
                                 WORDS_WHAT.at[needed[i]], WORDS_SEV.at[sev]);
    return OK;
}

static enum err check_whole(const struct record *r, struct fault *fault)
{
    enum err e = check_point(r, fault);
    if (e == OK && r->kind == KIND_INCIDENT_CHANGE)
        e = check_change(r, fault);
    if (e == OK && HAS(r, KID) && HAS(r, JWK))
        e = check_key(r, fault);
    if (e == OK && r->kind == KIND_POLICY_PUT)
        e = check_default_policy(r, fault);
    if (e == OK && r->kind == KIND_AGENCY_PUT && str_eq(r->agency, STR("hub")))
        e = fault_set(fault, ERR_BAD_CLAIM, "agency", "`hub` is reserved for the hub");
    return e;
}

/* ---- reading ---- */
static void record_init(struct record *r)
{
    *r = (struct record){.tlp = TLP_AMBER, .count = 1, .active = true};
}

enum err codec_set(struct arena *arena, struct record *r, struct str name, const struct node *value,
                   struct fault *fault)
{
    int claim = codec_find_claim(name);
    if (claim < 0 || !codec_may(r->kind, (enum claim)claim)) {
        struct str field = arena_printf(arena, STR_FMT, STR_ARG(name)); /* for its NUL */
        return fault_set(fault, ERR_UNKNOWN_FIELD, field.at,
                         "%s has no claim `%s`; leave it out, or give it a name with x-",
                         WORDS_KIND.at[r->kind], field.at);
    }
    enum err e = codec_read_form(arena, codec_form(r->kind, (enum claim)claim), value, fault, r);
    if (e == OK)
        r->has |= UINT64_C(1) << claim;
    return e;
}

static enum err check_must(struct arena *arena, const struct record *r, struct fault *fault)
{
    uint64_t missing = codec_must_mask(r->kind) & ~r->has;
    if (missing == 0)
        return OK;
    const struct claim_form *form = codec_form(r->kind, (enum claim)__builtin_ctzll(missing));
    return fault_set(fault, ERR_BAD_CLAIM, form->name, "`%s` is missing: it must be " STR_FMT,
                     form->name, STR_ARG(codec_demand(arena, form)));
}

/* The kind first: it says which claims are known. */
static enum err read_kind(struct arena *arena, const struct node *claims, enum typ typ,
                          struct fault *fault, struct record *r)
{
    const struct claim_form *form = codec_form(KIND_INCIDENT_REPORT, CLAIM_KIND);
    const struct node *value = node_get(claims, STR("kind"));
    if (value == NULL)
        return fault_set(fault, ERR_BAD_CLAIM, "kind", "`kind` is missing");
    enum err e = codec_read_form(arena, form, value, fault, r);
    if (e == OK && kind_typ(r->kind) != typ)
        e = fault_set(fault, ERR_BAD_CLAIM, "kind", "%s must be signed under typ %s",
                      WORDS_KIND.at[r->kind], WORDS_TYP.at[kind_typ(r->kind)]);
    return e;
}

enum err codec_read(struct arena *arena, const struct envelope *envelope, struct fault *fault,
                    struct record *out)
{
    const struct node *claims;
    struct record r;
    enum err e = json_parse(arena, envelope->payload, fault, &claims);
    if (e != OK)
        return e;
    record_init(&r);
    r.signer = envelope->kid;
    e = read_kind(arena, claims, envelope->typ, fault, &r);
    for (const struct node *n = claims->first; e == OK && n != NULL; n = n->next)
        if (!str_starts(n->key, STR("x-")))
            e = codec_set(arena, &r, n->key, n, fault);
    if (e == OK)
        e = check_must(arena, &r, fault);
    if (e == OK)
        e = check_whole(&r, fault);
    if (e == OK)
        *out = r;
    return e;
}

struct str codec_write(struct arena *arena, const struct record *r)
{
    struct buf buf;
    buf_init(&buf);
    struct json_writer w = {&buf, false};
    json_begin_object(&w, NULL);
    codec_put_form(&w, codec_form(r->kind, CLAIM_V), r);
    uint64_t has = (r->has | CLAIMS_OF_ALL) & ~CLAIM_BIT(V);
    for (int claim = 0; claim < CLAIMS; claim++)
        if ((has >> claim & 1) != 0)
            codec_put_form(&w, codec_form(r->kind, (enum claim)claim), r);
    json_end_object(&w);
    struct str out = arena_dup(arena, buf_peek(&buf));
    buf_deinit(&buf);
    return out;
}

/* ---- log-in ---- */
enum { LOGIN_V, LOGIN_AUD, LOGIN_NONCE, LOGIN_IAT, LOGIN_HOST, LOGIN_JWK, LOGIN_CLAIMS };
static const char *const login_names[LOGIN_CLAIMS] = {"v", "aud", "nonce", "iat", "host", "jwk"};

static bool login_text(const struct node *n, struct str *out)
{
    size_t chars;
    if (n->type != NODE_TEXT || !str_utf8(n->text, &chars) || chars < 1 || chars > 255 ||
        !str_is_plain_text(n->text, false))
        return false;
    *out = n->text;
    return true;
}

static bool login_claim(int claim, const struct node *n, struct login *login)
{
    uint8_t nonce[HASH_BYTES];
    switch (claim) {
    case LOGIN_V:
        return n->type == NODE_INT && n->number == 1;
    case LOGIN_AUD:
        return login_text(n, &login->aud);
    case LOGIN_NONCE:
        return login_text(n, &login->nonce) &&
               crypt_b64_decode_exact(login->nonce, nonce, sizeof nonce);
    case LOGIN_IAT:
        login->iat = n->number;
        return n->type == NODE_INT && n->number >= 0;
    case LOGIN_HOST:
        return login_text(n, &login->host);
    case LOGIN_JWK:
        login->has_jwk = true;
        return codec_read_jwk(n, &login->jwk);
    }
    return false;
}

static int login_find(struct str name, bool enrol)
{
    for (int i = 0; i < (enrol ? LOGIN_CLAIMS : LOGIN_JWK); i++)
        if (str_eq(str_of(login_names[i]), name))
            return i;
    return -1;
}

static enum err read_login(struct arena *arena, const struct node *claims, bool enrol,
                           struct fault *fault, struct login *login)
{
    for (const struct node *n = claims->first; n != NULL; n = n->next) {
        struct str name = arena_dup(arena, n->key);
        int claim = login_find(name, enrol);
        if (claim < 0)
            return fault_set(fault, ERR_UNKNOWN_FIELD, name.at,
                             "a log-in is exactly v aud nonce iat host%s", enrol ? " jwk" : "");
        if (!login_claim(claim, n, login))
            return fault_set(fault, ERR_BAD_CLAIM, name.at, "`%s` is not of its form", name.at);
    }
    /* All names are known and none stands twice: the count tells whether one is missing. */
    size_t needed = enrol ? LOGIN_CLAIMS : LOGIN_JWK;
    for (size_t i = 0; claims->count < needed && i < needed; i++)
        if (node_get(claims, str_of(login_names[i])) == NULL)
            return fault_set(fault, ERR_BAD_CLAIM, login_names[i], "`%s` is missing",
                             login_names[i]);
    return OK;
}

enum err codec_read_login(struct arena *arena, const struct envelope *envelope, bool enrol,
                          struct fault *fault, struct login *out)
{
    const struct node *claims;
    struct login login = {0};
    if (envelope->typ != TYP_AUTH)
        return fault_set(fault, ERR_BAD_HEADER, "typ", "a log-in has typ posko-auth+jws");
    enum err e = json_parse(arena, envelope->payload, fault, &claims);
    if (e == OK)
        e = read_login(arena, claims, enrol, fault, &login);
    if (e != OK)
        return e;
    if (enrol) {
        struct kid kid = crypt_thumbprint(&login.jwk);
        if (!kid_eq(&kid, &envelope->kid))
            return fault_set(fault, ERR_BAD_CLAIM, "jwk",
                             "the header's `kid` must be the thumbprint of `jwk`");
    }
    *out = login;
    return OK;
}

struct str codec_write_login(struct arena *arena, const struct login *login)
{
    struct buf buf;
    buf_init(&buf);
    struct json_writer w = {&buf, false};
    json_begin_object(&w, NULL);
    json_put_int(&w, "v", 1);
    json_put_text(&w, "aud", login->aud);
    json_put_text(&w, "nonce", login->nonce);
    json_put_int(&w, "iat", login->iat);
    json_put_text(&w, "host", login->host);
    if (login->has_jwk)
        codec_put_jwk(&w, "jwk", &login->jwk);
    json_end_object(&w);
    struct str out = arena_dup(arena, buf_peek(&buf));
    buf_deinit(&buf);
    return out;
}
