#include "app/batch_inside.h"

#include <assert.h>

/* A record of the hub's own that has its place, but no string yet.  Nothing in memory hangs on the
 * string: whoever has time may sign it, until the rows are written. */
struct unsigned_row {
    struct piece piece; /* first: a piece is its row */
    struct unsigned_row *next;
    const struct jws_signer *signer;
    size_t row; /* of b->ledger, which may move */
    int64_t at;
    enum typ typ;
    struct str payload;
    char *to; /* as many characters as the string has */
    struct str jws;
    struct hash sha256, leaf;
};

/* Any thread: it touches the row's own bytes only. */
static void sign(struct piece *piece)
{
    struct unsigned_row *u = (struct unsigned_row *)piece;
    u->jws = jws_write(u->signer, u->typ, u->payload, u->to);
    u->sha256 = crypt_sha256(u->jws);
    u->leaf = jws_leaf(u->at, u->typ, u->sha256);
}

void batch_sign(struct batch *b, size_t row, enum typ typ, struct str payload)
{
    const struct jws_signer *signer = &b->hub->signer;
    struct unsigned_row *u = ARENA_NEW(&b->arena, struct unsigned_row);
    *u = (struct unsigned_row){.piece = {.run = sign},
                               .next = b->unsigned_rows,
                               .signer = signer,
                               .row = row,
                               .at = b->at,
                               .typ = typ,
                               .payload = payload,
                               .to = arena_alloc(&b->arena, jws_chars(signer, typ, payload.len))};
    b->unsigned_rows = u;
    if (b->hub->pool)
        pool_offer(b->hub->pool, &u->piece);
    else
        sign(&u->piece);
}

void batch_sign_end(struct batch *b)
{
    if (b->unsigned_rows && b->hub->pool)
        pool_join(b->hub->pool);
    for (const struct unsigned_row *u = b->unsigned_rows; u; u = u->next) {
        struct ledger_row *row = &b->ledger[u->row];
        assert(row->jws.at == NULL);
        row->jws = u->jws;
        row->sha256 = u->sha256;
        row->leaf = u->leaf;
    }
    b->unsigned_rows = NULL;
}
