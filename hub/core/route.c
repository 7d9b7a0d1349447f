#include "core/route.h"

#include "core/state_inside.h"

static bool rule_matches(const struct state *st, const struct rule *r, const struct category *cat,
                         enum sev sev, const struct place *place, const struct source *source)
{
    if (r->cat.len > 0 && !str_eq(r->cat, cat->code))
        return false;
    if (r->sev >= 0 && r->sev != (int)sev)
        return false;
    if (r->source.len > 0 && (source == NULL || !str_eq(r->source, source->id)))
        return false;
    return r->place.len == 0 || (place != NULL && state_place_in(st, place, r->place));
}

static const struct rule *first_match(const struct state *st, const struct category *cat,
                                      enum sev sev, const struct place *place,
                                      const struct source *source)
{
    const struct rules *rules = state_rules(st);
    for (size_t i = 0; i < rules->count; i++)
        if (rule_matches(st, &rules->rules[i], cat, sev, place, source))
            return &rules->rules[i];
    return NULL;
}

static void add(struct route *route, const struct agency *agency, const struct agency *lead)
{
    if (agency == NULL || agency == lead || !agency->active ||
        route->to_count == POSKO_AGENCIES_MAX)
        return;
    for (size_t i = 0; i < route->to_count; i++)
        if (route->to[i] == agency)
            return;
    route->to[route->to_count++] = agency;
}

struct route route_find(const struct state *st, const struct category *cat, enum sev sev,
                        const struct place *place, const struct source *source,
                        const struct agency *lead, struct arena *arena)
{
    struct route route = {.policy = state_policy(st, STR("default"))};
    const struct rule *rule = first_match(st, cat, sev, place, source);
    if (rule != NULL && rule->policy.len > 0 && state_policy(st, rule->policy) != NULL)
        route.policy = state_policy(st, rule->policy);
    if (source == NULL)
        return route;
    route.to =
        (const struct agency **)arena_alloc(arena, POSKO_AGENCIES_MAX * sizeof(struct agency *));
    if (rule != NULL) {
        for (size_t i = 0; i < rule->to.count; i++)
            add(&route, state_agency(st, rule->to.at[i]), lead);
        return route;
    }
    struct range all = state_agencies(st);
    for (size_t i = 0; i < all.count; i++)
        if (cat->kinds >> all.at[i]->as.agency.kind & 1)
            add(&route, &all.at[i]->as.agency, lead);
    return route;
}

const struct category *route_silent_category(const struct state *st, const struct source *source)
{
    const struct category *cat = NULL;
    if (source->cats.count > 0)
        cat = state_category(st, source->cats.at[0]);
    if (cat == NULL)
        cat = state_category(st, STR("other.other"));
    if (cat == NULL) {
        int64_t after = 0;
        const struct entry *first = state_walk(st, ENTRY_CATEGORY, &after);
        cat = first == NULL ? NULL : first->is.category;
    }
    return cat;
}
