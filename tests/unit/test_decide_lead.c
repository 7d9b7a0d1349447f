#include "world.h"

#define ACTS(w, who, k, ...) GOOD(w, who, .kind = KIND_##k, .inc = t, __VA_ARGS__)
#define NO(w, code, who, k, ...) BAD(w, code, who, .kind = KIND_##k, .inc = t, __VA_ARGS__)

/* ---- change ---- */

static void a_change_says_what_changes(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_CHANGE, );
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_CHANGE, .cat = STR("no.such"));
    assert_string_equal(w->fault.field, "cat");
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_CHANGE, .place = STR("nowhere"));
    assert_string_equal(w->fault.field, "place");
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_CHANGE, .has = C(LAT), .lat = 1);
    assert_string_equal(w->fault.field, "lon");
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_CHANGE, .has = C(LON), .lon = 1);
    assert_string_equal(w->fault.field, "lat");
    ACTS(w, "kpu/piket", INCIDENT_CHANGE, .cat = STR("other.other"), .title = STR("baru"),
         .place = STR("tps012"), .has = C(LAT) | C(LON) | C(VERACITY) | C(TLP), .lat = 14000000,
         .lon = 1251800000, .veracity = VERACITY_CONFIRMED, .tlp = TLP_AMBER_STRICT);
    const struct ticket *now = ticket(w, t);
    assert_str(now->cat->code, "other.other");
    assert_str(now->title, "baru");
    assert_str(now->place->id, "tps012");
    assert_true(now->has_point && now->lat == 14000000 && now->lon == 1251800000);
    assert_int_equal(now->veracity, VERACITY_CONFIRMED);
    assert_int_equal(now->tlp, TLP_AMBER_STRICT);
}

static void only_a_lead_changes(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, NOT_ALLOWED, "kpu/lapor", INCIDENT_CHANGE, .title = STR("x"));
    NO(w, NOT_ALLOWED, "polres/ketua", INCIDENT_CHANGE, .title = STR("x"));
    NO(w, NOT_FOUND, "bawaslu/ketua", INCIDENT_CHANGE, .title = STR("x"));
    ACTS(w, "kpu/ketua", INCIDENT_CHANGE, .title = STR("x"));
    ACTS(w, "kpu/koor", INCIDENT_CHANGE, .title = STR("y"));
}

static void only_the_reporters_agency_widens_the_readers(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    ACTS(w, "polres/piket", INCIDENT_TAKE, );
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_CHANGE, .has = C(TLP), .tlp = TLP_GREEN);
    assert_string_equal(w->fault.field, "tlp");
    ACTS(w, "polres/piket", INCIDENT_CHANGE, .has = C(TLP), .tlp = TLP_AMBER_STRICT);
    ACTS(w, "kpu/koor", INCIDENT_CHANGE, .has = C(TLP), .tlp = TLP_CLEAR);
    /* the host's coordinator leads, but widens only his own agency's reports */
    GOOD(w, "polres/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("pemkot")));
    t = w->decision.ticket;
    NO(w, NOT_ALLOWED, "kpu/koor", INCIDENT_CHANGE, .has = C(TLP), .tlp = TLP_CLEAR);
}

static void a_raised_severity_draws_the_clocks_in_and_a_lowered_leaves_them(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_MODERATE);
    int64_t opened = w->at;
    w->at += 10 * MINUTE;
    ACTS(w, "kpu/piket", INCIDENT_CHANGE, .has = C(SEV), .sev = SEV_EXTREME);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->due, w->at + 60000);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->next, w->at + 60000);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->sev, SEV_EXTREME);
    assert_int_equal(owes(w, t, "kpu", WHAT_RESOLVE, NULL)->due, w->at + 6 * HOUR);
    ACTS(w, "kpu/piket", INCIDENT_CHANGE, .has = C(SEV), .sev = SEV_MINOR);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->due, opened + 11 * MINUTE);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->sev, SEV_EXTREME);
    ACTS(w, "polres/piket", RESPONSE_ACK, ); /* what begins now runs on the new one */
    assert_int_equal(owes(w, t, "polres", WHAT_ACCEPT, NULL)->due, w->at + 24 * HOUR);
}

/* ---- share ---- */

static void share_addresses_more_and_asks_decliners_again(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
    ACTS(w, "pemkot/piket", RESPONSE_ACK, );
    struct owed before = *owes(w, t, "pemkot", WHAT_ACCEPT, NULL);
    ACTS(w, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu"), STR("polres"), STR("pemkot")));
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_OFFERED);
    assert_non_null(owes(w, t, "polres", WHAT_ACK, NULL));
    assert_int_equal(answer_of(w, t, "bawaslu"), ANSWER_OFFERED);
    assert_memory_equal(owes(w, t, "pemkot", WHAT_ACCEPT, NULL), &before, sizeof before);
    assert_null(owes(w, t, "kpu", WHAT_REASSIGN, "polres"));
    ACTS(w, "bawaslu/piket", RESPONSE_DONE, );
    ACTS(w, "kpu/koor", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    assert_int_equal(answer_of(w, t, "bawaslu"), ANSWER_OFFERED);
}

static void share_names_known_active_others_once(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("nobody")));
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("kpu")));
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu"), STR("bawaslu")));
    assert_string_equal(w->fault.field, "to");
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("bawaslu"), .name = STR("B"),
         .has = C(ACTIVE), .active = false);
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    assert_non_null(strstr(w->fault.text, "not active"));
}

static struct str_list many(struct world *w, const char *prefix, size_t count, bool make)
{
    struct str *ids = ARENA_ARRAY(&w->arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = arena_printf(&w->arena, "%s%02zu", prefix, i);
        if (make)
            world_agency(w, ids[i].at, AGENCY_RELIEF, NULL);
    }
    return (struct str_list){ids, count};
}

static void a_ticket_has_at_most_32_agencies(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_SHARE, .to = many(w, "a", 30, true));
    assert_int_equal(ticket(w, t)->answer_count, 32);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    NO(w, CONFLICT, "kpu/piket", RESPONSE_ACCEPT, ); /* the lead would be the 33rd */
    assert_int_equal(ticket(w, t)->answer_count, 32);
    assert_true(ticket_bytes(ticket(w, t)) < POSKO_TICKET_BYTES_MAX);
}

static void a_ticket_stays_below_its_bytes(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    const char *longest = "a-very-long-identifier-of-an-agency-that-somebody-thought-of-x";
    ACTS(w, "kpu/piket", INCIDENT_SHARE, .to = many(w, longest, 30, true));
    struct ticket *full = ticket_edit(ticket(w, t), &w->arena);
    struct stamp stamp = {.seq = w->seq, .at = w->at};
    struct str_list ids = many(w, longest, 30, false);
    for (size_t i = 0; i < 30; i++) {
        const struct agency *a = state_agency(w->st, ids.at[i]);
        enum err e = owed_add(full, &w->arena, a, WHAT_ARRIVE, a, stamp, 0, &w->fault);
        for (int what = WHAT_UPDATE; e == OK && i < 1 && what < WHAT_CLOSE; what++)
            if (full->owed_count < POSKO_OWED_MAX)
                e = owed_add(full, &w->arena, a, (enum what)what, a, stamp, 0, &w->fault);
        assert_int_equal(e, OK);
    }
    state_apply(w->st, &(struct entry){.kind = ENTRY_TICKET, .seq = w->seq, .is.ticket = full});
    assert_true(ticket_bytes(ticket(w, t)) > POSKO_TICKET_BYTES_MAX);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_NOTE, .body = STR("x"));
    assert_non_null(strstr(w->fault.text, "larger"));
}

/* ---- offer, take ---- */

static void an_offer_is_taken_with_the_leads_debts(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("x"));
    struct owed resolve = *owes(w, t, "kpu", WHAT_RESOLVE, NULL);
    w->at += MINUTE;
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    assert_ptr_equal(ticket(w, t)->offered, agency(w, "polres"));
    assert_int_equal(owes(w, t, "polres", WHAT_TAKE, NULL)->due, w->at + 300000);
    NO(w, NOT_ALLOWED, "polres/lapor", INCIDENT_TAKE, );
    NO(w, NOT_ALLOWED, "pemkot/piket", INCIDENT_TAKE, );
    NO(w, NOT_ALLOWED, "kpu/koor", INCIDENT_TAKE, );
    w->at += MINUTE;
    ACTS(w, "polres/ketua", INCIDENT_TAKE, );
    assert_ptr_equal(ticket(w, t)->lead, agency(w, "polres"));
    assert_null(ticket(w, t)->offered);
    assert_null(owes(w, t, "polres", WHAT_TAKE, NULL));
    assert_int_equal(owes(w, t, "polres", WHAT_RESOLVE, NULL)->due, resolve.due);
    assert_non_null(owes(w, t, "polres", WHAT_REASSIGN, "pemkot"));
    assert_null(owes(w, t, "kpu", WHAT_RESOLVE, NULL));
    /* take from offered counts as accept */
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_ACCEPTED);
    assert_null(owes(w, t, "polres", WHAT_ACK, NULL));
    assert_non_null(owes(w, t, "polres", WHAT_UPDATE, NULL));
    /* the former lead reads on, and leads no more */
    struct reader reader = {.member = member(w, "kpu/piket")};
    assert_true(access_reads_ticket(&reader, ticket(w, t)));
    NO(w, NOT_ALLOWED, "kpu/piket", INCIDENT_CHANGE, .title = STR("x"));
}

static void taking_counts_as_accept_only_from_offered_or_acked(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("x"));
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    ACTS(w, "polres/piket", INCIDENT_TAKE, );
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_DECLINED);
    assert_int_equal(owed_count(w, t), 2); /* resolve; pemkot's ack; its own reassign is met */
    ACTS(w, "polres/piket", INCIDENT_OFFER, .agency = STR("bawaslu"));
    ACTS(w, "bawaslu/piket", INCIDENT_TAKE, );
    assert_int_equal(answer_of(w, t, "bawaslu"), ANSWER_NONE); /* leads, was not addressed */
    assert_int_equal(ticket(w, t)->reader_count, 2);
}

static void a_new_offer_replaces_the_old(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, CONFLICT, "polres/piket", INCIDENT_TAKE, );
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("pemkot"));
    assert_null(owes(w, t, "polres", WHAT_TAKE, NULL));
    assert_non_null(owes(w, t, "pemkot", WHAT_TAKE, NULL));
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_TAKE, );
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_OFFER, .agency = STR("kpu"));
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_OFFER, .agency = STR("nobody"));
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_OFFER, .agency = STR("polres"));
}

static void a_decline_of_the_offer_refuses_the_offer_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    ACTS(w, "polres/piket", RESPONSE_DECLINE, .reason = STR("bukan wilayah kami"));
    assert_null(ticket(w, t)->offered);
    assert_null(owes(w, t, "polres", WHAT_TAKE, NULL));
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_OFFERED);
    assert_non_null(owes(w, t, "polres", WHAT_ACK, NULL));
    assert_null(owes(w, t, "kpu", WHAT_REASSIGN, "polres"));
    /* and of an agency that is not addressed at all */
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("bawaslu"));
    NO(w, NOT_ALLOWED, "bawaslu/lapor", RESPONSE_DECLINE, .reason = STR("x"));
    ACTS(w, "bawaslu/piket", RESPONSE_DECLINE, .reason = STR("x"));
    NO(w, NOT_FOUND, "bawaslu/piket", RESPONSE_DECLINE, .reason = STR("x")); /* reads no more */
}

/* ---- resolve, close, reopen ---- */

static void resolving_ends_all_debts_and_the_offer_and_owes_the_close(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_RESOLVE, .note = STR("x"));
    ACTS(w, "kpu/piket", INCIDENT_RESOLVE, .note = STR("x"));
    assert_int_equal(ticket(w, t)->state, TICKET_RESOLVED);
    assert_null(ticket(w, t)->offered);
    assert_int_equal(owed_count(w, t), 1);
    assert_int_equal(owes(w, t, "kpu", WHAT_CLOSE, NULL)->due, w->at + 24 * HOUR);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_RESOLVE, .note = STR("x"));
    NO(w, CONFLICT, "kpu/piket", INCIDENT_SHARE, .to = LIST(STR("bawaslu")));
    NO(w, CONFLICT, "kpu/piket", INCIDENT_CHANGE, .title = STR("x"));
    NO(w, CONFLICT, "kpu/piket", INCIDENT_OFFER, .agency = STR("polres"));
    NO(w, CONFLICT, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("kpu"), .what = WHAT_CLOSE);
    NO(w, CONFLICT, "polres/piket", INCIDENT_TAKE, );
}

static void what_was_handled_is_resolved_before_it_is_closed(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_HANDLED);
    assert_string_equal(w->fault.field, "disposition");
    NO(w, NOT_ALLOWED, "polres/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_FALSE_ALARM);
    ACTS(w, "kpu/piket", INCIDENT_RESOLVE, .note = STR("x"));
    ACTS(w, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_HANDLED);
    assert_int_equal(ticket(w, t)->state, TICKET_CLOSED);
    assert_int_equal(ticket(w, t)->closed, w->at);
    assert_int_equal(owed_count(w, t), 0);
}

static void a_closed_ticket_takes_notes_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_FALSE_ALARM);
    ACTS(w, "polres/piket", INCIDENT_NOTE, .body = STR("x"));
    NO(w, CLOSED, "polres/piket", RESPONSE_ACK, );
    NO(w, CLOSED, "kpu/piket", INCIDENT_CHANGE, .title = STR("x"));
    NO(w, CLOSED, "kpu/piket", INCIDENT_RESOLVE, .note = STR("x"));
    NO(w, CLOSED, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_DUPLICATE);
    assert_int_equal(owed_count(w, t), 0);
    assert_int_equal(ticket(w, t)->n, 3);
}

static void reopening_offers_it_to_every_agency_again(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_REOPEN, .reason = STR("x"));
    ACTS(w, "polres/piket", RESPONSE_DONE, );
    ACTS(w, "kpu/piket", INCIDENT_RESOLVE, .note = STR("x"));
    NO(w, NOT_ALLOWED, "polres/lapor", INCIDENT_REOPEN, .reason = STR("x"));
    ACTS(w, "polres/piket", INCIDENT_REOPEN, .reason = STR("kambuh"));
    assert_int_equal(ticket(w, t)->state, TICKET_OPEN);
    assert_int_equal(answer_of(w, t, "polres"), ANSWER_OFFERED);
    assert_int_equal(answer_of(w, t, "pemkot"), ANSWER_OFFERED);
    assert_int_equal(owed_count(w, t), 3);
    assert_int_equal(owes(w, t, "kpu", WHAT_RESOLVE, NULL)->since, w->seq);
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->since, w->seq);
}

static void a_close_may_be_undone_for_24_hours(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    ACTS(w, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_REFERRED);
    w->at += 24 * HOUR;
    ACTS(w, "kpu/koor", INCIDENT_REOPEN, .reason = STR("x"));
    assert_int_equal(ticket(w, t)->closed, 0);
    ACTS(w, "kpu/piket", INCIDENT_CLOSE, .disposition = DISPOSITION_REFERRED);
    w->at += 24 * HOUR + 1;
    NO(w, CLOSED, "kpu/piket", INCIDENT_REOPEN, .reason = STR("x"));
    assert_non_null(strstr(w->fault.text, "report anew"));
}

/* ---- escalate ---- */

static void an_escalate_fires_that_obligations_next_step_now(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    int64_t due = owes(w, t, "polres", WHAT_ACK, NULL)->due;
    w->at += 10000;
    ACTS(w, "kpu/lapor", INCIDENT_ESCALATE, .agency = STR("polres"), .what = WHAT_ACK);
    assert_int_equal(w->fired, 1);
    assert_int_equal(w->lapse.due, w->at);
    assert_int_equal(w->lapse.step, 1);
    assert_int_equal(w->lapse.late_ms, 0);
    assert_true(told(w, "polres/piket") && told(w, "polres/piket2"));
    const struct owed *o = owes(w, t, "polres", WHAT_ACK, NULL);
    assert_int_equal(o->step, 1);
    assert_int_equal(o->due, due);
    assert_int_equal(o->next, due + 300000); /* the second step, counted from due */
    ACTS(w, "pemkot/piket", INCIDENT_ESCALATE, .agency = STR("polres"), .what = WHAT_ACK);
    assert_true(told(w, "polres/ketua"));
    assert_int_equal(owes(w, t, "polres", WHAT_ACK, NULL)->next, w->at + 600000);
}

static void only_what_is_owed_can_be_escalated(void **state)
{
    struct world *w = *state;
    struct ticket_id t = report(w, SEV_SEVERE);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("polres"), .what = WHAT_ACCEPT);
    NO(w, CONFLICT, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("bawaslu"), .what = WHAT_ACK);
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("nobody"), .what = WHAT_ACK);
    NO(w, BAD_CLAIM, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("kpu"), .what = WHAT_REASSIGN,
       .about = STR("nobody"));
    NO(w, NOT_ALLOWED, "polres/lapor", INCIDENT_ESCALATE, .agency = STR("polres"),
       .what = WHAT_ACK);
    ACTS(w, "pemkot/piket", RESPONSE_DECLINE, .reason = STR("x"));
    NO(w, CONFLICT, "kpu/piket", INCIDENT_ESCALATE, .agency = STR("kpu"), .what = WHAT_REASSIGN,
       .about = STR("polres"));
    ACTS(w, "polres/piket", INCIDENT_ESCALATE, .agency = STR("kpu"), .what = WHAT_REASSIGN,
         .about = STR("pemkot"));
    assert_str(w->lapse.about, "pemkot");
}

/* ---- exercises, unknown tickets ---- */

static void a_tickets_records_are_all_of_its_status(void **state)
{
    struct world *w = *state;
    BAD(w, NOT_ALLOWED, "kpu/piket", .kind = KIND_INCIDENT_REPORT, .exercise = true,
        .cat = STR("physical.crowd"), .title = STR("Latihan"), .to = LIST(STR("polres")));
    GOOD(w, "kpu/kontrol", .kind = KIND_INCIDENT_REPORT, .exercise = true,
         .cat = STR("physical.crowd"), .title = STR("Latihan"), .to = LIST(STR("polres")));
    struct ticket_id t = w->decision.ticket;
    assert_int_equal(ticket(w, t)->no, 1);
    NO(w, BAD_CLAIM, "polres/piket", RESPONSE_ACK, );
    assert_string_equal(w->fault.field, "status");
    ACTS(w, "polres/piket", RESPONSE_ACK, .exercise = true);
    t = report(w, SEV_MINOR);
    assert_int_equal(ticket(w, t)->no, 1); /* numbers apart */
    NO(w, BAD_CLAIM, "polres/piket", RESPONSE_ACK, .exercise = true);
}

static void a_ticket_that_is_not_there_is_not_found(void **state)
{
    struct world *w = *state;
    struct ticket_id t = {{1, 2, 3}};
    NO(w, NOT_FOUND, "kpu/koor", INCIDENT_CHANGE, .title = STR("x"));
    assert_string_equal(w->fault.field, "inc");
    NO(w, NOT_FOUND, "kpu/cctv", INCIDENT_NOTE, .body = STR("x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_says_what_changes),
        TEST(only_a_lead_changes),
        TEST(only_the_reporters_agency_widens_the_readers),
        TEST(a_raised_severity_draws_the_clocks_in_and_a_lowered_leaves_them),
        TEST(share_addresses_more_and_asks_decliners_again),
        TEST(share_names_known_active_others_once),
        TEST(a_ticket_has_at_most_32_agencies),
        TEST(a_ticket_stays_below_its_bytes),
        TEST(an_offer_is_taken_with_the_leads_debts),
        TEST(taking_counts_as_accept_only_from_offered_or_acked),
        TEST(a_new_offer_replaces_the_old),
        TEST(a_decline_of_the_offer_refuses_the_offer_and_nothing_else),
        TEST(resolving_ends_all_debts_and_the_offer_and_owes_the_close),
        TEST(what_was_handled_is_resolved_before_it_is_closed),
        TEST(a_closed_ticket_takes_notes_and_nothing_else),
        TEST(reopening_offers_it_to_every_agency_again),
        TEST(a_close_may_be_undone_for_24_hours),
        TEST(an_escalate_fires_that_obligations_next_step_now),
        TEST(only_what_is_owed_can_be_escalated),
        TEST(a_tickets_records_are_all_of_its_status),
        TEST(a_ticket_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
