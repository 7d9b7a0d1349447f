/* Entries as JSON: what `state` messages show and what rows keep. */
#ifndef POSKO_LEDGER_DOC_H
#define POSKO_LEDGER_DOC_H

#include "base/json.h"
#include "core/state.h"

/* What the wire shows: the value of "agency", "member" ... in a `state` message, of "ticket" in a
 * `record` (protocol.md 3).  ENTRY_INVITE has none (assert). */
void doc_write_wire(struct buf *to, const struct entry *e);
/* Name of that member in a `state` message: "agency" ... "ticket". */
const char *doc_wire_name(enum entry_kind kind);

/* What the database keeps: for most kinds the wire's form; a ticket without `owed` and with what
 * the wire does not show (policy version, readers, told, keys, first, closed, addressed).  A
 * source without beats. */
void doc_write_row(struct buf *to, const struct entry *e);
/* The row's key: agency "kpu", member "kpu/sari", device its kid, policy "default@12" (id@seq),
 * rules "rules", duty "kpu/sari", invite its jti, ticket its id. */
struct str doc_row_id(struct arena *arena, const struct entry *e);

/* Reads a directory row back.  References are looked up in `st`, so load kinds in the order of
 * enum entry_kind.  ERR_SYSTEM with the row named: the database holds what this hub cannot read. */
MUST_CHECK enum err doc_read_row(struct arena *arena, const struct state *st, enum entry_kind kind,
                                 struct str id, int64_t seq, struct str doc, struct fault *fault,
                                 struct entry *out);

MUST_CHECK enum err doc_read_ticket(struct arena *arena, const struct state *st, int64_t seq,
                                    struct str doc, const struct owed_row *owed, size_t owed_count,
                                    struct fault *fault, struct entry *out);

#endif
