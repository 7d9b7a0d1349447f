#include "world.h"

/* ---- the host's directory ---- */

static void only_the_hosts_admin_and_the_hub_keep_the_directory(void **state)
{
    struct world *w = *state;
    static const enum kind kinds[] = {KIND_AGENCY_PUT, KIND_CATEGORY_PUT, KIND_PLACE_PUT,
                                      KIND_POLICY_PUT, KIND_RULE_PUT};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        BAD(w, NOT_ALLOWED, "polres/admin", .kind = kinds[i]);
        BAD(w, NOT_ALLOWED, "kpu/koor", .kind = kinds[i]);
        GOOD(w, "kpu/admin", .kind = kinds[i], .agency = STR("x"), .cat = STR("x"),
             .place = STR("x"), .policy = STR("x"), .name = STR("x"));
        assert_int_equal(w->decision.scope, SCOPE_MEMBERS);
    }
}

static void a_put_replaces_all_it_does_not_say(void **state)
{
    struct world *w = *state;
    const struct agency *a = agency(w, "polres");
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("polres"),
         .name = STR("Polres Bitung"), .agency_kind = AGENCY_POLICE, .superior = STR("polda"),
         .phones = LIST(STR("110"), STR("0438")));
    assert_ptr_equal(agency(w, "polres"), a); /* at its lasting address */
    assert_int_equal(a->phones.count, 2);
    assert_str(a->phones.at[1], "0438");
    assert_str(a->superior, "polda");
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("polres"), .name = STR("Polres"),
         .agency_kind = AGENCY_POLICE);
    assert_int_equal(a->superior.len, 0);
    assert_int_equal(a->phones.count, 0);
    assert_true(a->active);
    GOOD(w, "kpu/admin", .kind = KIND_PLACE_PUT, .place = STR("gudang"), .name = STR("Gudang"),
         .place_kind = PLACE_SITE, .in = STR("girian"), .has = C(TIER) | C(LAT) | C(LON),
         .tier = TIER_RAWAN, .lat = 1, .lon = 2);
    const struct place *p = state_place(w->st, STR("gudang"));
    assert_int_equal(p->tier, TIER_RAWAN);
    assert_true(p->has_point);
    GOOD(w, "kpu/admin", .kind = KIND_PLACE_PUT, .place = STR("gudang"), .name = STR("G"),
         .place_kind = PLACE_SITE);
    assert_int_equal(p->tier, -1);
    assert_false(p->has_point);
    assert_int_equal(p->in.len, 0);
    GOOD(w, "kpu/admin", .kind = KIND_CATEGORY_PUT, .cat = STR("cyber.ddos"), .id = STR("a"),
         .en = STR("b"), .sev = SEV_MINOR, .has = C(MAPS), .maps = STR("IODEF x"),
         .ask = LIST(STR("guard")));
    const struct category *c = state_category(w->st, STR("cyber.ddos"));
    assert_str(c->ask.at[0], "guard");
    assert_str(c->maps, "IODEF x");
    assert_int_equal(c->kinds, 0);
}

static void the_host_stays_active_and_hub_is_nobodys_id(void **state)
{
    struct world *w = *state;
#define AGENCY(id_) .kind = KIND_AGENCY_PUT, .agency = STR(id_), .name = STR("x")
    BAD_FIELD(w, BAD_CLAIM, "active", "kpu/admin", AGENCY("kpu"), .has = C(ACTIVE));
    BAD_FIELD(w, BAD_CLAIM, "agency", "kpu/admin", AGENCY("hub"));
    BAD_FIELD(w, BAD_CLAIM, "superior", "kpu/admin", AGENCY("x"), .superior = STR("x"));
    BAD_FIELD(w, BAD_CLAIM, "superior", "kpu/admin", AGENCY("x"), .superior = STR("nobody"));
    GOOD(w, "kpu/admin", AGENCY("kpu"));
    assert_true(agency(w, "kpu")->host);
    GOOD(w, "hub", AGENCY("x"), .superior = STR("later")); /* genesis: in any order */
}

static void a_place_lies_in_a_known_one_and_never_in_itself(void **state)
{
    struct world *w = *state;
#define PLACE(id_) .kind = KIND_PLACE_PUT, .place = STR(id_), .name = STR("x")
    BAD_FIELD(w, BAD_CLAIM, "in", "kpu/admin", PLACE("x"), .in = STR("nowhere"));
    BAD_FIELD(w, BAD_CLAIM, "in", "kpu/admin", PLACE("bitung"), .in = STR("tps012"));
    BAD_FIELD(w, BAD_CLAIM, "in", "kpu/admin", PLACE("bitung"), .in = STR("bitung"));
    BAD_FIELD(w, BAD_CLAIM, "lon", "kpu/admin", PLACE("x"), .has = C(LAT));
    GOOD(w, "kpu/admin", PLACE("x"), .in = STR("tps012"));
    assert_true(state_place_in(w->st, state_place(w->st, STR("x")), STR("bitung")));
    GOOD(w, "hub", PLACE("a"), .in = STR("b"));
    GOOD(w, "hub", PLACE("b"), .in = STR("a")); /* a loop that genesis wrote ends */
    assert_false(state_place_in(w->st, state_place(w->st, STR("a")), STR("bitung")));
    GOOD(w, "hub", PLACE("c"), .in = STR("lost"));
    assert_false(state_place_in(w->st, state_place(w->st, STR("c")), STR("bitung")));
}

static void the_default_policy_has_all_that_it_needs(void **state)
{
    struct world *w = *state;
    struct policy_row *rows = world_rows(w);
#define POLICY(id_, count_) \
    .kind = KIND_POLICY_PUT, .policy = STR(id_), .rows = rows, .row_count = count_
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS - 1));
    assert_string_equal(w->fault.text, "policy `default` needs ack, accept, update and resolve "
                                       "for each severity; resolve extreme is missing");
    GOOD(w, "kpu/admin", POLICY("other", 1));
    rows[WORLD_ROWS] = rows[0];
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS + 1));
    assert_non_null(strstr(w->fault.text, "two rows"));
    static const struct policy_step backwards[] = {{60, world_to_duty, 1}, {0, world_to_duty, 1}};
    rows[0].steps = backwards;
    rows[0].step_count = 2;
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS));
    assert_non_null(strstr(w->fault.text, "order"));
    rows[0].step_count = 0;
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS));
    static const struct target unknown[] = {{.kind = TARGET_AGENCY_ID, .agency = {"nobody", 6}}};
    static const struct policy_step to_unknown[] = {{0, unknown, 1}};
    rows[0].step_count = 1;
    rows[0].steps = to_unknown;
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS));
    rows[0].steps = world_steps[0];
    rows[0].open = unknown;
    BAD_FIELD(w, BAD_CLAIM, "rows", "kpu/admin", POLICY("default", WORLD_ROWS));
    rows[0].open = world_to_duty;
    GOOD(w, "kpu/admin", POLICY("default", WORLD_ROWS));
    assert_int_equal(state_policy(w->st, STR("default"))->seq, w->seq);
}

static void rules_name_what_is_known(void **state)
{
    struct world *w = *state;
#define RULES(...)                                                         \
    .kind = KIND_RULE_PUT, .rule_count = 1, .rules = (const struct rule[]) \
    {                                                                      \
        {                                                                  \
            .sev = -1, __VA_ARGS__                                         \
        }                                                                  \
    }
    BAD_FIELD(w, BAD_CLAIM, "rules", "kpu/admin", RULES(.to = LIST(STR("nobody"))));
    BAD_FIELD(w, BAD_CLAIM, "rules", "kpu/admin", RULES(.cat = STR("none")));
    BAD_FIELD(w, BAD_CLAIM, "rules", "kpu/admin", RULES(.place = STR("none")));
    BAD_FIELD(w, BAD_CLAIM, "rules", "kpu/admin", RULES(.policy = STR("none")));
    BAD_FIELD(w, BAD_CLAIM, "rules", "kpu/admin", RULES(.source = STR("none")));
    GOOD(w, "kpu/admin",
         RULES(.to = LIST(STR("polres")), .cat = STR("cyber.ddos"), .place = STR("girian"),
               .policy = STR("default"), .source = STR("sirene")));
    assert_int_equal(state_rules(w->st)->count, 1);
    assert_str(state_rules(w->st)->rules[0].to.at[0], "polres");
    GOOD(w, "hub", RULES(.source = STR("later")));
    GOOD(w, "kpu/admin", .kind = KIND_RULE_PUT);
    assert_int_equal(state_rules(w->st)->count, 0);
}

/* ---- members ---- */

#define MEMBER(a, m) .kind = KIND_MEMBER_PUT, .agency = STR(a), .member = STR(m), .name = STR("N")

static void an_admin_keeps_his_agencys_members(void **state)
{
    struct world *w = *state;
    GOOD(w, "polres/admin", MEMBER("polres", "baru"), .roles = ROLE(DUTY) | ROLE(REPORTER),
         .phones = LIST(STR("08")));
    const struct member *m = member(w, "polres/baru");
    assert_true(access_has_role(m, ROLE_DUTY) && access_has_role(m, ROLE_REPORTER));
    assert_str(m->phones.at[0], "08");
    assert_false(state_has_device(w->st, m));
    BAD(w, NOT_ALLOWED, "polres/ketua", MEMBER("polres", "lain"));
    BAD_FIELD(w, NOT_ALLOWED, "agency", "polres/admin", MEMBER("pemkot", "lain"));
    BAD_FIELD(w, NOT_ALLOWED, "agency", "polres/admin", MEMBER("nobody", "lain"));
    BAD_FIELD(w, CONFLICT, "member", "polres/admin", MEMBER("polres", "sirene"));
}

static void the_hosts_admin_helps_an_agency_without_an_admin(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, NOT_ALLOWED, "agency", "kpu/admin", MEMBER("polres", "baru"));
    assert_non_null(strstr(w->fault.text, "has an admin of its own"));
    GOOD(w, "kpu/admin", MEMBER("polda", "admin"), .roles = ROLE(ADMIN));
    GOOD(w, "kpu/admin", MEMBER("polda", "admin2"), .roles = ROLE(ADMIN)); /* no device yet */
    world_enrol(w, "polda/admin");
    BAD(w, NOT_ALLOWED, "kpu/admin", MEMBER("polda", "admin3"));
    GOOD(w, "polda/admin", .kind = KIND_DEVICE_REVOKE, .kid = world_kid("polda/admin"));
    GOOD(w, "kpu/admin", MEMBER("polda", "admin3"));
    BAD_FIELD(w, BAD_CLAIM, "agency", "kpu/admin", MEMBER("nobody", "x"));
    BAD_FIELD(w, BAD_CLAIM, "agency", "hub", MEMBER("nobody", "x"));
}

static void some_roles_are_the_hosts_only(void **state)
{
    struct world *w = *state;
    static const unsigned roles[] = {ROLE(COORDINATOR), ROLE(AUDITOR), ROLE(CONTROLLER)};
    for (size_t i = 0; i < 3; i++) {
        BAD_FIELD(w, BAD_CLAIM, "roles", "polres/admin", MEMBER("polres", "x"), .roles = roles[i]);
        BAD_FIELD(w, BAD_CLAIM, "roles", "hub", MEMBER("polres", "x"), .roles = roles[i]);
        GOOD(w, "kpu/admin", MEMBER("kpu", "x"), .roles = roles[i]);
    }
}

static void the_host_keeps_an_admin(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, CONFLICT, "member", "kpu/admin", MEMBER("kpu", "admin"), .roles = ROLE(DUTY));
    BAD(w, CONFLICT, "kpu/admin", MEMBER("kpu", "admin"), .roles = ROLE(ADMIN), .has = C(ACTIVE));
    GOOD(w, "kpu/admin", MEMBER("kpu", "piket"), .roles = ROLE(ADMIN) | ROLE(DUTY));
    GOOD(w, "kpu/admin", MEMBER("kpu", "admin"), .roles = ROLE(DUTY));
    GOOD(w, "polres/admin", MEMBER("polres", "admin"), .roles = 0); /* others may */
}

/* ---- sources ---- */

#define SOURCE(a, s) .kind = KIND_SOURCE_PUT, .agency = STR(a), .source = STR(s), .name = STR("S")

static void a_sources_first_put_brings_a_sound_new_key(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, BAD_CLAIM, "jwk", "polres/admin", SOURCE("polres", "drone"));
    BAD_FIELD(w, BAD_CLAIM, "jwk", "polres/admin", SOURCE("polres", "drone"),
              .has = C(JWK)); /* 0 */
    BAD_FIELD(w, BAD_CLAIM, "jwk", "polres/admin", SOURCE("polres", "drone"), .has = C(JWK),
              .jwk = world_jwk("polres/piket"));
    BAD_FIELD(w, CONFLICT, "source", "polres/admin", SOURCE("polres", "piket"), .has = C(JWK),
              .jwk = world_jwk("k"));
    BAD_FIELD(w, BAD_CLAIM, "cats", "polres/admin", SOURCE("polres", "drone"), .has = C(JWK),
              .jwk = world_jwk("k"), .cats = LIST(STR("none")));
    BAD_FIELD(w, BAD_CLAIM, "place", "polres/admin", SOURCE("polres", "drone"), .has = C(JWK),
              .jwk = world_jwk("k"), .place = STR("none"));
    BAD(w, NOT_ALLOWED, "kpu/admin", SOURCE("polres", "drone"), .has = C(JWK),
        .jwk = world_jwk("k"));
    BAD(w, NOT_ALLOWED, "polres/piket", SOURCE("polres", "drone"), .has = C(JWK),
        .jwk = world_jwk("k"));
    GOOD(w, "polres/admin", SOURCE("polres", "drone"), .has = C(JWK), .jwk = world_jwk("k"),
         .cats = LIST(STR("cyber.ddos")), .place = STR("girian"), .every = 30);
    const struct source *s = source(w, "polres/drone");
    struct kid kid = world_kid("k");
    assert_true(kid_eq(&s->kid, &kid));
    assert_int_equal(s->every_s, 30);
    assert_str(s->place, "girian");
    assert_ptr_equal(state_device(w->st, &kid)->source, s);
    assert_int_equal(state_device(w->st, &kid)->from, w->seq);
}

static void a_new_key_of_a_source_revokes_the_old(void **state)
{
    struct world *w = *state;
    struct kid old = world_kid("polres/sirene");
    GOOD(w, "polres/admin", SOURCE("polres", "sirene"), .has = C(JWK),
         .jwk = world_jwk("polres/sirene")); /* the same again: nothing new */
    assert_int_equal(w->decision.count, 1);
    assert_int_equal(state_device(w->st, &old)->until, 0);
    GOOD(w, "polres/admin", SOURCE("polres", "sirene")); /* without: the key stays */
    GOOD(w, "polres/admin", SOURCE("polres", "sirene"), .has = C(JWK), .jwk = world_jwk("new"));
    assert_int_equal(state_device(w->st, &old)->until, w->seq);
    BAD_FIELD(w, BAD_CLAIM, "jwk", "polres/admin", SOURCE("polres", "sirene"), .has = C(JWK),
              .jwk = world_jwk("polres/sirene"));
    GOOD(w, "polres/admin", .kind = KIND_DEVICE_REVOKE, .kid = world_kid("new"));
    BAD_FIELD(w, BAD_CLAIM, "jwk", "polres/admin", SOURCE("polres", "sirene"), .has = C(JWK),
              .jwk = world_jwk("new"));
    GOOD(w, "polres/admin", SOURCE("polres", "sirene"), .has = C(JWK), .jwk = world_jwk("newer"));
    assert_int_equal(w->decision.count, 2); /* what is revoked stays as it is */
}

/* ---- invitations, devices ---- */

static struct hash secret(const char *text)
{
    return crypt_sha256(str_of(text));
}

#define INVITE(a, m, s)                                                                \
    .kind = KIND_DEVICE_INVITE, .agency = STR(a), .member = STR(m), .hash = secret(s), \
    .until = w->at + HOUR

static void an_invitation_is_read_by_that_agencys_admins(void **state)
{
    struct world *w = *state;
    GOOD(w, "polres/admin", INVITE("polres", "piket", "1"));
    assert_int_equal(w->decision.scope, SCOPE_ADMINS);
    assert_str(w->decision.admins, "polres");
    struct reader admin = {.member = member(w, "polres/admin")};
    struct reader piket = {.member = member(w, "polres/piket")};
    struct reader host = {.member = member(w, "kpu/admin")};
    assert_true(access_reads_invites(&admin, w->decision.admins));
    assert_false(access_reads_invites(&piket, w->decision.admins));
    assert_false(access_reads_invites(&host, w->decision.admins));
}

static void an_invitation_is_for_an_active_member_and_at_most_7_days(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, BAD_CLAIM, "member", "polres/admin", INVITE("polres", "nobody", "1"));
    BAD(w, NOT_ALLOWED, "polres/piket", INVITE("polres", "piket", "1"));
    BAD_FIELD(w, NOT_ALLOWED, "agency", "kpu/admin", INVITE("polres", "piket", "1"));
    GOOD(w, "kpu/admin", INVITE("polda", "piket", "1")); /* has no admin */
#define UNTIL(ms)                                                                \
    .kind = KIND_DEVICE_INVITE, .agency = STR("polres"), .member = STR("piket"), \
    .hash = secret("2"), .until = w->at + (ms)
    BAD_FIELD(w, BAD_CLAIM, "until", "polres/admin", UNTIL(0));
    BAD_FIELD(w, BAD_CLAIM, "until", "polres/admin", UNTIL(7 * 24 * HOUR + 1));
    GOOD(w, "polres/admin", UNTIL(7 * 24 * HOUR));
    BAD_FIELD(w, CONFLICT, "hash", "polres/admin", INVITE("polres", "piket", "2"));
    GOOD(w, "polres/admin", .kind = KIND_MEMBER_PUT, .agency = STR("polres"),
         .member = STR("piket"), .name = STR("x"), .has = C(ACTIVE));
    BAD_FIELD(w, BAD_CLAIM, "member", "polres/admin", INVITE("polres", "piket", "3"));
    struct kid kid = world_kid("fresh");
    const struct invite *invite = NULL;
    assert_int_equal(decide_enrol(w->st, secret("2"), &kid, w->at, &w->fault, &invite),
                     ERR_NOT_FOUND); /* its member is not active any more */
}

static void a_secret_works_once_and_until_it_ends(void **state)
{
    struct world *w = *state;
    GOOD(w, "polres/admin", INVITE("polres", "piket", "1"));
    struct kid kid = world_kid("phone");
    struct kid old = world_kid("kpu/piket");
    const struct invite *invite = NULL;
#define ENROL(s, k, at_) decide_enrol(w->st, secret(s), k, at_, &w->fault, &invite)
    assert_int_equal(ENROL("2", &kid, w->at), ERR_NOT_FOUND);
    assert_int_equal(ENROL("1", &kid, w->at + HOUR), ERR_NOT_FOUND);
    assert_int_equal(ENROL("1", &old, w->at), ERR_BAD_CLAIM);
    assert_null(invite);
    assert_int_equal(ENROL("1", &kid, w->at + HOUR - 1), OK);
#define DEVICE(who, a, m)                                                                      \
    .kind = KIND_DEVICE_ENROL, .kid = world_kid(who), .jwk = world_jwk(who), .agency = STR(a), \
    .member = STR(m), .invite = invite->jti
    BAD_FIELD(w, BAD_CLAIM, "member", "hub", DEVICE("phone", "polres", "ketua"));
    BAD_FIELD(w, BAD_CLAIM, "member", "hub", DEVICE("phone", "pemkot", "piket"));
    BAD_FIELD(w, BAD_CLAIM, "kid", "hub", .kind = KIND_DEVICE_ENROL, .kid = world_kid("x"),
              .jwk = world_jwk("phone"), .agency = STR("polres"), .member = STR("piket"),
              .invite = invite->jti);
    BAD_FIELD(w, BAD_CLAIM, "jwk", "hub", DEVICE("kpu/piket", "polres", "piket"));
    GOOD(w, "hub", DEVICE("phone", "polres", "piket"));
    assert_ptr_equal(state_device(w->st, &kid)->member, member(w, "polres/piket"));
    assert_true(state_invite_by_jti(w->st, invite->jti)->used);
    assert_int_equal(ENROL("1", &kid, w->at), ERR_NOT_FOUND);
    BAD_FIELD(w, NOT_FOUND, "invite", "hub", DEVICE("phone2", "polres", "piket"));
    w->at += 2 * HOUR;
    GOOD(w, "polres/admin", INVITE("polres", "piket", "3"));
    invite = state_invite(w->st, secret("3"));
    w->at += HOUR;
    BAD_FIELD(w, NOT_FOUND, "invite", "hub", DEVICE("phone2", "polres", "piket"));
}

static void a_device_is_revoked_by_its_member_his_admin_or_a_coordinator(void **state)
{
    struct world *w = *state;
#define REVOKE(who) .kind = KIND_DEVICE_REVOKE, .kid = world_kid(who)
    BAD_FIELD(w, NOT_FOUND, "kid", "polres/admin", REVOKE("nobody"));
    BAD_FIELD(w, NOT_ALLOWED, "kid", "polres/ketua", REVOKE("polres/piket"));
    BAD_FIELD(w, NOT_ALLOWED, "kid", "pemkot/admin", REVOKE("polres/piket"));
    BAD_FIELD(w, NOT_ALLOWED, "kid", "kpu/admin", REVOKE("polres/piket"));
    GOOD(w, "polres/piket", REVOKE("polres/piket"));
    struct kid kid = world_kid("polres/piket");
    assert_int_equal(state_device(w->st, &kid)->until, w->seq);
    assert_false(state_has_device(w->st, member(w, "polres/piket")));
    BAD_FIELD(w, CONFLICT, "kid", "polres/admin", REVOKE("polres/piket"));
    GOOD(w, "polres/admin", REVOKE("polres/piket2"));
    GOOD(w, "kpu/koor", REVOKE("polres/ketua"));
    GOOD(w, "kpu/koor", REVOKE("polres/sirene"));
    GOOD(w, "hub", REVOKE("pemkot/piket"));
    BAD(w, REVOKED_KEY, "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("x"));
}

/* ---- duty ---- */

static void duty_begins_and_ends(void **state)
{
    struct world *w = *state;
    const struct member *m = member(w, "polres/piket");
#define START(ms) .kind = KIND_DUTY_START, .until = w->at + (ms)
    BAD(w, NOT_ALLOWED, "polres/lapor", START(HOUR));
    BAD(w, NOT_ALLOWED, "kpu/cctv", START(HOUR));
    BAD(w, NOT_ALLOWED, "polres/lapor", .kind = KIND_DUTY_END);
    BAD_FIELD(w, BAD_CLAIM, "until", "polres/piket", START(0));
    BAD_FIELD(w, BAD_CLAIM, "until", "polres/piket", START(24 * HOUR + 1));
    BAD(w, CONFLICT, "polres/piket", .kind = KIND_DUTY_END);
    assert_null(state_duty(w->st, m));
    GOOD(w, "polres/piket", START(HOUR));
    assert_true(state_on_duty(w->st, m, w->at));
    assert_true(state_on_duty(w->st, m, w->at + HOUR - 1));
    assert_false(state_on_duty(w->st, m, w->at + HOUR));
    w->at += MINUTE;
    GOOD(w, "polres/piket", START(24 * HOUR)); /* longer: since stays */
    assert_int_equal(state_duty(w->st, m)->since, T0);
    w->at += MINUTE;
    GOOD(w, "polres/piket", .kind = KIND_DUTY_END);
    assert_int_equal(state_duty(w->st, m)->until, w->at);
    assert_false(state_on_duty(w->st, m, w->at));
    GOOD(w, "polres/piket", START(HOUR));
    assert_int_equal(state_duty(w->st, m)->since, w->at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_the_hosts_admin_and_the_hub_keep_the_directory),
        TEST(a_put_replaces_all_it_does_not_say),
        TEST(the_host_stays_active_and_hub_is_nobodys_id),
        TEST(a_place_lies_in_a_known_one_and_never_in_itself),
        TEST(the_default_policy_has_all_that_it_needs),
        TEST(rules_name_what_is_known),
        TEST(an_admin_keeps_his_agencys_members),
        TEST(the_hosts_admin_helps_an_agency_without_an_admin),
        TEST(some_roles_are_the_hosts_only),
        TEST(the_host_keeps_an_admin),
        TEST(a_sources_first_put_brings_a_sound_new_key),
        TEST(a_new_key_of_a_source_revokes_the_old),
        TEST(an_invitation_is_read_by_that_agencys_admins),
        TEST(an_invitation_is_for_an_active_member_and_at_most_7_days),
        TEST(a_secret_works_once_and_until_it_ends),
        TEST(a_device_is_revoked_by_its_member_his_admin_or_a_coordinator),
        TEST(duty_begins_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
