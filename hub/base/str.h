/* Text as a slice by value: not NUL-terminated, borrowed from whoever owns the bytes. */
#ifndef POSKO_BASE_STR_H
#define POSKO_BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, (s).at

struct str_list {
    const struct str *at;
    size_t count;
};

/* NUL-terminated; NULL gives STR_NONE. */
static inline struct str str_of(const char *text)
{
    return text == NULL ? STR_NONE : (struct str){text, strlen(text)};
}

/* Here, because most of what is compared differs in length or in the first byte. */
static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || (a.at[0] == b.at[0] && memcmp(a.at, b.at, a.len) == 0));
}

int str_compare(struct str a, struct str b); /* bytewise, then length */
bool str_starts(struct str s, struct str head);

/* How many letters differ (edit distance), for words that somebody mistyped; 64 when one is longer
 * than that. */
size_t str_distance(struct str a, struct str b);

/* Splits at the first `mark`: *head before, *tail after.  False (whole in *head, empty *tail). */
bool str_cut(struct str s, char mark, struct str *head, struct str *tail);

/* Decimal, -?(0|[1-9][0-9]*), not -0, within min..max.  False otherwise; *out untouched. */
MUST_CHECK bool str_to_int(struct str s, int64_t min, int64_t max, int64_t *out);

/* Copies into `out` (size bytes) with a NUL; false when it does not fit. */
MUST_CHECK bool str_to_c(struct str s, char *out, size_t size);

/* Identifier of protocol.md section 2: [a-z0-9][a-z0-9._:-]{0,63}. */
bool str_is_id(struct str s);

/* Valid UTF-8 (RFC 3629); *chars, when not NULL, gets the number of code points. */
MUST_CHECK bool str_utf8(struct str s, size_t *chars);

/* No C0 or C1 control, no U+202A-202E, no U+2066-2069; line feed only where allowed.  s: UTF-8. */
MUST_CHECK bool str_is_plain_text(struct str s, bool line_feed);

#endif
