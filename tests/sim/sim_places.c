/* A host that enters its polling places, by the hundred and with long names, and writes some of
 * them anew: a directory that is not sent in one piece, to readers of whom some have a slow line.
 */
#include "sim_directory.h"

enum { PLACES = 2000, HANDFUL = 60, NEAR_US = 3000, FAR_US = 1000000 };
#define AT_THE_END_OF_THE_ROAD \
    "di ujung jalan, di belakang balai desa, dekat pohon beringin besar dan pasar ikan"

static void put_place(struct world *w, struct arena *a, const struct person *p)
{
    int number = (int)between(w, 1, PLACES);
    struct record r = {.kind = KIND_PLACE_PUT,
                       .place = arena_printf(a, "tps-%d", number),
                       .name = arena_printf(a, "TPS %d (%d), " AT_THE_END_OF_THE_ROAD, number,
                                            (int)between(w, 1, 1000)),
                       .place_kind = PLACE_TPS,
                       .has = CLAIM_BIT(PLACE) | CLAIM_BIT(NAME) | CLAIM_BIT(PLACE_KIND)};
    client_post(w, p, &r, false);
}

static void put_category(struct world *w, struct arena *a, const struct person *p)
{
    int64_t i = between(w, 0, 2);
    struct record r = {.kind = KIND_CATEGORY_PUT,
                       .cat = str_of(OFFICE_CATEGORIES[i]),
                       .id = arena_printf(a, "kategori %d", (int)between(w, 1, 1000)),
                       .en = STR("category"),
                       .sev = (enum sev)(1 + i),
                       .kinds = i == 1 ? 1U << AGENCY_POLICE : 0,
                       .has = CLAIM_BIT(CAT) | CLAIM_BIT(ID) | CLAIM_BIT(EN) | CLAIM_BIT(SEV) |
                              CLAIM_BIT(KINDS)};
    client_post(w, p, &r, false);
}

static void on_places(void *arg)
{
    struct world *w = arg;
    if (w->quiet)
        return;
    event_set(w, &w->places, gap_of(w, SECOND / 2));
    if (w->open_drafts > w->drafts_max)
        return;
    struct arena arena;
    arena_init(&arena);
    const struct person *p = deed_person(w, STR("kpu"), 1U << ROLE_ADMIN);
    for (int64_t i = between(w, 1, HANDFUL); i > 0; i--)
        put_place(w, &arena, p);
    if (chance(w, 100))
        put_category(w, &arena, p);
    arena_deinit(&arena);
}

void places_open(struct world *w)
{
    w->many_places = chance(w, 350); /* each costs as much as four without */
    w->places = (struct event){.fn = on_places, .arg = w};
    if (w->many_places)
        event_set(w, &w->places, 1);
}

int64_t places_latency(struct world *w)
{
    bool far = w->many_places && chance(w, 500);
    return far ? between(w, NEAR_US, FAR_US) : between(w, 100, NEAR_US);
}

/* In the end everybody comes near: the last look waits for the slowest. */
int64_t places_trip(const struct world *w, int64_t latency_us)
{
    return w->quiet && latency_us > NEAR_US ? NEAR_US : latency_us;
}

void places_close(struct world *w)
{
    event_stop(w, &w->places);
}
