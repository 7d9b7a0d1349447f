#include "app/recent.h"

#include "base/mem.h"

#include <string.h>

void recent_init(struct recent *r, int64_t size)
{
    *r = (struct recent){.size = size, .first = 1};
    r->rows = mem_new((size_t)size * sizeof(struct ledger_row *));
}

static int64_t size_of(const struct ledger_row *row)
{
    return (int64_t)(sizeof(*row) + row->kind.len + row->admins.len + row->jws.len);
}

static void drop_first(struct recent *r)
{
    struct ledger_row **at = &r->rows[r->first++ % r->size];
    r->bytes -= size_of(*at);
    mem_free(*at);
    *at = NULL;
}

void recent_clear(struct recent *r)
{
    while (r->first <= r->last)
        drop_first(r);
}

void recent_deinit(struct recent *r)
{
    recent_clear(r);
    mem_free(r->rows);
}

/* Into the memory behind the row. */
static struct str copy(char **to, struct str from)
{
    struct str s = {*to, from.len};
    if (from.len > 0)
        memcpy(*to, from.at, from.len);
    *to += from.len;
    return s;
}

void recent_push(struct recent *r, const struct ledger_row *row)
{
    if (row->seq != r->last + 1) {
        recent_clear(r);
        r->first = row->seq;
        r->last = row->seq - 1;
    }
    int64_t size = size_of(row);
    while (r->first <= r->last &&
           (r->last - r->first + 1 == r->size || r->bytes + size > r->size * RECENT_ROW_BYTES))
        drop_first(r);
    struct ledger_row *kept = mem_new((size_t)size);
    char *to = (char *)(kept + 1);
    *kept = (struct ledger_row){.seq = row->seq, .at = row->at, .ticket = row->ticket};
    kept->kind = copy(&to, row->kind);
    kept->admins = copy(&to, row->admins);
    kept->jws = copy(&to, row->jws);
    r->rows[row->seq % r->size] = kept;
    r->last = row->seq;
    r->bytes += size;
}

const struct ledger_row *recent_after(const struct recent *r, int64_t seq)
{
    bool here = seq + 1 >= r->first && seq < r->last;
    return here ? r->rows[(seq + 1) % r->size] : NULL;
}
