/* Records that are valid or nearly so, in any order, through decide and state_apply.  Nothing may
 * abort; a refusal changes nothing; after each record every open ticket's obligations are exactly
 * those that its agencies' states make; and in the end the rows that a hub would write make the
 * same state again, byte for byte. */
#include "core/decide.h"
#include "core/owed.h"
#include "core/ticket.h"

#include "rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1795300000000)
#define AUD STR("posko.test/ledger")
#define C(claim) (1ULL << CLAIM_##claim)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { OPS_MAX = 300, TICKETS_MAX = 16, AGENCIES = 40, MEMBERS = 4, FIRINGS_MAX = 64 };

static const char *const kids[] = {"hub", "kpu", "polres", "pemkot", "bawaslu", "extra"};
static const unsigned roles[MEMBERS] = {
    1U << ROLE_DUTY | 1U << ROLE_REPORTER, 1U << ROLE_CHIEF,
    1U << ROLE_COORDINATOR | 1U << ROLE_ADMIN | 1U << ROLE_CONTROLLER, 1U << ROLE_REPORTER};
static const struct target targets[] = {
    {.kind = TARGET_DUTY},
    {.kind = TARGET_CHIEF},
    {.kind = TARGET_OWNER},
    {.kind = TARGET_SUPERIOR},
    {.kind = TARGET_AGENCY_ID, .agency = {"polres", 6}},
    {.kind = TARGET_MEMBER, .agency = {"kpu", 3}, .member = {"m1", 2}}};
static const struct policy_step steps[] = {
    {0, targets, 1}, {60, targets + 1, 2}, {180, targets + 3, 3}};

struct run {
    struct state *st;
    struct arena arena;
    const uint8_t *at, *end; /* the input */
    int64_t seq, now;
    struct ticket_id tickets[TICKETS_MAX];
    size_t ticket_count;
    uint64_t jtis;
};

static unsigned take(struct run *r)
{
    return r->at < r->end ? *r->at++ : 0;
}

/* ---- a world without cryptography ---- */

static struct kid kid_of(unsigned agency, unsigned member)
{
    struct kid kid;
    memset(kid.at, 'A', sizeof kid.at);
    kid.at[0] = (char)('A' + agency % 26);
    kid.at[1] = (char)('A' + agency / 26);
    kid.at[2] = (char)('A' + member);
    kid.at[sizeof kid.at - 1] = '\0';
    return kid;
}

static struct str agency_id(struct run *r, unsigned n)
{
    if (n < COUNT(kids) - 1)
        return str_of(n == 0 ? "unknown" : kids[n]);
    return arena_printf(&r->arena, "a%02u", n);
}

static void apply(struct run *r, enum entry_kind kind, const void *object)
{
    struct entry e = {.kind = kind, .seq = 1};
    e.is.agency = object;
    state_apply(r->st, &e);
}

static void make_member(struct run *r, const struct agency *a, unsigned n, unsigned k)
{
    struct member m = {.agency = a,
                       .id = arena_printf(&r->arena, "m%u", k),
                       .name = STR("N"),
                       .roles = roles[k],
                       .active = true};
    if (!a->host)
        m.roles &= ~(1U << ROLE_COORDINATOR | 1U << ROLE_CONTROLLER);
    apply(r, ENTRY_MEMBER, &m);
    struct device d = {
        .kid = kid_of(n, k), .agency = a, .member = state_member(r->st, a->id, m.id), .from = 1};
    apply(r, ENTRY_DEVICE, &d);
}

static void make_agencies(struct run *r)
{
    for (unsigned n = 1; n < AGENCIES; n++) {
        struct agency a = {.id = agency_id(r, n),
                           .name = STR("N"),
                           .kind = (enum agency_kind)(n % AGENCY_KIND_COUNT),
                           .host = n == 1,
                           .active = true,
                           .superior = n == 2 ? STR("bawaslu") : STR_NONE};
        apply(r, ENTRY_AGENCY, &a);
        for (unsigned k = 0; k < MEMBERS && n < COUNT(kids); k++)
            make_member(r, state_agency(r->st, a.id), n, k);
    }
    struct source s = {.agency = state_agency(r->st, STR("kpu")),
                       .id = STR("cctv"),
                       .name = STR("S"),
                       .kid = kid_of(1, 9),
                       .every_s = 60,
                       .active = true};
    apply(r, ENTRY_SOURCE, &s);
    struct device d = {.kid = s.kid,
                       .agency = s.agency,
                       .source = state_source(r->st, STR("kpu"), STR("cctv")),
                       .from = 1};
    apply(r, ENTRY_DEVICE, &d);
    state_beat(r->st, d.source, T0, T0, 0);
}

static void make_world(struct run *r)
{
    static const char *const cats[] = {"other.other", "crowd", "ddos"};
    struct device hub = {.kid = kid_of(0, 0), .from = 1, .host = STR("kpu")};
    apply(r, ENTRY_DEVICE, &hub);
    make_agencies(r);
    for (unsigned i = 0; i < COUNT(cats); i++) {
        struct category c = {.code = str_of(cats[i]),
                             .sev = (enum sev)i,
                             .kinds = i == 2 ? 0x7F : i,
                             .active = true};
        apply(r, ENTRY_CATEGORY, &c);
    }
    struct place p = {.id = STR("bitung"), .name = STR("B"), .active = true, .tier = -1};
    apply(r, ENTRY_PLACE, &p);
    struct policy_row rows[4 * SEV_COUNT];
    static const enum what whats[] = {WHAT_ACK, WHAT_ACCEPT, WHAT_UPDATE, WHAT_RESOLVE};
    for (unsigned i = 0; i < COUNT(rows); i++)
        rows[i] = (struct policy_row){.what = whats[i / SEV_COUNT],
                                      .sev = (enum sev)(i % SEV_COUNT),
                                      .within_s = 3600 >> (i % SEV_COUNT),
                                      .repeat_s = 600,
                                      .steps = steps,
                                      .step_count = 1 + i % 3};
    struct policy policy = {.id = STR("default"), .seq = 1, .rows = rows, .row_count = COUNT(rows)};
    apply(r, ENTRY_POLICY, &policy);
}

/* ---- what must hold ---- */

static bool owes(const struct ticket *t, const struct agency *a, enum what what)
{
    for (size_t i = 0; i < t->owed_count; i++)
        if (t->owed[i].agency == a && t->owed[i].what == what)
            return true;
    return false;
}

static void check_answer(const struct ticket *t, const struct answer *a)
{
    bool at_work =
        a->state == ANSWER_ACCEPTED || a->state == ANSWER_ENROUTE || a->state == ANSWER_ONSCENE;
    assert(a->state != ANSWER_NONE);
    assert(owes(t, a->agency, WHAT_ACK) == (a->state == ANSWER_OFFERED));
    assert(owes(t, a->agency, WHAT_ACCEPT) == (a->state == ANSWER_ACKED));
    assert(owes(t, a->agency, WHAT_UPDATE) == at_work);
    assert(!owes(t, a->agency, WHAT_ARRIVE) || a->state == ANSWER_ACCEPTED ||
           a->state == ANSWER_ENROUTE);
}

static void check_open(const struct ticket *t)
{
    assert(owes(t, t->lead, WHAT_RESOLVE));
    for (size_t i = 0; i < t->answer_count; i++)
        check_answer(t, &t->answers[i]);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        const struct answer *a = ticket_answer(t, o->agency);
        assert(o->what != WHAT_CLOSE);
        assert(o->what != WHAT_TAKE || o->agency == t->offered);
        assert(o->what != WHAT_RESOLVE || o->agency == t->lead);
        assert((o->what == WHAT_REASSIGN) == (o->about != NULL));
        if (o->what == WHAT_REASSIGN) {
            const struct answer *about = ticket_answer(t, o->about);
            assert(o->agency == t->lead);
            assert(about != NULL && about->state == ANSWER_DECLINED);
        }
        if (o->what == WHAT_ACK || o->what == WHAT_ACCEPT || o->what == WHAT_UPDATE ||
            o->what == WHAT_ARRIVE)
            assert(a != NULL);
        for (size_t k = 0; k < i; k++)
            assert(t->owed[k].agency != o->agency || t->owed[k].what != o->what ||
                   t->owed[k].about != o->about);
    }
    assert(t->offered == NULL || owes(t, t->offered, WHAT_TAKE));
    assert(t->offered != t->lead);
}

static void check_ticket(const struct ticket *t)
{
    assert(t->answer_count <= POSKO_AGENCIES_MAX);
    assert(t->owed_count <= POSKO_OWED_MAX);
    assert(t->seq >= t->first && t->n > 0);
    for (size_t i = 0; i < t->owed_count; i++)
        assert(t->owed[i].since <= t->seq && t->owed[i].next > 0);
    if (t->state == TICKET_OPEN) {
        check_open(t);
        return;
    }
    assert(t->offered == NULL);
    assert(t->owed_count == (t->state == TICKET_RESOLVED ? 1U : 0U));
    assert(t->state != TICKET_RESOLVED || owes(t, t->lead, WHAT_CLOSE));
    assert(t->state != TICKET_MERGED || t->key_count == 0);
}

static void check_all(const struct run *r)
{
    assert(state_unclocked(r->st) == 0);
    int64_t next = INT64_MAX;
    int64_t after = 0;
    const struct entry *e = NULL;
    while ((e = state_walk(r->st, ENTRY_TICKET, &after)) != NULL)
        for (size_t i = 0; i < e->is.ticket->owed_count; i++)
            if (e->is.ticket->owed[i].next < next)
                next = e->is.ticket->owed[i].next;
    const struct owed *o = NULL;
    const struct ticket *t = state_due(r->st, INT64_MAX, &o);
    assert((t == NULL ? INT64_MAX : o->next) == next);
    for (size_t i = 0; i < r->ticket_count; i++)
        if (state_ticket(r->st, r->tickets[i]) != NULL)
            check_ticket(state_ticket(r->st, r->tickets[i]));
}

/* ---- records ---- */

static void note_ticket(struct run *r, struct ticket_id id)
{
    for (size_t i = 0; i < r->ticket_count; i++)
        if (ticket_id_eq(r->tickets[i], id))
            return;
    if (r->ticket_count < TICKETS_MAX)
        r->tickets[r->ticket_count++] = id;
}

static enum err decide_and_apply(struct run *r, const struct record *rec, struct decision *d)
{
    struct fault fault = {0};
    struct stamp stamp = {.seq = r->seq + 1, .at = r->now};
    memset(d, 0, sizeof *d);
    enum err e = decide(r->st, AUD, rec, stamp, &r->arena, d, &fault);
    if (e != OK) {
        assert(fault.code == e && fault.text[0] != '\0');
        assert(d->count == 0 && !d->fire.wanted);
        return e;
    }
    r->seq++;
    for (size_t i = 0; i < d->count; i++)
        state_apply(r->st, &d->entries[i]);
    if (d->scope == SCOPE_TICKET)
        note_ticket(r, d->ticket);
    return OK;
}

static void lapse(struct run *r, const struct ticket *t, const struct owed *o, int64_t due)
{
    struct record rec;
    struct decision d;
    owed_lapse(r->st, t, o, due, r->now, AUD, &r->arena, &rec);
    rec.signer = kid_of(0, 0);
    enum err e = decide_and_apply(r, &rec, &d);
    assert(e == OK);
}

static void fire_wanted(struct run *r, const struct fire *f)
{
    const struct ticket *t = state_ticket(r->st, f->inc);
    assert(t != NULL);
    for (size_t i = 0; i < t->owed_count; i++) {
        const struct owed *o = &t->owed[i];
        if (o->agency == f->agency && o->what == f->what && o->about == f->about &&
            o->since == f->since) {
            lapse(r, t, o, r->now);
            return;
        }
    }
    assert(!"the escalated obligation is gone");
}

static void time_goes_on(struct run *r)
{
    static const int64_t leaps[] = {1, 1000, 5000, 60000, 300000, 1800000, 9000000};
    r->now += leaps[take(r) % COUNT(leaps)];
    const struct owed *o = NULL;
    const struct ticket *t = NULL;
    for (int i = 0; i < FIRINGS_MAX && (t = state_due(r->st, r->now, &o)) != NULL; i++)
        lapse(r, t, o, o->next);
    int64_t due = 0;
    const struct source *s = state_silent(r->st, r->now, &due);
    if (s == NULL)
        return;
    struct record rec;
    struct decision d;
    owed_silent(s, due, r->now, AUD, &r->arena, &rec);
    rec.signer = kid_of(0, 0);
    enum err e = decide_and_apply(r, &rec, &d);
    assert(e == OK);
    state_beat(r->st, s, s->beat, s->last, s->last);
    assert(state_silent(r->st, r->now, &due) != s);
}

static struct ticket_id some_ticket(struct run *r)
{
    unsigned pick = take(r);
    struct ticket_id none = {{0}};
    return r->ticket_count == 0 || pick == 255 ? none : r->tickets[pick % r->ticket_count];
}

/* Rather one of those that have members. */
static unsigned some_agency(struct run *r)
{
    unsigned pick = take(r);
    return pick < 232 ? 1 + pick % 4 : pick % AGENCIES;
}

static struct str_list some_agencies(struct run *r)
{
    unsigned pick = take(r);
    unsigned count = pick < 224 ? 1 + pick % 3 : pick % 33;
    unsigned from = some_agency(r);
    struct str *ids = ARENA_ARRAY(&r->arena, struct str, count + 1);
    for (unsigned i = 0; i < count; i++)
        ids[i] = agency_id(r, (from + i) % AGENCIES);
    return (struct str_list){ids, count};
}

static int64_t some_time(struct run *r)
{
    static const int64_t offsets[] = {-1, 0, 1, 60000, 1200000, 7200000, 86400000, 700000000};
    return r->now + offsets[take(r) % COUNT(offsets)];
}

static void fill_words(struct run *r, struct record *rec)
{
    static const char *const cats[] = {"other.other", "crowd", "ddos", "unknown"};
    static const char *const keys[] = {"k0", "k1", "silent"};
    unsigned pick = take(r);
    rec->sev = (enum sev)(pick % SEV_COUNT);
    rec->tlp = (enum tlp)(pick / 4 % TLP_COUNT);
    rec->what = (enum what)(pick / 16 % WHAT_COUNT);
    rec->disposition = (enum disposition)(pick % DISPOSITION_COUNT);
    rec->agency_kind = (enum agency_kind)(pick % AGENCY_KIND_COUNT);
    rec->kinds = pick & 0x7F;
    rec->roles = take(r) & 0x7F;
    rec->cat = str_of(cats[pick % COUNT(cats)]);
    rec->key = str_of(keys[pick % COUNT(keys)]);
    rec->place = pick % 8 == 7 ? STR("nowhere") : STR("bitung");
}

static const struct policy_row one_row[] = {{.what = WHAT_ACK,
                                             .sev = SEV_MINOR,
                                             .within_s = 60,
                                             .repeat_s = 60,
                                             .open = targets,
                                             .open_count = 1,
                                             .steps = steps,
                                             .step_count = 2}};

static void fill(struct run *r, struct record *rec)
{
    rec->rows = one_row; /* the codec lets none through that is empty */
    rec->row_count = 1;
    uint64_t optional = C(SEV) | C(TLP) | C(ETA) | C(NEXT) | C(ABOUT) | C(PLACE) | C(CAT);
    rec->has = (uint64_t)(take(r) | take(r) << 8) * 0x9E3779B97F4A7C15 & optional;
    fill_words(r, rec);
    rec->inc = some_ticket(r);
    rec->into = some_ticket(r);
    const struct ticket *t = state_ticket(r->st, rec->inc);
    rec->exercise = (t != NULL && t->exercise) != (take(r) % 16 == 0);
    rec->to = some_agencies(r);
    rec->agency = agency_id(r, some_agency(r));
    rec->about = agency_id(r, take(r) % COUNT(kids));
    rec->member = arena_printf(&r->arena, "m%u", take(r) % (MEMBERS + 1));
    rec->source = STR("cctv");
    rec->eta = rec->next = rec->until = some_time(r);
    rec->kid = kid_of(take(r) % COUNT(kids), take(r) % MEMBERS);
    rec->active = take(r) % 16 != 0;
    rec->title = rec->name = rec->body = rec->note = rec->reason = rec->id = rec->en = STR("x");
    rec->policy = STR("other");
    rec->hash.at[0] = (uint8_t)take(r);
    rec->step = take(r) % 4;
    rec->since = r->seq - take(r) % 4;
    rec->due = some_time(r);
}

static void sign(struct run *r, struct record *rec)
{
    unsigned agency = take(r);
    agency = agency < 224 ? 1 + agency % 4 : agency % COUNT(kids);
    unsigned who = take(r) % (MEMBERS + 1);
    bool machine = who == MEMBERS && agency == 1;
    who = who == MEMBERS ? 0 : who;
    rec->aud = AUD;
    rec->iat = r->now;
    rec->iss = agency == 0 ? STR("hub") : agency_id(r, agency);
    rec->act = agency == 0 ? STR("hub") : arena_printf(&r->arena, "m%u", who);
    rec->signer = agency == 0 ? kid_of(0, 0) : kid_of(agency, who);
    if (machine) {
        rec->act = STR("cctv");
        rec->signer = kid_of(1, 9);
    }
    uint8_t rest[10] = {0};
    r->jtis++;
    memcpy(rest, &r->jtis, sizeof r->jtis);
    id_make(r->now, rest, rec->jti.at);
}

static void receipt(struct run *r)
{
    struct entry e;
    struct ticket_id id = some_ticket(r);
    const struct ticket *t = state_ticket(r->st, id);
    const struct member *m =
        state_member(r->st, agency_id(r, 1 + take(r) % (COUNT(kids) - 2)), STR("m0"));
    if (t != NULL && m != NULL &&
        decide_receipt(r->st, m, id, t->first, RECEIPT_GOT, r->now, &r->arena, &e) == OK)
        state_apply(r->st, &e);
}

static void step(struct run *r)
{
    unsigned what = take(r);
    struct record rec = {0};
    struct decision d;
    if (what % 8 == 7) {
        time_goes_on(r);
        return;
    }
    if (what == 240) {
        receipt(r);
        return;
    }
    if (what == 241) {
        state_forget(r->st, INT64_MAX);
        return;
    }
    unsigned kind = take(r);
    rec.kind = (enum kind)(kind % (kind < 192 ? KIND_DUTY_START : KIND_COUNT)); /* rather tickets */
    sign(r, &rec);
    fill(r, &rec);
    if (decide_and_apply(r, &rec, &d) == OK && d.fire.wanted)
        fire_wanted(r, &d.fire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run r = {.at = data, .end = data + size, .seq = 1, .now = T0};
    if (size == 0 || crypt_start() != OK)
        return 0;
    arena_init(&r.arena);
    r.st = state_new();
    make_world(&r);
    for (int i = 0; i < OPS_MAX && r.at < r.end; i++) {
        step(&r);
        check_all(&r);
    }
    check_rows(&r.arena, r.st);
    state_free(r.st);
    arena_deinit(&r.arena);
    return 0;
}
