#include "doc_world.h"

enum { TICKETS = 300 };

/* ---- random tickets ---- */
static struct ticket_id random_id(struct world *w)
{
    struct ticket_id id;
    uint8_t rest[10];
    for (size_t i = 0; i < sizeof rest; i++)
        rest[i] = (uint8_t)roll(&w->chance, 256);
    id_make(1795300000000 + roll(&w->chance, 1000), rest, id.at);
    return id;
}

static void random_answers(struct world *w, struct ticket *t)
{
    t->answer_count = roll(&w->chance, AGENCIES);
    t->answers = ARENA_ARRAY(&w->arena, struct answer, t->answer_count);
    for (size_t i = 0; i < t->answer_count; i++) {
        t->answers[i] = (struct answer){
            .agency = w->agencies[i],
            .state = (enum answer_state)(1 + roll(&w->chance, ANSWER_STATE_COUNT - 1)),
            .eta = roll(&w->chance, 2) * 1795300000000,
            .addressed = 1 + roll(&w->chance, 99)};
        if (roll(&w->chance, 2) == 0)
            t->answers[i].got = (struct receipt){5, STR("m1")};
        if (roll(&w->chance, 2) == 0)
            t->answers[i].shown = (struct receipt){6, STR("m2")};
    }
    t->owed_count = roll(&w->chance, AGENCIES);
    t->owed = ARENA_ARRAY(&w->arena, struct owed, t->owed_count);
    for (size_t i = 0; i < t->owed_count; i++)
        t->owed[i] = (struct owed){
            .agency = w->agencies[i],
            .what = (enum what)roll(&w->chance, WHAT_COUNT),
            .about = roll(&w->chance, 2) == 0 ? NULL : w->agencies[roll(&w->chance, AGENCIES)],
            .sev = (enum sev)roll(&w->chance, SEV_COUNT),
            .since = roll(&w->chance, 99),
            .due = roll(&w->chance, 9999),
            .next = roll(&w->chance, 9999),
            .step = roll(&w->chance, 9)};
}

static void random_lists(struct world *w, struct ticket *t)
{
    t->reader_count = roll(&w->chance, 4);
    t->readers = ARENA_ARRAY(&w->arena, const struct agency *, t->reader_count);
    for (size_t i = 0; i < t->reader_count; i++)
        t->readers[i] = w->agencies[roll(&w->chance, AGENCIES)];
    t->told_count = roll(&w->chance, 300);
    t->told = ARENA_ARRAY(&w->arena, const struct member *, t->told_count);
    for (size_t i = 0; i < t->told_count; i++)
        t->told[i] = w->members[roll(&w->chance, MEMBERS)];
    t->key_count = t->source == NULL ? 0 : 1 + roll(&w->chance, 3);
    t->keys = ARENA_ARRAY(&w->arena, struct alert_key, t->key_count);
    for (size_t i = 0; i < t->key_count; i++)
        t->keys[i] = (struct alert_key){w->sources[roll(&w->chance, SOURCES)],
                                        arena_printf(&w->arena, "k/%zu \"", i)};
}

static struct ticket *random_ticket(struct world *w)
{
    struct ticket *t = ARENA_NEW(&w->arena, struct ticket);
    struct chance *c = &w->chance;
    *t = (struct ticket){.id = random_id(w),
                         .first = 1 + roll(c, 99),
                         .no = 1 + roll(c, 999),
                         .opened = 1795300000000 + roll(c, 9999),
                         .seq = 200 + roll(c, 99),
                         .n = 1 + roll(c, 9),
                         .by = w->agencies[roll(c, AGENCIES)],
                         .lead = w->agencies[roll(c, AGENCIES)],
                         .state = (enum ticket_state)roll(c, TICKET_STATE_COUNT),
                         .exercise = roll(c, 2) == 0,
                         .cat = w->category,
                         .sev = (enum sev)roll(c, SEV_COUNT),
                         .tlp = (enum tlp)roll(c, TLP_COUNT),
                         .veracity = (enum veracity)roll(c, VERACITY_COUNT),
                         .title = STR("Judul \"\\\" \xE2\x80\x94"),
                         .clear = roll(c, 2) == 0,
                         .policy = w->policies[roll(c, 3)],
                         .fallback = w->policies[roll(c, 2)]};
    if (roll(c, 2) == 0) {
        t->source = w->sources[roll(c, SOURCES)];
        t->count = 1 + roll(c, 99);
        t->last = 1795300000000 + roll(c, 9999);
    } else {
        t->author = w->members[roll(c, MEMBERS)];
    }
    if (roll(c, 2) == 0)
        t->offered = w->agencies[roll(c, AGENCIES)];
    if (roll(c, 2) == 0)
        t->place = w->places[roll(c, PLACES)];
    t->has_point = roll(c, 2) == 0;
    t->lat = t->has_point ? (int64_t)roll(c, 3) - 1 : 0;
    t->lon = t->has_point ? (int64_t)roll(c, 3) - 1 : 0;
    if (t->state == TICKET_CLOSED)
        t->closed = 1795300000000 + roll(c, 9999);
    if (t->state == TICKET_MERGED)
        t->into = random_id(w);
    random_answers(w, t);
    random_lists(w, t);
    return t;
}

static struct owed_row *owed_rows(struct world *w, const struct ticket *t)
{
    struct owed_row *rows = ARENA_ARRAY(&w->arena, struct owed_row, t->owed_count);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        rows[i] = (struct owed_row){.inc = t->id,
                                    .agency = o->agency->id,
                                    .what = words_get(&WORDS_WHAT, (int)o->what),
                                    .about = o->about == NULL ? STR("") : o->about->id,
                                    .sev = words_get(&WORDS_SEV, (int)o->sev),
                                    .since = o->since,
                                    .due = o->due,
                                    .next = o->next,
                                    .step = o->step};
    }
    return rows;
}

/* Member by member: pointers are to the same entries of the state. */
static void assert_same_ticket(const struct ticket *a, const struct ticket *b)
{
    assert_true(ticket_id_eq(a->id, b->id) && ticket_id_eq(a->into, b->into));
    assert_true(a->first == b->first && a->no == b->no && a->opened == b->opened);
    assert_true(a->seq == b->seq && a->n == b->n && a->by == b->by && a->lead == b->lead);
    assert_true(a->author == b->author && a->source == b->source && a->offered == b->offered);
    assert_true(a->state == b->state && a->exercise == b->exercise && a->cat == b->cat);
    assert_true(a->sev == b->sev && a->tlp == b->tlp && a->veracity == b->veracity);
    assert_true(str_eq(a->title, b->title) && a->place == b->place);
    assert_true(a->has_point == b->has_point && a->lat == b->lat && a->lon == b->lon);
    assert_true(a->count == b->count && a->last == b->last && a->clear == b->clear);
    assert_true(a->closed == b->closed && a->policy == b->policy && a->fallback == b->fallback);
    assert_int_equal(a->answer_count, b->answer_count);
    for (size_t i = 0; i < a->answer_count; i++) {
        const struct answer *x = &a->answers[i], *y = &b->answers[i];
        assert_true(x->agency == y->agency && x->state == y->state && x->eta == y->eta);
        assert_true(x->addressed == y->addressed && x->got.at == y->got.at);
        assert_true(str_eq(x->got.member, y->got.member) && x->shown.at == y->shown.at);
        assert_true(str_eq(x->shown.member, y->shown.member));
    }
    assert_int_equal(a->owed_count, b->owed_count);
    for (size_t i = 0; i < a->owed_count; i++) {
        const struct owed *x = &a->owed[i], *y = &b->owed[i];
        assert_true(x->agency == y->agency && x->what == y->what && x->about == y->about);
        assert_true(x->sev == y->sev && x->since == y->since && x->due == y->due);
        assert_true(x->next == y->next && x->step == y->step);
    }
    assert_int_equal(a->reader_count, b->reader_count);
    for (size_t i = 0; i < a->reader_count; i++)
        assert_ptr_equal(a->readers[i], b->readers[i]);
    assert_int_equal(a->told_count, b->told_count);
    for (size_t i = 0; i < a->told_count; i++)
        assert_ptr_equal(a->told[i], b->told[i]);
    assert_int_equal(a->key_count, b->key_count);
    for (size_t i = 0; i < a->key_count; i++)
        assert_true(a->keys[i].source == b->keys[i].source &&
                    str_eq(a->keys[i].key, b->keys[i].key));
}

static void a_ticket_is_the_same_after_the_database(void **context)
{
    struct world *w = *context;
    for (int i = 0; i < TICKETS; i++) {
        struct ticket *t = random_ticket(w);
        struct entry e = {.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t}, again;
        struct buf row;
        struct fault fault;
        buf_init(&row);
        doc_write_row(&row, &e);
        if (doc_read_ticket(&w->arena, w->st, e.seq, buf_peek(&row), owed_rows(w, t), t->owed_count,
                            &fault, &again) != OK)
            fail_msg("%s\n" STR_FMT, fault.text, STR_ARG(buf_peek(&row)));
        assert_int_equal(again.kind, ENTRY_TICKET);
        assert_int_equal(again.seq, e.seq);
        assert_same_ticket(t, again.is.ticket);
        buf_deinit(&row);
    }
}

static void the_wire_shows_a_ticket_as_the_protocol_says(void **context)
{
    struct world *w = *context;
    struct answer answer = {.agency = w->agencies[1],
                            .state = ANSWER_ACCEPTED,
                            .eta = 1795300300000,
                            .addressed = 3,
                            .got = {1, STR("m1")},
                            .shown = {2, STR("m1")}};
    struct owed owed = {.agency = w->agencies[1],
                        .what = WHAT_ARRIVE,
                        .sev = SEV_SEVERE,
                        .since = 1235,
                        .due = 1795300600000,
                        .next = 1795300600001,
                        .step = 0};
    struct ticket t = {.no = 42,
                       .opened = 1795300000123,
                       .by = w->agencies[0],
                       .author = w->members[0],
                       .lead = w->agencies[0],
                       .offered = w->agencies[1],
                       .cat = w->category,
                       .sev = SEV_SEVERE,
                       .tlp = TLP_AMBER,
                       .title = STR("Judul"),
                       .place = w->places[0],
                       .n = 3,
                       .seq = 1235,
                       .policy = w->policies[0],
                       .fallback = w->policies[0],
                       .answers = &answer,
                       .answer_count = 1,
                       .owed = &owed,
                       .owed_count = 1};
    assert_true(id_parse(STR("01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071"), t.id.at));
    struct entry e = {.kind = ENTRY_TICKET, .seq = t.seq, .is.ticket = &t};
    struct buf out;
    buf_init(&out);
    doc_write_wire(&out, &e);
    assert_str(buf_peek(&out),
               "{\"id\":\"01a2b3c4-d5e6-7f80-9a1b-2c3d4e5f6071\",\"no\":42,"
               "\"opened\":1795300000123,\"by\":\"agency-0\",\"author\":\"agency-0/m0\","
               "\"lead\":\"agency-0\",\"offered\":\"agency-1\",\"state\":\"open\","
               "\"status\":\"actual\",\"cat\":\"physical.crowd\",\"sev\":\"severe\","
               "\"tlp\":\"amber\",\"title\":\"Judul\",\"place\":\"place-0\","
               "\"veracity\":\"unverified\",\"clear\":false,\"n\":3,\"seq\":1235,"
               "\"agencies\":[{\"id\":\"agency-1\",\"state\":\"accepted\",\"eta\":1795300300000,"
               "\"got\":{\"at\":1,\"member\":\"m1\"},\"shown\":{\"at\":2,\"member\":\"m1\"}}],"
               "\"owed\":[{\"agency\":\"agency-1\",\"what\":\"arrive\",\"about\":\"\","
               "\"since\":1235,\"due\":1795300600000,\"next\":1795300600001,\"step\":0}]}");
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_is_the_same_after_the_database),
        cmocka_unit_test(the_wire_shows_a_ticket_as_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
