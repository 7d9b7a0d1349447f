/* PostgreSQL refuses a turn, for a reason that nobody foresaw.  While the one to blame is looked
 * for, others may be late; each new one that is found excuses one more search, but none a second
 * time: a hub that forgets what it found would be late for ever. */
#ifndef POSKO_TESTS_SIM_BLAME_H
#define POSKO_TESTS_SIM_BLAME_H

#include "sim.h"

enum { BLAMES = 64 };

struct blame { /* what a hub has found of what the database refuses */
    struct ticket_id found[BLAMES];
    size_t count;
    bool searches; /* something new was found, and another may be refused */
};

void blame_refusal(struct world *w, struct blame *b, const struct turn_rows *rows);

#endif
