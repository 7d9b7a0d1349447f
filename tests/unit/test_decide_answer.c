#include "world.h"

#define ACTS(w, who, k, ...) GOOD(w, who, .kind = KIND_##k, .inc = t, __VA_ARGS__)
#define NO(w, code, who, k, ...) BAD(w, code, who, .kind = KIND_##k, .inc = t, __VA_ARGS__)

static void an_ack_opens_the_next_clock(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->due, w->at + 60000);
    w->at += 10000;
    ACTS(w, "polres/piket", RESPONSE_ACK, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ACKED);
    assert_null(owes(w, t, "polres", WHAT_ACK, NULL));
    const struct owed *o = owes(w, t, "polres", WHAT_ACCEPT, NULL);
    assert_int_equal(o->due, w->at + 300000);
    assert_int_equal(o->since, w->seq);
    assert_int_equal(o->step, 0);
}

static void one_agencys_ack_silences_no_other(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACK, );
    assert_non_null(owes(w, t, "pemkot", WHAT_ACK, NULL));
    assert_int_equal(answer_of(w, t, "pemkot"), ANSWER_OFFERED);
}

static void accept_begins_updates_and_its_eta_an_arrival(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/ketua", RESPONSE_ACCEPT, .eta = w->at + 10 * MINUTE);
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ACCEPTED);
    assert_null(owes(w, t, "polres", WHAT_ACK, NULL));
    assert_null(owes(w, t, "polres", WHAT_ACCEPT, NULL));
    assert_int_equal(owes(w, t, "polres", WHAT_UPDATE, NULL)->due, w->at + 900000);
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->due, w->at + 15 * MINUTE);
}

static void accept_again_changes_only_the_eta(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, );
    int64_t since = owes(w, t, "polres", WHAT_UPDATE, NULL)->since;
    w->at += MINUTE;
    ACTS(w, "polres/piket2", RESPONSE_ACCEPT, .eta = w->at + MINUTE);
    assert_int_equal(owes(w, t, "polres", WHAT_UPDATE, NULL)->since, since);
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->since, w->seq);
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, );
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, .eta = w->at + 2 * MINUTE);
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ENROUTE);
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->due, w->at + 7 * MINUTE);
    ACTS(w, "polres/piket", RESPONSE_ONSCENE, );
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, .eta = w->at + 2 * MINUTE);
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ONSCENE);
    assert_null(owes(w, t, "polres", WHAT_ARRIVE, NULL));
    assert_int_equal(ticket_answer(ticket(w, t), agency(w, "polres"))->eta, w->at + 2 * MINUTE);
}

static void enroute_moves_the_arrival_and_begins_updates_anew(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, .eta = w->at + MINUTE);
    w->at += 30000;
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, .eta = w->at + 3 * MINUTE);
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->due, w->at + 8 * MINUTE);
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->since, w->seq);
    assert_int_equal(owes(w, t, "polres", WHAT_UPDATE, NULL)->since, w->seq);
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, );
    assert_int_equal(owes(w, t, "polres", WHAT_ARRIVE, NULL)->due, w->at + 8 * MINUTE);
}

static void onscene_meets_the_arrival(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, .eta = w->at + MINUTE);
    ACTS(w, "polres/piket", RESPONSE_ONSCENE, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ONSCENE);
    assert_null(owes(w, t, "polres", WHAT_ARRIVE, NULL));
    assert_int_equal(owes(w, t, "polres", WHAT_UPDATE, NULL)->since, w->seq);
}

static void done_ends_all_answer_debts(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, .eta = w->at + MINUTE);
    ACTS(w, "polres/piket", RESPONSE_DONE, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_DONE);
    for (int what = 0; what < WHAT_COUNT; what++)
        assert_null(owes(w, t, "polres", (enum what)what, NULL));
    assert_int_equal(ticket_answer(ticket(w, t), agency(w, "polres"))->eta, 0);
    /* and work may begin again */
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, );
    assert_non_null(owes(w, t, "polres", WHAT_UPDATE, NULL));
}

static void done_needs_no_step_before_it(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MINOR);
    ACTS(w, "polres/piket", RESPONSE_DONE, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_DONE);
    NO(w, CONFLICT, "polres/piket", RESPONSE_ACK, );
    NO(w, CONFLICT, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
}

static void a_decline_makes_the_lead_owe_reassign(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACK, );
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("tidak ada regu"));
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_DECLINED);
    assert_null(owes(w, t, "polres", WHAT_ACCEPT, NULL));
    const struct owed *o = owes(w, t, "kpu", WHAT_REASSIGN, "polres");
    assert_int_equal(o->due, w->at + 60000); /* the ack's within */
    NO(w, CONFLICT, "polres/piket", RESPONSE_ENROUTE, );
    NO(w, CONFLICT, "polres/piket", RESPONSE_ACK, );
    assert_non_null(strstr(w->fault.text, "accept first"));
    /* the decliner's own later move */
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, );
    assert_null(owes(w, t, "kpu", WHAT_REASSIGN, "polres"));
}

static void each_decliner_is_a_reassign_of_its_own_and_one_share_meets_all(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("x"));
    assert_non_null(owes(w, t, "kpu", WHAT_REASSIGN, "polres"));
    assert_non_null(owes(w, t, "kpu", WHAT_REASSIGN, "pemkot"));
    ACTS(w, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    assert_int_equal(owed_count(w, t), 2); /* resolve, bawaslu's ack */
    assert_non_null(owes(w, t, "bawaslu", WHAT_ACK, NULL));
}

static void a_lead_that_accepts_joins_and_meets_every_reassign(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
    NO(w, NOT_ALLOWED, "kpu/lapor", RESPONSE_ACCEPT, );
    NO(w, NOT_ALLOWED, "kpu/piket", RESPONSE_ENROUTE, ); /* not addressed yet */
    ACTS(w, "kpu/piket", RESPONSE_ACCEPT, .eta = w->at + MINUTE);
    assert_int_equal(answer_of(w, t, "kpu"), ANSWER_ACCEPTED);
    assert_null(owes(w, t, "kpu", WHAT_REASSIGN, "polres"));
    assert_non_null(owes(w, t, "kpu", WHAT_UPDATE, NULL));
    assert_non_null(owes(w, t, "kpu", WHAT_ARRIVE, NULL));
    ACTS(w, "kpu/ketua", RESPONSE_ONSCENE, );
}

static void only_the_leads_own_members_accept_for_it(void **state)
{
    struct world *w = *state;
    GOOD(w, "polres/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("pemkot")));
    struct ticket_id t = w->decision.ticket;
    NO(w, NOT_ALLOWED, "kpu/koor", RESPONSE_ACCEPT, );
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ACCEPTED);
}

static void a_move_to_where_one_is_changes_nothing(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACK, );
    int64_t n = ticket(w, t)->n;
    struct owed before = *owes(w, t, "polres", WHAT_ACCEPT, NULL);
    w->at += MINUTE;
    ACTS(w, "polres/piket2", RESPONSE_ACK, );
    assert_memory_equal(owes(w, t, "polres", WHAT_ACCEPT, NULL), &before, sizeof before);
    assert_int_equal(ticket(w, t)->n, n + 1); /* but it is stored */
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("x"));
    before = *owes(w, t, "kpu", WHAT_REASSIGN, "pemkot");
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("y"));
    assert_memory_equal(owes(w, t, "kpu", WHAT_REASSIGN, "pemkot"), &before, sizeof before);
}

static void an_eta_lies_ahead_and_within_a_day(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    NO(w, BAD_CLAIM, "polres/piket", RESPONSE_ACCEPT, .eta = w->at);
    assert_string_equal(w->fault.field, "eta");
    NO(w, BAD_CLAIM, "polres/piket", RESPONSE_ENROUTE, .eta = w->at + 24 * HOUR + 1);
    ACTS(w, "polres/piket", RESPONSE_ENROUTE, .eta = w->at + 24 * HOUR);
}

static void only_duty_and_chief_of_an_addressed_agency_answer(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    static const enum kind kinds[] = {KIND_RESPONSE_ACK,     KIND_RESPONSE_ACCEPT,
                                      KIND_RESPONSE_ENROUTE, KIND_RESPONSE_ONSCENE,
                                      KIND_RESPONSE_DONE,    KIND_RESPONSE_DECLINE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        BAD(w, NOT_ALLOWED, "polres/lapor", .kind = kinds[i], .inc = t);
        BAD(w, NOT_ALLOWED, "polres/admin", .kind = kinds[i], .inc = t);
        BAD(w, NOT_ALLOWED, "kpu/audit", .kind = kinds[i], .inc = t);
        BAD(w, NOT_FOUND, "bawaslu/piket", .kind = kinds[i], .inc = t);
        BAD(w, NOT_FOUND, "kpu/cctv", .kind = kinds[i], .inc = t);
        if (kinds[i] != KIND_RESPONSE_ACCEPT) /* a coordinator of the lead may accept for it */
            BAD(w, NOT_ALLOWED, "kpu/koor", .kind = kinds[i], .inc = t);
    }
}

static void in_a_resolved_ticket_answers_are_stored_and_make_no_debt(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "kpu/piket", INCIDENT_RESOLVE, .note = STR("beres"));
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, .eta = w->at + MINUTE);
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ACCEPTED);
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("x"));
    assert_int_equal(answer_of(w, t, "pemkot"), ANSWER_DECLINED);
    ACTS(w, "polres/piket", INCIDENT_NOTE, .body = STR("x"));
    assert_int_equal(owed_count(w, t), 1);
    assert_non_null(owes(w, t, "kpu", WHAT_CLOSE, NULL));
}

static void a_note_meets_its_agencys_update_and_begins_the_next(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, );
    ACTS(w, "pemkot/piket", RESPONSE_ACCEPT, );
    int64_t pemkot = owes(w, t, "pemkot", WHAT_UPDATE, NULL)->since;
    w->at += 5 * MINUTE;
    ACTS(w, "polres/piket", INCIDENT_NOTE, .body = STR("masih kumpul"));
    const struct owed *o = owes(w, t, "polres", WHAT_UPDATE, NULL);
    assert_int_equal(o->since, w->seq);
    assert_int_equal(o->due, w->at + 900000);
    assert_int_equal(owes(w, t, "pemkot", WHAT_UPDATE, NULL)->since, pemkot);
}

static void a_note_owes_nothing_where_no_update_is_owed(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", INCIDENT_NOTE, .body = STR("x"), .next = w->at + MINUTE);
    ACTS(w, "kpu/lapor", INCIDENT_NOTE, .body = STR("x")); /* the author */
    ACTS(w, "kpu/koor", INCIDENT_NOTE, .body = STR("x"));
    NO(w, NOT_ALLOWED, "polres/lapor", INCIDENT_NOTE, .body = STR("x"));
    NO(w, NOT_FOUND, "bawaslu/piket", INCIDENT_NOTE, .body = STR("x"));
    assert_int_equal(owed_count(w, t), 3);
}

static void a_promised_next_replaces_the_update_and_is_bounded(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACCEPT, );
    NO(w, BAD_CLAIM, "polres/piket", INCIDENT_NOTE, .body = STR("x"), .next = w->at);
    NO(w, BAD_CLAIM, "polres/piket", INCIDENT_NOTE, .body = STR("x"), .next = w->at + 1800000 + 1);
    assert_string_equal(w->fault.field, "next");
    ACTS(w, "polres/piket", INCIDENT_NOTE, .body = STR("x"), .next = w->at + 1800000);
    assert_int_equal(owes(w, t, "polres", WHAT_UPDATE, NULL)->due, w->at + 1800000);
}

static void receipts_are_of_the_record_that_addresses_the_agency(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_EXTREME);
    int64_t first = w->seq;
    struct entry e;
#define RECEIPT(who, seq, how) \
    decide_receipt(w->st, member(w, who), t, seq, RECEIPT_##how, w->at, &w->arena, &e)
    assert_int_equal(RECEIPT("polres/lapor", first, GOT), ERR_CONFLICT);
    assert_int_equal(RECEIPT("bawaslu/piket", first, GOT), ERR_CONFLICT);
    assert_int_equal(RECEIPT("polres/piket", first + 1, GOT), ERR_CONFLICT);
    assert_int_equal(RECEIPT("polres/piket", first, GOT), OK);
    state_apply(w->st, &e);
    assert_int_equal(RECEIPT("polres/piket2", first, GOT), ERR_CONFLICT); /* not the first */
    assert_int_equal(RECEIPT("polres/ketua", first, SHOWN), OK);
    state_apply(w->st, &e);
    const struct answer *a = ticket_answer(ticket(w, t), agency(w, "polres"));
    assert_int_equal(a->got.at, w->at);
    assert_str(a->got.member, "piket");
    assert_str(a->shown.member, "ketua");
    assert_int_equal(ticket(w, t)->seq, first); /* no record, no new seq */
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
    ACTS(w, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("polres")));
    a = ticket_answer(ticket(w, t), agency(w, "polres"));
    assert_int_equal(a->got.at, 0); /* addressed again */
    assert_int_equal(RECEIPT("polres/piket2", first, GOT), ERR_CONFLICT);
    assert_int_equal(RECEIPT("polres/piket2", w->seq, GOT), OK);
    struct ticket_id none = {{0}};
    assert_int_equal(decide_receipt(w->st, member(w, "polres/piket"), none, 1, RECEIPT_GOT, w->at,
                                    &w->arena, &e),
                     ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_ack_opens_the_next_clock),
        TEST(one_agencys_ack_silences_no_other),
        TEST(accept_begins_updates_and_its_eta_an_arrival),
        TEST(accept_again_changes_only_the_eta),
        TEST(enroute_moves_the_arrival_and_begins_updates_anew),
        TEST(onscene_meets_the_arrival),
        TEST(done_ends_all_answer_debts),
        TEST(done_needs_no_step_before_it),
        TEST(a_decline_makes_the_lead_owe_reassign),
        TEST(each_decliner_is_a_reassign_of_its_own_and_one_share_meets_all),
        TEST(a_lead_that_accepts_joins_and_meets_every_reassign),
        TEST(only_the_leads_own_members_accept_for_it),
        TEST(a_move_to_where_one_is_changes_nothing),
        TEST(an_eta_lies_ahead_and_within_a_day),
        TEST(only_duty_and_chief_of_an_addressed_agency_answer),
        TEST(in_a_resolved_ticket_answers_are_stored_and_make_no_debt),
        TEST(a_note_meets_its_agencys_update_and_begins_the_next),
        TEST(a_note_owes_nothing_where_no_update_is_owed),
        TEST(a_promised_next_replaces_the_update_and_is_bounded),
        TEST(receipts_are_of_the_record_that_addresses_the_agency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
