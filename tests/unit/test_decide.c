#include "world.h"

static struct record note(struct world *w, const char *who, struct ticket_id t)
{
    return world_record(w, who,
                        (struct record){.kind = KIND_INCIDENT_NOTE, .inc = t, .body = STR("x")});
}

static void a_record_is_for_this_ledger(void **state)
{
    struct world *w = *state;
    struct record r = note(w, "kpu/piket", report(w, SEV_MINOR));
    r.aud = STR("posko.test/ledger2");
    assert_int_equal(world_decide(w, &r), ERR_BAD_CLAIM);
    assert_string_equal(w->fault.field, "aud");
    r.aud = AUD;
    assert_int_equal(world_decide(w, &r), OK);
}

static void iss_and_act_are_the_keys(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    struct record r = note(w, "kpu/piket", t);
    r.iss = STR("polres");
    assert_int_equal(world_decide(w, &r), ERR_BAD_CLAIM);
    assert_string_equal(w->fault.field, "iss");
    r = note(w, "kpu/piket", t);
    r.act = STR("ketua");
    assert_int_equal(world_decide(w, &r), ERR_BAD_CLAIM);
    assert_string_equal(w->fault.field, "act");
    r = note(w, "kpu/cctv", t);
    r.act = STR("piket");
    assert_int_equal(world_decide(w, &r), ERR_BAD_CLAIM);
    r = note(w, "hub", t);
    r.iss = STR("kpu");
    assert_int_equal(world_decide(w, &r), ERR_BAD_CLAIM);
    assert_string_equal(w->fault.field, "iss");
}

static void each_key_signs_its_own_kinds(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    BAD_FIELD(w, BAD_CLAIM, "kind", "hub", .kind = KIND_INCIDENT_NOTE, .inc = t, .body = STR("x"));
    BAD_FIELD(w, BAD_CLAIM, "kind", "kpu/admin", .kind = KIND_CLOCK_LAPSE, .inc = t);
    BAD_FIELD(w, BAD_CLAIM, "kind", "kpu/cctv", .kind = KIND_DEVICE_ENROL);
    BAD_FIELD(w, NOT_ALLOWED, "kind", "kpu/cctv", .kind = KIND_AGENCY_PUT, .agency = STR("x"));
}

static void an_unknown_and_a_revoked_key_are_refused(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    struct record r = note(w, "kpu/piket", t);
    r.signer = world_kid("nobody");
    assert_int_equal(world_decide(w, &r), ERR_UNKNOWN_KEY);
    GOOD(w, "kpu/piket", .kind = KIND_DEVICE_REVOKE, .kid = world_kid("kpu/piket"));
    r = note(w, "kpu/piket", t);
    assert_int_equal(world_decide(w, &r), ERR_REVOKED_KEY);
}

static void the_keys_of_inactive_members_sources_and_agencies_rest(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    GOOD(w, "polres/admin", .kind = KIND_MEMBER_PUT, .agency = STR("polres"),
         .member = STR("piket"), .name = STR("P"), .roles = ROLE(DUTY), .has = C(ACTIVE));
    BAD(w, REVOKED_KEY, "polres/piket", .kind = KIND_RESPONSE_ACK, .inc = t);
    assert_non_null(strstr(w->fault.text, "member `piket`"));
    GOOD(w, "polres/admin", .kind = KIND_MEMBER_PUT, .agency = STR("polres"),
         .member = STR("piket"), .name = STR("P"), .roles = ROLE(DUTY));
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_ACK, .inc = t); /* the key was kept */
    GOOD(w, "polres/admin", .kind = KIND_SOURCE_PUT, .agency = STR("polres"),
         .source = STR("sirene"), .name = STR("S"), .has = C(ACTIVE));
    BAD(w, REVOKED_KEY, "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("x"));
    assert_non_null(strstr(w->fault.text, "source `sirene`"));
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("polres"), .name = STR("P"),
         .has = C(ACTIVE));
    BAD(w, REVOKED_KEY, "polres/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = t);
    assert_non_null(strstr(w->fault.text, "agency `polres`"));
    const struct device *device = NULL;
    struct kid kid = world_kid("kpu/piket");
    assert_int_equal(decide_key(w->st, &kid, &w->fault, &device), OK);
    assert_ptr_equal(device->member, member(w, "kpu/piket"));
}

static void a_role_counts_as_it_is_at_this_place_in_the_ledger(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    GOOD(w, "polres/admin", .kind = KIND_MEMBER_PUT, .agency = STR("polres"),
         .member = STR("piket"), .name = STR("P"), .roles = ROLE(REPORTER));
    BAD(w, NOT_ALLOWED, "polres/piket", .kind = KIND_RESPONSE_ACK, .inc = t);
}

static void a_clock_may_be_120_s_ahead_and_72_h_behind(void **state)
{
    struct world *w = *state;
    w->at += 100 * HOUR;
    struct ticket_id t = report(w, SEV_MINOR);
    struct record r = note(w, "kpu/piket", t);
    r.iat = w->at + 120001;
    assert_int_equal(world_decide(w, &r), ERR_CLOCK_AHEAD);
    assert_string_equal(w->fault.field, "iat");
    r.iat = w->at + 120000;
    assert_int_equal(world_decide(w, &r), OK);
    r = note(w, "kpu/piket", t);
    r.iat = w->at - 72 * HOUR - 1;
    assert_int_equal(world_decide(w, &r), ERR_TOO_OLD);
    r.iat = w->at - 72 * HOUR;
    assert_int_equal(world_decide(w, &r), OK);
    r = world_record(w, "hub",
                     (struct record){.kind = KIND_CATEGORY_PUT, .cat = STR("x"), .id = STR("x")});
    r.iat = 0; /* the hub's own time is `at` */
    assert_int_equal(world_decide(w, &r), OK);
}

static void a_refusal_changes_nothing(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    struct ticket before = *ticket(w, t);
    BAD(w, NOT_ALLOWED, "polres/lapor", .kind = KIND_RESPONSE_ACK, .inc = t);
    BAD(w, BAD_CLAIM, "polres/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = t, .eta = 1);
    BAD(w, CONFLICT, "kpu/piket", .kind = KIND_INCIDENT_REOPEN, .inc = t);
    assert_memory_equal(ticket(w, t), &before, sizeof before);
}

/* ---- the hub's key ---- */

static void record_1_is_the_hubs_key_signed_by_itself(void **state)
{
    (void)state;
    struct world *w = world_bare();
    BAD(w, UNKNOWN_KEY, "hub", .kind = KIND_AGENCY_PUT, .agency = STR("kpu"), .name = STR("K"));
    BAD_FIELD(w, BAD_CLAIM, "kid", "other", .kind = KIND_HUB_KEY, .kid = world_kid("hub"),
              .jwk = world_jwk("hub"), .host = STR("kpu"));
    BAD_FIELD(w, BAD_CLAIM, "kid", "hub", .kind = KIND_HUB_KEY, .kid = world_kid("hub"),
              .jwk = world_jwk("other"), .host = STR("kpu"));
    BAD_FIELD(w, BAD_CLAIM, "host", "hub", .kind = KIND_HUB_KEY, .kid = world_kid("hub"),
              .jwk = world_jwk("hub"), .host = STR("hub"));
    BAD_FIELD(w, BAD_CLAIM, "host", "hub", .kind = KIND_HUB_KEY, .kid = world_kid("hub"),
              .jwk = world_jwk("hub"));
    world_first_key(w);
    assert_null(state_host(w->st));
    struct kid kid = world_kid("hub");
    const struct device *d = state_device(w->st, &kid);
    assert_null(d->agency);
    assert_int_equal(d->from, 1);
    assert_str(d->host, "kpu");
    world_agency(w, "polres", AGENCY_POLICE, NULL);
    world_agency(w, "kpu", AGENCY_ELECTION, NULL);
    assert_ptr_equal(state_host(w->st), agency(w, "kpu"));
    assert_true(agency(w, "kpu")->host);
    assert_false(agency(w, "polres")->host);
    world_free(w);
}

static void the_old_hub_key_signs_the_new_one(void **state)
{
    struct world *w = *state;
#define KEY(who) .kind = KIND_HUB_KEY, .kid = world_kid(who), .jwk = world_jwk(who)
    BAD_FIELD(w, BAD_CLAIM, "kind", "kpu/admin", KEY("hub2"), .host = STR("kpu"));
    BAD(w, UNKNOWN_KEY, "hub2", KEY("hub2"), .host = STR("kpu"));
    BAD_FIELD(w, BAD_CLAIM, "host", "hub", KEY("hub2"), .host = STR("polres"));
    BAD_FIELD(w, BAD_CLAIM, "jwk", "hub", KEY("kpu/piket"), .host = STR("kpu"));
    GOOD(w, "hub", KEY("hub2"), .host = STR("kpu"));
    struct kid old = world_kid("hub");
    assert_int_equal(state_device(w->st, &old)->until, w->seq);
    BAD(w, REVOKED_KEY, "hub", KEY("hub3"), .host = STR("kpu"));
    GOOD(w, "hub2", .kind = KIND_CATEGORY_PUT, .cat = STR("x"), .id = STR("x"));
    assert_ptr_equal(state_host(w->st), agency(w, "kpu"));
}

static void nobody_revokes_the_hubs_key(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, NOT_ALLOWED, "kid", "kpu/koor", .kind = KIND_DEVICE_REVOKE,
              .kid = world_kid("hub"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_is_for_this_ledger),
        TEST(iss_and_act_are_the_keys),
        TEST(each_key_signs_its_own_kinds),
        TEST(an_unknown_and_a_revoked_key_are_refused),
        TEST(the_keys_of_inactive_members_sources_and_agencies_rest),
        TEST(a_role_counts_as_it_is_at_this_place_in_the_ledger),
        TEST(a_clock_may_be_120_s_ahead_and_72_h_behind),
        TEST(a_refusal_changes_nothing),
        cmocka_unit_test(record_1_is_the_hubs_key_signed_by_itself),
        TEST(the_old_hub_key_signs_the_new_one),
        TEST(nobody_revokes_the_hubs_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
