/* The tree over the ledger's leaves, RFC 6962: node prefix 0x01; the leaf hash (prefix 0x00) is
 * jws_leaf's.  One root stands for the first `size` records: whoever noted it can see later whether
 * they are still the same ones in the same order. */
#ifndef POSKO_LEDGER_MERKLE_H
#define POSKO_LEDGER_MERKLE_H

#include "base/crypt.h"

enum { MERKLE_DEPTH = 64 };

/* Only the perfect subtrees at the right edge are kept: constant memory, whatever the size. */
struct merkle {
    struct hash edge[MERKLE_DEPTH]; /* edge[i] stands for 2^i leaves where bit i of size is set */
    uint64_t size;
};

void merkle_init(struct merkle *m);
/* Amortised O(1): one or two hashes. */
void merkle_add(struct merkle *m, struct hash leaf);
/* Of all that was added; SHA-256 of nothing when that is none.  O(log size). */
struct hash merkle_root(const struct merkle *m);

#endif
