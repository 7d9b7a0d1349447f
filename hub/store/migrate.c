#include "store/migrate.h"

#include "store/conninfo.h"
#include "store/sql.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *query_text(const char *name)
{
    const char *text = NULL;
    for (size_t i = 0; i < SQL_QUERIES.count; i++) {
        if (strcmp(SQL_QUERIES.at[i].name, name) == 0)
            text = SQL_QUERIES.at[i].text;
    }
    assert(text != NULL);
    return text;
}

static enum err failed(PGconn *conn, const char *what, struct fault *fault)
{
    char text[FAULT_TEXT_BYTES];
    (void)snprintf(text, sizeof(text), "%s", PQerrorMessage(conn));
    text[strcspn(text, "\n")] = '\0';
    return fault_set(fault, ERR_SYSTEM, "database", "%s: %s", what, text);
}

/* Runs a statement; *out, when not NULL, is the caller's to clear. */
static enum err run(PGconn *conn, const char *name, int count, const char *const *values,
                    struct fault *fault, PGresult **out)
{
    PGresult *res = PQexecParams(conn, query_text(name), count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(res);
    enum err e = OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        e = failed(conn, name, fault);
    if (e == OK && out != NULL)
        *out = res;
    else
        PQclear(res);
    return e;
}

static enum err run_text(PGconn *conn, const char *what, const char *text, struct fault *fault)
{
    PGresult *res = PQexec(conn, text);
    enum err e = OK;
    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
        e = failed(conn, what, fault);
    PQclear(res);
    return e;
}

static bool is_true(const PGresult *res, int column)
{
    return strcmp(PQgetvalue(res, 0, column), "t") == 0;
}

/* How many of our files were applied; ERR_SYSTEM when this hub does not know this schema. */
static enum err count_applied(PGconn *conn, struct fault *fault, size_t *out)
{
    PGresult *res = NULL;
    *out = 0;
    enum err e = run(conn, "migrate_state", 0, NULL, fault, &res);
    if (e != OK)
        return e;
    bool any = is_true(res, 0);
    bool utf8 = is_true(res, 1);
    PQclear(res);
    if (!utf8)
        return fault_set(fault, ERR_SYSTEM, "database",
                         "its encoding is not UTF8; make it with createdb -E UTF8 -T template0");
    if (!any)
        return OK;
    e = run(conn, "migrate_applied", 0, NULL, fault, &res);
    if (e != OK)
        return e;
    for (int i = 0; i < PQntuples(res) && e == OK; i++) {
        const char *name = PQgetvalue(res, i, 1);
        if ((size_t)i >= SQL_MIGRATIONS.count)
            e = fault_set(fault, ERR_SYSTEM, "database",
                          "its schema is newer than this hub (it has %s); install that version",
                          name);
        else if (strcmp(name, SQL_MIGRATIONS.at[i].name) != 0 ||
                 strcmp(PQgetvalue(res, i, 2), SQL_MIGRATIONS.at[i].sha256) != 0)
            e = fault_set(fault, ERR_SYSTEM, "database",
                          "%s was applied, but this hub's %s is another file", name,
                          SQL_MIGRATIONS.at[i].name);
    }
    if (e == OK)
        *out = (size_t)PQntuples(res);
    PQclear(res);
    return e;
}

static enum err apply(PGconn *conn, const struct sql_migration *m, const struct log *log,
                      struct fault *fault)
{
    char no[24];
    (void)snprintf(no, sizeof(no), "%lld", m->no);
    const char *values[] = {no, m->name, m->sha256};
    enum err e = run_text(conn, m->name, m->text, fault);
    if (e == OK)
        e = run(conn, "migrate_record", 3, values, fault, NULL);
    if (e == OK)
        log_info(log, "database.migrating", F_TEXT("file", m->name));
    return e;
}

/* All files that are missing, in one transaction.  Hubs that run cannot prepare anything before it
 * ends, and do so then. */
static enum err apply_missing(PGconn *conn, const struct log *log, struct fault *fault)
{
    size_t applied = 0;
    enum err e = run(conn, "begin", 0, NULL, fault, NULL);
    if (e != OK)
        return e;
    e = run(conn, "migrate_lock", 0, NULL, fault, NULL);
    if (e == OK)
        e = count_applied(conn, fault, &applied);
    if (e == OK && applied > 0)
        e = run(conn, "migrate_head", 0, NULL, fault, NULL);
    for (size_t i = applied; i < SQL_MIGRATIONS.count && e == OK; i++)
        e = apply(conn, &SQL_MIGRATIONS.at[i], log, fault);
    if (e == OK && applied > 0)
        e = run(conn, "migrate_reopen", 0, NULL, fault, NULL);
    struct fault ignored;
    if (e == OK)
        e = run(conn, "commit", 0, NULL, fault, NULL);
    else if (run(conn, "rollback", 0, NULL, &ignored, NULL) != OK)
        log_warn(log, "database.lost", F_TEXT("text", ignored.text));
    return e;
}

/* A typo fails at start, not at night: every statement is prepared once. */
static enum err check_statements(PGconn *conn, struct fault *fault)
{
    enum err e = OK;
    for (size_t i = 0; i < SQL_QUERIES.count && e == OK; i++) {
        const struct sql_query *q = &SQL_QUERIES.at[i];
        PGresult *res = PQprepare(conn, q->name, q->text, 0, NULL);
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            e = failed(conn, q->name, fault);
        PQclear(res);
    }
    return e;
}

static void on_notice(void *arg, const PGresult *res)
{
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    log_info((const struct log *)arg, "database.notice", F_TEXT("text", text));
}

static enum err connect(const char *text, struct fault *fault, PGconn **out)
{
    struct conninfo info;
    enum err e = conninfo_parse(text, "posko migrate", fault, &info);
    if (e != OK)
        return e;
    PGconn *conn = PQconnectdbParams(info.keys, info.values, 0);
    if (PQstatus(conn) != CONNECTION_OK) {
        e = failed(conn, "no connection", fault);
        PQfinish(conn);
    } else {
        *out = conn;
    }
    conninfo_deinit(&info);
    return e;
}

enum err migrate(const char *conninfo, const struct log *log, struct fault *fault)
{
    PGconn *conn = NULL;
    size_t applied = 0;
    enum err e = connect(conninfo, fault, &conn);
    if (e != OK)
        return e;
    PQsetNoticeReceiver(conn, on_notice, (void *)log);
    e = run(conn, "migrate_settings", 0, NULL, fault, NULL);
    if (e == OK)
        e = count_applied(conn, fault, &applied); /* without a lock: nearly always all are there */
    if (e == OK && applied < SQL_MIGRATIONS.count)
        e = apply_missing(conn, log, fault);
    if (e == OK)
        e = check_statements(conn, fault);
    if (e == OK)
        e = run(conn, "migrate_tidy", 0, NULL, fault, NULL);
    PQfinish(conn);
    return e;
}

enum err migrate_accept_clock(const char *conninfo, struct fault *fault)
{
    PGconn *conn = NULL;
    enum err e = connect(conninfo, fault, &conn);
    if (e != OK)
        return e;
    e = run(conn, "accept_clock", 0, NULL, fault, NULL);
    PQfinish(conn);
    return e;
}
