/* The keys that the hub told us of, by ledger position, and the verdict over a record.  Pure. */
#ifndef POSKO_CLIENT_KEYS_H
#define POSKO_CLIENT_KEYS_H

#include "base/json.h"
#include "ledger/jws.h"

#include <posko/client.h>

struct known_key {
    struct kid kid;
    struct public_key jwk;
    char agency[POSKO_ID_CHARS_MAX + 1];
    char author[POSKO_ID_CHARS_MAX + 1]; /* member or source; "hub" for the hub's own */
    int64_t from, until;                 /* seq; until 0: valid */
};

struct keys {
    struct known_key *at; /* sorted by kid */
    size_t count, size;
    struct kid hub;    /* pinned; empty: the hub's word is taken */
    bool hub_is_there; /* the pinned key is among the hub's own */
    bool hub_differs;  /* the hub told of an own key, and none is the pinned one */
};

void keys_init(struct keys *k, const struct kid *hub); /* hub NULL: not pinned */
void keys_deinit(struct keys *k);
void keys_clear(struct keys *k); /* all but the pin */

/* From a `state` message: devices are learnt, the rest is left. */
void keys_learn_state(struct keys *k, const struct node *message);

/* Parses the record (slices in the arena), checks it as of `seq`, and learns the keys that it makes
 * or ends when it is good.  claims NULL in `out` when it is no record at all. */
struct seen {
    enum posko_verdict verdict;
    struct envelope envelope;
    const struct node *claims;
};
void keys_see(struct keys *k, struct arena *arena, int64_t seq, struct str jws, struct seen *out);

#endif
