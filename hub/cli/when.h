/* Times as people write and read them.  WITA, UTC+8, without summer time.  Pure. */
#ifndef POSKO_CLI_WHEN_H
#define POSKO_CLI_WHEN_H

#include "base/str.h"

/* "90s" "15m" "1h30m" "8h" "3d": milliseconds, 1 s .. 366 d. */
MUST_CHECK bool when_span(struct str text, int64_t *ms);

/* A time to come: a span from now, "14:30" (WITA, today or, if past, tomorrow), or milliseconds
 * since 1970. */
MUST_CHECK bool when_future(struct str text, int64_t now_ms, int64_t *ms);

enum { WHEN_BYTES = 32 };
struct when_text {
    char at[WHEN_BYTES];
};
/* "14:30:05 WITA", or with the day when `ms` is not of the day of `now_ms`: "22/11 14:30 WITA". */
struct when_text when_show(int64_t ms, int64_t now_ms);

#endif
