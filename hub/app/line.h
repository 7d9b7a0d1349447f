/* The line before the turn: submissions in the order in which they came. */
#ifndef POSKO_APP_LINE_H
#define POSKO_APP_LINE_H

#include "app/submission.h"

enum { LINE_FEW = 16 };

struct line {
    struct submission *first;
    struct submission **end; /* where the next one is hung */
    size_t count;
};

void line_init(struct line *l);
void line_push(struct line *l, struct submission *s);
/* A list of submissions back to the head, in its order. */
void line_put_back(struct line *l, struct submission *list);
/* The next turn's: up to `most` records and `bytes` of text; of those that a refused turn gave back
 * LINE_FEW, at its second time one; a genesis whole.  NULL-ended list. */
struct submission *line_take(struct line *l, size_t most, size_t bytes);
/* Is the first one of a turn that was refused, or of a genesis? */
bool line_is_suspect(const struct line *l);
/* Answers `not_stored` to those that wait since before `since` and are certainly not stored. */
void line_expire(struct line *l, int64_t since);
/* Gives all back with `code`: the hub stops, its sockets are closed. */
void line_refuse_all(struct line *l, enum err code);

#endif
