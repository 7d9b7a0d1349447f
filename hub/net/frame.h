/* Messages of protocol.md section 3 <-> structs.  Pure text work; any thread. */
#ifndef POSKO_NET_FRAME_H
#define POSKO_NET_FRAME_H

#include "base/id.h"
#include "base/json.h"

enum op { OP_AUTH, OP_ENROL, OP_FOLLOW, OP_POST, OP_HISTORY, OP_GOT, OP_SHOWN, OP_BEAT, OP_COUNT };

struct frame {
    enum op op;
    bool has_ref, has_after;
    int64_t ref, after, limit, seq;
    struct str jws, secret;
    struct ticket_id ticket;
    int64_t seqs[POSKO_SHOWN_MAX];
    size_t seq_count;
};

/* One client message.  ERR_BAD_FRAME (the fault names the member): unknown op or member, wrong
 * type, missing member. has_ref and ref are filled even then, when they could be read. */
MUST_CHECK enum err frame_read(struct arena *arena, struct str text, struct fault *fault,
                               struct frame *out);

/* Hub messages, each appended to `to` as one JSON object.  ref NULL: none. */
void frame_hello(struct buf *to, struct str aud, struct str nonce, int64_t at);
void frame_welcome(struct buf *to, struct str agency, struct str member, struct str_list roles,
                   int64_t head, int64_t at, struct str token, const int64_t *ref);
void frame_enrolled(struct buf *to, struct str agency, struct str member, struct str kid,
                    struct str aud, struct str hub, const int64_t *ref);
void frame_posted(struct buf *to, struct str id, int64_t seq, int64_t at, const int64_t *ref);
void frame_refused(struct buf *to, struct str id, const struct fault *fault, const int64_t *ref);
/* ticket: JSON or empty.  of: a ticket's id (history) or empty. */
void frame_record(struct buf *to, int64_t seq, int64_t at, struct str jws, struct str ticket,
                  struct str of);
void frame_state(struct buf *to, const char *name, struct str doc, int64_t seq);
void frame_reset(struct buf *to, int64_t head, const char *why, const int64_t *ref);
void frame_live(struct buf *to, int64_t head, const int64_t *ref);
void frame_mark(struct buf *to, int64_t head, int64_t sent, int64_t at, int64_t overdue,
                int64_t copies, bool clock_held);
void frame_gone(struct buf *to, struct str ticket);
void frame_receipt(struct buf *to, struct str ticket, int64_t seq, struct str agency,
                   struct str member, const char *how, int64_t at);
void frame_end(struct buf *to, struct str of, bool more, const int64_t *ref);
void frame_bye(struct buf *to, const char *code, int64_t retry_ms);

#endif
