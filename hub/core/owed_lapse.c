/* The hub's own words about clocks: whom a firing tells, clock.lapse and source.silent. */
#include "core/owed.h"

#include "core/state_inside.h"
#include "core/ticket.h"

enum { TOLD_MAX = 200, WHY_MAX = 16 };

struct telling {
    const struct state *st;
    const struct ticket *t;
    const struct owed *o;
    int64_t at;
    struct arena *arena;
    const struct member *members[TOLD_MAX];
    size_t count;
    struct str why[WHY_MAX];
    size_t why_count;
};

/* True when the member is (now, or was already) told. */
static bool tell(struct telling *tg, const struct member *m)
{
    if (m == NULL || !m->active || !m->agency->active || !state_has_device(tg->st, m))
        return false;
    if (tg->t->exercise && !ticket_involves(tg->t, m->agency))
        return false;
    for (size_t i = 0; i < tg->count; i++)
        if (tg->members[i] == m)
            return true;
    if (tg->count < TOLD_MAX)
        tg->members[tg->count++] = m;
    return true;
}

static bool tell_role(struct telling *tg, const struct agency *agency, enum role role)
{
    bool reached = false;
    struct range members = state_members_of(tg->st, agency->id);
    for (size_t i = 0; i < members.count; i++) {
        const struct member *m = &members.at[i]->as.member;
        if (access_has_role(m, role) && tell(tg, m))
            reached = true;
    }
    return reached;
}

static bool tell_on_duty(struct telling *tg, const struct agency *agency)
{
    bool reached = false;
    struct range members = state_members_of(tg->st, agency->id);
    for (size_t i = 0; i < members.count; i++) {
        const struct member *m = &members.at[i]->as.member;
        if (state_on_duty(tg->st, m, tg->at) && tell(tg, m))
            reached = true;
    }
    return reached;
}

static bool tell_duty(struct telling *tg, const struct agency *agency)
{
    return tell_on_duty(tg, agency) || tell_role(tg, agency, ROLE_DUTY);
}

static void add_why(struct telling *tg, struct str text)
{
    if (tg->why_count < WHY_MAX)
        tg->why[tg->why_count++] = text;
}

static void nobody(struct telling *tg, bool reached, const char *whom, struct str agency)
{
    if (!reached)
        add_why(tg,
                arena_printf(tg->arena, "%s of " STR_FMT ": nobody with an active device%s", whom,
                             STR_ARG(agency), tg->t->exercise ? " in this exercise" : ""));
}

static void tell_superior(struct telling *tg)
{
    const struct agency *agency = tg->o->agency;
    const struct agency *superior = state_agency(tg->st, agency->superior);
    if (superior == NULL)
        add_why(tg,
                arena_printf(tg->arena, STR_FMT " has no superior agency", STR_ARG(agency->id)));
    else
        nobody(tg, tell_duty(tg, superior), "superior's duty", superior->id);
}

static void tell_agency(struct telling *tg, struct str id)
{
    const struct agency *agency = state_agency(tg->st, id);
    nobody(tg, agency != NULL && tell_role(tg, agency, ROLE_DUTY), "duty", id);
}

static void tell_target(struct telling *tg, const struct target *target)
{
    const struct agency *agency = tg->o->agency;
    switch (target->kind) {
    case TARGET_DUTY:
        nobody(tg, tell_duty(tg, agency), "duty", agency->id);
        return;
    case TARGET_AGENCY:
        tell_agency(tg, agency->id);
        return;
    case TARGET_CHIEF:
        nobody(tg, tell_role(tg, agency, ROLE_CHIEF), "chief", agency->id);
        return;
    case TARGET_OWNER:
        nobody(tg, tell_on_duty(tg, tg->t->lead), "owner: members on duty", tg->t->lead->id);
        return;
    case TARGET_SUPERIOR:
        tell_superior(tg);
        return;
    case TARGET_AGENCY_ID:
        tell_agency(tg, target->agency);
        return;
    case TARGET_MEMBER:
        if (!tell(tg, state_member(tg->st, target->agency, target->member)))
            add_why(tg, arena_printf(tg->arena,
                                     "member " STR_FMT "/" STR_FMT
                                     ": inactive, or without an active device",
                                     STR_ARG(target->agency), STR_ARG(target->member)));
        return;
    }
}

static void tell_step(struct telling *tg, const struct policy_step *step)
{
    for (size_t i = 0; i < step->tell_count; i++)
        tell_target(tg, &step->tell[i]);
}

static void tell_all(struct telling *tg, const struct policy_row *row, int64_t step)
{
    if (step <= (int64_t)row->step_count) {
        tell_step(tg, &row->steps[step - 1]);
        if (tg->count == 0 && tg->why_count == 0)
            add_why(tg, STR("the step names nobody"));
        return;
    }
    for (size_t i = 0; i < row->step_count; i++)
        tell_step(tg, &row->steps[i]);
    const struct agency *host = state_host(tg->st);
    if (tg->count == 0 && host != NULL)
        nobody(tg, tell_role(tg, host, ROLE_COORDINATOR), "coordinators", host->id);
}

static struct str_list told_list(const struct telling *tg)
{
    struct str *at = ARENA_ARRAY(tg->arena, struct str, tg->count);
    for (size_t i = 0; i < tg->count; i++)
        at[i] = arena_printf(tg->arena, STR_FMT "/" STR_FMT, STR_ARG(tg->members[i]->agency->id),
                             STR_ARG(tg->members[i]->id));
    return (struct str_list){at, tg->count};
}

static struct str_list why_list(const struct telling *tg)
{
    struct str *at = ARENA_ARRAY(tg->arena, struct str, tg->why_count);
    for (size_t i = 0; i < tg->why_count; i++)
        at[i] = tg->why[i];
    return (struct str_list){at, tg->why_count};
}

static struct record hub_record(enum kind kind, struct str aud, int64_t at)
{
    return (struct record){.kind = kind,
                           .aud = aud,
                           .iss = STR("hub"),
                           .act = STR("hub"),
                           .iat = at,
                           .active = true,
                           .has = CLAIMS_OF_ALL};
}

void owed_lapse(const struct state *st, const struct ticket *t, const struct owed *o, int64_t due,
                int64_t at, struct str aud, struct arena *arena, struct record *out)
{
    struct telling tg = {.st = st, .t = t, .o = o, .at = at, .arena = arena};
    int64_t step = o->step + 1;
    tell_all(&tg, owed_terms(t, o->what, o->sev).row, step);
    struct record r = hub_record(KIND_CLOCK_LAPSE, aud, at);
    r.has |= CLAIM_BIT(INC) | CLAIM_BIT(AGENCY) | CLAIM_BIT(WHAT) | CLAIM_BIT(SINCE) |
             CLAIM_BIT(STEP) | CLAIM_BIT(DUE) | CLAIM_BIT(LATE_MS) | CLAIM_BIT(TOLD) |
             CLAIM_BIT(WHY);
    if (t->exercise)
        r.has |= CLAIM_BIT(STATUS);
    if (o->about != NULL) {
        r.has |= CLAIM_BIT(ABOUT);
        r.about = o->about->id;
    }
    r.exercise = t->exercise;
    r.inc = t->id;
    r.agency = o->agency->id;
    r.what = o->what;
    r.since = o->since;
    r.step = step;
    r.due = due;
    r.late_ms = at > due ? at - due : 0;
    r.told = told_list(&tg);
    r.why = why_list(&tg);
    r.jti = owed_jti(t->id, r.agency, r.what, r.about, r.since, step, due);
    *out = r;
}

/* ---- identities ---- */

struct line {
    size_t len;
    char at[512];
};

static void line_put(struct line *l, struct str s)
{
    if (l->len > 0)
        l->at[l->len++] = '\n';
    assert(l->len + s.len < sizeof l->at);
    if (s.len > 0)
        memcpy(l->at + l->len, s.at, s.len);
    l->len += s.len;
}

static void line_put_int(struct line *l, int64_t n)
{
    assert(n >= 0);
    char digits[20];
    size_t count = 0;
    do
        digits[sizeof digits - ++count] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    line_put(l, (struct str){digits + sizeof digits - count, count});
}

static struct record_id line_id(const struct line *l, int64_t due)
{
    struct hash hash = crypt_sha256((struct str){l->at, l->len});
    struct record_id id;
    id_make(due, hash.at, id.at);
    return id;
}

struct record_id owed_jti(struct ticket_id inc, struct str agency, enum what what, struct str about,
                          int64_t since, int64_t step, int64_t due)
{
    struct id_text text = id_text(inc.at);
    struct line l = {0};
    line_put(&l, (struct str){text.at, ID_CHARS});
    line_put(&l, agency);
    line_put(&l, words_get(&WORDS_WHAT, (int)what));
    line_put(&l, about);
    line_put_int(&l, since);
    line_put_int(&l, step);
    return line_id(&l, due);
}

void owed_silent(const struct source *source, int64_t due, int64_t at, struct str aud,
                 struct arena *arena, struct record *out)
{
    struct line l = {0};
    line_put(&l, STR("source.silent"));
    line_put(&l, source->agency->id);
    line_put(&l, source->id);
    line_put_int(&l, source->last);
    struct record r = hub_record(KIND_SOURCE_SILENT, aud, at);
    r.has |= CLAIM_BIT(AGENCY) | CLAIM_BIT(SOURCE) | CLAIM_BIT(SINCE);
    r.agency = arena_dup(arena, source->agency->id);
    r.source = arena_dup(arena, source->id);
    r.since = source->last;
    r.jti = line_id(&l, due);
    *out = r;
}
