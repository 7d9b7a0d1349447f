/* Who there is: five agencies, their members, three sources; short clocks, so that many fire. */
#include "sim.h"

#include <assert.h>
#include <stdio.h>

const char *const OFFICE_AGENCIES[SIM_AGENCIES] = {"kpu", "polres", "pemkot", "bawaslu", "bpbd"};
const char *const OFFICE_CATEGORIES[3] = {"other.other", "cyber.ddos", "site.intrusion"};
static const enum agency_kind kinds[SIM_AGENCIES] = {
    AGENCY_ELECTION, AGENCY_POLICE, AGENCY_GOVERNMENT, AGENCY_OVERSIGHT, AGENCY_RELIEF};
#define ROLE(name) (1U << ROLE_##name)

static void add_person(struct world *w, const char *agency, const char *id, unsigned roles,
                       bool source)
{
    struct person *p = &w->people[w->people_count++];
    *p = (struct person){.agency = str_of(agency),
                         .id = arena_printf(&w->arena, "%s", id),
                         .roles = roles,
                         .source = source,
                         .skew_ms = between(w, -20000, 20000)};
    struct hash seed = crypt_sha256(arena_printf(&w->arena, "%s/%s", agency, id));
    p->key = crypt_key_from_seed(seed.at);
    p->jwk = crypt_public(&p->key);
    p->kid = crypt_thumbprint(&p->jwk);
    p->secret = crypt_sha256(arena_printf(&w->arena, "secret %s/%s", agency, id));
}

void office_open(struct world *w)
{
    for (int a = 0; a < SIM_AGENCIES; a++) {
        const char *agency = OFFICE_AGENCIES[a];
        add_person(w, agency, "piket", ROLE(DUTY) | ROLE(REPORTER), false);
        add_person(w, agency, "ketua", ROLE(CHIEF) | ROLE(DUTY), false);
        add_person(w, agency, "admin", ROLE(ADMIN), false);
    }
    add_person(w, "kpu", "koor", ROLE(COORDINATOR), false);
    add_person(w, "kpu", "kontrol", ROLE(CONTROLLER) | ROLE(REPORTER), false);
    add_person(w, "kpu", "cctv", 0, true);
    add_person(w, "pemkot", "ids", 0, true);
    add_person(w, "bpbd", "siren", 0, true);
    assert(w->people_count == SIM_MEMBERS + SIM_SOURCES);
    static const uint8_t seed[SEED_BYTES] = {7};
    struct secret_key key = crypt_key_from_seed(seed);
    jws_signer_init(&w->identity.signer, &key);
    w->identity.jwk = crypt_public(&key);
    w->identity.kid = crypt_thumbprint(&w->identity.jwk);
    w->identity.aud = SIM_AUD;
}

/* ---- the policy ---- */

static const struct target to_duty[] = {{.kind = TARGET_DUTY}};
static const struct target to_agency[] = {{.kind = TARGET_AGENCY}};
static const struct target to_late[] = {{.kind = TARGET_CHIEF}, {.kind = TARGET_OWNER}};
static const struct target to_superior[] = {{.kind = TARGET_SUPERIOR}};
static const struct policy_step steps[] = {{0, to_agency, 1}, {2, to_late, 2}, {5, to_superior, 1}};

static struct record policy_record(struct world *w)
{
    static const enum what whats[] = {WHAT_ACK, WHAT_ACCEPT, WHAT_UPDATE, WHAT_RESOLVE};
    static const int64_t within[] = {2, 4, 10, 30};
    struct policy_row *rows = ARENA_ARRAY(&w->arena, struct policy_row, 4 * SEV_COUNT);
    size_t count = 0;
    for (int what = 0; what < 4; what++)
        for (int sev = 0; sev < SEV_COUNT; sev++)
            rows[count++] = (struct policy_row){.what = whats[what],
                                                .sev = (enum sev)sev,
                                                .within_s = within[what] * (SEV_COUNT - sev),
                                                .repeat_s = between(w, 10, 60),
                                                .open = to_duty,
                                                .open_count = 1,
                                                .steps = steps,
                                                .step_count = (size_t)between(w, 1, 3)};
    return (struct record){.kind = KIND_POLICY_PUT,
                           .policy = STR("default"),
                           .rows = rows,
                           .row_count = count,
                           .has = CLAIM_BIT(POLICY) | CLAIM_BIT(ROWS)};
}

/* ---- genesis ---- */

static void free_own(struct submission *s, void *owner)
{
    struct world *w = owner;
    if (s->fault.code != OK)
        broken(w, "genesis", "refused: %s %s %s", err_wire(s->fault.code), s->fault.field,
               s->fault.text);
    w->nodes[0].submissions--;
    submission_free(s);
}

static void submit(struct world *w, struct submission *s)
{
    s->done = free_own;
    s->owner = w;
    w->nodes[0].submissions++;
    bool taken = turn_submit(w->nodes[0].turn, s);
    assert(taken);
    (void)taken;
}

static void own(struct world *w, const struct record *r, bool together)
{
    struct submission *s = submission_new(SUBMIT_HUB);
    s->together = together;
    record_copy(&s->arena, r, &s->record);
    s->record.active = true;
    submit(w, s);
}

static void own_agency(struct world *w, int a)
{
    struct record r = {.kind = KIND_AGENCY_PUT,
                       .agency = str_of(OFFICE_AGENCIES[a]),
                       .name = str_of(OFFICE_AGENCIES[a]),
                       .agency_kind = kinds[a],
                       .has = CLAIM_BIT(AGENCY) | CLAIM_BIT(NAME) | CLAIM_BIT(AGENCY_KIND)};
    if (a > 1) {
        r.superior = STR("kpu");
        r.has |= CLAIM_BIT(SUPERIOR);
    }
    own(w, &r, true);
}

static void own_person(struct world *w, const struct person *p)
{
    struct record r = {
        .agency = p->agency, .name = p->id, .has = CLAIM_BIT(AGENCY) | CLAIM_BIT(NAME)};
    if (p->source) {
        r.kind = KIND_SOURCE_PUT;
        r.source = p->id;
        r.jwk = p->jwk;
        r.every = between(w, 10, 20);
        r.has |= CLAIM_BIT(SOURCE) | CLAIM_BIT(JWK) | CLAIM_BIT(EVERY);
    } else {
        r.kind = KIND_MEMBER_PUT;
        r.member = p->id;
        r.roles = p->roles;
        r.has |= CLAIM_BIT(MEMBER) | CLAIM_BIT(ROLES);
    }
    own(w, &r, true);
}

static void own_invite(struct world *w, const struct person *p)
{
    struct record r = {.kind = KIND_DEVICE_INVITE,
                       .agency = p->agency,
                       .member = p->id,
                       .hash = p->secret,
                       .until = SIM_T0 + 24 * 3600 * 1000,
                       .has = CLAIM_BIT(AGENCY) | CLAIM_BIT(MEMBER) | CLAIM_BIT(HASH) |
                              CLAIM_BIT(UNTIL)};
    own(w, &r, true);
}

void office_begin(struct world *w)
{
    struct record key = {.kind = KIND_HUB_KEY,
                         .kid = w->identity.kid,
                         .jwk = w->identity.jwk,
                         .host = STR("kpu"),
                         .has = CLAIM_BIT(KID) | CLAIM_BIT(JWK) | CLAIM_BIT(HOST)};
    own(w, &key, true);
    for (int a = 0; a < SIM_AGENCIES; a++)
        own_agency(w, a);
    for (int c = 0; c < 3; c++) {
        struct record cat = {.kind = KIND_CATEGORY_PUT,
                             .cat = str_of(OFFICE_CATEGORIES[c]),
                             .id = STR("kategori"),
                             .en = STR("category"),
                             .sev = (enum sev)(1 + c),
                             .kinds = c == 1 ? 1U << AGENCY_POLICE : 0,
                             .has = CLAIM_BIT(CAT) | CLAIM_BIT(ID) | CLAIM_BIT(EN) |
                                    CLAIM_BIT(SEV) | CLAIM_BIT(KINDS)};
        own(w, &cat, true);
    }
    struct record policy = policy_record(w);
    own(w, &policy, true);
    for (size_t i = 0; i < w->people_count; i++)
        own_person(w, &w->people[i]);
    for (size_t i = 0; i < w->people_count; i++)
        if (!w->people[i].source)
            own_invite(w, &w->people[i]);
    for (size_t i = 0; i < w->people_count; i++) {
        const struct person *p = &w->people[i];
        if (p->source)
            continue;
        struct submission *s = submission_new(SUBMIT_ENROL);
        s->secret = p->secret;
        s->jwk = p->jwk;
        s->kid = p->kid;
        submit(w, s);
    }
}
