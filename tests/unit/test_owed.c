#include "world.h"

#define ACTS(w, who, k, ...) GOOD(w, who, .kind = KIND_##k, .inc = t, __VA_ARGS__)

/* ---- policies ---- */

static struct ticket plain(struct world *w, enum sev sev)
{
    return (struct ticket){.sev = sev,
                           .lead = agency(w, "kpu"),
                           .by = agency(w, "kpu"),
                           .policy = state_policy(w->st, STR("default")),
                           .fallback = state_policy(w->st, STR("default"))};
}

static void what_has_no_row_borrows(void **state)
{
    struct world *w = *state;
    struct ticket t = plain(w, SEV_EXTREME);
    static const struct {
        enum what what;
        int64_t within[SEV_COUNT]; /* minor, moderate, severe, extreme */
    } table[] = {
        {WHAT_ACK, {14400, 1800, 300, 60}},         {WHAT_ACCEPT, {86400, 7200, 900, 300}},
        {WHAT_UPDATE, {86400, 14400, 1800, 900}},   {WHAT_RESOLVE, {604800, 259200, 86400, 21600}},
        {WHAT_TAKE, {14400, 1800, 300, 60}},        {WHAT_REASSIGN, {14400, 1800, 300, 60}},
        {WHAT_CLOSE, {86400, 86400, 86400, 86400}}, {WHAT_ARRIVE, {300, 300, 300, 300}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int sev = 0; sev < SEV_COUNT; sev++) {
            struct owed_terms terms = owed_terms(&t, table[i].what, (enum sev)sev);
            assert_int_equal(terms.within_s, table[i].within[sev]);
            assert_int_equal(terms.row->step_count, world_step_counts[sev]);
            assert_int_equal(terms.row->repeat_s, world_repeats[sev]);
        }
}

static void a_policys_row_goes_before_the_defaults_and_both_before_borrowing(void **state)
{
    struct world *w = *state;
    struct policy_row rows[2] = {world_rows(w)[SEV_EXTREME], world_rows(w)[SEV_EXTREME]};
    rows[0].within_s = 7;
    rows[1].within_s = 9;
    rows[1].what = WHAT_ARRIVE;
    struct policy special = {.id = STR("special"), .rows = rows, .row_count = 2};
    struct ticket t = plain(w, SEV_EXTREME);
    t.policy = &special;
    assert_int_equal(owed_terms(&t, WHAT_ACK, SEV_EXTREME).within_s, 7);
    assert_int_equal(owed_terms(&t, WHAT_TAKE, SEV_EXTREME).within_s, 7);
    assert_int_equal(owed_terms(&t, WHAT_ARRIVE, SEV_EXTREME).within_s, 9);
    assert_int_equal(owed_terms(&t, WHAT_ACCEPT, SEV_EXTREME).within_s, 300);
    assert_int_equal(owed_terms(&t, WHAT_ACK, SEV_SEVERE).within_s, 300);
}

static void a_ticket_keeps_the_policy_that_it_was_opened_under(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    struct policy_row *rows = world_rows(w);
    for (int i = 0; i < WORLD_ROWS; i++)
        rows[i].within_s = 1;
    GOOD(w, "kpu/admin", .kind = KIND_POLICY_PUT, .policy = STR("default"), .rows = rows,
         .row_count = WORLD_ROWS);
    ACTS(w, "polres/piket", RESPONSE_ACK, );
    assert_int_equal(owes(w, t, "polres", WHAT_ACCEPT, NULL)->due, w->at + 300000);
    t = report(w, SEV_EXTREME);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->due, w->at + 1000);
}

/* ---- firing ---- */

static void steps_fire_in_order_and_then_repeat(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    GOOD(w, "pemkot/piket", .kind = KIND_RESPONSE_DONE, .inc = t);
    int64_t due = w->at + 60000;
    assert_int_equal(tick(w, due - 1), 0);
    assert_int_equal(tick(w, due), 1);
    assert_int_equal(w->lapse.step, 1);
    assert_int_equal(w->lapse.due, due);
    assert_int_equal(w->lapse.told.count, 2); /* agency: all with role duty, by id */
    assert_str(w->lapse.told.at[0], "polres/piket");
    assert_str(w->lapse.told.at[1], "polres/piket2");
    assert_int_equal(tick(w, due + 59999), 0);
    GOOD(w, "kpu/piket", .kind = KIND_DUTY_START, .until = w->at + HOUR);
    assert_int_equal(tick(w, due + 60000), 1);
    assert_int_equal(w->lapse.step, 2);
    assert_int_equal(w->lapse.due, due + 60000);
    assert_int_equal(w->lapse.told.count, 2); /* chief, and the owner's on duty */
    assert_str(w->lapse.told.at[0], "polres/ketua");
    assert_str(w->lapse.told.at[1], "kpu/piket");
    assert_int_equal(tick(w, due + 180000), 1);
    assert_int_equal(w->lapse.step, 3);
    assert_true(told(w, "polda/piket")); /* the superior */
    assert_int_equal(tick(w, due + 299999), 0);
    assert_int_equal(tick(w, due + 300000), 1); /* 120 s after the last firing: all of them */
    assert_int_equal(w->lapse.step, 4);
    assert_int_equal(w->lapse.told.count, 5);
    assert_int_equal(tick(w, due + 420000), 1);
    assert_int_equal(w->lapse.step, 5);
    const struct owed *o = owes(w, t, "polres", WHAT_ACK, NULL);
    assert_int_equal(o->step, 5);
    assert_int_equal(o->due, due);
    assert_int_equal(o->next, due + 540000);
}

static void a_late_clock_fires_once_and_says_how_late(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR); /* one step, repeat 24 h */
    GOOD(w, "pemkot/piket", .kind = KIND_RESPONSE_DONE, .inc = t);
    int64_t due = w->at + 4 * HOUR;
    assert_int_equal(tick(w, due + 90 * HOUR), 1);
    assert_int_equal(w->lapse.late_ms, 90 * HOUR);
    assert_int_equal(w->lapse.due, due);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->next, w->at + 24 * HOUR);
}

static void a_step_that_reaches_nobody_is_passed_at_once(void **state)
{
    struct world *w = *state;
    /* pemkot: no superior, and nobody of kpu is on duty; take its chief's device too */
    GOOD(w, "pemkot/ketua", .kind = KIND_DEVICE_REVOKE, .kid = world_kid("pemkot/ketua"));
    struct ticket_id t = report(w, SEV_EXTREME);
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_DONE, .inc = t);
    int64_t due = w->at + 60000;
    assert_int_equal(tick(w, due), 1);
    /* step 2 tells nobody, so step 3 fires in the same turn, and nobody there: the repeat */
    assert_int_equal(tick(w, due + 60000), 3);
    assert_int_equal(w->lapse.step, 4);
    assert_int_equal(w->lapse.due, due + 60000); /* with the same due */
    assert_true(told(w, "pemkot/piket") && told(w, "pemkot/piket2"));
    assert_int_equal(owes(w, t, "pemkot", WHAT_ACK, NULL)->next, w->at + 120000);
}

static void a_lapse_that_tells_nobody_says_why(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    struct owed o = *owes(w, t, "pemkot", WHAT_ACK, NULL);
    struct record r;
    o.step = 2;
    owed_lapse(w->st, ticket(w, t), &o, o.next, w->at, AUD, &w->arena, &r);
    assert_int_equal(r.told.count, 0);
    assert_int_equal(r.why.count, 1);
    assert_str(r.why.at[0], "pemkot has no superior agency");
    o.step = 1;
    owed_lapse(w->st, ticket(w, t), &o, o.next, w->at, AUD, &w->arena, &r);
    assert_int_equal(r.told.count, 1);
    assert_str(r.why.at[0], "owner: members on duty of kpu: nobody with an active device");
}

static void a_repeat_that_reaches_nobody_tells_the_coordinators(void **state)
{
    struct world *w = *state;
    world_agency(w, "kosong", AGENCY_RELIEF, NULL);
    GOOD(w, "kpu/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("kosong")), .has = C(SEV), .sev = SEV_EXTREME);
    struct ticket_id t = w->decision.ticket;
    assert_int_equal(tick(w, w->at + 60000), 4); /* three steps and the first repeat */
    assert_int_equal(w->lapse.step, 4);
    assert_int_equal(w->lapse.told.count, 1);
    assert_str(w->lapse.told.at[0], "kpu/koor");
    assert_int_equal(owes(w, t, "kosong", WHAT_ACK, NULL)->next, w->at + 120000);
    GOOD(w, "kpu/koor", .kind = KIND_DEVICE_REVOKE, .kid = world_kid("kpu/koor"));
    assert_int_equal(tick(w, w->at + 120000), 1); /* nobody at all: it goes on, and says so */
    assert_int_equal(w->lapse.told.count, 0);
    assert_str(w->lapse.why.at[w->lapse.why.count - 1],
               "coordinators of kpu: nobody with an active device");
    assert_int_equal(owes(w, t, "kosong", WHAT_ACK, NULL)->next, w->at + 120000);
}

static void who_is_on_duty_is_looked_up_when_a_step_fires(void **state)
{
    struct world *w = *state;
    static const struct policy_step to_duty[] = {{0, world_to_duty, 1}};
    struct policy_row *rows = world_rows(w);
    for (int i = 0; i < WORLD_ROWS; i++) {
        rows[i].steps = to_duty;
        rows[i].step_count = 1;
    }
    GOOD(w, "kpu/admin", .kind = KIND_POLICY_PUT, .policy = STR("default"), .rows = rows,
         .row_count = WORLD_ROWS);
    struct ticket_id t = report(w, SEV_EXTREME);
    GOOD(w, "pemkot/piket", .kind = KIND_RESPONSE_DONE, .inc = t);
    GOOD(w, "polres/piket2", .kind = KIND_DUTY_START, .until = w->at + 90000);
    GOOD(w, "polres/ketua", .kind = KIND_DUTY_START, .until = w->at + 90000);
    assert_int_equal(tick(w, w->at + 60000), 1);
    assert_int_equal(w->lapse.told.count, 2); /* whoever is on duty, a chief too */
    assert_str(w->lapse.told.at[0], "polres/ketua");
    assert_str(w->lapse.told.at[1], "polres/piket2");
    assert_int_equal(tick(w, w->at + 120000), 1); /* nobody on duty: all with role duty */
    assert_str(w->lapse.told.at[0], "polres/piket");
    assert_str(w->lapse.told.at[1], "polres/piket2");
}

static void named_targets_are_told_once_each(void **state)
{
    struct world *w = *state;
    static const struct target targets[] = {
        {.kind = TARGET_MEMBER, .agency = {"bawaslu", 7}, .member = {"ketua", 5}},
        {.kind = TARGET_AGENCY_ID, .agency = {"polres", 6}},
        {.kind = TARGET_AGENCY},
        {.kind = TARGET_MEMBER, .agency = {"bawaslu", 7}, .member = {"nobody", 6}},
        {.kind = TARGET_AGENCY_ID, .agency = {"nobody", 6}},
    };
    static const struct policy_step steps[] = {{0, targets, 5}};
    struct policy_row *rows = world_rows(w);
    rows[SEV_EXTREME].steps = steps;
    rows[SEV_EXTREME].step_count = 1;
    struct policy p = {.rows = rows, .row_count = WORLD_ROWS};
    struct ticket_id t = report(w, SEV_EXTREME);
    struct ticket changed = *ticket(w, t);
    changed.policy = &p;
    struct record r;
    owed_lapse(w->st, &changed, owes(w, t, "polres", WHAT_ACK, NULL), T0, T0, AUD, &w->arena, &r);
    assert_int_equal(r.told.count, 3);
    assert_str(r.told.at[0], "bawaslu/ketua");
    assert_str(r.told.at[1], "polres/piket");
    assert_int_equal(r.why.count, 2);
    assert_str(r.why.at[0], "member bawaslu/nobody: inactive, or without an active device");
    static const struct policy_step nobody[] = {{0, NULL, 0}};
    rows[SEV_EXTREME].steps = nobody;
    owed_lapse(w->st, &changed, owes(w, t, "polres", WHAT_ACK, NULL), T0, T0, AUD, &w->arena, &r);
    assert_int_equal(r.told.count, 0);
    assert_str(r.why.at[0], "the step names nobody");
}

static void a_told_member_reads_the_ticket_from_then_on(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    struct reader polda = {.member = member(w, "polda/piket")};
    assert_false(access_reads_ticket(&polda, ticket(w, t)));
    tick(w, w->at + 60000 + 180000);
    assert_true(access_reads_ticket(&polda, ticket(w, t)));
}

static void an_exercise_tells_only_the_agencies_in_it(void **state)
{
    struct world *w = *state;
    GOOD(w, "kpu/kontrol", .kind = KIND_INCIDENT_REPORT, .exercise = true,
         .cat = STR("physical.crowd"), .title = STR("Latihan"), .to = LIST(STR("polres")),
         .has = C(SEV), .sev = SEV_EXTREME);
    struct ticket_id t = w->decision.ticket;
    tick(w, w->at + 60000);
    assert_true(HAS(&w->lapse, STATUS) && w->lapse.exercise);
    tick(w, w->at + 60000);
    assert_true(told(w, "polres/ketua"));
    size_t fired = tick(w, w->at + 120000); /* superior polda is not in it: the repeat follows */
    assert_int_equal(fired, 2);
    assert_false(told(w, "polda/piket"));
    assert_true(told(w, "polres/piket"));
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->step, 4);
    assert_str(w->lapse.why.at[w->lapse.why.count - 1],
               "superior's duty of polda: nobody with an active device in this exercise");
}

static void inactive_members_and_agencies_are_not_told(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    GOOD(w, "polres/admin", .kind = KIND_MEMBER_PUT, .agency = STR("polres"),
         .member = STR("piket2"), .name = STR("x"), .roles = ROLE(DUTY), .has = C(ACTIVE));
    GOOD(w, "pemkot/piket", .kind = KIND_RESPONSE_DONE, .inc = t);
    tick(w, w->at + 60000);
    assert_int_equal(w->lapse.told.count, 1);
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("polres"), .name = STR("x"),
         .superior = STR("polda"), .has = C(ACTIVE));
    tick(w, w->at + 60000);
    assert_int_equal(w->lapse.told.count, 1); /* its chief is out: step 3, the superior */
    assert_true(told(w, "polda/piket"));
}

static void a_lapse_names_at_most_200_members(void **state)
{
    struct world *w = *state;
    struct device d = {.agency = agency(w, "polres"), .from = 1};
    struct member m = {.agency = d.agency, .active = true, .roles = ROLE(DUTY), .name = STR("x")};
    for (int i = 0; i < 300; i++) {
        m.id = arena_printf(&w->arena, "x%03d", i);
        state_apply(w->st, &(struct entry){ENTRY_MEMBER, w->seq, {.member = &m}});
        d.member = &m;
        memset(d.kid.at, 'a', sizeof d.kid.at - 1);
        memcpy(d.kid.at, m.id.at, m.id.len);
        state_apply(w->st, &(struct entry){ENTRY_DEVICE, w->seq, {.device = &d}});
    }
    struct ticket_id t = report(w, SEV_EXTREME);
    struct record r;
    owed_lapse(w->st, ticket(w, t), owes(w, t, "polres", WHAT_ACK, NULL), T0, T0, AUD, &w->arena,
               &r);
    assert_int_equal(r.told.count, 200);
}

/* ---- severity ---- */

static void a_raise_moves_what_has_not_fired_and_never_delays(void **state)
{
    struct world *w = *state;
    struct ticket t = plain(w, SEV_MODERATE);
    struct stamp stamp = {.seq = 5, .at = T0};
    const struct agency *polres = agency(w, "polres");
    struct answer eta = {.agency = polres, .state = ANSWER_ENROUTE, .eta = T0 + HOUR};
    t.answers = &eta;
    t.answer_count = 1;
    assert_int_equal(owed_add(&t, &w->arena, polres, WHAT_ACK, NULL, stamp, 0, &w->fault), OK);
    assert_int_equal(
        owed_add(&t, &w->arena, polres, WHAT_UPDATE, NULL, stamp, T0 + MINUTE, &w->fault), OK);
    assert_int_equal(
        owed_add(&t, &w->arena, polres, WHAT_ARRIVE, NULL, stamp, eta.eta + 5 * MINUTE, &w->fault),
        OK);
    t.sev = SEV_SEVERE;
    owed_raise(&t, T0 + 2 * MINUTE);
    assert_int_equal(owed_find(&t, polres, WHAT_ACK, NULL)->due, T0 + 7 * MINUTE);
    assert_int_equal(owed_find(&t, polres, WHAT_ACK, NULL)->since, 5);
    assert_int_equal(owed_find(&t, polres, WHAT_UPDATE, NULL)->due, T0 + MINUTE); /* sooner */
    /* an arrival is counted from the promise, not from now */
    assert_int_equal(owed_find(&t, polres, WHAT_ARRIVE, NULL)->due, eta.eta + 5 * MINUTE);
    t.sev = SEV_MINOR;
    owed_raise(&t, T0 + 2 * MINUTE);
    assert_int_equal(owed_find(&t, polres, WHAT_ACK, NULL)->sev, SEV_SEVERE);
}

static void a_raise_of_a_repeating_clock_repeats_sooner(void **state)
{
    struct world *w = *state;
    struct ticket t = plain(w, SEV_MINOR);
    struct stamp stamp = {.seq = 5, .at = T0};
    const struct agency *polres = agency(w, "polres");
    assert_int_equal(owed_add(&t, &w->arena, polres, WHAT_ACK, NULL, stamp, 0, &w->fault), OK);
    struct owed *o = owed_find(&t, polres, WHAT_ACK, NULL);
    int64_t due = o->due;
    for (int i = 0; i < 4; i++)
        owed_fired(&t, o, o->next, o->next, 1);
    assert_int_equal(o->next, due + 4 * 24 * HOUR);
    t.sev = SEV_EXTREME;
    owed_raise(&t, due + HOUR);
    assert_int_equal(o->next, due + HOUR + 120000);
}

/* ---- identity ---- */

static void a_clocks_jti_is_that_of_the_vectors(void **state)
{
    struct world *w = *state;
    (void)w;
    struct ticket_id inc;
    uint8_t expected[ID_BYTES];
    assert_true(id_parse(STR("01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071"), inc.at));
    assert_true(id_parse(STR("01a20038-ed28-7dda-ae7f-1cf2c1a4e803"), expected));
    struct record_id jti =
        owed_jti(inc, STR("pemkot"), WHAT_ACK, STR(""), 1235, 1, INT64_C(1795300060456));
    assert_memory_equal(jti.at, expected, ID_BYTES);
}

static void no_two_firings_have_one_jti(void **state)
{
    struct world *w = *state;
    (void)report(w, SEV_EXTREME);
    struct record_id jtis[64];
    size_t count = 0;
    for (int i = 0; i < 10; i++) {
        const struct owed *o = NULL;
        const struct ticket *t = state_due(w->st, INT64_MAX, &o);
        w->at = o->next;
        world_fire(w, t, o, o->next);
        for (size_t k = 0; k < count; k++)
            assert_false(record_id_eq(jtis[k], w->lapse.jti));
        jtis[count++] = w->lapse.jti;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_has_no_row_borrows),
        TEST(a_policys_row_goes_before_the_defaults_and_both_before_borrowing),
        TEST(a_ticket_keeps_the_policy_that_it_was_opened_under),
        TEST(steps_fire_in_order_and_then_repeat),
        TEST(a_late_clock_fires_once_and_says_how_late),
        TEST(a_step_that_reaches_nobody_is_passed_at_once),
        TEST(a_lapse_that_tells_nobody_says_why),
        TEST(a_repeat_that_reaches_nobody_tells_the_coordinators),
        TEST(who_is_on_duty_is_looked_up_when_a_step_fires),
        TEST(named_targets_are_told_once_each),
        TEST(a_told_member_reads_the_ticket_from_then_on),
        TEST(an_exercise_tells_only_the_agencies_in_it),
        TEST(inactive_members_and_agencies_are_not_told),
        TEST(a_lapse_names_at_most_200_members),
        TEST(a_raise_moves_what_has_not_fired_and_never_delays),
        TEST(a_raise_of_a_repeating_clock_repeats_sooner),
        TEST(a_clocks_jti_is_that_of_the_vectors),
        TEST(no_two_firings_have_one_jti),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
