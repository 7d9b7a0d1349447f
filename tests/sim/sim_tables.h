/* The tables, for the database's own file: a commit becomes visible, and all of it goes. */
#ifndef POSKO_TESTS_SIM_TABLES_H
#define POSKO_TESTS_SIM_TABLES_H

#include "sim.h"

void tables_show(struct db *db, const struct commit *c);
void tables_wipe(struct db *db);

#endif
