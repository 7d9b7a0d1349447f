#include "world.h"

#define RAISE(w, who, key_, ...)                                                           \
    GOOD(w, who, .kind = KIND_ALERT_RAISE, .key = STR(key_), .cat = STR("physical.alarm"), \
         .title = STR("Pintu gudang"), __VA_ARGS__)

static void a_report_opens_a_ticket_and_its_clocks(void **state)
{
    struct world *w = *state;
    struct ticket_id id = report(w, SEV_EXTREME);
    const struct ticket *t = ticket(w, id);
    assert_ptr_equal(t->lead, agency(w, "kpu"));
    assert_ptr_equal(t->by, agency(w, "kpu"));
    assert_ptr_equal(t->author, member(w, "kpu/lapor"));
    assert_int_equal(t->state, TICKET_OPEN);
    assert_int_equal(t->no, 1);
    assert_int_equal(t->n, 1);
    assert_int_equal(t->opened, w->at);
    assert_int_equal(t->first, w->seq);
    assert_int_equal(t->tlp, TLP_AMBER);
    assert_int_equal(t->count, 0);
    assert_int_equal(t->owed_count, 3);
    assert_int_equal(owes(w, id, "kpu", WHAT_RESOLVE, NULL)->due, w->at + 6 * HOUR);
    assert_int_equal(owes(w, id, "pemkot", WHAT_ACK, NULL)->due, w->at + 60000);
    assert_int_equal(w->decision.scope, SCOPE_TICKET);
    (void)report(w, SEV_MINOR);
    assert_int_equal(ticket(w, w->decision.ticket)->no, 2);
}

static void a_reports_severity_is_its_categorys_unless_said(void **state)
{
    struct world *w = *state;
    GOOD(w, "polres/ketua", .kind = KIND_INCIDENT_REPORT, .cat = STR("cyber.ddos"),
         .title = STR("x"), .to = LIST(STR("kpu")), .has = C(TLP) | C(LAT) | C(LON),
         .tlp = TLP_GREEN, .place = STR("tps012"), .lat = 1, .lon = 2);
    const struct ticket *t = ticket(w, w->decision.ticket);
    assert_int_equal(t->sev, SEV_MODERATE);
    assert_int_equal(t->tlp, TLP_GREEN);
    assert_str(t->place->id, "tps012");
    assert_true(t->has_point && t->lat == 1 && t->lon == 2);
}

static void only_who_may_open_reports(void **state)
{
    struct world *w = *state;
    static const char *const no[] = {"kpu/admin", "kpu/audit", "kpu/kontrol", "kpu/cctv"};
    static const char *const yes[] = {"kpu/lapor", "kpu/piket", "kpu/ketua", "kpu/koor"};
    for (size_t i = 0; i < 4; i++) {
        BAD(w, NOT_ALLOWED, no[i], .kind = KIND_INCIDENT_REPORT, .cat = STR("cyber.ddos"),
            .title = STR("x"), .to = LIST(STR("polres")));
        GOOD(w, yes[i], .kind = KIND_INCIDENT_REPORT, .cat = STR("cyber.ddos"), .title = STR("x"),
             .to = LIST(STR("polres")));
    }
}

static void a_report_names_only_what_is_known(void **state)
{
    struct world *w = *state;
#define REPORT(...) .kind = KIND_INCIDENT_REPORT, .title = STR("x"), __VA_ARGS__
    BAD_FIELD(w, BAD_CLAIM, "cat", "kpu/lapor",
              REPORT(.cat = STR("no.such"), .to = LIST(STR("polres"))));
    BAD_FIELD(w, BAD_CLAIM, "to", "kpu/lapor",
              REPORT(.cat = STR("cyber.ddos"), .to = LIST(STR("polis"))));
    assert_string_equal(w->fault.text,
                        "agency `polis` is not known here or not active; see `posko who`");
    BAD_FIELD(w, BAD_CLAIM, "to", "kpu/lapor",
              REPORT(.cat = STR("cyber.ddos"), .to = LIST(STR("kpu"))));
    BAD_FIELD(w, BAD_CLAIM, "place", "kpu/lapor",
              REPORT(.cat = STR("cyber.ddos"), .to = LIST(STR("polres")), .place = STR("mars")));
    BAD_FIELD(w, BAD_CLAIM, "lon", "kpu/lapor",
              REPORT(.cat = STR("cyber.ddos"), .to = LIST(STR("polres")), .has = C(LAT)));
    GOOD(w, "kpu/admin", .kind = KIND_CATEGORY_PUT, .cat = STR("cyber.ddos"), .id = STR("x"),
         .en = STR("x"), .has = C(ACTIVE), .active = false);
    BAD_FIELD(w, BAD_CLAIM, "cat", "kpu/lapor",
              REPORT(.cat = STR("cyber.ddos"), .to = LIST(STR("polres"))));
    GOOD(w, "kpu/admin", .kind = KIND_PLACE_PUT, .place = STR("tps012"), .name = STR("x"),
         .has = C(ACTIVE), .active = false);
    BAD_FIELD(w, BAD_CLAIM, "place", "kpu/lapor",
              REPORT(.cat = STR("other.other"), .to = LIST(STR("polres")), .place = STR("tps012")));
}

/* ---- alerts ---- */

static void alerts_of_one_key_are_one_ticket(void **state)
{
    struct world *w = *state;
    RAISE(w, "polres/sirene", "pintu-3", .count = 2);
    struct ticket_id id = w->decision.ticket;
    const struct ticket *t = ticket(w, id);
    assert_int_equal(t->count, 2);
    assert_int_equal(t->sev, SEV_EXTREME);
    assert_ptr_equal(t->lead, agency(w, "polres"));
    assert_ptr_equal(t->source, source(w, "polres/sirene"));
    assert_null(t->author);
    w->at += MINUTE;
    GOOD(w, "polres/sirene", .kind = KIND_ALERT_RAISE, .key = STR("pintu-3"),
         .cat = STR("physical.alarm"), .title = STR("lain"), .has = C(SEV), .sev = SEV_MINOR);
    assert_true(ticket_id_eq(w->decision.ticket, id));
    assert_int_equal(t->count, 3);
    assert_int_equal(t->last, w->at);
    assert_int_equal(t->sev, SEV_EXTREME);
    assert_str(t->title, "Pintu gudang");
    RAISE(w, "polres/sirene", "pintu-4", .has = 0);
    assert_false(ticket_id_eq(w->decision.ticket, id));
    RAISE(w, "kpu/cctv", "pintu-3", .has = 0); /* another source's key */
    assert_false(ticket_id_eq(w->decision.ticket, id));
    RAISE(w, "polres/sirene", "pintu-3", .exercise = true); /* another lane */
    assert_false(ticket_id_eq(w->decision.ticket, id));
    assert_int_equal(ticket(w, w->decision.ticket)->no, 1);
}

static void a_clear_lasts_until_the_next_raise(void **state)
{
    struct world *w = *state;
    RAISE(w, "polres/sirene", "pintu-3", .has = 0);
    struct ticket_id id = w->decision.ticket;
    GOOD(w, "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("pintu-3"));
    assert_true(ticket(w, id)->clear);
    assert_int_equal(ticket(w, id)->state, TICKET_OPEN); /* people close */
    RAISE(w, "polres/sirene", "pintu-3", .has = 0);
    assert_false(ticket(w, id)->clear);
    BAD_FIELD(w, NOT_FOUND, "key", "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("x"));
    BAD(w, NOT_FOUND, "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("pintu-3"),
        .exercise = true);
    BAD(w, NOT_ALLOWED, "polres/piket", .kind = KIND_ALERT_CLEAR, .key = STR("pintu-3"));
}

static void a_raise_opens_a_resolved_ticket_again_and_not_a_closed_one(void **state)
{
    struct world *w = *state;
    RAISE(w, "kpu/cctv", "kamera-1", .has = 0);
    struct ticket_id id = w->decision.ticket;
    assert_non_null(owes(w, id, "polres", WHAT_ACK, NULL));
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_DONE, .inc = id);
    GOOD(w, "kpu/cctv", .kind = KIND_ALERT_CLEAR, .key = STR("kamera-1"));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_RESOLVE, .inc = id, .note = STR("x"));
    RAISE(w, "kpu/cctv", "kamera-1", .has = 0);
    assert_true(ticket_id_eq(w->decision.ticket, id));
    assert_int_equal(ticket(w, id)->state, TICKET_OPEN);
    assert_int_equal(ticket(w, id)->count, 2);
    assert_false(ticket(w, id)->clear);
    assert_int_equal(answer_of(w, id, "polres"), ANSWER_OFFERED);
    assert_int_equal(owed_count(w, id), 2);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = id,
         .disposition = DISPOSITION_FALSE_ALARM);
    BAD(w, NOT_FOUND, "kpu/cctv", .kind = KIND_ALERT_CLEAR, .key = STR("kamera-1"));
    RAISE(w, "kpu/cctv", "kamera-1", .has = 0);
    assert_false(ticket_id_eq(w->decision.ticket, id));
    struct ticket_id newer = w->decision.ticket;
    /* where two hold the key, the one opened last has it */
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_REOPEN, .inc = id, .reason = STR("x"));
    RAISE(w, "kpu/cctv", "kamera-1", .has = 0);
    assert_true(ticket_id_eq(w->decision.ticket, newer));
}

static void a_source_raises_only_its_categories(void **state)
{
    struct world *w = *state;
    BAD_FIELD(w, NOT_ALLOWED, "cat", "polres/sirene", .kind = KIND_ALERT_RAISE, .key = STR("x"),
              .cat = STR("cyber.ddos"), .title = STR("x"));
    BAD_FIELD(w, BAD_CLAIM, "cat", "kpu/cctv", .kind = KIND_ALERT_RAISE, .key = STR("x"),
              .cat = STR("no.such"), .title = STR("x"));
    BAD_FIELD(w, BAD_CLAIM, "place", "kpu/cctv", .kind = KIND_ALERT_RAISE, .key = STR("x"),
              .cat = STR("cyber.ddos"), .title = STR("x"), .place = STR("mars"));
    BAD(w, NOT_ALLOWED, "kpu/koor", .kind = KIND_ALERT_RAISE, .key = STR("x"),
        .cat = STR("cyber.ddos"), .title = STR("x"));
    RAISE(w, "polres/sirene", "x", .has = C(SEV), .sev = SEV_MINOR, .place = STR("girian"));
    assert_int_equal(ticket(w, w->decision.ticket)->sev, SEV_MINOR);
    assert_str(ticket(w, w->decision.ticket)->place->id, "girian");
}

/* ---- silence ---- */

static enum err say_silent(struct world *w, int64_t at)
{
    int64_t due = 0;
    const struct source *s = state_silent(w->st, at, &due);
    if (s == NULL)
        return ERR_NOT_FOUND;
    struct record r;
    owed_silent(s, due, at, AUD, &w->arena, &r);
    r.signer = world_kid("hub");
    w->at = at;
    enum err e = world_decide(w, &r);
    if (e == OK)
        state_beat(w->st, s, s->beat, s->last, s->last);
    return e;
}

static void a_source_that_falls_silent_opens_a_ticket_once(void **state)
{
    struct world *w = *state;
    const struct source *s = source(w, "polres/sirene");
    assert_int_equal(say_silent(w, T0 + HOUR), ERR_NOT_FOUND); /* it never beat */
    state_beat(w->st, s, T0, T0, 0);
    assert_int_equal(say_silent(w, T0 + 59999), ERR_NOT_FOUND);
    assert_int_equal(say_silent(w, T0 + 60000), OK);
    struct ticket_id id = w->decision.ticket;
    assert_str(ticket(w, id)->title, "sirene");
    assert_str(ticket(w, id)->cat->code, "physical.alarm");
    assert_str(ticket(w, id)->keys[0].key, "silent");
    assert_int_equal(say_silent(w, T0 + HOUR), ERR_NOT_FOUND); /* told */
    state_beat(w->st, s, T0, T0 + HOUR, s->silent);
    assert_int_equal(say_silent(w, T0 + HOUR + 60000), OK); /* and again */
    assert_true(ticket_id_eq(w->decision.ticket, id));
    assert_int_equal(ticket(w, id)->count, 2);
    state_beat(w->st, s, T0, T0 + 2 * HOUR, s->silent);
    GOOD(w, "polres/admin", .kind = KIND_SOURCE_PUT, .agency = STR("polres"),
         .source = STR("sirene"), .name = STR("x"), .every = 60, .has = C(ACTIVE), .active = false);
    assert_int_equal(say_silent(w, T0 + 9 * HOUR), ERR_NOT_FOUND);
    assert_int_equal(s->last, T0 + 2 * HOUR); /* a put keeps the beats */
}

static void only_a_silent_source_is_said_to_be_silent(void **state)
{
    struct world *w = *state;
    const struct source *s = source(w, "polres/sirene");
    state_beat(w->st, s, T0, T0, 0);
    BAD(w, CONFLICT, "hub", .kind = KIND_SOURCE_SILENT, .agency = STR("polres"),
        .source = STR("sirene"), .since = T0);
    w->at = T0 + HOUR;
    BAD(w, CONFLICT, "hub", .kind = KIND_SOURCE_SILENT, .agency = STR("polres"),
        .source = STR("sirene"), .since = T0 - 1);
    BAD(w, CONFLICT, "hub", .kind = KIND_SOURCE_SILENT, .agency = STR("kpu"), .source = STR("cctv"),
        .since = 0);
    BAD(w, BAD_CLAIM, "hub", .kind = KIND_SOURCE_SILENT, .agency = STR("kpu"),
        .source = STR("none"), .since = 0);
    struct record a, b;
    owed_silent(s, T0 + 60000, w->at, AUD, &w->arena, &a);
    owed_silent(s, T0 + 60000, w->at + 5, AUD, &w->arena, &b);
    assert_true(record_id_eq(a.jti, b.jti)); /* the same on every hub */
}

static void the_first_of_several_silent_sources_is_said_first(void **state)
{
    struct world *w = *state;
    world_source(w, "kpu/admin", "kpu/pintu", (struct str_list){0}, 30);
    world_source(w, "kpu/admin", "kpu/genset", (struct str_list){0}, 90);
    state_beat(w->st, source(w, "polres/sirene"), T0, T0, 0);
    state_beat(w->st, source(w, "kpu/pintu"), T0, T0, 0);
    state_beat(w->st, source(w, "kpu/genset"), T0, T0, 0);
    int64_t due = 0;
    assert_ptr_equal(state_silent(w->st, INT64_MAX, &due), source(w, "kpu/pintu"));
    assert_int_equal(due, T0 + 30000);
    assert_int_equal(say_silent(w, T0 + 30000), OK);
    assert_str(ticket(w, w->decision.ticket)->cat->code, "other.other");
    assert_ptr_equal(state_silent(w->st, INT64_MAX, &due), source(w, "polres/sirene"));
}

/* ---- the hub's clocks ---- */

static void only_the_next_step_of_a_clock_counts(void **state)
{
    struct world *w = *state;
    struct ticket_id id = report(w, SEV_EXTREME);
    const struct owed *o = owes(w, id, "polres", WHAT_ACK, NULL);
#define LAPSE(...)                                                                  \
    .kind = KIND_CLOCK_LAPSE, .inc = id, .agency = STR("polres"), .what = WHAT_ACK, \
    .since = o->since, .due = o->next, __VA_ARGS__
    BAD(w, CONFLICT, "hub", LAPSE(.step = 1)); /* not due yet */
    w->at = o->next;
    BAD(w, CONFLICT, "hub", LAPSE(.step = 2));
    BAD(w, CONFLICT, "hub", LAPSE(.step = 1, .about = STR("polres")));
    BAD_FIELD(w, BAD_CLAIM, "told", "hub", LAPSE(.step = 1, .told = LIST(STR("polres/nobody"))));
    BAD_FIELD(w, BAD_CLAIM, "told", "hub", LAPSE(.step = 1, .told = LIST(STR("polres"))));
    BAD(w, NOT_FOUND, "hub", .kind = KIND_CLOCK_LAPSE);
    GOOD(w, "hub", LAPSE(.step = 1));
    o = owes(w, id, "polres", WHAT_ACK, NULL);
    w->at += MINUTE;
    BAD(w, CONFLICT, "hub", .kind = KIND_CLOCK_LAPSE, .inc = id, .agency = STR("polres"),
        .what = WHAT_ACK, .since = o->since, .due = o->next - 1, .step = 2);
}

static void without_a_policy_nothing_opens(void **state)
{
    (void)state;
    struct world *w = world_bare();
    world_first_key(w);
    world_agency(w, "kpu", AGENCY_ELECTION, NULL);
    world_agency(w, "polres", AGENCY_POLICE, NULL);
    world_category(w, "other.other", SEV_MINOR, 0);
    world_member(w, "kpu/piket", ROLE(DUTY));
    BAD(w, CONFLICT, "kpu/piket", .kind = KIND_INCIDENT_REPORT, .cat = STR("other.other"),
        .title = STR("x"), .to = LIST(STR("polres")));
    assert_non_null(strstr(w->fault.text, "policy.put"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_opens_a_ticket_and_its_clocks),
        TEST(a_reports_severity_is_its_categorys_unless_said),
        TEST(only_who_may_open_reports),
        TEST(a_report_names_only_what_is_known),
        TEST(alerts_of_one_key_are_one_ticket),
        TEST(a_clear_lasts_until_the_next_raise),
        TEST(a_raise_opens_a_resolved_ticket_again_and_not_a_closed_one),
        TEST(a_source_raises_only_its_categories),
        TEST(a_source_that_falls_silent_opens_a_ticket_once),
        TEST(only_a_silent_source_is_said_to_be_silent),
        TEST(the_first_of_several_silent_sources_is_said_first),
        TEST(only_the_next_step_of_a_clock_counts),
        cmocka_unit_test(without_a_policy_nothing_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
