/* `follow`: the present, or what came since; then live (protocol.md section 1).  Part of a peer;
 * every step is done while memory is the truth, and only as far as the reader has room. */
#ifndef POSKO_APP_FOLLOW_H
#define POSKO_APP_FOLLOW_H

#include "app/reading.h"
#include "net/frame.h"

enum follow_phase {
    FOLLOW_NONE,
    FOLLOW_DOUBT,   /* the cursor is above what is known: a look first */
    FOLLOW_STATES,  /* the present: directory, then tickets */
    FOLLOW_REPLAY,  /* records above `pos` */
    FOLLOW_ENTRIES, /* directory entries that changed above `from` */
    FOLLOW_TOUCHED, /* one state for each ticket that replay touched */
    FOLLOW_LIVE
};

struct follow {
    enum follow_phase phase;
    bool has_ref;
    int64_t ref;
    int64_t from; /* replay began above this */
    int64_t pos;  /* all that it may read up to here was sent; live: see follow_pos */
    enum entry_kind kind;
    int64_t walked; /* cursor of state_walk */
    struct reading reading;
    struct ticket_id *touched; /* of the heap */
    size_t touched_count, touched_size, touched_sent, touched_asked;
};

struct peer;
void follow_begin(struct peer *p, const struct frame *frame);
void follow_pump(struct peer *p); /* the hub is settled */
/* All that it may read up to here was sent; a live one has heard all that was told. */
int64_t follow_pos(const struct peer *p);
void follow_drop(struct peer *p);   /* frees; nothing is followed */
void follow_reload(struct peer *p); /* pointers are new: replay goes on from `pos` */

#endif
