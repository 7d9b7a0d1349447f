/* What people do next: they look at what a hub shows and say something that mostly fits. */
#include "sim_deed.h"

#include "core/ticket.h"

const struct person *deed_person(struct world *w, struct str agency, unsigned roles)
{
    const struct person *fit[SIM_MEMBERS];
    int64_t count = 0;
    for (size_t i = 0; i < w->people_count; i++)
        if (!w->people[i].source && (w->people[i].roles & roles) &&
            (agency.len == 0 || str_eq(w->people[i].agency, agency)))
            fit[count++] = &w->people[i];
    return count ? fit[between(w, 0, count - 1)] : NULL;
}

const struct person *deed_duty_of(struct world *w, struct str agency)
{
    return deed_person(w, agency, 1U << ROLE_DUTY | 1U << ROLE_CHIEF);
}

static const struct person *a_source(struct world *w)
{
    return &w->people[between(w, SIM_MEMBERS, SIM_MEMBERS + SIM_SOURCES - 1)];
}

static struct str an_agency(struct world *w)
{
    return str_of(OFFICE_AGENCIES[between(w, 0, SIM_AGENCIES - 1)]);
}

static struct str_list some_agencies(struct world *w, struct arena *a, struct str without)
{
    struct str *at = ARENA_ARRAY(a, struct str, SIM_AGENCIES);
    size_t count = 0;
    int64_t first = between(w, 0, SIM_AGENCIES - 1);
    size_t most = (size_t)between(w, 1, 3);
    for (int64_t i = 0; i < SIM_AGENCIES && count < most; i++) {
        struct str agency = str_of(OFFICE_AGENCIES[(first + i) % SIM_AGENCIES]);
        if (!str_eq(agency, without))
            at[count++] = agency;
    }
    return (struct str_list){at, count};
}

/* Whoever shared its turn is tried again by himself: seldom where turns are large. */
static bool is_poison(struct world *w, int64_t per_mille)
{
    return w->on[FAULT_POISON] && chance(w, per_mille) && (!w->busy || chance(w, 20));
}

/* ---- what opens tickets ---- */

static void report(struct world *w, struct arena *a)
{
    bool exercise = chance(w, 100);
    const struct person *p = exercise
                                 ? deed_person(w, STR("kpu"), 1U << ROLE_CONTROLLER)
                                 : deed_person(w, STR_NONE, 1U << ROLE_REPORTER | 1U << ROLE_DUTY);
    bool cursed = w->may[FAULT_CURSE] && chance(w, w->busy ? 3 : 15); /* each takes turns */
    bool poison = is_poison(w, 100);
    struct record r = {.kind = KIND_INCIDENT_REPORT,
                       .cat = str_of(OFFICE_CATEGORIES[between(w, 0, 2)]),
                       .title = cursed ? STR("cursed") : STR("Surat suara hilang di gudang"),
                       .to = some_agencies(w, a, p->agency),
                       .tlp = chance(w, 600) ? TLP_AMBER : (enum tlp)between(w, 0, TLP_COUNT - 1),
                       .exercise = exercise,
                       .has = CLAIM_BIT(CAT) | CLAIM_BIT(TITLE) | CLAIM_BIT(TO) | CLAIM_BIT(TLP)};
    if (exercise)
        r.has |= CLAIM_BIT(STATUS);
    if (chance(w, 500)) {
        r.sev = (enum sev)between(w, 0, SEV_COUNT - 1);
        r.has |= CLAIM_BIT(SEV);
    }
    client_post(w, p, &r, poison);
}

static void alert(struct world *w, struct arena *a)
{
    struct record r = {.kind = chance(w, 850) ? KIND_ALERT_RAISE : KIND_ALERT_CLEAR,
                       .key = arena_printf(a, "pintu-%d", (int)between(w, 1, 12)),
                       .has = CLAIM_BIT(KEY)};
    if (r.kind == KIND_ALERT_RAISE) {
        r.cat = str_of(OFFICE_CATEGORIES[between(w, 0, 2)]);
        r.title = STR("Pintu gudang terbuka");
        r.count = between(w, 1, 5);
        r.has |= CLAIM_BIT(CAT) | CLAIM_BIT(TITLE) | CLAIM_BIT(COUNT);
    }
    client_post(w, a_source(w), &r, false);
}

/* ---- what is said about one ---- */

struct about {
    struct world *w;
    struct arena *arena;
    const struct state *st;
    const struct ticket *t;
    struct record r;
};

static void say(struct about *x, const struct person *p, enum kind kind)
{
    if (!p)
        return;
    x->r.kind = kind;
    x->r.inc = x->t->id;
    x->r.exercise = x->t->exercise;
    x->r.has |= CLAIM_BIT(INC) | (x->t->exercise ? CLAIM_BIT(STATUS) : 0);
    client_post(x->w, p, &x->r, x->w->on[FAULT_POISON] && chance(x->w, 20));
}

static int64_t soon(struct about *x)
{
    return SIM_T0 + x->w->now / 1000 + between(x->w, 100, 20000);
}

static void respond(struct about *x)
{
    struct world *w = x->w;
    if (x->t->answer_count == 0)
        return;
    const struct answer *a = &x->t->answers[between(w, 0, (int64_t)x->t->answer_count - 1)];
    const struct person *p = deed_duty_of(w, a->agency->id);
    static const enum kind next[ANSWER_STATE_COUNT] = {
        [ANSWER_NONE] = KIND_RESPONSE_ACK,        [ANSWER_OFFERED] = KIND_RESPONSE_ACK,
        [ANSWER_ACKED] = KIND_RESPONSE_ACCEPT,    [ANSWER_ACCEPTED] = KIND_RESPONSE_ENROUTE,
        [ANSWER_ENROUTE] = KIND_RESPONSE_ONSCENE, [ANSWER_ONSCENE] = KIND_RESPONSE_DONE,
        [ANSWER_DONE] = KIND_INCIDENT_NOTE,       [ANSWER_DECLINED] = KIND_RESPONSE_ACCEPT,
    };
    enum kind kind = next[a->state];
    if (chance(w, 100))
        kind = KIND_RESPONSE_DECLINE;
    if (kind == KIND_RESPONSE_DECLINE) {
        x->r.reason = STR("tidak ada regu");
        x->r.has |= CLAIM_BIT(REASON);
    } else if (kind == KIND_INCIDENT_NOTE) {
        x->r.body = STR("catatan");
        x->r.has |= CLAIM_BIT(BODY);
    } else if ((kind == KIND_RESPONSE_ACCEPT || kind == KIND_RESPONSE_ENROUTE) && chance(w, 500)) {
        x->r.eta = soon(x);
        x->r.has |= CLAIM_BIT(ETA);
    }
    say(x, p, kind);
}

static void note(struct about *x)
{
    struct world *w = x->w;
    struct str agency = x->t->lead->id;
    if (x->t->answer_count && chance(w, 700))
        agency = x->t->answers[between(w, 0, (int64_t)x->t->answer_count - 1)].agency->id;
    x->r.body = STR("Regu masih di lokasi");
    x->r.has |= CLAIM_BIT(BODY);
    if (chance(w, 300)) {
        x->r.next = soon(x);
        x->r.has |= CLAIM_BIT(NEXT);
    }
    say(x, deed_duty_of(w, agency), KIND_INCIDENT_NOTE);
}

static void change(struct about *x)
{
    if (chance(x->w, 300)) {
        x->r.tlp = (enum tlp)between(x->w, 0, TLP_COUNT - 1);
        x->r.has |= CLAIM_BIT(TLP);
    } else {
        x->r.sev = (enum sev)between(x->w, 0, SEV_COUNT - 1);
        x->r.has |= CLAIM_BIT(SEV);
    }
    say(x, deed_duty_of(x->w, x->t->lead->id), KIND_INCIDENT_CHANGE);
}

static void share(struct about *x)
{
    x->r.to = some_agencies(x->w, x->arena, x->t->lead->id);
    x->r.has |= CLAIM_BIT(TO);
    say(x, deed_duty_of(x->w, x->t->lead->id), KIND_INCIDENT_SHARE);
}

static void hand_over(struct about *x)
{
    if (x->t->offered && chance(x->w, 800)) {
        say(x, deed_duty_of(x->w, x->t->offered->id), KIND_INCIDENT_TAKE);
        return;
    }
    x->r.agency = an_agency(x->w);
    x->r.has |= CLAIM_BIT(AGENCY);
    say(x, deed_duty_of(x->w, x->t->lead->id), KIND_INCIDENT_OFFER);
}

static void escalate(struct about *x)
{
    if (x->t->owed_count == 0)
        return;
    const struct owed *o = &x->t->owed[between(x->w, 0, (int64_t)x->t->owed_count - 1)];
    x->r.agency = o->agency->id;
    x->r.what = o->what;
    x->r.reason = STR("mendesak");
    x->r.has |= CLAIM_BIT(AGENCY) | CLAIM_BIT(WHAT) | CLAIM_BIT(REASON);
    if (o->about) {
        x->r.about = o->about->id;
        x->r.has |= CLAIM_BIT(ABOUT);
    }
    say(x, deed_duty_of(x->w, x->t->lead->id), KIND_INCIDENT_ESCALATE);
}

const struct ticket *deed_ticket(struct world *w, const struct state *st, int64_t head)
{
    int64_t oldest = 0;
    const struct entry *first = state_walk(st, ENTRY_TICKET, &oldest);
    int64_t after = between(w, oldest - 1, head > oldest ? head : oldest);
    const struct entry *e = first ? state_walk(st, ENTRY_TICKET, &after) : NULL;
    if (!e)
        e = first;
    return e ? e->is.ticket : NULL;
}

static struct ending *ending_of(struct world *w, struct ticket_id id)
{
    unsigned last =
        (unsigned)id.at[ID_BYTES - 1] << 8 | id.at[ID_BYTES - 2]; /* as next_jti counts */
    return &w->ending[last % ENDING];
}

void deed_note_ending(struct world *w, struct ticket_id id)
{
    *ending_of(w, id) = (struct ending){id, w->now + 2 * SECOND};
}

/* The others have seen that, mostly. */
bool deed_is_ending(struct world *w, struct ticket_id id)
{
    const struct ending *e = ending_of(w, id);
    return ticket_id_eq(e->id, id) && e->until > w->now && !chance(w, 50);
}

static const struct ticket *a_live_ticket(struct world *w, const struct state *st, int64_t head)
{
    for (int i = 0; i < 3; i++) {
        const struct ticket *t = deed_ticket(w, st, head);
        if (!t || !deed_is_ending(w, t->id))
            return t;
    }
    return NULL;
}

bool deed_is_cursed(const struct ticket *t)
{
    return str_eq(t->title, STR("cursed"));
}

static void merge(struct about *x)
{
    const struct ticket *into = deed_ticket(x->w, x->st, x->w->db.head.seq);
    if (!into || into == x->t || deed_is_cursed(into) || deed_is_cursed(x->t))
        return; /* the curse would pass on */
    deed_note_ending(x->w, x->t->id);
    x->r.into = into->id;
    x->r.has |= CLAIM_BIT(INTO);
    const struct person *p = chance(x->w, 700)
                                 ? deed_person(x->w, STR("kpu"), 1U << ROLE_COORDINATOR)
                                 : deed_duty_of(x->w, x->t->lead->id);
    say(x, p, KIND_INCIDENT_MERGE);
}

static void finish(struct about *x)
{
    struct world *w = x->w;
    const struct person *p = deed_duty_of(w, x->t->lead->id);
    if (x->t->state == TICKET_OPEN && !flood_has(x->t) && chance(w, 600)) {
        x->r.note = STR("selesai");
        x->r.has |= CLAIM_BIT(NOTE);
        say(x, p, KIND_INCIDENT_RESOLVE);
    } else {
        deed_note_ending(w, x->t->id);
        x->r.disposition =
            x->t->state == TICKET_OPEN ? DISPOSITION_FALSE_ALARM : DISPOSITION_HANDLED;
        x->r.has |= CLAIM_BIT(DISPOSITION);
        say(x, p, KIND_INCIDENT_CLOSE);
    }
}

static void receipt(struct world *w, struct process *n, const struct ticket *t)
{
    if (t->answer_count == 0)
        return;
    if (w->whole)
        return; /* they say so themselves */
    const struct answer *a = &t->answers[between(w, 0, (int64_t)t->answer_count - 1)];
    const struct person *p = deed_duty_of(w, a->agency->id);
    struct submission *s = submission_new(SUBMIT_RECEIPT);
    s->agency = p->agency;
    s->who = p->id;
    s->ticket = t->id;
    s->about = a->addressed;
    s->how = chance(w, 500) ? RECEIPT_GOT : RECEIPT_SHOWN;
    client_hint(w, n, s);
}

static void duty(struct world *w)
{
    const struct person *p = deed_duty_of(w, STR_NONE);
    struct record r = {.kind = KIND_DUTY_END};
    if (chance(w, 700))
        r = (struct record){.kind = KIND_DUTY_START,
                            .until = SIM_T0 + w->now / 1000 + between(w, 5000, 3600000),
                            .has = CLAIM_BIT(UNTIL)};
    client_post(w, p, &r, false);
}

/* An admin writes a member or a source anew: directory rows on their way to the other hubs. */
static void directory(struct world *w, struct arena *a)
{
    const struct person *who = &w->people[between(w, 0, (int64_t)w->people_count - 1)];
    struct record r = {.agency = who->agency,
                       .name = arena_printf(a, "Nama %d", (int)between(w, 1, 1000)),
                       .has = CLAIM_BIT(AGENCY) | CLAIM_BIT(NAME)};
    if (who->source) {
        r.kind = KIND_SOURCE_PUT;
        r.source = who->id;
        r.every = between(w, 10, 20);
        r.has |= CLAIM_BIT(SOURCE) | CLAIM_BIT(EVERY);
    } else {
        r.kind = KIND_MEMBER_PUT;
        r.member = who->id;
        r.roles = who->roles;
        r.has |= CLAIM_BIT(MEMBER) | CLAIM_BIT(ROLES);
    }
    client_post(w, deed_person(w, who->agency, 1U << ROLE_ADMIN), &r, false);
}

/* ---- one after the other ---- */

static void deed_on(struct world *w, struct process *n, struct arena *arena, const struct ticket *t)
{
    struct about x = {.w = w, .arena = arena, .st = turn_state(n->turn), .t = t};
    int64_t dice = between(w, 0, 99);
    if (dice < 38)
        respond(&x);
    else if (dice < 50)
        note(&x);
    else if (dice < 55)
        change(&x);
    else if (dice < 61)
        share(&x);
    else if (dice < 67)
        hand_over(&x);
    else if (dice < 71)
        escalate(&x);
    else if (dice < 75)
        merge(&x);
    else if (dice < 85)
        receipt(w, n, t);
    else
        finish(&x);
}

static void one_deed(struct world *w, struct process *n, struct arena *arena)
{
    const struct state *st = turn_state(n->turn);
    const struct ticket *t = a_live_ticket(w, st, w->db.head.seq);
    bool many = state_count(st, ENTRY_TICKET) > w->tickets_max;
    int64_t dice = between(w, 0, 99);
    if (!t || (dice < 22 && !many))
        report(w, arena);
    else if (dice < 28)
        alert(w, arena);
    else if (dice < 30)
        duty(w);
    else if (dice < 31)
        directory(w, arena);
    else if (dice < 35)
        late_on_old(w);
    else if (many && chance(w, 750)) {
        struct about x = {.w = w, .arena = arena, .st = st, .t = t};
        finish(&x);
    } else
        deed_on(w, n, arena, t);
}

static void on_deed(void *arg)
{
    struct world *w = arg;
    if (w->quiet)
        return;
    event_set(w, &w->deed, gap_of(w, w->think_us));
    struct process *n = client_hub(w);
    if (!n || !turn_is_loaded(n->turn) || w->open_drafts > w->drafts_max)
        return;
    struct arena arena;
    arena_init(&arena);
    int64_t burst = chance(w, 5) ? between(w, 2, 60) : 1;
    for (int64_t i = 0; i < burst; i++)
        one_deed(w, n, &arena);
    arena_deinit(&arena);
}

static void on_beat(void *arg)
{
    struct world *w = arg;
    event_set(w, &w->beat, 3 * SECOND);
    for (size_t i = SIM_MEMBERS; i < w->people_count; i++) {
        struct person *p = &w->people[i];
        if (p->beats_until < w->now) { /* falls silent for a while */
            p->beats_from = w->now + between(w, 0, 30 * SECOND);
            p->beats_until = p->beats_from + between(w, 10 * SECOND, 60 * SECOND);
        }
        struct process *n = client_hub(w);
        if (!n || w->now < p->beats_from || !turn_is_loaded(n->turn))
            continue;
        if (w->whole) {
            client_beat(w, p);
            continue;
        }
        struct submission *s = submission_new(SUBMIT_BEAT);
        s->agency = p->agency;
        s->who = p->id;
        client_hint(w, n, s);
    }
}

void deed_open(struct world *w)
{
    w->deed = (struct event){.fn = on_deed, .arg = w};
    w->beat = (struct event){.fn = on_beat, .arg = w};
    event_set(w, &w->deed, 1);
    event_set(w, &w->beat, SECOND);
}

void deed_close(struct world *w)
{
    event_stop(w, &w->deed);
    event_stop(w, &w->beat);
}
