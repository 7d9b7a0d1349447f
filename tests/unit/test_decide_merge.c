#include "world.h"

static struct ticket_id report_to(struct world *w, const char *who, enum sev sev, const char *to)
{
    GOOD(w, who, .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"), .title = STR("x"),
         .to = LIST(str_of(to)), .has = C(SEV), .sev = sev);
    return w->decision.ticket;
}

#define MERGE(a, b) .kind = KIND_INCIDENT_MERGE, .inc = (a), .into = (b)

static bool reads(const struct world *w, const char *who, struct ticket_id id)
{
    struct reader reader = {.member = member(w, who)};
    return access_reads_ticket(&reader, ticket(w, id));
}

static void agencies_only_in_a_come_with_state_and_dues(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = a, .eta = w->at + MINUTE);
    struct owed update = *owes(w, a, "polres", WHAT_UPDATE, NULL);
    struct owed arrive = *owes(w, a, "polres", WHAT_ARRIVE, NULL);
    w->at += 1000;
    struct ticket_id b = report_to(w, "kpu/piket", SEV_SEVERE, "pemkot");
    struct owed resolve = *owes(w, b, "kpu", WHAT_RESOLVE, NULL);
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_int_equal(w->decision.count, 2);
    assert_true(ticket_id_eq(w->decision.ticket, b));
    assert_int_equal(ticket(w, a)->state, TICKET_MERGED);
    assert_true(ticket_id_eq(ticket(w, a)->into, b));
    assert_int_equal(owed_count(w, a), 0);
    assert_int_equal(ticket(w, a)->n, 2); /* its rows; the merge is the other's */
    assert_int_equal(ticket(w, b)->n, 2);
    assert_int_equal(answer_of(w, b, "polres"), ANSWER_ACCEPTED);
    assert_int_equal(ticket_answer(ticket(w, b), agency(w, "polres"))->eta, T0 + MINUTE);
    assert_memory_equal(owes(w, b, "polres", WHAT_UPDATE, NULL), &update, sizeof update);
    assert_memory_equal(owes(w, b, "polres", WHAT_ARRIVE, NULL), &arrive, sizeof arrive);
    assert_memory_equal(owes(w, b, "kpu", WHAT_RESOLVE, NULL), &resolve, sizeof resolve);
    assert_int_equal(owed_count(w, b), 4); /* resolve, pemkot's ack, polres's two */
}

static void an_agency_in_both_keeps_what_it_is_in_b(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = a);
    struct owed ack = *owes(w, b, "polres", WHAT_ACK, NULL);
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_int_equal(answer_of(w, b, "polres"), ANSWER_OFFERED);
    assert_memory_equal(owes(w, b, "polres", WHAT_ACK, NULL), &ack, sizeof ack);
    assert_null(owes(w, b, "polres", WHAT_UPDATE, NULL));
}

static void the_leads_debts_and_offer_of_a_end(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "pemkot");
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_DECLINE, .inc = a, .reason = STR("x"));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_OFFER, .inc = a, .agency = STR("bawaslu"));
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_null(ticket(w, a)->offered);
    assert_null(ticket(w, b)->offered);
    assert_int_equal(answer_of(w, b, "polres"), ANSWER_DECLINED);
    assert_int_equal(owed_count(w, b), 2);
}

static void the_stricter_tlp_and_the_higher_severity_hold(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_EXTREME, "polres");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_MODERATE, "pemkot");
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CHANGE, .inc = a, .has = C(TLP),
         .tlp = TLP_AMBER_STRICT);
    w->at += MINUTE;
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_int_equal(ticket(w, b)->sev, SEV_EXTREME);
    assert_int_equal(ticket(w, b)->tlp, TLP_AMBER_STRICT);
    assert_int_equal(owes(w, b, "pemkot", WHAT_ACK, NULL)->due, w->at + 60000);
    /* and the other way round */
    struct ticket_id c = report_to(w, "kpu/lapor", SEV_MINOR, "pemkot");
    GOOD(w, "kpu/piket", MERGE(c, b));
    assert_int_equal(ticket(w, b)->sev, SEV_EXTREME);
    assert_int_equal(ticket(w, b)->tlp, TLP_AMBER_STRICT);
}

static void as_readers_become_bs_and_what_names_a_is_decided_on_b(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "polres/lapor", SEV_SEVERE, "bawaslu");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "pemkot");
    BAD(w, NOT_FOUND, "polres/piket", MERGE(a, b)); /* may not know of b */
    BAD(w, NOT_FOUND, "kpu/piket", MERGE(a, b));    /* nor of a */
    GOOD(w, "kpu/koor", MERGE(a, b));
    assert_true(reads(w, "polres/piket", b)); /* a's lead and reporter */
    assert_true(reads(w, "bawaslu/lapor", b));
    assert_true(reads(w, "pemkot/lapor", b));
    assert_false(reads(w, "pemkot/lapor", a)); /* old records keep their readers */
    assert_true(reads(w, "bawaslu/lapor", a));
    GOOD(w, "bawaslu/piket", .kind = KIND_RESPONSE_ACK, .inc = a);
    assert_true(ticket_id_eq(w->decision.ticket, b));
    assert_int_equal(answer_of(w, b, "bawaslu"), ANSWER_ACKED);
    assert_ptr_equal(ticket(w, b)->lead, agency(w, "kpu"));
    BAD_FIELD(w, BAD_CLAIM, "into", "kpu/koor", MERGE(a, b)); /* they are one */
    /* once more, into a third */
    struct ticket_id c = report_to(w, "kpu/lapor", SEV_SEVERE, "pemkot");
    GOOD(w, "kpu/koor", MERGE(a, c)); /* a is b now */
    assert_int_equal(ticket(w, b)->state, TICKET_MERGED);
    GOOD(w, "bawaslu/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = a);
    assert_int_equal(answer_of(w, c, "bawaslu"), ANSWER_ACCEPTED);
    state_forget(w->st, INT64_MAX);
    BAD(w, NOT_FOUND, "bawaslu/piket", .kind = KIND_RESPONSE_ACCEPT, .inc = a);
}

static void bs_lead_comes_over_only_where_it_had_accepted(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    struct ticket_id b = report_to(w, "polres/lapor", SEV_SEVERE, "pemkot");
    GOOD(w, "kpu/koor", MERGE(a, b));
    assert_int_equal(answer_of(w, b, "polres"), ANSWER_NONE);
    assert_int_equal(owed_count(w, b), 2);
    a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    GOOD(w, "polres/piket", .kind = KIND_RESPONSE_ENROUTE, .inc = a);
    GOOD(w, "kpu/koor", MERGE(a, b));
    assert_int_equal(answer_of(w, b, "polres"), ANSWER_ENROUTE);
    assert_non_null(owes(w, b, "polres", WHAT_UPDATE, NULL));
}

static void alert_keys_move_and_counts_add(void **state)
{
    struct world *w = *state;
#define ALERT(key_) \
    .kind = KIND_ALERT_RAISE, .key = STR(key_), .cat = STR("physical.alarm"), .title = STR("x")
    GOOD(w, "kpu/cctv", ALERT("k1"), .count = 3);
    struct ticket_id a = w->decision.ticket;
    GOOD(w, "kpu/cctv", .kind = KIND_ALERT_CLEAR, .key = STR("k1"));
    w->at += MINUTE;
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "pemkot");
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_true(ticket(w, b)->clear); /* all its sources say so */
    assert_int_equal(ticket(w, b)->count, 3);
    assert_int_equal(ticket(w, b)->last, T0);
    GOOD(w, "kpu/cctv", ALERT("k1"));
    assert_true(ticket_id_eq(w->decision.ticket, b));
    assert_int_equal(ticket(w, b)->count, 4);
    assert_false(ticket(w, b)->clear);
    struct reader reader = {.source = source(w, "kpu/cctv")};
    assert_true(access_reads_ticket(&reader, ticket(w, b)));
    GOOD(w, "polres/sirene", ALERT("k1"));
    a = w->decision.ticket;
    GOOD(w, "polres/sirene", .kind = KIND_ALERT_CLEAR, .key = STR("k1"));
    GOOD(w, "kpu/koor", MERGE(a, b));
    assert_false(ticket(w, b)->clear); /* one of two */
    assert_int_equal(ticket(w, b)->key_count, 2);
    reader.source = source(w, "polres/sirene");
    assert_true(access_reads_ticket(&reader, ticket(w, b)));
}

static void told_members_and_the_author_read_on(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_EXTREME, "polres");
    tick(w, w->at + 4 * MINUTE); /* 180 s after due: the superior, polda */
    assert_true(reads(w, "polda/piket", a));
    struct ticket_id b = report_to(w, "kpu/piket", SEV_EXTREME, "pemkot");
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CHANGE, .inc = b, .has = C(TLP),
         .tlp = TLP_AMBER_STRICT);
    assert_false(reads(w, "kpu/lapor", b));
    GOOD(w, "kpu/piket", MERGE(a, b));
    assert_true(reads(w, "polda/piket", b));
    assert_true(reads(w, "kpu/lapor", b));
}

static void both_must_be_open_and_of_one_status(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    BAD_FIELD(w, BAD_CLAIM, "into", "kpu/piket", MERGE(a, a));
    BAD(w, NOT_ALLOWED, "polres/piket", MERGE(a, b));
    struct ticket_id foreign = report_to(w, "polres/lapor", SEV_SEVERE, "kpu");
    BAD_FIELD(w, NOT_ALLOWED, "into", "kpu/piket", MERGE(a, foreign));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_RESOLVE, .inc = b, .note = STR("x"));
    BAD_FIELD(w, CONFLICT, "into", "kpu/piket", MERGE(a, b));
    BAD(w, CONFLICT, "kpu/piket", MERGE(b, a));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_CLOSE, .inc = b, .disposition = DISPOSITION_HANDLED);
    BAD_FIELD(w, CLOSED, "into", "kpu/piket", MERGE(a, b));
    BAD(w, CLOSED, "kpu/piket", MERGE(b, a));
    GOOD(w, "kpu/koor", .kind = KIND_INCIDENT_REPORT, .exercise = true, .cat = STR("cyber.ddos"),
         .title = STR("x"), .to = LIST(STR("polres")));
    struct ticket_id drill = w->decision.ticket;
    BAD_FIELD(w, BAD_CLAIM, "status", "kpu/koor", MERGE(a, drill));
    BAD_FIELD(w, BAD_CLAIM, "status", "kpu/koor", MERGE(a, drill), .exercise = true);
}

static struct str_list group(struct world *w, const char *prefix, size_t count)
{
    struct str *ids = ARENA_ARRAY(&w->arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = arena_printf(&w->arena, "%s%zu", prefix, i);
        world_agency(w, ids[i].at, AGENCY_RELIEF, NULL);
    }
    return (struct str_list){ids, count};
}

static void what_together_is_too_much_is_refused(void **state)
{
    struct world *w = *state;
    struct ticket_id a = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    struct ticket_id b = report_to(w, "kpu/lapor", SEV_SEVERE, "pemkot");
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_SHARE, .inc = a, .to = group(w, "a", 20));
    GOOD(w, "kpu/piket", .kind = KIND_INCIDENT_SHARE, .inc = b, .to = group(w, "b", 11));
    BAD(w, CONFLICT, "kpu/piket", MERGE(a, b));
    assert_string_equal(w->fault.text, "both together have more than 32 agencies; close one as "
                                       "duplicate instead");
    assert_int_equal(ticket(w, a)->state, TICKET_OPEN);
    /* alert keys */
    struct ticket *many = ticket_edit(ticket(w, a), &w->arena);
    for (int i = 0; i < 257; i++)
        ticket_add_key(many, &w->arena,
                       (struct alert_key){source(w, "kpu/cctv"), arena_printf(&w->arena, "%d", i)});
    state_apply(w->st, &(struct entry){.kind = ENTRY_TICKET, .seq = w->seq, .is.ticket = many});
    BAD(w, CONFLICT, "kpu/piket", MERGE(a, b));
    assert_non_null(strstr(w->fault.text, "alert keys"));
    /* obligations */
    struct ticket_id c = report_to(w, "kpu/lapor", SEV_SEVERE, "bawaslu");
    struct ticket *owing = ticket_edit(ticket(w, c), &w->arena);
    struct stamp stamp = {.seq = w->seq, .at = w->at};
    for (size_t i = 0; owing->owed_count < POSKO_OWED_MAX; i++) {
        const struct agency *who = state_agency(w->st, arena_printf(&w->arena, "a%zu", i % 20));
        assert_int_equal(
            owed_add(owing, &w->arena, who, (enum what)(i / 20), who, stamp, 0, &w->fault), OK);
    }
    assert_int_equal(
        owed_add(owing, &w->arena, agency(w, "kpu"), WHAT_CLOSE, NULL, stamp, 0, &w->fault),
        ERR_CONFLICT);
    state_apply(w->st, &(struct entry){.kind = ENTRY_TICKET, .seq = w->seq, .is.ticket = owing});
    struct ticket_id d = report_to(w, "kpu/lapor", SEV_SEVERE, "polres");
    BAD(w, CONFLICT, "kpu/piket", MERGE(d, c));
    assert_non_null(strstr(w->fault.text, "obligations"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(agencies_only_in_a_come_with_state_and_dues),
        TEST(an_agency_in_both_keeps_what_it_is_in_b),
        TEST(the_leads_debts_and_offer_of_a_end),
        TEST(the_stricter_tlp_and_the_higher_severity_hold),
        TEST(as_readers_become_bs_and_what_names_a_is_decided_on_b),
        TEST(bs_lead_comes_over_only_where_it_had_accepted),
        TEST(alert_keys_move_and_counts_add),
        TEST(told_members_and_the_author_read_on),
        TEST(both_must_be_open_and_of_one_status),
        TEST(what_together_is_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
