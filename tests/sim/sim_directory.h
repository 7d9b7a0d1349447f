/* What a reader holds of the directory.  L0: as a page, he counts only on `state` messages since
 * the last `reset`. */
#ifndef POSKO_TESTS_SIM_DIRECTORY_H
#define POSKO_TESTS_SIM_DIRECTORY_H

#include "sim.h"

struct directory_name { /* "member kpu/sari"; of a policy all versions are one */
    struct str text;
    size_t number; /* from 1 */
    UT_hash_handle hh;
};
struct directory {
    int64_t *seqs; /* by number; 0: not there */
    size_t size;
    int64_t checked; /* up to there all is here */
};
/* Of what a `state` shows, which is no ticket; 0: of nothing that there is. */
size_t directory_number(struct world *w, const struct node *state);
void directory_put(struct directory *d, const struct message *m);
void directory_drop(struct directory *d);
/* Whoever stands at `upto` has all that has not changed since. */
void directory_check(struct world *w, struct directory *d, const struct person *p, int64_t upto);
void directory_close(struct world *w);

/* ---- sim_places.c: one that grows ---- */
void places_open(struct world *w);
int64_t places_latency(struct world *w); /* of a link */
int64_t places_trip(const struct world *w, int64_t latency_us);
void places_close(struct world *w);

#endif
