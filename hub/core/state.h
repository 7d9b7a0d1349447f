/* What is so now, in memory: the directory, and the tickets that are open or resolved (closed and
 * merged ones only while a turn needs them).  Changes only by state_apply: with the entries that
 * decide proposed inside a turn, or with rows that a turn wrote (start, other hubs, recovery).
 * Pure.  Loop thread.  Objects are stable: a pointer to an entry is good until state_free; a
 * ticket's until it is closed or replaced by state_apply. */
#ifndef POSKO_CORE_STATE_H
#define POSKO_CORE_STATE_H

#include "core/record.h"

/* ---- the directory: agencies, members ... as their last put made them ---- */
struct agency {
    struct str id, name;
    enum agency_kind kind;
    bool host, active;
    struct str superior; /* an agency's id, or NONE */
    struct str_list phones;
};
struct member {
    const struct agency *agency;
    struct str id, name;
    unsigned roles;
    bool active;
    struct str_list phones;
};
struct source {
    const struct agency *agency;
    struct str id, name;
    struct kid kid;
    int64_t every_s;      /* 0: need not beat */
    struct str_list cats; /* empty: all */
    struct str place;
    bool active;
    /* beats: not from records, apart in the database */
    int64_t beat;   /* ms of its first beat; 0: never beat */
    int64_t last;   /* ms of its last beat or record; 0: none */
    int64_t silent; /* the `since` of its last source.silent; 0: none */
};
struct device {
    struct kid kid;
    struct public_key jwk;
    const struct agency *agency; /* NULL: the hub's own */
    const struct member *member; /* NULL: a source's or the hub's */
    const struct source *source;
    int64_t from, until; /* ledger positions; until 0: active */
    struct str host;     /* the hub's own only: hub.key's `host`, the id of the host agency */
};
struct place {
    struct str id, name, in;
    enum place_kind kind;
    int tier; /* -1: none */
    bool has_point, active;
    int64_t lat, lon;
};
struct category {
    struct str code, id, en, maps;
    enum sev sev;
    unsigned kinds;
    struct str_list ask;
    bool active;
};
struct policy { /* every version is kept: a ticket holds the one it was opened under */
    struct str id;
    int64_t seq;
    const struct policy_row *rows;
    size_t row_count;
};
struct rules {
    const struct rule *rules;
    size_t count;
};
struct duty {
    const struct member *member;
    int64_t since, until; /* ms; ended: until = at of the end */
};
struct invite {
    struct record_id jti;
    const struct agency *agency;
    const struct member *member;
    struct hash hash;
    int64_t until; /* ms */
    bool used;
};

/* ---- tickets ---- */
struct receipt {
    int64_t at; /* 0: none */
    struct str member;
};
struct answer { /* an addressed agency */
    const struct agency *agency;
    enum answer_state state;
    int64_t eta;       /* 0: none */
    int64_t addressed; /* seq of the record that last addressed it: receipts are of that one */
    struct receipt got, shown;
};
struct owed {
    const struct agency *agency;
    enum what what;
    const struct agency *about; /* NULL: nobody */
    enum sev sev;               /* whose row's steps and repeat it runs on */
    int64_t since;              /* seq that made it */
    int64_t due, next;          /* ms */
    int64_t step;               /* firings so far */
};
struct alert_key {
    const struct source *source;
    struct str key;
};
struct ticket {
    struct ticket_id id;
    int64_t first; /* seq of the record that opened it */
    int64_t no, opened, seq, n;
    const struct agency *by;     /* the reporter's, or the source's */
    const struct member *author; /* NULL: opened by a source */
    const struct source *source; /* of the opening alert */
    const struct agency *lead;
    const struct agency *offered; /* NULL: none */
    enum ticket_state state;
    bool exercise;
    const struct category *cat;
    enum sev sev;
    enum tlp tlp;
    enum veracity veracity;
    struct str title;
    const struct place *place; /* NULL: none */
    bool has_point;
    int64_t lat, lon;
    int64_t count, last; /* alerts; count 0 for a report */
    bool clear;
    int64_t closed; /* ms; 0: not */
    struct ticket_id into;
    const struct policy *policy;   /* the version copied at opening */
    const struct policy *fallback; /* `default` as it was then */
    struct answer *answers;
    size_t answer_count;
    struct owed *owed;
    size_t owed_count;
    const struct agency **readers; /* agencies that read beyond lead, offered, by, answers:   */
    size_t reader_count;           /* former leads, and what a merge brought                  */
    const struct member **told;    /* members whom a lapse named, authors that a merge brought */
    size_t told_count;
    struct alert_key *keys;
    size_t key_count;
};

/* ---- entries: the unit of change, of loading, and of the database's rows ---- */
enum entry_kind {
    ENTRY_AGENCY,
    ENTRY_MEMBER,
    ENTRY_SOURCE, /* before devices: each kind refers to earlier ones only */
    ENTRY_DEVICE,
    ENTRY_PLACE,
    ENTRY_CATEGORY,
    ENTRY_POLICY,
    ENTRY_RULES,
    ENTRY_DUTY,
    ENTRY_INVITE,
    ENTRY_TICKET,
    ENTRY_KIND_COUNT
};
extern const struct words WORDS_ENTRY;
struct entry {
    enum entry_kind kind;
    int64_t seq; /* the seq that made it so */
    union {
        const struct agency *agency;
        const struct member *member;
        const struct device *device;
        const struct place *place;
        const struct category *category;
        const struct policy *policy;
        const struct rules *rules;
        const struct source *source;
        const struct duty *duty;
        const struct invite *invite;
        const struct ticket *ticket;
    } is;
};

/* An obligation as its row in the database. */
struct owed_row {
    struct ticket_id inc;
    struct str agency, what, about, sev;
    int64_t since, due, next, step;
};

struct state;
struct state *state_new(void);
void state_free(struct state *st);

/* Makes `e` so: copies all it needs (the caller's storage may die).  References to other entries
 * (ticket.lead, member.agency ...) must be entries of this state already.  A ticket that became
 * closed or merged stays until state_forget.  An entry older than what is held changes nothing. */
void state_apply(struct state *st, const struct entry *e);
/* Drops the closed and merged tickets whose last record is below `seq`, between turns.  What a
 * merged one went into has a later last record: it stays at least as long. */
void state_forget(struct state *st, int64_t seq);

const struct agency *state_host(const struct state *st); /* NULL before genesis */
const struct agency *state_agency(const struct state *st, struct str id);
const struct member *state_member(const struct state *st, struct str agency, struct str id);
const struct source *state_source(const struct state *st, struct str agency, struct str id);
const struct device *state_device(const struct state *st, const struct kid *kid);
const struct place *state_place(const struct state *st, struct str id);
const struct category *state_category(const struct state *st, struct str code);
const struct policy *state_policy(const struct state *st, struct str id); /* its newest version */
const struct policy *state_policy_at(const struct state *st, struct str id, int64_t seq);
const struct rules *state_rules(const struct state *st);                            /* never NULL */
const struct duty *state_duty(const struct state *st, const struct member *member); /* or NULL */
const struct invite *state_invite(const struct state *st, struct hash hash);
const struct invite *state_invite_by_jti(const struct state *st, struct record_id jti);
const struct ticket *state_ticket(const struct state *st, struct ticket_id id);
/* The open or resolved ticket of this key, the latest opened where there are several, or NULL. */
const struct ticket *state_ticket_by_key(const struct state *st, const struct source *source,
                                         struct str key, bool exercise);
int64_t state_next_no(const struct state *st, bool exercise); /* for the next ticket, from 1 */
void state_set_last_no(struct state *st, bool exercise, int64_t no); /* from the head row */
bool state_on_duty(const struct state *st, const struct member *member, int64_t at);
bool state_has_device(const struct state *st, const struct member *member); /* an active one */
/* Does `place` lie in (or equal) `in`?  Bounded against loops. */
bool state_place_in(const struct state *st, const struct place *place, struct str in);

/* Walk entries of one kind in order of their first seq; start with *after = 0, it is moved.
 * NULL at the end.  Good across changes between calls.  Tickets: only those open or resolved.
 * O(log n) a call. */
const struct entry *state_walk(const struct state *st, enum entry_kind kind, int64_t *after);
/* No entry of the kind has changed after this seq. */
int64_t state_newest(const struct state *st, enum entry_kind kind);
size_t state_count(const struct state *st, enum entry_kind kind);

/* The open ticket whose earliest clock is first, and that obligation; NULL when none is at or
 * before `at` (INT64_MAX: the earliest of all).  O(1). */
const struct ticket *state_due(const struct state *st, int64_t at, const struct owed **owed);
/* An active source that must beat and whose last + every is at or before `at`, not told yet. */
const struct source *state_silent(const struct state *st, int64_t at, int64_t *due);
/* Until `until_at` state_due passes over that ticket, state_silent over that source: the database
 * refuses what they fire, and the others must not wait for it.  Not a fact: forgotten with this
 * state.  state_overdue still counts them. */
void state_mute(struct state *st, struct ticket_id id, int64_t until_at);
void state_mute_source(struct state *st, const struct source *source, int64_t until_at);
/* Rule 7: obligations whose next passed more than 2 s before `at`; and open or resolved tickets
 * without any obligation (must be 0). */
size_t state_overdue(const struct state *st, int64_t at);
size_t state_unclocked(const struct state *st);

/* A source's beat or record at `at` (not a ledger fact; the turn writes the beat row). */
void state_beat(struct state *st, const struct source *source, int64_t first, int64_t last,
                int64_t silent);

#endif
