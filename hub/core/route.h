/* Which agencies a report or an alert addresses, and under which policy.  Pure. */
#ifndef POSKO_CORE_ROUTE_H
#define POSKO_CORE_ROUTE_H

#include "core/state.h"

struct route {
    const struct policy *policy; /* of the first matching rule, else `default` */
    const struct agency **to;    /* for an alert: by the rule, else by the category's kinds */
    size_t to_count;             /* active ones, without the lead */
};

/* source NULL for a report: then only `policy` is meant. */
struct route route_find(const struct state *st, const struct category *cat, enum sev sev,
                        const struct place *place, const struct source *source,
                        const struct agency *lead, struct arena *arena);

/* What a silent source's ticket is about: the first of its `cats`, else `other.other`, else any;
 * an inactive one rather than none.  NULL: there is no category at all. */
const struct category *route_silent_category(const struct state *st, const struct source *source);

#endif
