#include "store/pgvalue.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

void pg_params_init(struct pg_params *p)
{
    for (size_t i = 0; i < PG_PARAMS_MAX; i++)
        buf_init(&p->at[i]);
    p->count = 0;
}

void pg_params_deinit(struct pg_params *p)
{
    for (size_t i = 0; i < PG_PARAMS_MAX; i++)
        buf_deinit(&p->at[i]);
    p->count = 0;
}

void pg_params_clear(struct pg_params *p)
{
    p->count = 0;
}

static struct buf *next_param(struct pg_params *p)
{
    assert(p->count < PG_PARAMS_MAX);
    struct buf *b = &p->at[p->count++];
    buf_clear(b);
    return b;
}

static void put(struct buf *b, const void *bytes, size_t size)
{
    buf_put(b, (struct str){bytes, size});
}

static void put_32(struct buf *b, uint32_t value)
{
    uint32_t wire = htobe32(value);
    put(b, &wire, sizeof(wire));
}

static void put_64(struct buf *b, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);
    put(b, &wire, sizeof(wire));
}

void pg_add_int(struct pg_params *p, int64_t value)
{
    put_64(next_param(p), value);
}

void pg_add_text(struct pg_params *p, struct str value)
{
    buf_put(next_param(p), value);
}

void pg_add_uuid(struct pg_params *p, const uint8_t id[static ID_BYTES])
{
    put(next_param(p), id, ID_BYTES);
}

struct buf *pg_add_array(struct pg_params *p, enum pg_type type, size_t count)
{
    struct buf *b = next_param(p);
    put_32(b, count > 0 ? 1 : 0); /* dimensions */
    put_32(b, 1);                 /* may hold nulls */
    put_32(b, (uint32_t)type);
    if (count > 0) {
        put_32(b, (uint32_t)count);
        put_32(b, 1); /* the first index */
    }
    return b;
}

void pg_item_bool(struct buf *array, bool value)
{
    put_32(array, 1);
    buf_put_char(array, value ? 1 : 0);
}

void pg_item_int(struct buf *array, int64_t value)
{
    put_32(array, sizeof(value));
    put_64(array, value);
}

void pg_item_text(struct buf *array, struct str value)
{
    put_32(array, (uint32_t)value.len);
    buf_put(array, value);
}

void pg_item_uuid(struct buf *array, const uint8_t id[static ID_BYTES])
{
    put_32(array, ID_BYTES);
    put(array, id, ID_BYTES);
}

void pg_item_null(struct buf *array)
{
    put_32(array, UINT32_MAX);
}

int64_t pg_get_int(const PGresult *res, int row, int column)
{
    uint64_t wire = 0;
    assert(PQgetlength(res, row, column) == (int)sizeof(wire));
    memcpy(&wire, PQgetvalue(res, row, column), sizeof(wire));
    return (int64_t)be64toh(wire);
}

bool pg_get_bool(const PGresult *res, int row, int column)
{
    assert(PQgetlength(res, row, column) == 1);
    return PQgetvalue(res, row, column)[0] != 0;
}

struct str pg_get_text(const PGresult *res, int row, int column)
{
    if (PQgetisnull(res, row, column) != 0)
        return STR_NONE;
    return (struct str){PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)};
}

void pg_get_bytes(const PGresult *res, int row, int column, void *out, size_t size)
{
    if (PQgetisnull(res, row, column) != 0) {
        memset(out, 0, size);
        return;
    }
    assert(PQgetlength(res, row, column) == (int)size);
    memcpy(out, PQgetvalue(res, row, column), size);
}
