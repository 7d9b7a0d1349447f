/* What a whole town notices at once: the ground shakes, the power fails, somebody scans every host.
 * Very many say so within a moment, each of his own place, and whoever is on duty ends them by the
 * handful: most as duplicates, some merged into the first.  People's reports are never throttled,
 * so on such an evening most tickets are of this kind, and have few records each. */
#include "sim.h"

enum { PLACES = 4000, HANDFUL = 400, STAYS = 60, MERGES = 60 };
#define FLOOD_TITLE STR("Gempa terasa")

static void by_people(struct world *w, struct arena *a)
{
    struct str *to = ARENA_NEW(a, struct str);
    *to = str_of(OFFICE_AGENCIES[between(w, 0, SIM_AGENCIES - 1)]);
    const struct person *p = deed_person(w, STR_NONE, 1U << ROLE_REPORTER | 1U << ROLE_DUTY);
    if (str_eq(*to, p->agency))
        *to = str_of(OFFICE_AGENCIES[str_eq(p->agency, STR("kpu"))]);
    struct record r = {.kind = KIND_INCIDENT_REPORT,
                       .cat = str_of(OFFICE_CATEGORIES[between(w, 0, 2)]),
                       .title = FLOOD_TITLE,
                       .to = {to, 1},
                       .sev = (enum sev)between(w, 0, SEV_COUNT - 1),
                       .has = CLAIM_BIT(CAT) | CLAIM_BIT(TITLE) | CLAIM_BIT(TO) | CLAIM_BIT(SEV)};
    client_post(w, p, &r, false);
}

static void by_sources(struct world *w, struct arena *a)
{
    struct record r = {.kind = KIND_ALERT_RAISE,
                       .key = arena_printf(a, "tps-%d", (int)between(w, 1, PLACES)),
                       .cat = str_of(OFFICE_CATEGORIES[between(w, 0, 2)]),
                       .title = FLOOD_TITLE,
                       .has = CLAIM_BIT(KEY) | CLAIM_BIT(CAT) | CLAIM_BIT(TITLE)};
    client_post(w, &w->people[between(w, SIM_MEMBERS, SIM_MEMBERS + SIM_SOURCES - 1)], &r, false);
}

static void rise(struct world *w)
{
    struct arena arena;
    arena_init(&arena);
    int64_t sources = between(w, 0, 1000);
    for (int64_t i = between(w, 20, w->flood_most); i > 0; i--)
        if (chance(w, sources))
            by_sources(w, &arena);
        else
            by_people(w, &arena);
    arena_deinit(&arena);
}

/* Nobody says more where the last flood stands still. */
static void on_rise(void *arg)
{
    struct world *w = arg;
    const struct process *n = client_hub(w);
    if (w->quiet)
        return;
    bool behind =
        !n || !turn_is_loaded(n->turn) || w->open_drafts > w->drafts_max ||
        state_count(turn_state(n->turn), ENTRY_TICKET) > w->tickets_max + (size_t)w->flood_most;
    if (!behind)
        rise(w);
    event_set(w, &w->rise, gap_of(w, SECOND));
    event_set(w, &w->ebb, between(w, SECOND / 10, 2 * SECOND));
}

static void end_one(struct world *w, const struct ticket *t, const struct ticket *first)
{
    struct record r = {.kind = KIND_INCIDENT_CLOSE,
                       .inc = t->id,
                       .exercise = t->exercise,
                       .disposition =
                           chance(w, 800) ? DISPOSITION_DUPLICATE : DISPOSITION_FALSE_ALARM,
                       .has = CLAIM_BIT(INC) | CLAIM_BIT(DISPOSITION)};
    const struct person *p = deed_person(w, t->lead->id, 1U << ROLE_DUTY | 1U << ROLE_CHIEF);
    if (t->exercise)
        r.has |= CLAIM_BIT(STATUS);
    if (t->exercise == first->exercise && flood_has(t) && chance(w, MERGES)) {
        r.kind = KIND_INCIDENT_MERGE;
        r.into = first->id;
        r.has = CLAIM_BIT(INC) | CLAIM_BIT(INTO);
        p = deed_person(w, STR("kpu"), 1U << ROLE_COORDINATOR);
    }
    deed_note_ending(w, t->id);
    client_post(w, p, &r, false);
}

bool flood_has(const struct ticket *t)
{
    return str_eq(t->title, FLOOD_TITLE);
}

/* The first stays until another flood: what is merged is merged into it. */
static void ebb(struct world *w, const struct state *st, bool all)
{
    const struct ticket *first = NULL;
    const struct entry *e = NULL;
    int64_t most = HANDFUL;
    for (int64_t after = 0; most > 0 && (e = state_walk(st, ENTRY_TICKET, &after)) != NULL;) {
        const struct ticket *t = e->is.ticket;
        if (!(all || flood_has(t)) || deed_is_ending(w, t->id))
            continue;
        if (!first) {
            first = t;
        } else if (!chance(w, STAYS)) {
            end_one(w, t, first);
            most--;
        }
    }
}

static void on_ebb(void *arg)
{
    struct world *w = arg;
    const struct process *n = client_hub(w);
    if (w->quiet)
        return;
    if (n && turn_is_loaded(n->turn) && w->open_drafts <= w->drafts_max)
        ebb(w, turn_state(n->turn), false);
    else
        event_set(w, &w->ebb, SECOND / 5);
}

void flood_open(struct world *w)
{
    w->rise = (struct event){.fn = on_rise, .arg = w};
    w->ebb = (struct event){.fn = on_ebb, .arg = w};
    if (w->flood_most > 0)
        event_set(w, &w->rise, gap_of(w, 2 * SECOND));
}

/* The evening is over: of what still stands most is ended before everybody goes home. */
void flood_end(struct world *w)
{
    const struct process *n = client_hub(w);
    if (w->busy && n && turn_is_loaded(n->turn))
        ebb(w, turn_state(n->turn), true);
}

void flood_close(struct world *w)
{
    event_stop(w, &w->rise);
    event_stop(w, &w->ebb);
}
