/* The host's directory: agencies, categories, places, policies, rules; and the hub's own key. */
#include "core/decide_inside.h"
#include "core/state_inside.h"

static bool is_host_admin(const struct member *m)
{
    return m != NULL && m->agency->host && access_has_role(m, ROLE_ADMIN);
}

static enum err needs_host_admin(const struct ask *ask)
{
    if (ask->hub || is_host_admin(ask->member))
        return OK;
    return fault_set(ask->fault, ERR_NOT_ALLOWED, "",
                     "only an admin of the host agency may do this; ask him");
}

enum err decide_agency(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_host_admin(ask);
    if (e != OK)
        return e;
    bool host = str_eq(r->agency, state_host_id(ask->st));
    if (str_eq(r->agency, STR("hub")))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "agency",
                         "`hub` is reserved for the hub; choose another id");
    if (host && !r->active)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "active",
                         "the host agency stays active: it keeps the directory");
    if (str_eq(r->superior, r->agency) && HAS(r, SUPERIOR))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "superior",
                         "an agency is not its own superior");
    /* At genesis agencies come in any order. */
    const struct agency *superior = NULL;
    if (HAS(r, SUPERIOR) && !ask->hub)
        e = ask_agency(ask, r->superior, "superior", &superior);
    if (e != OK)
        return e;
    struct agency *a = ARENA_NEW(ask->arena, struct agency);
    *a = (struct agency){.id = r->agency,
                         .name = r->name,
                         .kind = r->agency_kind,
                         .host = host,
                         .active = r->active,
                         .superior = r->superior,
                         .phones = r->phones};
    ask_put(ask, ENTRY_AGENCY, a);
    return OK;
}

enum err decide_category(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_host_admin(ask);
    if (e != OK)
        return e;
    struct category *c = ARENA_NEW(ask->arena, struct category);
    *c = (struct category){.code = r->cat,
                           .id = r->id,
                           .en = r->en,
                           .maps = r->maps,
                           .sev = r->sev,
                           .kinds = r->kinds,
                           .ask = r->ask,
                           .active = r->active};
    ask_put(ask, ENTRY_CATEGORY, c);
    return OK;
}

static enum err check_in(const struct ask *ask)
{
    const struct record *r = ask->r;
    const struct place *in = NULL;
    if (!HAS(r, IN))
        return OK;
    enum err e = ask_place(ask, r->in, "in", &in);
    if (e == OK && state_place_in(ask->st, in, r->place))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "in",
                         "place `" STR_FMT "` lies in `" STR_FMT "` itself", STR_ARG(r->in),
                         STR_ARG(r->place));
    return e;
}

enum err decide_place(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_host_admin(ask);
    if (e == OK && !ask->hub)
        e = check_in(ask); /* at genesis places come in any order */
    if (e == OK)
        e = ask_point(ask);
    if (e != OK)
        return e;
    struct place *p = ARENA_NEW(ask->arena, struct place);
    *p = (struct place){.id = r->place,
                        .name = r->name,
                        .in = r->in,
                        .kind = r->place_kind,
                        .tier = HAS(r, TIER) ? (int)r->tier : -1,
                        .has_point = HAS(r, LAT),
                        .active = r->active,
                        .lat = r->lat,
                        .lon = r->lon};
    ask_put(ask, ENTRY_PLACE, p);
    return OK;
}

/* ---- policies ---- */

static enum err check_targets(const struct ask *ask, const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct agency *agency = NULL;
        if (targets[i].kind != TARGET_AGENCY_ID && targets[i].kind != TARGET_MEMBER)
            continue;
        enum err e = ask_agency(ask, targets[i].agency, "rows", &agency);
        if (e != OK)
            return e;
    }
    return OK;
}

static enum err check_row(const struct ask *ask, const struct policy_row *row)
{
    enum err e = check_targets(ask, row->open, row->open_count);
    if (row->step_count == 0 || row->step_count > POLICY_STEPS_MAX)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "rows", "a row has 1 to %d steps",
                         POLICY_STEPS_MAX);
    for (size_t i = 0; i < row->step_count && e == OK; i++) {
        if (i > 0 && row->steps[i].after_s < row->steps[i - 1].after_s)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "rows",
                             "steps come in the order of their `after`");
        e = check_targets(ask, row->steps[i].tell, row->steps[i].tell_count);
    }
    return e;
}

static size_t count_rows(const struct record *r, enum what what, enum sev sev)
{
    size_t count = 0;
    for (size_t i = 0; i < r->row_count; i++)
        count += r->rows[i].what == what && r->rows[i].sev == sev;
    return count;
}

static enum err check_rows(const struct ask *ask)
{
    static const enum what needed[] = {WHAT_ACK, WHAT_ACCEPT, WHAT_UPDATE, WHAT_RESOLVE};
    const struct record *r = ask->r;
    for (size_t i = 0; i < r->row_count; i++) {
        enum err e = check_row(ask, &r->rows[i]);
        if (e != OK)
            return e;
        if (count_rows(r, r->rows[i].what, r->rows[i].sev) > 1)
            return fault_set(ask->fault, ERR_BAD_CLAIM, "rows",
                             "two rows for the same `what` and `sev`");
    }
    if (!str_eq(r->policy, STR("default")))
        return OK;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        for (int sev = 0; sev < SEV_COUNT; sev++)
            if (count_rows(r, needed[i], (enum sev)sev) == 0)
                return fault_set(ask->fault, ERR_BAD_CLAIM, "rows",
                                 "policy `default` needs ack, accept, update and resolve for each "
                                 "severity; %s %s is missing",
                                 WORDS_WHAT.at[needed[i]], WORDS_SEV.at[sev]);
    return OK;
}

enum err decide_policy(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_host_admin(ask);
    if (e == OK)
        e = check_rows(ask);
    if (e != OK)
        return e;
    struct policy *p = ARENA_NEW(ask->arena, struct policy);
    *p = (struct policy){
        .id = r->policy, .seq = ask->stamp.seq, .rows = r->rows, .row_count = r->row_count};
    ask_put(ask, ENTRY_POLICY, p);
    return OK;
}

/* ---- rules ---- */

static bool is_any_source(const struct state *st, struct str id)
{
    int64_t after = 0;
    const struct entry *e = NULL;
    while ((e = state_walk(st, ENTRY_SOURCE, &after)) != NULL)
        if (str_eq(e->is.source->id, id))
            return true;
    return false;
}

static enum err check_rule(const struct ask *ask, const struct rule *rule)
{
    const struct agency *agency = NULL;
    const struct category *cat = NULL;
    const struct place *place = NULL;
    enum err e = OK;
    for (size_t i = 0; i < rule->to.count && e == OK; i++)
        e = ask_agency(ask, rule->to.at[i], "rules", &agency);
    if (e == OK && rule->cat.len > 0)
        e = ask_category(ask, rule->cat, "rules", &cat);
    if (e == OK && rule->place.len > 0)
        e = ask_place(ask, rule->place, "rules", &place);
    if (e != OK)
        return e;
    if (rule->policy.len > 0 && state_policy(ask->st, rule->policy) == NULL)
        return fault_set(ask->fault, ERR_BAD_CLAIM, "rules",
                         "there is no policy `" STR_FMT "`; give it with policy.put first",
                         STR_ARG(rule->policy));
    /* At genesis sources come after rules. */
    if (rule->source.len > 0 && !ask->hub && !is_any_source(ask->st, rule->source))
        return fault_set(ask->fault, ERR_BAD_CLAIM, "rules",
                         "there is no source `" STR_FMT "`; give it with source.put first",
                         STR_ARG(rule->source));
    return OK;
}

enum err decide_rules(struct ask *ask)
{
    const struct record *r = ask->r;
    enum err e = needs_host_admin(ask);
    for (size_t i = 0; i < r->rule_count && e == OK; i++)
        e = check_rule(ask, &r->rules[i]);
    if (e != OK)
        return e;
    struct rules *rules = ARENA_NEW(ask->arena, struct rules);
    *rules = (struct rules){.rules = r->rules, .count = r->rule_count};
    ask_put(ask, ENTRY_RULES, rules);
    return OK;
}
