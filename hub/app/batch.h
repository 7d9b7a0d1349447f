/* One turn's decisions: submissions in order, then clocks, then silent sources -> the rows to
 * write.  Synchronous, between lock and commit; memory (the state) is ahead of the truth from here
 * until the commit's answer. */
#ifndef POSKO_APP_BATCH_H
#define POSKO_APP_BATCH_H

#include "app/news.h"
#include "app/submission.h"
#include "ledger/jws.h"
#include "work/pool.h"

struct hub_identity {
    struct jws_signer signer;
    struct pool *pool; /* helps to sign; NULL: nobody does */
    struct public_key jwk;
    struct kid kid;
    struct str aud;
};

struct batch;

/* rows: what the lock showed (known strings, head); already learned.  at: the turn's time.
 * room: how many submissions will be decided. */
struct batch *batch_new(struct state *st, const struct hub_identity *hub, struct news *news,
                        const struct rows *rows, int64_t at, size_t room);
void batch_free(struct batch *b);

/* Fills s->fault, s->seq, s->at, s->repeat. */
void batch_decide(struct batch *b, struct submission *s);
/* Fires what is due, at most `most`; returns how many fired. */
size_t batch_fire_clocks(struct batch *b, size_t most);

/* Has it anything that must reach the disk (a repeated string too: its turn waits for disk and
 * standby)? */
bool batch_must_commit(const struct batch *b);
/* The rows; borrowed until batch_free. */
const struct turn_rows *batch_rows(struct batch *b);
/* How late the clocks were, for the metrics: ms of the latest. */
int64_t batch_lateness(const struct batch *b);
size_t batch_clocks(const struct batch *b);
/* The firing of a batch that holds nothing else: the ticket whose clock it is, or the source that
 * fell silent (else NULL).  False: there is more in it, or less. */
bool batch_lone_clock(const struct batch *b, struct ticket_id *ticket,
                      const struct source **source);

#endif
