#include "world.h"

/* A ticket of polres: reported by polres/lapor, addressed to pemkot, lead offered to bawaslu; kpu
 * (the host) and polda have nothing to do with it. */
static struct ticket_id ticket_of_polres(struct world *w, enum tlp tlp)
{
    GOOD(w, "polres/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
         .title = STR("x"), .to = LIST(STR("pemkot")), .has = C(TLP), .tlp = tlp);
    struct ticket_id t = w->decision.ticket;
    GOOD(w, "polres/piket", .kind = KIND_INCIDENT_OFFER, .inc = t, .agency = STR("bawaslu"));
    return t;
}

static bool reads(const struct world *w, const char *who, struct ticket_id t)
{
    struct reader reader = {.member = member(w, who)};
    return access_reads_ticket(&reader, ticket(w, t));
}

/* Written by hand from protocol.md, section 10: clear, green, amber, amber+strict. */
static const struct {
    const char *who;
    bool may[TLP_COUNT];
} table[] = {
    /* lead and reporter's agency */
    {"polres/lapor", {true, true, true, true}}, /* its author */
    {"polres/lapor2", {true, true, true, false}},
    {"polres/piket", {true, true, true, true}},
    {"polres/ketua", {true, true, true, true}},
    {"polres/admin", {true, true, true, false}},
    /* addressed */
    {"pemkot/lapor", {true, true, true, false}},
    {"pemkot/piket", {true, true, true, true}},
    {"pemkot/ketua", {true, true, true, true}},
    {"pemkot/admin", {true, true, true, false}},
    /* offered */
    {"bawaslu/lapor", {true, true, true, false}},
    {"bawaslu/piket", {true, true, true, true}},
    {"bawaslu/admin", {true, true, true, false}},
    /* the host, not concerned */
    {"kpu/koor", {true, true, true, true}},
    {"kpu/audit", {true, true, true, true}},
    {"kpu/lapor", {true, true, false, false}},
    {"kpu/piket", {true, true, false, false}},
    {"kpu/ketua", {true, true, false, false}},
    {"kpu/admin", {true, true, false, false}},
    {"kpu/kontrol", {true, true, false, false}},
    /* another agency */
    {"polda/piket", {true, true, false, false}},
};

static void who_reads_is_as_the_table_says(void **state)
{
    struct world *w = *state;
    world_member(w, "polres/lapor2", ROLE(REPORTER));
    for (int tlp = 0; tlp < TLP_COUNT; tlp++) {
        struct ticket_id t = ticket_of_polres(w, (enum tlp)tlp);
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (reads(w, table[i].who, t) != table[i].may[tlp])
                fail_msg("%s, %s", table[i].who, WORDS_TLP.at[tlp]);
    }
}

static void access_follows_the_ticket(void **state)
{
    struct world *w = *state;
    struct ticket_id t = ticket_of_polres(w, TLP_AMBER);
    assert_true(reads(w, "bawaslu/piket", t));
    GOOD(w, "polres/piket", .kind = KIND_INCIDENT_OFFER, .inc = t, .agency = STR("polda"));
    assert_false(reads(w, "bawaslu/piket", t)); /* the offer moved on */
    assert_true(reads(w, "polda/piket", t));
    GOOD(w, "polda/piket", .kind = KIND_INCIDENT_TAKE, .inc = t);
    assert_true(reads(w, "polres/admin", t)); /* reporter's agency, former lead */
    GOOD(w, "polda/piket", .kind = KIND_INCIDENT_OFFER, .inc = t, .agency = STR("bawaslu"));
    GOOD(w, "bawaslu/piket", .kind = KIND_INCIDENT_TAKE, .inc = t);
    assert_true(reads(w, "polda/piket", t)); /* a former lead */
    GOOD(w, "bawaslu/piket", .kind = KIND_INCIDENT_CHANGE, .inc = t, .has = C(TLP),
         .tlp = TLP_AMBER_STRICT);
    assert_false(reads(w, "pemkot/lapor", t));
    assert_true(reads(w, "pemkot/piket", t)); /* filters roles, never an addressed agency */
    GOOD(w, "kpu/admin", .kind = KIND_MEMBER_PUT, .agency = STR("kpu"), .member = STR("koor"),
         .name = STR("x"), .roles = ROLE(DUTY));
    assert_false(reads(w, "kpu/koor", t));
}

static void who_is_not_active_reads_nothing(void **state)
{
    struct world *w = *state;
    struct ticket_id t = ticket_of_polres(w, TLP_CLEAR);
    GOOD(w, "pemkot/admin", .kind = KIND_MEMBER_PUT, .agency = STR("pemkot"),
         .member = STR("piket"), .name = STR("x"), .roles = ROLE(DUTY), .has = C(ACTIVE));
    assert_false(reads(w, "pemkot/piket", t));
    struct reader piket = {.member = member(w, "pemkot/piket")};
    assert_false(access_reads_directory(&piket));
    GOOD(w, "kpu/admin", .kind = KIND_AGENCY_PUT, .agency = STR("pemkot"), .name = STR("x"),
         .has = C(ACTIVE));
    assert_false(reads(w, "pemkot/ketua", t));
    struct reader nobody = {0};
    assert_false(reader_is_active(&nobody));
    assert_false(access_reads_ticket(&nobody, ticket(w, t)));
}

static void a_source_reads_its_own_tickets_and_no_directory(void **state)
{
    struct world *w = *state;
    GOOD(w, "kpu/cctv", .kind = KIND_ALERT_RAISE, .key = STR("k"), .cat = STR("physical.crowd"),
         .title = STR("x"));
    struct ticket_id t = w->decision.ticket;
    struct kid kid = world_kid("kpu/cctv");
    struct reader cctv = reader_of(state_device(w->st, &kid));
    struct reader sirene = {.source = source(w, "polres/sirene")};
    assert_true(access_reads_ticket(&cctv, ticket(w, t)));
    assert_false(access_reads_ticket(&sirene, ticket(w, t)));
    assert_false(access_reads_ticket(&cctv, ticket(w, report(w, SEV_MINOR))));
    assert_false(access_reads_directory(&cctv));
    assert_false(access_reads_invites(&cctv, STR("kpu")));
    assert_false(access_reads_receipts(&cctv, ticket(w, t)));
}

static void receipts_go_to_the_authors_agency_and_the_lead(void **state)
{
    struct world *w = *state;
    struct ticket_id t = ticket_of_polres(w, TLP_AMBER);
    GOOD(w, "bawaslu/piket", .kind = KIND_INCIDENT_TAKE, .inc = t);
    static const struct {
        const char *who;
        bool may;
    } receipts[] = {{"polres/admin", true},
                    {"bawaslu/lapor", true},
                    {"pemkot/piket", false},
                    {"kpu/koor", false},
                    {"polda/piket", false}};
    for (size_t i = 0; i < sizeof receipts / sizeof *receipts; i++) {
        struct reader reader = {.member = member(w, receipts[i].who)};
        assert_int_equal(access_reads_receipts(&reader, ticket(w, t)), receipts[i].may);
    }
}

static void leads_are_duty_chief_coordinator_of_the_lead_and_the_hosts_coordinators(void **state)
{
    struct world *w = *state;
    struct ticket_id t = ticket_of_polres(w, TLP_AMBER);
    static const struct {
        const char *who;
        bool leads, addressed;
    } rows[] = {{"polres/piket", true, false},  {"polres/ketua", true, false},
                {"polres/lapor", false, false}, {"polres/admin", false, false},
                {"kpu/koor", true, false},      {"kpu/piket", false, false},
                {"kpu/audit", false, false},    {"pemkot/piket", false, true},
                {"pemkot/ketua", false, true},  {"pemkot/lapor", false, false},
                {"bawaslu/piket", false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(access_leads(member(w, rows[i].who), ticket(w, t)), rows[i].leads);
        assert_int_equal(access_is_addressed(member(w, rows[i].who), ticket(w, t)),
                         rows[i].addressed);
    }
}

/* ---- the preview is the same function ---- */

struct seen {
    const struct member *at[64];
    size_t count;
};

static void see(void *arg, const struct member *m)
{
    struct seen *seen = arg;
    seen->at[seen->count++] = m;
}

static bool was_seen(const struct seen *seen, const struct member *m)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->at[i] == m)
            return true;
    return false;
}

static void the_preview_is_who_will_read(void **state)
{
    struct world *w = *state;
    static const char *const agencies[] = {"bawaslu", "kpu", "pemkot", "polda", "polres"};
    for (int tlp = 0; tlp < TLP_COUNT; tlp++) {
        struct seen seen = {0};
        assert_int_equal(decide_preview(w->st, member(w, "polres/lapor"), LIST(STR("pemkot")),
                                        (enum tlp)tlp, &w->arena, see, &seen, &w->fault),
                         OK);
        GOOD(w, "polres/lapor", .kind = KIND_INCIDENT_REPORT, .cat = STR("physical.crowd"),
             .title = STR("x"), .to = LIST(STR("pemkot")), .has = C(TLP), .tlp = (enum tlp)tlp);
        size_t readers = 0;
        for (size_t a = 0; a < sizeof agencies / sizeof *agencies; a++) {
            int64_t after = 0;
            const struct entry *e = NULL;
            while ((e = state_walk(w->st, ENTRY_MEMBER, &after)) != NULL) {
                struct reader reader = {.member = e->is.member};
                if (e->is.member->agency != agency(w, agencies[a]))
                    continue;
                bool may = access_reads_ticket(&reader, ticket(w, w->decision.ticket));
                assert_int_equal(was_seen(&seen, e->is.member), may);
                readers += may;
            }
        }
        assert_int_equal(seen.count, readers);
    }
    struct seen none = {0};
    assert_int_equal(decide_preview(w->st, member(w, "polres/lapor"), LIST(STR("nobody")),
                                    TLP_AMBER, &w->arena, see, &none, &w->fault),
                     ERR_BAD_CLAIM);
    assert_int_equal(none.count, 0);
    struct str to[POSKO_AGENCIES_MAX + 1];
    for (size_t i = 0; i <= POSKO_AGENCIES_MAX; i++) {
        to[i] = arena_printf(&w->arena, "p%zu", i);
        world_agency(w, to[i].at, AGENCY_RELIEF, NULL);
    }
    assert_int_equal(decide_preview(w->st, member(w, "polres/lapor"),
                                    (struct str_list){to, POSKO_AGENCIES_MAX + 1}, TLP_AMBER,
                                    &w->arena, see, &none, &w->fault),
                     ERR_BAD_CLAIM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_reads_is_as_the_table_says),
        TEST(access_follows_the_ticket),
        TEST(who_is_not_active_reads_nothing),
        TEST(a_source_reads_its_own_tickets_and_no_directory),
        TEST(receipts_go_to_the_authors_agency_and_the_lead),
        TEST(leads_are_duty_chief_coordinator_of_the_lead_and_the_hosts_coordinators),
        TEST(the_preview_is_who_will_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
