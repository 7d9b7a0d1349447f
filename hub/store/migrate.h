/* Brings the database to this hub's schema: sql/NNNN_*.sql, forward only, embedded at build time,
 * each remembered with its SHA-256.  The head row (once there) is locked first, by everybody. */
#ifndef POSKO_STORE_MIGRATE_H
#define POSKO_STORE_MIGRATE_H

#include "base/log.h"

/* Blocks: only at start, before the loop runs.  ERR_SYSTEM: no connection, a schema newer than this
 * hub, a file that was edited after it was applied, SQL that fails (all rolled back). */
MUST_CHECK enum err migrate(const char *conninfo, const struct log *log, struct fault *fault);

/* `poskod --accept-clock`: head.accept_clock + 1. */
MUST_CHECK enum err migrate_accept_clock(const char *conninfo, struct fault *fault);

#endif
