/* How state keeps things; only for state*.c and for what core needs beyond state.h. */
#ifndef POSKO_CORE_STATE_INSIDE_H
#define POSKO_CORE_STATE_INSIDE_H

#include "base/mem.h"
#include "core/state.h"

#include <assert.h>
#include <string.h>

#define uthash_malloc(size) mem_new(size)
#define uthash_free(at, size) mem_free(at)
#define uthash_fatal(text) assert(!(text))
#include <uthash.h>

union object {
    struct agency agency;
    struct member member;
    struct device device;
    struct place place;
    struct category category;
    struct policy policy;
    struct rules rules;
    struct source source;
    struct duty duty;
    struct invite invite;
    struct ticket ticket;
};

/* The longest are a member's "agency/id" and a policy's "id@seq". */
enum { TABLE_KEY_BYTES = 2 * POSKO_ID_CHARS_MAX + 1 };
struct table_key {
    size_t len;
    char at[TABLE_KEY_BYTES];
};

/* An entry at its lasting address, no longer than its key: there may be a million tickets. */
struct holder {
    struct entry entry; /* `is` points to `as` */
    union object as;
    void *content; /* one block: all that `as` points to, but for other entries */
    int64_t order; /* its place in state_walk */
    int64_t muted; /* a ticket's or source's: passed over before that time; 0: not */
    union {
        struct {          /* a ticket's */
            bool live;    /* open or resolved */
            bool ending;  /* in state.ended */
            size_t heap;  /* 1.. while it has a clock, else 0 */
            int64_t next; /* when its earliest clock may fire ... */
            size_t clock; /* ... which is owed[clock] */
        };
        size_t devices;         /* a member's active ones */
        UT_hash_handle hh_hash; /* an invite's, in state.invites */
    };
    UT_hash_handle hh; /* in state.tables */
    size_t key_len;
    char key[];
};

struct vector {
    struct holder **at;
    size_t count, size;
};

/* Which tickets an alert key stands for. */
struct alert_node {
    struct vector tickets;
    UT_hash_handle hh;
    size_t len;
    char key[];
};

struct state {
    struct holder *tables[ENTRY_KIND_COUNT];
    struct vector order[ENTRY_KIND_COUNT]; /* by holder.order; of tickets the live ones */
    int64_t newest[ENTRY_KIND_COUNT];      /* the highest seq of an entry */
    struct vector members;                 /* by agency, then id */
    struct vector agencies;                /* by id */
    struct vector heap;                    /* live tickets with a clock, the earliest first */
    struct vector ended;                   /* closed and merged, for state_forget */
    struct holder *invites;                /* by the secret's hash */
    struct alert_node *alerts;
    struct table_key host; /* from hub.key */
    struct rules no_rules;
    int64_t muted_until; /* the last one's, ms; 0: none was */
    int64_t last_order;
    int64_t last_no[2]; /* [exercise] */
};

void vector_insert(struct vector *v, size_t index, struct holder *h);
void vector_remove(struct vector *v, size_t index);
/* Index of the first whose order is above `order`. */
size_t vector_above(const struct vector *v, int64_t order);

struct table_key table_key_of(struct str id);
struct table_key table_key_of_two(struct str agency, struct str id);
struct holder *table_find(const struct state *st, enum entry_kind kind,
                          const struct table_key *key);
struct holder *holder_of_member(const struct state *st, const struct member *m);

/* The host agency's id, from hub.key; empty before. */
struct str state_host_id(const struct state *st);

/* Copies what `object` points to into one block, which it returns; its id stays as it is. */
void *state_copy(enum entry_kind kind, union object *object);
size_t state_object_size(enum entry_kind kind);

/* Ticket content changed: heap and alert keys follow.  unlink before, link after. */
void state_unlink_ticket(struct state *st, struct holder *h);
void state_link_ticket(struct state *st, struct holder *h);

/* The members of an agency by id, an agencies' list by id: a range of the vector. */
struct range {
    struct holder *const *at;
    size_t count;
};
struct range state_members_of(const struct state *st, struct str agency);
struct range state_agencies(const struct state *st);

#endif
