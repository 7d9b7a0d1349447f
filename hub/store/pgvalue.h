/* Values in PostgreSQL's binary form: parameters of a statement, columns of a result. */
#ifndef POSKO_STORE_PGVALUE_H
#define POSKO_STORE_PGVALUE_H

#include "base/id.h"
#include "base/mem.h"

#include <libpq-fe.h>

enum { PG_PARAMS_MAX = 16 };

/* ---- parameters of one statement, all binary ---- */
struct pg_params {
    struct buf at[PG_PARAMS_MAX];
    size_t count;
};
void pg_params_init(struct pg_params *p);
void pg_params_deinit(struct pg_params *p);
void pg_params_clear(struct pg_params *p);
void pg_add_int(struct pg_params *p, int64_t value);
void pg_add_text(struct pg_params *p, struct str value);
void pg_add_uuid(struct pg_params *p, const uint8_t id[static ID_BYTES]);

/* An array of `count` items, one item after the other; several may be filled side by side. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTES = 17,
    PG_INT = 20,
    PG_TEXT = 25,
    PG_JSON = 114,
    PG_UUID = 2950
};
struct buf *pg_add_array(struct pg_params *p, enum pg_type type, size_t count);
void pg_item_bool(struct buf *array, bool value);
void pg_item_int(struct buf *array, int64_t value);
void pg_item_text(struct buf *array, struct str value); /* also JSON and bytes */
void pg_item_uuid(struct buf *array, const uint8_t id[static ID_BYTES]);
void pg_item_null(struct buf *array);

/* ---- columns ---- */
int64_t pg_get_int(const PGresult *res, int row, int column);
bool pg_get_bool(const PGresult *res, int row, int column);
struct str pg_get_text(const PGresult *res, int row, int column); /* NONE for null */
/* Zero for null. */
void pg_get_bytes(const PGresult *res, int row, int column, void *out, size_t size);

#endif
