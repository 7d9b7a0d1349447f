/* What waits for a turn: one thing that somebody (or the hub) wants to be so.  It owns its arena
 * and travels the flow; `done` gets it back, once, and frees it. */
#ifndef POSKO_APP_SUBMISSION_H
#define POSKO_APP_SUBMISSION_H

#include "core/decide.h"
#include "ledger/jws.h"

enum submit {
    SUBMIT_RECORD,  /* a signed record, signature and shape checked */
    SUBMIT_HUB,     /* the hub's own: genesis, admin link; signed inside the turn */
    SUBMIT_ENROL,   /* a secret and a key: becomes the hub's device.enrol */
    SUBMIT_RECEIPT, /* got or shown: no record */
    SUBMIT_BEAT     /* a source is alive: no record */
};

struct submission {
    struct submission *next;
    struct arena arena;
    enum submit what;
    void (*done)(struct submission *s, void *owner);
    void *owner;
    int64_t waits_since; /* boottime, ms */
    bool in_doubt;       /* was in a turn whose end nobody knows: only `posted` may be said */
    int suspect;         /* turns with it that PostgreSQL refused: next with few, then by itself */
    bool together;       /* with all behind it that say so, in one turn (genesis) */

    /* RECORD, HUB */
    struct envelope envelope;
    struct hash sha256; /* of the string */
    struct record record;
    /* ENROL */
    struct hash secret;
    struct public_key jwk;
    struct kid kid;
    /* RECEIPT: by agency/member; BEAT: by agency/source */
    struct str agency, who;
    struct ticket_id ticket;
    int64_t about; /* seq of the record */
    enum receipt_how how;

    /* the answer: OK and its place, or a refusal */
    struct fault fault;
    int64_t seq, at;
    bool repeat; /* the string was in the ledger already */
};

#endif
