#include "world.h"

#include "core/route.h"

static struct route find(struct world *w, const char *cat, enum sev sev, const char *place,
                         const char *from)
{
    const struct place *p = place == NULL ? NULL : state_place(w->st, str_of(place));
    const struct source *s = from == NULL ? NULL : source(w, from);
    const struct agency *lead = s == NULL ? agency(w, "kpu") : s->agency;
    return route_find(w->st, state_category(w->st, str_of(cat)), sev, p, s, lead, &w->arena);
}

#define PUT_RULES(w, ...)                                            \
    do {                                                             \
        const struct rule rules_[] = {__VA_ARGS__};                  \
        GOOD(w, "kpu/admin", .kind = KIND_RULE_PUT, .rules = rules_, \
             .rule_count = sizeof rules_ / sizeof *rules_);          \
    } while (0)

static void without_a_rule_the_categorys_kinds_are_addressed(void **state)
{
    struct world *w = *state;
    struct route r = find(w, "physical.crowd", SEV_SEVERE, NULL, "kpu/cctv");
    assert_int_equal(r.to_count, 2); /* by id */
    assert_ptr_equal(r.to[0], agency(w, "pemkot"));
    assert_ptr_equal(r.to[1], agency(w, "polres"));
    assert_str(r.policy->id, "default");
    r = find(w, "other.other", SEV_SEVERE, NULL, "kpu/cctv");
    assert_int_equal(r.to_count, 0); /* none may result */
}

static void neither_the_lead_nor_an_inactive_agency_is_addressed(void **state)
{
    struct world *w = *state;
    struct route r = find(w, "physical.crowd", SEV_SEVERE, NULL, "polres/sirene");
    assert_int_equal(r.to_count, 1);
    assert_ptr_equal(r.to[0], agency(w, "pemkot"));
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("pemkot"), .name = STR("x"),
         .agency_kind = AGENCY_GOVERNMENT, .has = C(ACTIVE));
    assert_int_equal(find(w, "physical.crowd", SEV_SEVERE, NULL, "polres/sirene").to_count, 0);
    PUT_RULES(w, {.sev = -1, .to = LIST(STR("polres"), STR("bawaslu"))});
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("bawaslu"), .name = STR("x"),
         .has = C(ACTIVE));
    assert_int_equal(find(w, "physical.crowd", SEV_SEVERE, NULL, "polres/sirene").to_count, 0);
}

static void the_first_matching_rule_counts(void **state)
{
    struct world *w = *state;
    PUT_RULES(w, {.sev = SEV_EXTREME, .to = LIST(STR("polda"))},
              {.sev = -1, .cat = STR("cyber.ddos"), .to = LIST(STR("pemkot"))},
              {.sev = -1, .place = STR("girian"), .to = LIST(STR("bawaslu"), STR("bawaslu"))},
              {.sev = -1, .source = STR("cctv"), .to = {0}});
    assert_ptr_equal(find(w, "physical.crowd", SEV_EXTREME, NULL, "kpu/cctv").to[0],
                     agency(w, "polda"));
    assert_ptr_equal(find(w, "cyber.ddos", SEV_MINOR, "tps012", "kpu/cctv").to[0],
                     agency(w, "pemkot"));
    struct route r = find(w, "physical.crowd", SEV_MINOR, "tps012", "kpu/cctv");
    assert_int_equal(r.to_count, 1); /* the place covers what lies in it; once */
    assert_ptr_equal(r.to[0], agency(w, "bawaslu"));
    assert_int_equal(find(w, "physical.crowd", SEV_MINOR, "bitung", "kpu/cctv").to_count, 0);
    assert_int_equal(find(w, "physical.crowd", SEV_MINOR, NULL, "polres/sirene").to_count, 1);
}

static void a_rule_chooses_the_policy_for_reports_too(void **state)
{
    struct world *w = *state;
    struct policy_row *rows = world_rows(w);
    rows[SEV_EXTREME].within_s = 5;
    GOOD(w, "kpu/admin", .kind = KIND_POLICY_PUT, .policy = STR("pemilu"),
         .rows = &rows[SEV_EXTREME], .row_count = 1);
    PUT_RULES(w, {.sev = -1, .place = STR("girian"), .policy = STR("pemilu"), .to = {0}},
              {.sev = -1, .source = STR("cctv"), .policy = STR("default"), .to = {0}});
    struct route r = find(w, "physical.crowd", SEV_MINOR, "tps012", NULL);
    assert_str(r.policy->id, "pemilu");
    assert_int_equal(r.to_count, 0);
    GOOD(w, "kpu/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("polres")), .place = STR("tps012"), .has = C(SEV),
         .sev = SEV_EXTREME);
    struct ticket_id t = w->decision.ticket;
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->due, w->at + 5000);
    assert_int_equal(owes(w, t, "kpu", WHAT_RESOLVE, NULL)->due, w->at + 6 * HOUR);
}

static void an_alert_addresses_at_most_32_agencies(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 40; i++)
        world_agency(w, arena_printf(&w->arena, "c%02d", i).at, AGENCY_CSIRT, NULL);
    assert_int_equal(find(w, "cyber.ddos", SEV_MINOR, NULL, "kpu/cctv").to_count, 32);
    GOOD(w, "kpu/cctv", .kind = KIND_ALERT_RAISE, .key = STR("k"), .cat = STR("cyber.ddos"),
         .title = STR("x"));
    assert_int_equal(owed_count(w, w->decision.ticket), 33);
}

static void silence_finds_a_category_as_long_as_there_is_one(void **state)
{
    (void)state;
    struct world *w = world_bare();
    struct agency a = {.id = STR("a"), .active = true};
    struct source s = {
        .agency = &a, .id = STR("s"), .active = true, .every_s = 10, .beat = 1, .last = 1};
    state_apply(w->st, &(struct entry){ENTRY_AGENCY, 1, {.agency = &a}});
    state_apply(w->st, &(struct entry){ENTRY_SOURCE, 1, {.source = &s}});
    assert_null(route_silent_category(w->st, &s));
    int64_t due = 0;
    assert_null(state_silent(w->st, T0, &due)); /* no ticket could be opened */
    struct category any = {.code = STR("any")};
    state_apply(w->st, &(struct entry){ENTRY_CATEGORY, 1, {.category = &any}});
    assert_str(route_silent_category(w->st, &s)->code, "any");
    assert_null(state_silent(w->st, T0, &due)); /* nor a clock run */
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_rule_the_categorys_kinds_are_addressed),
        TEST(neither_the_lead_nor_an_inactive_agency_is_addressed),
        TEST(the_first_matching_rule_counts),
        TEST(a_rule_chooses_the_policy_for_reports_too),
        TEST(an_alert_addresses_at_most_32_agencies),
        cmocka_unit_test(silence_finds_a_category_as_long_as_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
