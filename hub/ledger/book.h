/* The ledger as a file that outlives the program: one JSON object a line, each ended by a line
 * feed.
 *
 *   {"posko":"ledger","v":1,"aud":AUD,"hub":KID,"seq":N,"at":AT}        first: what follows
 *   {"seq":1,"at":AT,"leaf":HEX,"jws":JWS}  ...  {"seq":N,...}          every record, in order
 *   {"end":N,"root":HEX}                                                last: nothing is cut off
 *
 * hub: the kid of record 1's key.  leaf: protocol.md 12, over at, typ and the JWS.  root: of the
 * tree over all leaves (ledger/merkle).  What was exported says nothing that the records do not
 * say themselves: whoever reads it needs protocol.md alone.
 *
 * One form only: no blanks, members in this order, so that no byte can change unnoticed. */
#ifndef POSKO_LEDGER_BOOK_H
#define POSKO_LEDGER_BOOK_H

#include "base/crypt.h"

struct book_head {
    struct str aud;
    struct kid hub;
    int64_t seq, at; /* the last record's */
};
struct book_line {
    int64_t seq, at;
    struct hash leaf;
    struct str jws;
};
struct book_end {
    int64_t seq;
    struct hash root;
};

/* A line without its line feed has at most this many bytes. */
enum { BOOK_LINE_BYTES_MAX = POSKO_JWS_BYTES_MAX + 256 };

/* Each writes its line and the line feed. */
void book_put_head(struct buf *to, const struct book_head *head);
void book_put_line(struct buf *to, const struct book_line *line);
void book_put_end(struct buf *to, const struct book_end *end);

/* Each reads one line, without its line feed; texts in the arena.  OK, or ERR_BAD_JSON: it is not
 * exactly such a line.  Any thread.  O(len). */
MUST_CHECK enum err book_read_head(struct arena *arena, struct str line, struct fault *fault,
                                   struct book_head *out);
MUST_CHECK enum err book_read_line(struct arena *arena, struct str line, struct fault *fault,
                                   struct book_line *out);
MUST_CHECK enum err book_read_end(struct arena *arena, struct str line, struct fault *fault,
                                  struct book_end *out);
/* Does it begin as the last line does? */
bool book_is_end(struct str line);

#endif
