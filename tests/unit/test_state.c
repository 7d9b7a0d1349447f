#include "world.h"

/* ---- walking ---- */

static size_t walk(const struct state *st, enum entry_kind kind, int64_t after)
{
    size_t count = 0;
    const struct entry *e = NULL;
    while ((e = state_walk(st, kind, &after)) != NULL) {
        assert_int_equal(e->kind, kind);
        count++;
    }
    return count;
}

static void a_walk_sees_each_entry_once(void **state)
{
    struct world *w = *state;
    for (int kind = 0; kind < ENTRY_KIND_COUNT; kind++)
        assert_int_equal(walk(w->st, (enum entry_kind)kind, 0),
                         state_count(w->st, (enum entry_kind)kind));
    assert_int_equal(state_count(w->st, ENTRY_AGENCY), 5);
    assert_int_equal(state_count(w->st, ENTRY_TICKET), 0);
}

static void a_walk_goes_on_across_changes(void **state)
{
    struct world *w = *state;
    struct ticket_id ids[6];
    for (int i = 0; i < 5; i++)
        ids[i] = report(w, SEV_MINOR);
    int64_t after = 0;
    const struct entry *e = state_walk(w->st, ENTRY_TICKET, &after);
    assert_true(ticket_id_eq(e->is.ticket->id, ids[0]));
    (void)state_walk(w->st, ENTRY_TICKET, &after);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = ids[0],
         .disposition = DISPOSITION_FALSE_ALARM);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = ids[2],
         .disposition = DISPOSITION_FALSE_ALARM);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_NOTE, .inc = ids[3], .body = STR("x"));
    ids[5] = report(w, SEV_MINOR);
    state_forget(w->st, INT64_MAX);
    for (int i = 3; i < 6; i++) {
        e = state_walk(w->st, ENTRY_TICKET, &after);
        assert_true(ticket_id_eq(e->is.ticket->id, ids[i]));
        assert_int_equal(e->seq, e->is.ticket->seq);
    }
    assert_null(state_walk(w->st, ENTRY_TICKET, &after));
    assert_int_equal(state_count(w->st, ENTRY_TICKET), 4);
}

/* ---- one way in ---- */

static void rows_come_in_any_order_and_the_newest_stays(void **state)
{
    struct world *w = *state;
    struct agency a = *agency(w, "polres");
    a.name = STR("new");
    state_apply(w->st, &(struct entry){ENTRY_AGENCY, 900, {.agency = &a}});
    a.name = STR("old");
    state_apply(w->st, &(struct entry){ENTRY_AGENCY, 899, {.agency = &a}});
    assert_str(agency(w, "polres")->name, "new");
}

static void a_receipt_changes_a_ticket_without_a_new_seq(void **state)
{
    struct world *w = *state;
    struct ticket_id id = report(w, SEV_MINOR);
    struct ticket *t = ticket_edit(ticket(w, id), &w->arena);
    t->answers[0].got = (struct receipt){.at = 1, .member = STR("piket")};
    state_apply(w->st, &(struct entry){ENTRY_TICKET, t->seq, {.ticket = t}});
    assert_int_equal(ticket(w, id)->answers[0].got.at, 1);
    t->answers[0].got.at = 2;
    state_apply(w->st, &(struct entry){ENTRY_TICKET, t->seq - 1, {.ticket = t}});
    assert_int_equal(ticket(w, id)->answers[0].got.at, 1);
}

static void a_state_is_rebuilt_from_its_entries(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 20; i++)
        (void)report(w, (enum sev)(i % SEV_COUNT));
    GOOD(w, "kpu/cctv", .kind = KIND_ALERT_RAISE, .key = STR("k"), .cat = STR("physical.alarm"),
         .title = STR("x"));
    tick(w, w->at + HOUR);
    struct state *copy = state_new();
    for (int kind = 0; kind < ENTRY_KIND_COUNT; kind++) {
        int64_t after = 0;
        const struct entry *e = NULL;
        if (kind == ENTRY_TICKET)
            continue;
        while ((e = state_walk(w->st, (enum entry_kind)kind, &after)) != NULL)
            state_apply(copy, e); /* as ledger/doc does: by ids */
        assert_int_equal(state_count(copy, (enum entry_kind)kind),
                         state_count(w->st, (enum entry_kind)kind));
    }
    assert_str(state_host(copy)->id, "kpu");
    assert_true(state_has_device(copy, state_member(copy, STR("kpu"), STR("koor"))));
    assert_int_equal(state_policy(copy, STR("default"))->row_count, WORLD_ROWS);
    assert_int_equal(state_policy(copy, STR("default"))->rows[0].steps[0].tell[0].kind,
                     TARGET_AGENCY);
    state_free(copy);
}

static void every_version_of_a_policy_is_kept(void **state)
{
    struct world *w = *state;
    const struct policy *first = state_policy(w->st, STR("default"));
    int64_t seq = first->seq;
    GOOD(w, "kpu/admin", .kind = KIND_POLICY_PUT, .policy = STR("default"), .rows = world_rows(w),
         .row_count = WORLD_ROWS);
    assert_ptr_equal(state_policy_at(w->st, STR("default"), seq), first);
    assert_int_equal(state_policy(w->st, STR("default"))->seq, w->seq);
    assert_null(state_policy_at(w->st, STR("default"), seq + 1));
    assert_null(state_policy_at(w->st, STR("default"), 1));
    assert_null(state_policy(w->st, STR("other")));
}

static void what_is_not_there_is_null(void **state)
{
    struct world *w = *state;
    char longest[300];
    memset(longest, 'a', sizeof longest);
    struct str big = {longest, sizeof longest};
    assert_null(state_agency(w->st, big));
    assert_null(state_agency(w->st, STR_NONE));
    assert_null(state_member(w->st, big, STR("x")));
    assert_null(state_member(w->st, STR("x"), big));
    assert_null(state_source(w->st, STR("kpu"), STR("piket")));
    assert_null(state_place(w->st, STR("x")));
    assert_null(state_category(w->st, big));
    struct hash hash = {{0}};
    struct record_id jti = {{0}};
    assert_null(state_invite(w->st, hash));
    assert_null(state_invite_by_jti(w->st, jti));
    assert_int_equal(state_rules(w->st)->count, 0);
    state_free(NULL);
}

/* ---- tickets ---- */

static void ended_tickets_stay_until_they_are_forgotten(void **state)
{
    struct world *w = *state;
    struct ticket_id id = report(w, SEV_MINOR);
    struct ticket_id other = report(w, SEV_MINOR);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = id,
         .disposition = DISPOSITION_FALSE_ALARM);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = other,
         .disposition = DISPOSITION_FALSE_ALARM);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_REOPEN, .inc = other, .reason = STR("x"));
    struct ticket *closed = ticket_edit(ticket(w, id), &w->arena);
    state_forget(w->st, closed->seq); /* its last record may still be asked for */
    assert_non_null(state_ticket(w->st, id));
    state_forget(w->st, closed->seq + 1);
    assert_null(state_ticket(w->st, id));
    assert_non_null(state_ticket(w->st, other));
    BAD(w, NOT_FOUND, "kpu/piket", .kind = KIND_INCIDENT_NOTE, .inc = id, .body = STR("x"));
    /* a turn that needs it brings it back, for itself */
    struct entry e = {ENTRY_TICKET, closed->seq, {.ticket = closed}};
    state_apply(w->st, &e);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_REOPEN, .inc = id, .reason = STR("x"));
    state_forget(w->st, INT64_MAX);
    assert_non_null(state_ticket(w->st, id));
    assert_int_equal(state_count(w->st, ENTRY_TICKET), 2);
}

static void the_earliest_clock_of_all_is_at_hand(void **state)
{
    struct world *w = *state;
    const struct owed *o = NULL;
    assert_null(state_due(w->st, INT64_MAX, &o));
    struct ticket_id ids[4];
    for (int sev = 0; sev < SEV_COUNT; sev++)
        ids[sev] = report(w, (enum sev)sev);
    assert_null(state_due(w->st, T0 + 59999, &o));
    assert_ptr_equal(state_due(w->st, T0 + 60000, &o), ticket(w, ids[SEV_EXTREME]));
    assert_int_equal(o->next, T0 + 60000);
    assert_int_equal(o->what, WHAT_ACK);
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_RESOLVE, .inc = ids[SEV_EXTREME], .note = STR("x"));
    assert_ptr_equal(state_due(w->st, INT64_MAX, &o), ticket(w, ids[SEV_SEVERE]));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = ids[SEV_SEVERE],
         .disposition = DISPOSITION_DUPLICATE);
    assert_ptr_equal(state_due(w->st, INT64_MAX, &o), ticket(w, ids[SEV_MODERATE]));
}

/* What state_due promises, by looking at everything. */
/* By asking every ticket. */
static size_t overdue_by_walk(const struct state *st, int64_t at)
{
    size_t overdue = 0;
    int64_t after = 0;
    const struct entry *e = NULL;
    while ((e = state_walk(st, ENTRY_TICKET, &after)))
        for (size_t i = 0; i < e->is.ticket->owed_count; i++)
            overdue += e->is.ticket->owed[i].next < at - 2000;
    return overdue;
}

static int64_t earliest(const struct state *st)
{
    int64_t after = 0;
    int64_t next = INT64_MAX;
    const struct entry *e = NULL;
    while ((e = state_walk(st, ENTRY_TICKET, &after)) != NULL)
        for (size_t i = 0; i < e->is.ticket->owed_count; i++)
            if (e->is.ticket->owed[i].next < next)
                next = e->is.ticket->owed[i].next;
    return next;
}

static void the_heap_agrees_with_a_full_look_after_many_changes(void **state)
{
    struct world *w = *state;
    struct ticket_id ids[64];
    uint32_t chance = 12345;
    for (int round = 0; round < 600; round++) {
        chance = chance * 1664525 + 1013904223;
        uint32_t pick = chance >> 16;
        struct ticket_id *id = &ids[pick % 64];
        w->at += pick % 977;
        if (round < 64)
            ids[round] = report(w, (enum sev)(pick % SEV_COUNT));
        else if (pick % 5 == 0)
            (void)post(w, "polres/piket", (struct record){.kind = KIND_RESPONSE_ACK, .inc = *id});
        else if (pick % 5 == 1)
            (void)post(w, "kpu/piket", (struct record){.kind = KIND_INCIDENT_RESOLVE, .inc = *id});
        else if (pick % 5 == 2)
            (void)post(w, "kpu/piket",
                       (struct record){.kind = KIND_INCIDENT_CLOSE,
                                       .inc = *id,
                                       .disposition = DISPOSITION_DUPLICATE});
        else if (pick % 5 == 3)
            (void)post(w, "kpu/piket", (struct record){.kind = KIND_INCIDENT_REOPEN, .inc = *id});
        else
            tick(w, w->at);
        const struct owed *o = NULL;
        const struct ticket *t = state_due(w->st, INT64_MAX, &o);
        assert_int_equal(t == NULL ? INT64_MAX : o->next, earliest(w->st));
        assert_int_equal(state_unclocked(w->st), 0);
        for (int64_t at = w->at; at < w->at + 10 * MINUTE; at += MINUTE)
            assert_int_equal(state_overdue(w->st, at), overdue_by_walk(w->st, at));
    }
}

static void overdue_counts_what_passed_over_2_s_ago(void **state)
{
    struct world *w = *state;
    (void)report(w, SEV_EXTREME);
    (void)report(w, SEV_MINOR);
    assert_int_equal(state_overdue(w->st, T0 + 62000), 0);
    assert_int_equal(state_overdue(w->st, T0 + 62001), 2);
    tick(w, T0 + 62001);
    assert_int_equal(state_overdue(w->st, T0 + 62001), 0);
}

static void a_muted_clock_is_overdue_all_the_same(void **state)
{
    struct world *w = *state;
    struct ticket_id refused = report(w, SEV_EXTREME);
    (void)report(w, SEV_EXTREME);
    size_t both = state_overdue(w->st, T0 + 70000);
    assert_true(both > 0);
    state_mute(w->st, refused, T0 + 130000);
    assert_int_equal(state_overdue(w->st, T0 + 70000), both);
}

static void an_open_ticket_without_an_obligation_is_counted(void **state)
{
    struct world *w = *state;
    struct ticket_id id = report(w, SEV_EXTREME);
    struct ticket *t = ticket_edit(ticket(w, id), &w->arena);
    owed_end_all(t);
    state_apply(w->st, &(struct entry){ENTRY_TICKET, t->seq, {.ticket = t}});
    assert_int_equal(state_unclocked(w->st), 1);
}

static void the_newest_of_a_kind_is_above_none_of_it(void **state)
{
    struct world *w = *state;
    assert_int_equal(state_newest(w->st, ENTRY_TICKET), 0);
    struct ticket_id id = report(w, SEV_MINOR);
    (void)post(w, "polres/piket", (struct record){.kind = KIND_RESPONSE_ACK, .inc = id});
    assert_int_equal(state_newest(w->st, ENTRY_TICKET), ticket(w, id)->seq);
    int64_t after = 0;
    int64_t highest = 0;
    const struct entry *e = NULL;
    while ((e = state_walk(w->st, ENTRY_DEVICE, &after)))
        highest = e->seq > highest ? e->seq : highest;
    assert_int_equal(state_newest(w->st, ENTRY_DEVICE), highest);
}

static void numbers_go_on_from_the_last_of_each_lane(void **state)
{
    struct world *w = *state;
    state_set_last_no(w->st, false, 41);
    state_set_last_no(w->st, true, 6);
    (void)report(w, SEV_MINOR);
    assert_int_equal(ticket(w, w->decision.ticket)->no, 42);
    assert_int_equal(state_next_no(w->st, false), 43);
    assert_int_equal(state_next_no(w->st, true), 7);
}

static void members_are_those_of_exactly_that_agency(void **state)
{
    struct world *w = *state;
    /* ids that sort around `kpu/` */
    world_agency(w, "kpu-a", AGENCY_RELIEF, NULL);
    world_agency(w, "kpu.a", AGENCY_RELIEF, NULL);
    world_agency(w, "kpu0", AGENCY_RELIEF, NULL);
    world_member(w, "kpu-a/piket", ROLE(DUTY));
    world_member(w, "kpu.a/piket", ROLE(DUTY));
    world_member(w, "kpu0/piket", ROLE(DUTY));
    GOOD(w, "kpu-a/piket", .kind = KIND_DUTY_START, .until = w->at + HOUR);
    GOOD(w, "polres/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("kpu")), .has = C(SEV), .sev = SEV_EXTREME);
    tick(w, w->at + 60000);
    assert_int_equal(w->lapse.told.count, 2);
    assert_true(told(w, "kpu/piket") && told(w, "kpu/piket2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_walk_sees_each_entry_once),
        TEST(a_walk_goes_on_across_changes),
        TEST(rows_come_in_any_order_and_the_newest_stays),
        TEST(a_receipt_changes_a_ticket_without_a_new_seq),
        TEST(a_state_is_rebuilt_from_its_entries),
        TEST(every_version_of_a_policy_is_kept),
        TEST(what_is_not_there_is_null),
        TEST(ended_tickets_stay_until_they_are_forgotten),
        TEST(the_earliest_clock_of_all_is_at_hand),
        TEST(the_heap_agrees_with_a_full_look_after_many_changes),
        TEST(overdue_counts_what_passed_over_2_s_ago),
        TEST(a_muted_clock_is_overdue_all_the_same),
        TEST(the_newest_of_a_kind_is_above_none_of_it),
        TEST(an_open_ticket_without_an_obligation_is_counted),
        TEST(numbers_go_on_from_the_last_of_each_lane),
        TEST(members_are_those_of_exactly_that_agency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
