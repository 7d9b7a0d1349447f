/* A batch signs what is the hub's own beside its decisions, with the threads' help. */
#include "world.h"

#include "app/batch.h"
#include "ledger/codec.h"

enum { REPORTS = 60, CLOCKS_MAX = 256, THREADS = 3 };

struct due { /* a hub whose clocks are due, and its batch */
    struct world *world;
    struct hub_identity hub;
    struct loop *loop;
    struct news news;
    struct batch *batch;
};

static void open_due(struct due *d, unsigned threads)
{
    *d = (struct due){.world = world_new(), .loop = loop_new()};
    struct world *w = d->world;
    for (int i = 0; i < REPORTS; i++)
        (void)report(w, SEV_EXTREME); /* two agencies, a clock each */
    struct secret_key key = world_key("hub");
    jws_signer_init(&d->hub.signer, &key);
    d->hub.jwk = world_jwk("hub");
    d->hub.kid = world_kid("hub");
    d->hub.aud = AUD;
    d->hub.pool = threads > 0 ? pool_new(d->loop, threads) : NULL;
    news_init(&d->news);
    w->at += MINUTE;
    struct rows rows = {.head = {.seq = w->seq, .at = w->at - MINUTE}};
    d->batch = batch_new(w->st, &d->hub, &d->news, &rows, w->at, 2);
}

static void close_due(struct due *d)
{
    batch_free(d->batch);
    news_deinit(&d->news);
    pool_free(d->hub.pool);
    loop_free(d->loop);
    world_free(d->world);
}

static void assert_same(struct str a, struct str b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, b.len);
}

static void what_the_threads_sign_is_what_one_signs_alone(void **unused)
{
    (void)unused;
    struct due alone, helped;
    open_due(&alone, 0);
    open_due(&helped, THREADS);
    assert_in_range(batch_fire_clocks(alone.batch, CLOCKS_MAX), 2 * REPORTS, CLOCKS_MAX - 1);
    (void)batch_fire_clocks(helped.batch, CLOCKS_MAX);
    const struct turn_rows *a = batch_rows(alone.batch);
    const struct turn_rows *h = batch_rows(helped.batch);
    assert_int_equal(a->ledger_count, h->ledger_count);
    for (size_t i = 0; i < a->ledger_count; i++) {
        assert_same(h->ledger[i].jws, a->ledger[i].jws);
        assert_true(hash_eq(h->ledger[i].sha256, a->ledger[i].sha256));
        assert_true(hash_eq(h->ledger[i].leaf, a->ledger[i].leaf));
    }
    close_due(&alone);
    close_due(&helped);
}

static void each_row_has_the_string_hash_and_leaf_of_its_own_record(void **unused)
{
    (void)unused;
    struct due d;
    open_due(&d, THREADS);
    struct arena *arena = &d.world->arena;
    size_t fired = batch_fire_clocks(d.batch, CLOCKS_MAX);
    const struct turn_rows *rows = batch_rows(d.batch);
    assert_int_equal(rows->ledger_count, fired);
    for (size_t i = 0; i < fired; i++) {
        const struct ledger_row *row = &rows->ledger[i];
        struct envelope e;
        struct fault fault;
        struct record r;
        assert_int_equal(jws_parse(arena, row->jws, &fault, &e), OK);
        assert_int_equal(e.typ, TYP_EVENT);
        assert_true(kid_eq(&e.kid, &d.hub.kid));
        assert_true(crypt_verify(&d.hub.jwk, e.signed_, &e.signature));
        assert_same(row->jws, jws_sign(arena, TYP_EVENT, &d.hub.signer.key, e.payload));
        assert_int_equal(codec_read(arena, &e, &fault, &r), OK);
        assert_true(record_id_eq(r.jti, row->jti));
        assert_int_equal(r.iat, row->at);
        assert_true(hash_eq(row->sha256, crypt_sha256(row->jws)));
        assert_true(hash_eq(row->leaf, jws_leaf(row->at, TYP_EVENT, row->sha256)));
    }
    close_due(&d);
}

/* The first clock is wanted early: its lapse stands behind the escalation in the same turn. */
static void escalate(struct due *d, struct submission *s)
{
    const struct owed *o = NULL;
    const struct ticket *t = state_due(d->world->st, INT64_MAX, &o);
    *s = (struct submission){.what = SUBMIT_RECORD,
                             .envelope = {.typ = TYP_RECORD, .jws = STR("-")}};
    s->record = world_record(d->world, "kpu/lapor",
                             (struct record){.kind = KIND_INCIDENT_ESCALATE,
                                             .inc = t->id,
                                             .agency = o->agency->id,
                                             .what = o->what,
                                             .has = C(INC) | C(AGENCY) | C(WHAT)});
    batch_decide(d->batch, s);
    assert_int_equal(s->fault.code, OK);
}

static void an_id_of_the_hubs_in_the_same_turn_is_nobody_elses_repeat(void **unused)
{
    (void)unused;
    struct due first, d;
    struct submission s;
    open_due(&first, 0);
    escalate(&first, &s);
    assert_int_equal(batch_rows(first.batch)->ledger_count, 2);
    struct record_id taken = batch_rows(first.batch)->ledger[1].jti;
    close_due(&first);

    open_due(&d, 0);
    escalate(&d, &s);
    s.record.jti = taken;
    s.sha256 = (struct hash){{0}}; /* as the row's is, until it is signed */
    batch_decide(d.batch, &s);
    assert_false(s.repeat);
    assert_int_equal(s.fault.code, ERR_ID_CONFLICT);
    assert_true(record_id_eq(batch_rows(d.batch)->ledger[1].jti, taken));
    close_due(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_threads_sign_is_what_one_signs_alone),
        cmocka_unit_test(each_row_has_the_string_hash_and_leaf_of_its_own_record),
        cmocka_unit_test(an_id_of_the_hubs_in_the_same_turn_is_nobody_elses_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
