/* Is this ledger what it says it is?  Walks it record by record, trusting no hub: a record counts
 * for what its signature, its place and the records before it make of it.
 *
 * How a hub decided is repeated exactly (protocol.md; app/batch.c is the hub's side):
 * - A record is decided by core/decide in the state that all records before it made, with its `seq`
 *   and `at`.  Records of one turn share their `at`; what a turn refused left no trace and changed
 *   nothing; so the ledger alone is enough, and where one turn ended and the next began is not
 *   needed.
 * - Clocks are records.  A clock.lapse must be its obligation's next step, due when that says; or,
 *   right behind the incident.escalate that asked for it, due now.  Its jti, late_ms and whom it
 *   told are computed again; `why` is prose and is not compared.
 * - Beats are no records.  A source.silent says since when (`since`): that is believed where it is
 *   not before the source's last record nor after now, and once for each silence.
 * - Receipts (`got`, `shown`) are no records either and are taken from the ticket's row.
 * - `rev`, the number of the turn that wrote a row, is the hubs' own bookkeeping and signed by
 *   nobody: it may not go back, rows of one turn have one `at`, and none is above the head's.
 *   A wrong number between its neighbours' is not seen.
 * - What nobody signed can be false in one more way: the order of records that do not touch each
 *   other and have the same `at` is the hub's word.  The tables and the root hold it fast: a root
 *   that was noted somewhere else (a log, a letter) shows later whether it is still the same order.
 *
 * After a record that cannot be read the state lacks it.  What decide refuses from there on and
 * what differs in the tables is marked as perhaps following from that one. */
#ifndef POSKO_CLI_AUDIT_H
#define POSKO_CLI_AUDIT_H

#include "cli/text.h"
#include "ledger/merkle.h"
#include "store/turn.h"

/* What can be wrong, by its name in --json; what it means is TEXT_AUDIT_... */
#define AUDIT_LIST(X)             \
    X(MISSING, "missing")         \
    X(ORDER, "order")             \
    X(SHORT, "short")             \
    X(AT, "at")                   \
    X(LINE, "line")               \
    X(JWS, "jws")                 \
    X(KEY, "key")                 \
    X(SIGNATURE, "signature")     \
    X(LEAF, "leaf")               \
    X(COLUMN, "column")           \
    X(TWICE, "twice")             \
    X(REFUSED, "refused")         \
    X(CLOCK, "clock")             \
    X(HUB, "hub")                 \
    X(HEAD, "head")               \
    X(ROOT, "root")               \
    X(NO_ROW, "no_row")           \
    X(FOREIGN_ROW, "foreign_row") \
    X(ROW, "row")
enum audit_code {
#define AUDIT_MEMBER(name, word) AUDIT_##name,
    AUDIT_LIST(AUDIT_MEMBER)
#undef AUDIT_MEMBER
        AUDIT_CODE_COUNT
};

struct audit_problem {
    int64_t seq;
    enum audit_code code;
    int64_t follows; /* perhaps only because this record could not be read; 0: no */
    const char *text;
};
typedef void audit_problem_fn(void *arg, const struct audit_problem *problem);

struct audit_options {
    enum lang lang;
    struct str hub;       /* the kid that record 1 must have; NONE: any */
    struct str_list auds; /* the ledger's names, one after the other; none: record 1's alone */
    audit_problem_fn *fn;
    void *arg;
};

/* A row to look at.  From a file: seq, at, leaf and jws only, `bare`. */
struct audit_row {
    struct ledger_row row;
    int64_t rev;
    bool bare;
};

/* late_ms: of the latest firing.  overdue: clocks over 2 s past their time at the last record's
 * `at`, that have not fired.  Neither is a problem of the ledger: a hub that stood still fires
 * late, and says so. */
struct audit_counts {
    int64_t records, signatures, tickets, obligations, entries, clocks, problems, at;
    int64_t late_ms, overdue;
};

struct audit;
struct audit *audit_new(const struct audit_options *options);
void audit_free(struct audit *a);

/* In the order in which they stand.  head: the last seq that there should be,
 * INT64_MAX: unknown.  next: the row behind
 * this one, or NULL; it tells a wrong number from a missing row. */
void audit_row(struct audit *a, const struct audit_row *row, int64_t head,
               const struct audit_row *next);
/* A line in place of the next record that is none. */
void audit_bad_line(struct audit *a, const char *why);
/* The last row was seen: is it the head's (INT64_MAX: unknown)? */
void audit_end(struct audit *a, int64_t head);

/* The tables, after audit_end: what else the head says, then every row in the order of its key. */
void audit_head(struct audit *a, const struct head *head);
void audit_entry(struct audit *a, const struct entry_row *row, int64_t rev);
void audit_entries_end(struct audit *a);
void audit_ticket(struct audit *a, const struct ticket_row *row);
void audit_tickets_end(struct audit *a);
void audit_owed(struct audit *a, const struct owed_row *row);
void audit_obligations_end(struct audit *a);

/* Something wrong that the caller found; `detail` stands in the text of the code. */
void audit_tell(struct audit *a, int64_t seq, enum audit_code code, const char *detail, ...)
    PRINTF_LIKE(4, 5);
const char *audit_word(enum audit_code code);

const struct audit_counts *audit_counts(const struct audit *a);
int64_t audit_seq(const struct audit *a); /* of the last row */
struct hash audit_root(const struct audit *a);
struct str audit_aud(const struct audit *a);
struct kid audit_hub(const struct audit *a); /* record 1's */

#endif
