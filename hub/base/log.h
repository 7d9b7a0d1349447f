/* One JSON object a line: {"ts":"2026-...Z","level":"info","event":"noun.verb",...fields}.
 * Control characters are escaped.  Never a body, a token, a secret.  Loop thread only.
 * It never waits: a line for which there is no room (a pipe nobody reads, a full disk) is lost. */
#ifndef POSKO_BASE_LOG_H
#define POSKO_BASE_LOG_H

#include "base/id.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
    int fd;               /* usually 2 */
    enum log_level level; /* what is at least told */
    uint64_t *lost;       /* counts the lines that could not be written; NULL: nobody counts */
};

enum log_field_type { FIELD_END, FIELD_TEXT, FIELD_INT, FIELD_BOOL };
struct log_field {
    enum log_field_type type;
    const char *name;
    struct str text;
    int64_t number;
};

#define F_STR(n, s) ((struct log_field){FIELD_TEXT, (n), (s), 0})
#define F_TEXT(n, c) ((struct log_field){FIELD_TEXT, (n), str_of(c), 0})
#define F_INT(n, i) ((struct log_field){FIELD_INT, (n), STR_NONE, (int64_t)(i)})
#define F_BOOL(n, b) ((struct log_field){FIELD_BOOL, (n), STR_NONE, (b)})
#define F_END ((struct log_field){FIELD_END, NULL, STR_NONE, 0})

void log_event(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields); /* ended by FIELD_END */

#define LOG_AT(log, level, event, ...) \
    log_event((log), (level), (event), (const struct log_field[]){__VA_ARGS__, F_END})
#define log_error(log, ...) LOG_AT((log), LOG_ERROR, __VA_ARGS__)
#define log_warn(log, ...) LOG_AT((log), LOG_WARN, __VA_ARGS__)
#define log_info(log, ...) LOG_AT((log), LOG_INFO, __VA_ARGS__)
#define log_debug(log, ...) LOG_AT((log), LOG_DEBUG, __VA_ARGS__)

#endif
