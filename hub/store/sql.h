/* What sql/embed made of sql/queries and the migrations, at build time. */
#ifndef POSKO_STORE_SQL_H
#define POSKO_STORE_SQL_H

#include <stddef.h>

struct sql_query {
    const char *name; /* of its file and of the prepared statement */
    const char *text;
};
struct sql_queries {
    const struct sql_query *at;
    size_t count;
};
extern const struct sql_queries SQL_QUERIES;

struct sql_migration {
    long long no;
    const char *name;
    const char *sha256; /* of the file, hex */
    const char *text;
};
struct sql_migrations {
    const struct sql_migration *at; /* in order */
    size_t count;
};
extern const struct sql_migrations SQL_MIGRATIONS;

#endif
