/* The command line against the table, and what was given as claims.  Pure but for `claims_stdin`.
 */
#ifndef POSKO_CLI_PARSE_H
#define POSKO_CLI_PARSE_H

#include "base/json.h"
#include "cli/table.h"

enum { COMMON_MAX = 16 };

struct args {
    enum lang lang;
    const struct command *command; /* NULL: none was named */
    bool help;
    struct str values[FIELDS_MAX]; /* beside command->fields; absent: STR_NONE */
    struct str common[COMMON_MAX]; /* beside table_common */
};

/* Understands --name value, --name=value, flags, words in their places, and -- before words that
 * begin with a dash.  False with a sentence in `why` (in args.lang).  argv without the program. */
MUST_CHECK bool args_parse(struct arena *arena, int argc, char *const *argv, enum lang lang,
                           int64_t now_ms, struct args *out, struct buf *why);

struct str args_get(const struct args *args, const char *name);    /* STR_NONE when absent */
struct str args_common(const struct args *args, const char *name); /* likewise */
/* A span option in ms, or what stands for it. */
int64_t args_span(struct str value, int64_t otherwise);
/* "kpu/sari" in two; false when it is not of that form. */
MUST_CHECK bool args_member(struct str value, struct str *agency, struct str *member);

/* The value "-" of long texts becomes what standard input holds, without its last line feed. */
MUST_CHECK bool claims_stdin(struct arena *arena, struct args *args);
/* The claims of the given fields as a JSON object; tickets must be ids by now. */
struct str claims_write(struct arena *arena, const struct args *args, int64_t now_ms);

#endif
