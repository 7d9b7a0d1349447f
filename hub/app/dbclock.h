/* The time `at`: the database's clock, guarded by the machine's (docs/architecture.md, Time).
 * Pure: every clock is an argument, in ms. */
#ifndef POSKO_APP_DBCLOCK_H
#define POSKO_APP_DBCLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { DBCLOCK_JUMP_MS = 5000, DBCLOCK_AGREE_MS = 60000, DBCLOCK_EXACT_MS = 500 };

struct dbclock {
    bool based;
    bool held;           /* the database's clock is not believed: `at` goes on by boottime */
    int64_t at, boot;    /* the last good reading, and CLOCK_BOOTTIME when it came */
    int64_t age;         /* how old it may have been then: the database may be ahead by as much */
    int64_t agree_since; /* boottime since which database and wall clock agree; 0: they do not */
    int64_t accepted;    /* the head's accept_clock that was seen */
};

struct dbclock_reading {
    int64_t db;     /* clock_timestamp() of the database, at a moment between asked and boot: an */
    int64_t asked;  /* answer may have waited for a lock or a standby */
    int64_t boot;   /* CLOCK_BOOTTIME of this machine, now */
    int64_t wall;   /* CLOCK_REALTIME of this machine, now */
    int64_t accept; /* head.accept_clock: `poskod --accept-clock` was called when it grows */
};

/* Takes a reading and says what time it is.  A slow one (over DBCLOCK_EXACT_MS) tells whether the
 * clock jumped, and the time goes on from the exact one before.  At the first one there is no last
 * good turn: when database and wall clock differ by more than 5 s, the earlier one holds, so that
 * nothing fires early. */
int64_t dbclock_read(struct dbclock *c, const struct dbclock_reading *now);

/* What `at` would be now, between readings.  0 before the first. */
int64_t dbclock_estimate(const struct dbclock *c, int64_t boot);

#endif
