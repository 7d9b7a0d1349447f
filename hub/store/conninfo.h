/* Where the database is: what the operator wrote, and defaults for what he left open, so that a
 * server that does not answer is given up in seconds. */
#ifndef POSKO_STORE_CONNINFO_H
#define POSKO_STORE_CONNINFO_H

#include "base/err.h"

#include <libpq-fe.h>

enum { CONNINFO_KEYS_MAX = 64 };

struct conninfo {
    PQconninfoOption *parsed;
    const char *keys[CONNINFO_KEYS_MAX]; /* for PQconnectStartParams */
    const char *values[CONNINFO_KEYS_MAX];
    int64_t timeout_ms; /* for all hosts together */
};
/* ERR_SYSTEM: not a connection string.  name: application_name, borrowed. */
MUST_CHECK enum err conninfo_parse(const char *text, const char *name, struct fault *fault,
                                   struct conninfo *out);
void conninfo_deinit(struct conninfo *info);

#endif
