/* A small directory, each entry of which went through its row before it was applied. */
#ifndef POSKO_TESTS_DOC_WORLD_H
#define POSKO_TESTS_DOC_WORLD_H

#include "foreign.h"

#include "ledger/doc.h"

enum { AGENCIES = 9, MEMBERS = 24, SOURCES = 6, PLACES = 5 };

/* A small generator with a fixed seed: a failure comes again. */
struct chance {
    uint64_t at;
};
static inline unsigned roll(struct chance *c, unsigned below)
{
    c->at = c->at * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(c->at >> 33) % below;
}

struct world {
    struct arena arena;
    struct state *st;
    struct chance chance;
    const struct agency *agencies[AGENCIES];
    const struct member *members[MEMBERS];
    const struct source *sources[SOURCES];
    const struct place *places[PLACES];
    const struct category *category;
    const struct policy *policies[3];
    struct secret_key key;
};

static inline struct str_list phones(struct world *w, unsigned count)
{
    struct str *list = ARENA_ARRAY(&w->arena, struct str, count);
    for (unsigned i = 0; i < count; i++)
        list[i] = arena_printf(&w->arena, "+62 \"%u\"", i);
    return (struct str_list){count == 0 ? NULL : list, count};
}

/* Applies the entry after its row was written and read back, so that all that follows stands on
 * what was read. */
static inline void keep(struct world *w, struct entry e)
{
    struct fault fault;
    struct entry again;
    struct buf first, second;
    buf_init(&first);
    buf_init(&second);
    doc_write_row(&first, &e);
    enum err err = doc_read_row(&w->arena, w->st, e.kind, doc_row_id(&w->arena, &e), e.seq,
                                buf_peek(&first), &fault, &again);
    if (err != OK)
        fail_msg("%s\n" STR_FMT, fault.text, STR_ARG(buf_peek(&first)));
    assert_int_equal(again.kind, e.kind);
    assert_int_equal(again.seq, e.seq);
    doc_write_row(&second, &again);
    if (!str_eq(buf_peek(&first), buf_peek(&second)))
        fail_msg(STR_FMT "\n" STR_FMT, STR_ARG(buf_peek(&first)), STR_ARG(buf_peek(&second)));
    assert_true(str_eq(doc_row_id(&w->arena, &e), doc_row_id(&w->arena, &again)));
    if (e.kind != ENTRY_INVITE) {
        buf_clear(&first);
        doc_write_wire(&first, &e);
        const struct node *n;
        struct str whole = arena_printf(&w->arena, "{\"%s\":" STR_FMT "}", doc_wire_name(e.kind),
                                        STR_ARG(buf_peek(&first)));
        if (json_parse(&w->arena, whole, &fault, &n) != OK)
            fail_msg("%s\n" STR_FMT, fault.text, STR_ARG(whole));
    }
    state_apply(w->st, &again);
    buf_deinit(&first);
    buf_deinit(&second);
}

static inline void make_agencies(struct world *w)
{
    for (unsigned i = 0; i < AGENCIES; i++) {
        struct agency a = {.id = arena_printf(&w->arena, "agency-%u", i),
                           .name = STR("Nama \"kantor\" \xE2\x80\x94"),
                           .kind = (enum agency_kind)(i % AGENCY_KIND_COUNT),
                           .host = i == 0,
                           .active = i != 3,
                           .superior = i == 1 ? STR("agency-0") : STR_NONE,
                           .phones = phones(w, i % 3)};
        keep(w, (struct entry){.kind = ENTRY_AGENCY, .seq = 1 + i, .is.agency = &a});
        w->agencies[i] = state_agency(w->st, a.id);
        assert_true(w->agencies[i]->active == a.active && w->agencies[i]->host == a.host);
    }
}

static inline void make_people(struct world *w)
{
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct member m = {.agency = w->agencies[i % AGENCIES],
                           .id = arena_printf(&w->arena, "m%u", i),
                           .name = STR("Nama"),
                           .roles = i % (1u << ROLE_COUNT),
                           .active = i % 5 != 0,
                           .phones = phones(w, i % 2)};
        keep(w, (struct entry){.kind = ENTRY_MEMBER, .seq = 20 + i, .is.member = &m});
        w->members[i] = state_member(w->st, m.agency->id, m.id);
        assert_int_equal(w->members[i]->roles, m.roles);
    }
    for (unsigned i = 0; i < SOURCES; i++) {
        struct secret_key key = crypt_key_new();
        struct public_key jwk = crypt_public(&key);
        struct str cat = STR("cyber.ddos");
        struct source s = {.agency = w->agencies[i % AGENCIES],
                           .id = arena_printf(&w->arena, "cam-%u", i),
                           .name = STR("Kamera"),
                           .kid = crypt_thumbprint(&jwk),
                           .every_s = i % 2 * 60,
                           .cats = {&cat, i % 2},
                           .place = i == 2 ? STR("place-0") : STR_NONE,
                           .active = true,
                           .last = i};
        keep(w, (struct entry){.kind = ENTRY_SOURCE, .seq = 60 + i, .is.source = &s});
        w->sources[i] = state_source(w->st, s.agency->id, s.id);
        assert_true(kid_eq(&w->sources[i]->kid, &s.kid));
    }
}

static inline void make_devices(struct world *w)
{
    for (unsigned i = 0; i < 3; i++) {
        struct secret_key key = crypt_key_new();
        struct device d = {.jwk = crypt_public(&key), .from = 80 + i, .until = i == 1 ? 90 : 0};
        d.kid = crypt_thumbprint(&d.jwk);
        if (i == 0)
            d.host = STR("agency-0");
        else
            d.agency = w->agencies[1];
        if (i == 1)
            d.member = w->members[1];
        if (i == 2)
            d.source = w->sources[1];
        keep(w, (struct entry){.kind = ENTRY_DEVICE, .seq = 80 + i, .is.device = &d});
        const struct device *held = state_device(w->st, &d.kid);
        assert_true(held->member == d.member && held->source == d.source &&
                    held->until == d.until && str_eq(held->host, d.host));
    }
}

static inline void make_places(struct world *w)
{
    for (unsigned i = 0; i < PLACES; i++) {
        struct place p = {.id = arena_printf(&w->arena, "place-%u", i),
                          .name = STR("Tempat"),
                          .in = i > 0 ? STR("place-0") : STR_NONE,
                          .kind = (enum place_kind)(i % PLACE_KIND_COUNT),
                          .tier = (int)i % TIER_COUNT - (i == 3),
                          .has_point = i % 2 == 1,
                          .active = true,
                          .lat = i % 2 == 1 ? -5 : 0,
                          .lon = 0};
        keep(w, (struct entry){.kind = ENTRY_PLACE, .seq = 100 + i, .is.place = &p});
        w->places[i] = state_place(w->st, p.id);
        assert_true(w->places[i]->tier == p.tier && w->places[i]->has_point == p.has_point);
    }
    struct str ask[] = {STR("guard"), STR("crowd")};
    struct category c = {.code = STR("physical.crowd"),
                         .id = STR("Kerumunan"),
                         .en = STR("Crowd"),
                         .maps = STR("EIDO CRWD"),
                         .sev = SEV_SEVERE,
                         .kinds = 6,
                         .ask = {ask, 2},
                         .active = true};
    keep(w, (struct entry){.kind = ENTRY_CATEGORY, .seq = 110, .is.category = &c});
    w->category = state_category(w->st, c.code);
    assert_int_equal(w->category->kinds, 6);
}

static inline void make_rules(struct world *w)
{
    struct target tell[] = {
        {.kind = TARGET_DUTY},
        {.kind = TARGET_AGENCY_ID, .agency = STR("agency-1")},
        {.kind = TARGET_MEMBER, .agency = STR("agency-1"), .member = STR("m1")}};
    struct policy_step steps[] = {{0, tell, 1}, {60, tell, 3}};
    struct policy_row rows[] = {{WHAT_ACK, SEV_MINOR, 60, 120, tell, 1, steps, 2},
                                {WHAT_CLOSE, SEV_EXTREME, 0, 1, NULL, 0, steps, 1}};
    for (unsigned i = 0; i < 3; i++) {
        struct policy p = {i < 2 ? STR("default") : STR("night"), 120 + i, rows, 2};
        keep(w, (struct entry){.kind = ENTRY_POLICY, .seq = 120 + i, .is.policy = &p});
        w->policies[i] = state_policy_at(w->st, p.id, p.seq);
        assert_int_equal(w->policies[i]->rows[0].steps[1].tell[2].kind, TARGET_MEMBER);
    }
    struct str to[] = {STR("agency-1"), STR("agency-2")};
    struct rule list[] = {{.to = {to, 2},
                           .cat = STR("physical.crowd"),
                           .sev = SEV_MINOR,
                           .place = STR("place-0"),
                           .source = STR("cam-1"),
                           .policy = STR("night")},
                          {.sev = -1}};
    struct rules rules = {list, 2};
    keep(w, (struct entry){.kind = ENTRY_RULES, .seq = 130, .is.rules = &rules});
    assert_int_equal(state_rules(w->st)->rules[1].sev, -1);
    struct duty duty = {w->members[2], 5, 500};
    keep(w, (struct entry){.kind = ENTRY_DUTY, .seq = 131, .is.duty = &duty});
    assert_int_equal(state_duty(w->st, w->members[2])->until, 500);
    struct invite invite = {.jti = {{0}},
                            .agency = w->agencies[2],
                            .member = w->members[2],
                            .hash = crypt_sha256(STR("s")),
                            .until = 9,
                            .used = true};
    uint8_t rest[10] = {1};
    id_make(7, rest, invite.jti.at);
    keep(w, (struct entry){.kind = ENTRY_INVITE, .seq = 132, .is.invite = &invite});
    assert_true(state_invite(w->st, invite.hash)->used);
}

static inline int world_setup(void **context)
{
    struct world *w = mem_new(sizeof *w);
    *context = w;
    arena_init(&w->arena);
    if (crypt_start() != OK)
        return -1;
    w->chance.at = 42;
    w->st = state_new();
    make_agencies(w);
    make_people(w);
    make_devices(w);
    make_places(w);
    make_rules(w);
    return 0;
}
static inline int world_teardown(void **context)
{
    struct world *w = *context;
    state_free(w->st);
    arena_deinit(&w->arena);
    mem_free(w);
    return 0;
}

#endif
