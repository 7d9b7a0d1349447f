/* A small world for the tests of core: the agencies kpu (host), polres, pemkot, bawaslu, each with
 * the members lapor (reporter), piket, piket2 (duty), ketua (chief), admin; kpu also koor
 * (coordinator), audit, kontrol; polda, superior of polres, with piket alone.  Everything came in
 * as records, through decide and state_apply, as in a hub. */
#ifndef POSKO_TESTS_WORLD_H
#define POSKO_TESTS_WORLD_H

#include "core/decide.h"
#include "core/owed.h"
#include "core/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <assert.h>
#include <string.h>

#define C(claim) (1ULL << CLAIM_##claim)
#define AUD STR("posko.test/ledger")
#define LIST(...)                                         \
    ((struct str_list){(const struct str[]){__VA_ARGS__}, \
                       sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)})
#define ROLE(name) (1U << ROLE_##name)
#define KINDS(name) (1U << AGENCY_##name)
#define T0 INT64_C(1795300000000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

struct world {
    struct state *st;
    struct arena arena;
    int64_t seq, at;
    struct fault fault;
    struct decision decision;
    struct record lapse; /* the last firing */
    size_t fired;        /* in the last step of time or escalate */
    uint64_t jtis;
};

static inline struct secret_key world_key(const char *who)
{
    struct hash seed = crypt_sha256(str_of(who));
    return crypt_key_from_seed(seed.at);
}

static inline struct public_key world_jwk(const char *who)
{
    struct secret_key key = world_key(who);
    return crypt_public(&key);
}

static inline struct kid world_kid(const char *who)
{
    struct public_key jwk = world_jwk(who);
    return crypt_thumbprint(&jwk);
}

static inline struct record_id world_jti(struct world *w)
{
    uint8_t rest[10] = {0};
    w->jtis++;
    for (int i = 0; i < 8; i++)
        rest[1 + i] = (uint8_t)(w->jtis >> (56 - 8 * i));
    struct record_id id;
    id_make(w->at, rest, id.at);
    return id;
}

/* What a value says without a flag: a claim is there when it is not empty. */
static inline uint64_t world_claims(const struct record *r)
{
    return (r->eta ? C(ETA) : 0) | (r->next ? C(NEXT) : 0) | (r->count ? C(COUNT) : 0) |
           (r->place.len ? C(PLACE) : 0) | (r->about.len ? C(ABOUT) : 0) |
           (r->superior.len ? C(SUPERIOR) : 0) | (r->in.len ? C(IN) : 0) |
           (r->title.len ? C(TITLE) : 0) | (r->cat.len ? C(CAT) : 0);
}

/* Whose word it is: "kpu/piket"; without a slash the hub's, with that key. */
static inline struct record world_record(struct world *w, const char *who, struct record r)
{
    struct str agency, id;
    if (!str_cut(str_of(who), '/', &agency, &id))
        agency = id = STR("hub");
    r.has |= world_claims(&r);
    r.aud = AUD;
    r.iss = agency;
    r.act = id;
    r.iat = w->at;
    r.signer = world_kid(who);
    r.jti = world_jti(w);
    if (!HAS(&r, ACTIVE))
        r.active = true;
    return r;
}

/* Decides and applies, as a turn does; a refusal leaves only its fault. */
static inline enum err world_decide(struct world *w, const struct record *r)
{
    struct stamp stamp = {.seq = w->seq + 1, .at = w->at};
    w->fault = (struct fault){0};
    struct decision d;
    memset(&d, 0, sizeof d);
    enum err e = decide(w->st, AUD, r, stamp, &w->arena, &d, &w->fault);
    if (e != OK) {
        assert(w->fault.code == e);
        assert(w->fault.text[0] != '\0');
        assert(d.count == 0);
        return e;
    }
    w->seq++;
    w->decision = d;
    for (size_t i = 0; i < d.count; i++)
        state_apply(w->st, &d.entries[i]);
    assert(state_unclocked(w->st) == 0);
    return OK;
}

static inline void world_fire(struct world *w, const struct ticket *t, const struct owed *o,
                              int64_t due)
{
    owed_lapse(w->st, t, o, due, w->at, AUD, &w->arena, &w->lapse);
    w->lapse.signer = world_kid("hub");
    enum err e = world_decide(w, &w->lapse);
    assert(e == OK);
    w->fired++;
}

static inline enum err post(struct world *w, const char *who, struct record claims)
{
    struct record r = world_record(w, who, claims);
    enum err e = world_decide(w, &r);
    if (e != OK || !w->decision.fire.wanted)
        return e;
    const struct fire f = w->decision.fire;
    const struct ticket *t = state_ticket(w->st, f.inc);
    w->fired = 0;
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        if (o->agency == f.agency && o->what == f.what && o->about == f.about &&
            o->since == f.since) {
            world_fire(w, t, o, w->at);
            break;
        }
    }
    assert(w->fired == 1);
    return e;
}

/* Time goes on to `at`; what is due fires.  Returns how often. */
static inline size_t tick(struct world *w, int64_t at)
{
    const struct owed *o = NULL;
    const struct ticket *t = NULL;
    w->at = at;
    w->fired = 0;
    while ((t = state_due(w->st, at, &o)) != NULL)
        world_fire(w, t, o, o->next);
    return w->fired;
}

#define GOOD(w, who, ...) assert_int_equal(post(w, who, (struct record){__VA_ARGS__}), OK)
#define BAD(w, code, who, ...) \
    assert_int_equal(post(w, who, (struct record){__VA_ARGS__}), ERR_##code)
#define BAD_FIELD(w, code, name, who, ...)           \
    do {                                             \
        BAD(w, code, who, __VA_ARGS__);              \
        assert_string_equal((w)->fault.field, name); \
    } while (0)

/* ---- the directory ---- */

static const struct target world_to_duty[] = {{.kind = TARGET_DUTY}};
static const struct target world_to_agency[] = {{.kind = TARGET_AGENCY}};
static const struct target world_to_chief_owner[] = {{.kind = TARGET_CHIEF},
                                                     {.kind = TARGET_OWNER}};
static const struct target world_to_superior[] = {{.kind = TARGET_SUPERIOR}};

static const struct policy_step world_steps[SEV_COUNT][3] = {
    [SEV_MINOR] = {{0, world_to_agency, 1}},
    [SEV_MODERATE] = {{0, world_to_agency, 1}, {1800, world_to_chief_owner, 2}},
    [SEV_SEVERE] = {{0, world_to_agency, 1}, {300, world_to_chief_owner, 2}},
    [SEV_EXTREME] = {{0, world_to_agency, 1},
                     {60, world_to_chief_owner, 2},
                     {180, world_to_superior, 1}},
};
static const size_t world_step_counts[SEV_COUNT] = {1, 2, 2, 3};
static const int64_t world_repeats[SEV_COUNT] = {86400, 7200, 600, 120};
static const int64_t world_withins[4][SEV_COUNT] = {
    {14400, 1800, 300, 60},         /* ack */
    {86400, 7200, 900, 300},        /* accept */
    {86400, 14400, 1800, 900},      /* update */
    {604800, 259200, 86400, 21600}, /* resolve */
};

enum { WORLD_ROWS = 4 * SEV_COUNT };
/* The default policy, as sql/demo/40_policy.json has it. */
static inline struct policy_row *world_rows(struct world *w)
{
    static const enum what whats[] = {WHAT_ACK, WHAT_ACCEPT, WHAT_UPDATE, WHAT_RESOLVE};
    struct policy_row *rows = ARENA_ARRAY(&w->arena, struct policy_row, WORLD_ROWS + 1);
    for (int i = 0; i < WORLD_ROWS; i++) {
        enum sev sev = (enum sev)(i % SEV_COUNT);
        rows[i] = (struct policy_row){.what = whats[i / SEV_COUNT],
                                      .sev = sev,
                                      .within_s = world_withins[i / SEV_COUNT][sev],
                                      .repeat_s = world_repeats[sev],
                                      .open = world_to_duty,
                                      .open_count = 1,
                                      .steps = world_steps[sev],
                                      .step_count = world_step_counts[sev]};
    }
    return rows;
}

/* A key for the member, by invitation of the hub. */
static inline void world_enrol(struct world *w, const char *who)
{
    struct str agency, id;
    bool both = str_cut(str_of(who), '/', &agency, &id);
    assert(both);
    (void)both;
    struct hash hash = crypt_sha256(arena_printf(&w->arena, "%s %d", who, (int)w->jtis));
    GOOD(w, "hub", .kind = KIND_DEVICE_INVITE, .agency = agency, .member = id, .hash = hash,
         .until = w->at + HOUR);
    const struct invite *invite = NULL;
    struct kid kid = world_kid(who);
    assert_int_equal(decide_enrol(w->st, hash, &kid, w->at, &w->fault, &invite), OK);
    GOOD(w, "hub", .kind = KIND_DEVICE_ENROL, .kid = kid, .jwk = world_jwk(who), .agency = agency,
         .member = id, .invite = invite->jti);
}

static inline void world_member(struct world *w, const char *who, unsigned roles)
{
    struct str agency, id;
    bool both = str_cut(str_of(who), '/', &agency, &id);
    assert(both);
    (void)both;
    GOOD(w, "hub", .kind = KIND_MEMBER_PUT, .agency = agency, .member = id, .name = id,
         .roles = roles);
    world_enrol(w, who);
}

static inline void world_agency(struct world *w, const char *id, enum agency_kind kind,
                                const char *superior)
{
    GOOD(w, "hub", .kind = KIND_AGENCY_PUT, .agency = str_of(id), .name = str_of(id),
         .agency_kind = kind, .superior = str_of(superior));
}

static inline void world_staff(struct world *w, const char *agency)
{
    static const struct {
        const char *id;
        unsigned roles;
    } staff[] = {{"admin", ROLE(ADMIN)},
                 {"ketua", ROLE(CHIEF)},
                 {"lapor", ROLE(REPORTER)},
                 {"piket", ROLE(DUTY)},
                 {"piket2", ROLE(DUTY)}};
    for (size_t i = 0; i < sizeof staff / sizeof *staff; i++)
        world_member(w, arena_printf(&w->arena, "%s/%s", agency, staff[i].id).at, staff[i].roles);
}

static inline void world_category(struct world *w, const char *code, enum sev sev, unsigned kinds)
{
    GOOD(w, "hub", .kind = KIND_CATEGORY_PUT, .cat = str_of(code), .id = str_of(code),
         .en = str_of(code), .sev = sev, .kinds = kinds);
}

static inline void world_place(struct world *w, const char *id, enum place_kind kind,
                               const char *in)
{
    GOOD(w, "hub", .kind = KIND_PLACE_PUT, .place = str_of(id), .name = str_of(id),
         .place_kind = kind, .in = str_of(in));
}

static inline void world_source(struct world *w, const char *admin, const char *who,
                                struct str_list cats, int64_t every)
{
    struct str agency, id;
    bool both = str_cut(str_of(who), '/', &agency, &id);
    assert(both);
    (void)both;
    GOOD(w, admin, .kind = KIND_SOURCE_PUT, .agency = agency, .source = id, .name = id,
         .has = C(JWK), .jwk = world_jwk(who), .cats = cats, .every = every);
}

static inline void world_first_key(struct world *w)
{
    GOOD(w, "hub", .kind = KIND_HUB_KEY, .kid = world_kid("hub"), .jwk = world_jwk("hub"),
         .host = STR("kpu"));
}

static inline struct world *world_bare(void)
{
    assert_int_equal(crypt_start(), OK);
    struct world *w = mem_new(sizeof *w);
    arena_init(&w->arena);
    w->st = state_new();
    w->at = T0;
    return w;
}

static inline void world_people(struct world *w)
{
    static const char *const agencies[] = {"kpu", "polres", "pemkot", "bawaslu"};
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++)
        world_staff(w, agencies[i]);
    world_member(w, "polda/piket", ROLE(DUTY));
    world_member(w, "kpu/koor", ROLE(COORDINATOR));
    world_member(w, "kpu/audit", ROLE(AUDITOR));
    world_member(w, "kpu/kontrol", ROLE(CONTROLLER));
    world_source(w, "kpu/admin", "kpu/cctv", (struct str_list){0}, 0);
    world_source(w, "polres/admin", "polres/sirene", LIST(STR("physical.alarm")), 60);
}

static inline struct world *world_new(void)
{
    struct world *w = world_bare();
    world_first_key(w);
    world_agency(w, "kpu", AGENCY_ELECTION, NULL);
    world_agency(w, "polres", AGENCY_POLICE, "polda");
    world_agency(w, "pemkot", AGENCY_GOVERNMENT, NULL);
    world_agency(w, "bawaslu", AGENCY_OVERSIGHT, NULL);
    world_agency(w, "polda", AGENCY_MILITARY, NULL);
    world_category(w, "physical.crowd", SEV_SEVERE, KINDS(POLICE) | KINDS(GOVERNMENT));
    world_category(w, "physical.alarm", SEV_EXTREME, KINDS(POLICE));
    world_category(w, "cyber.ddos", SEV_MODERATE, KINDS(CSIRT));
    world_category(w, "other.other", SEV_MINOR, 0);
    world_place(w, "bitung", PLACE_KOTA, NULL);
    world_place(w, "girian", PLACE_KECAMATAN, "bitung");
    world_place(w, "tps012", PLACE_TPS, "girian");
    GOOD(w, "hub", .kind = KIND_POLICY_PUT, .policy = STR("default"), .rows = world_rows(w),
         .row_count = WORLD_ROWS);
    world_people(w);
    return w;
}

static inline void world_free(struct world *w)
{
    state_free(w->st);
    arena_deinit(&w->arena);
    mem_free(w);
}

/* ---- what tests ask ---- */

static inline const struct agency *agency(const struct world *w, const char *id)
{
    const struct agency *a = state_agency(w->st, str_of(id));
    assert_non_null(a);
    return a;
}

static inline const struct member *member(const struct world *w, const char *who)
{
    struct str a, id;
    bool both = str_cut(str_of(who), '/', &a, &id);
    assert(both);
    (void)both;
    const struct member *m = state_member(w->st, a, id);
    assert_non_null(m);
    return m;
}

static inline const struct source *source(const struct world *w, const char *who)
{
    struct str a, id;
    bool both = str_cut(str_of(who), '/', &a, &id);
    assert(both);
    (void)both;
    const struct source *s = state_source(w->st, a, id);
    assert_non_null(s);
    return s;
}

/* kpu/lapor reports to polres and pemkot. */
static inline struct ticket_id report(struct world *w, enum sev sev)
{
    GOOD(w, "kpu/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("Massa di depan gudang"), .to = LIST(STR("polres"), STR("pemkot")),
         .has = C(SEV), .sev = sev);
    return w->decision.ticket;
}

static inline const struct ticket *ticket(const struct world *w, struct ticket_id id)
{
    const struct ticket *t = state_ticket(w->st, id);
    assert_non_null(t);
    return t;
}

static inline enum answer_state answer_of(const struct world *w, struct ticket_id id,
                                          const char *who)
{
    const struct answer *a = ticket_answer(ticket(w, id), agency(w, who));
    return a == NULL ? ANSWER_NONE : a->state;
}

/* The obligation, or NULL.  about NULL: about nobody. */
static inline const struct owed *owes(const struct world *w, struct ticket_id id, const char *who,
                                      enum what what, const char *about)
{
    const struct ticket *t = ticket(w, id);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        if (o->agency == agency(w, who) && o->what == what &&
            o->about == (about == NULL ? NULL : agency(w, about)))
            return o;
    }
    return NULL;
}

static inline size_t owed_count(const struct world *w, struct ticket_id id)
{
    return ticket(w, id)->owed_count;
}

static inline void assert_str(struct str is, const char *should)
{
    assert_int_equal(is.len, strlen(should));
    assert_memory_equal(is.at, should, is.len);
}

static inline bool told(const struct world *w, const char *who)
{
    for (size_t i = 0; i < w->lapse.told.count; i++)
        if (str_eq(w->lapse.told.at[i], str_of(who)))
            return true;
    return false;
}

static inline int world_setup(void **state)
{
    *state = world_new();
    return 0;
}

static inline int world_teardown(void **state)
{
    world_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
