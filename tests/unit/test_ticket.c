#include "world.h"

#define N ANSWER_NONE
#define OFF ANSWER_OFFERED
#define ACK ANSWER_ACKED
#define ACC ANSWER_ACCEPTED
#define ENR ANSWER_ENROUTE
#define ONS ANSWER_ONSCENE
#define DON ANSWER_DONE
#define DEC ANSWER_DECLINED

static void answers_move_as_the_protocol_says(void **state)
{
    (void)state;
    /* ack accept enroute onscene done decline */
    static const enum answer_state expected[ANSWER_STATE_COUNT][ACTION_COUNT] = {
        [N] = {N, ACC, N, N, N, N},
        [OFF] = {ACK, ACC, ENR, ONS, DON, DEC},
        [ACK] = {ACK, ACC, ENR, ONS, DON, DEC},
        [ACC] = {N, ACC, ENR, ONS, DON, DEC},
        [ENR] = {N, ENR, ENR, ONS, DON, DEC},
        [ONS] = {N, ONS, ENR, ONS, DON, DEC},
        [DON] = {N, ACC, ENR, ONS, DON, N},
        [DEC] = {N, ACC, N, N, N, DEC},
    };
    for (int from = 0; from < ANSWER_STATE_COUNT; from++)
        for (int action = 0; action < ACTION_COUNT; action++)
            assert_int_equal(ticket_next((enum answer_state)from, (enum action)action),
                             expected[from][action]);
    assert_int_equal(ticket_action(KIND_RESPONSE_ACK), ACTION_ACK);
    assert_int_equal(ticket_action(KIND_RESPONSE_ONSCENE), ACTION_ONSCENE);
    assert_int_equal(ticket_action(KIND_RESPONSE_DECLINE), ACTION_DECLINE);
}

static void an_edited_copy_leaves_the_original(void **state)
{
    struct world *w = *state;
    const struct ticket *t = ticket(w, report(w, SEV_EXTREME));
    struct ticket before = *t;
    struct answer answer = t->answers[0];
    struct ticket *copy = ticket_edit(t, &w->arena);
    copy->answers[0].state = ANSWER_DONE;
    for (int i = 0; i < 40; i++)
        ticket_add_key(
            copy, &w->arena,
            (struct alert_key){source(w, "kpu/cctv"), arena_printf(&w->arena, "%d", i % 20)});
    assert_int_equal(copy->key_count, 20); /* each once */
    ticket_add_reader(copy, &w->arena, agency(w, "polda"));
    ticket_add_reader(copy, &w->arena, agency(w, "polda"));
    assert_int_equal(copy->reader_count, 1);
    ticket_add_told(copy, &w->arena, member(w, "polda/piket"));
    ticket_add_told(copy, &w->arena, member(w, "polda/piket"));
    assert_int_equal(copy->told_count, 1);
    owed_end_all(copy);
    assert_memory_equal(t, &before, sizeof before);
    assert_memory_equal(&t->answers[0], &answer, sizeof answer);
}

static void arrays_grow_and_keep_what_they_hold(void **state)
{
    struct world *w = *state;
    struct ticket t = {0};
    for (int i = 0; i < 33; i++) {
        struct agency *a = ARENA_NEW(&w->arena, struct agency);
        struct answer *answer = ticket_add_answer(&t, &w->arena, a);
        if (i == 32) {
            assert_null(answer);
            break;
        }
        assert_int_equal(answer->state, ANSWER_NONE);
        answer->eta = i;
        assert_ptr_equal(ticket_add_answer(&t, &w->arena, a), answer);
    }
    for (int i = 0; i < 32; i++)
        assert_int_equal(t.answers[i].eta, i);
}

static void addressing_again_forgets_eta_and_receipts(void **state)
{
    struct world *w = *state;
    struct answer a = {.agency = agency(w, "polres"),
                       .state = ANSWER_DONE,
                       .eta = 5,
                       .addressed = 1,
                       .got = {.at = 2}};
    ticket_address(&a, 9);
    assert_int_equal(a.state, ANSWER_OFFERED);
    assert_int_equal(a.addressed, 9);
    assert_true(a.eta == 0 && a.got.at == 0);
    assert_ptr_equal(a.agency, agency(w, "polres"));
}

static void a_ticket_involves_lead_offered_reporter_addressed_and_brought(void **state)
{
    struct world *w = *state;
    const struct agency *reader = agency(w, "bawaslu");
    struct answer answer = {.agency = agency(w, "pemkot")};
    struct ticket t = {
        .lead = agency(w, "kpu"), .by = agency(w, "polres"), .answers = &answer, .answer_count = 1};
    assert_true(ticket_involves(&t, agency(w, "kpu")));
    assert_true(ticket_involves(&t, agency(w, "polres")));
    assert_true(ticket_involves(&t, agency(w, "pemkot")));
    assert_false(ticket_involves(&t, reader));
    t.offered = reader;
    assert_true(ticket_involves(&t, reader));
    t.offered = NULL;
    t.readers = &reader;
    t.reader_count = 1;
    assert_true(ticket_involves(&t, reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_move_as_the_protocol_says),
        TEST(an_edited_copy_leaves_the_original),
        TEST(arrays_grow_and_keep_what_they_hold),
        TEST(addressing_again_forgets_eta_and_receipts),
        TEST(a_ticket_involves_lead_offered_reporter_addressed_and_brought),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
