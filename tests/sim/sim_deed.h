/* Who does what of whom, for the files in which people do things. */
#ifndef POSKO_TESTS_SIM_DEED_H
#define POSKO_TESTS_SIM_DEED_H

#include "sim.h"

const struct person *deed_duty_of(struct world *w, struct str agency);
/* One that a hub holds, by the dice; NULL: there is none. */
const struct ticket *deed_ticket(struct world *w, const struct state *st, int64_t head);
/* A report that no turn can take is about it. */
bool deed_is_cursed(const struct ticket *t);

/* ---- sim_late.c: of tickets that may have ended ---- */
void late_on_old(struct world *w);
void late_burst(struct world *w); /* many such, mostly refused */

#endif
