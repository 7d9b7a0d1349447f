#include "ledger/merkle.h"

#include <string.h>

void merkle_init(struct merkle *m)
{
    *m = (struct merkle){0};
}

static struct hash node(const struct hash *left, const struct hash *right)
{
    char bytes[1 + 2 * HASH_BYTES] = {1};
    memcpy(bytes + 1, left->at, HASH_BYTES);
    memcpy(bytes + 1 + HASH_BYTES, right->at, HASH_BYTES);
    return crypt_sha256((struct str){bytes, sizeof(bytes)});
}

void merkle_add(struct merkle *m, struct hash leaf)
{
    unsigned i = 0;
    for (; (m->size >> i & 1) != 0; i++)
        leaf = node(&m->edge[i], &leaf);
    m->edge[i] = leaf;
    m->size++;
}

struct hash merkle_root(const struct merkle *m)
{
    struct hash root = {0};
    bool any = false;
    for (unsigned i = 0; i < MERKLE_DEPTH; i++) {
        if ((m->size >> i & 1) == 0)
            continue;
        root = any ? node(&m->edge[i], &root) : m->edge[i];
        any = true;
    }
    return any ? root : crypt_sha256(STR(""));
}
