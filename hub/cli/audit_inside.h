/* What an audit keeps; only for audit*.c. */
#ifndef POSKO_CLI_AUDIT_INSIDE_H
#define POSKO_CLI_AUDIT_INSIDE_H

#include "cli/audit.h"
#include "core/decide.h"
#include "ledger/jws.h"

enum { AUDIT_AUD_BYTES = 256 };

/* Which jtis were seen, and where: people's and the hub's events have a room each.  Salted, so that
 * nobody can choose jtis that fall together. */
struct jti_slot {
    struct record_id jti;
    int64_t seq; /* 0: free; below 0: an event */
};
struct jtis {
    struct jti_slot *at;
    size_t count, size;
    uint8_t salt[16];
};
void jtis_init(struct jtis *set);
void jtis_deinit(struct jtis *set);
/* The seq at which it was seen before, or 0. */
int64_t jtis_add(struct jtis *set, struct record_id jti, bool event, int64_t seq);

/* The obligations of one ticket in the order of their rows. */
struct audit_debts {
    const struct owed *at[POSKO_OWED_MAX];
    size_t next, count;
};

struct audit {
    struct audit_options o;
    struct state *st;
    struct arena arena; /* of one record or row */
    char aud[AUDIT_AUD_BYTES];
    size_t aud_index; /* in o.auds */
    struct kid hub;
    int64_t seq, at, rev; /* of the last row */
    int64_t lost;         /* the first record whose effect is not known; 0: none */
    int64_t fire_seq;     /* of an incident.escalate whose lapse must come next; 0: none */
    struct fire fire;
    struct jtis jtis;
    struct merkle tree;
    int64_t *revs; /* by seq - 1: each row's */
    size_t rev_size;
    struct ticket_id *tickets; /* all that were opened; sorted when the tables begin */
    size_t ticket_count, ticket_size;
    struct audit_counts counts;

    /* the tables */
    int64_t head_rev;
    struct arena rows; /* the directory's */
    struct entry_row *entries;
    size_t entry_next, entry_count;
    size_t ticket_next;
    bool tickets_sorted;
    size_t debtor; /* the ticket whose debts these are, + 1 */
    struct audit_debts debts;
};

/* A row's text, parsed once; `end` says why it is no envelope. */
struct audit_text {
    enum err end;
    struct fault fault;
    struct envelope envelope;
};

/* One record whose place and time are known: signature, meaning, effect. */
void audit_replay(struct audit *a, const struct audit_row *row, struct audit_text *text,
                  int64_t at);
/* An escalate's firing did not come. */
void audit_miss_fire(struct audit *a);
void audit_lose(struct audit *a, int64_t seq);
int64_t audit_rev_of(const struct audit *a, int64_t seq); /* 0: unknown */

#endif
