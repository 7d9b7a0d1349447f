#include "store/archive.h"

#include "store/conninfo.h"
#include "store/pgvalue.h"
#include "store/sql.h"

#include <assert.h>
#include <string.h>

enum { PAGE_ROWS = 500 };

struct archive {
    struct conninfo info;
    PGconn *conn;
    struct head head;
};

/* ---- asking ---- */

static const char *text_of(const char *query)
{
    for (size_t i = 0; i < SQL_QUERIES.count; i++)
        if (strcmp(SQL_QUERIES.at[i].name, query) == 0)
            return SQL_QUERIES.at[i].text;
    assert(!"no such statement in sql/queries");
    return NULL;
}

static enum err failed(const struct archive *a, struct fault *fault)
{
    struct str why = STR_NONE;
    struct str rest = STR_NONE;
    (void)str_cut(str_of(PQerrorMessage(a->conn)), '\n', &why, &rest);
    return fault_set(fault, ERR_SYSTEM, "database", "the database: " STR_FMT, STR_ARG(why));
}

/* OK: *out is to be cleared. */
static enum err ask(struct archive *a, const char *query, const struct pg_params *p,
                    struct fault *fault, PGresult **out)
{
    const char *values[PG_PARAMS_MAX] = {0};
    int lengths[PG_PARAMS_MAX] = {0};
    int binary[PG_PARAMS_MAX] = {0};
    size_t count = p == NULL ? 0 : p->count;
    for (size_t i = 0; i < count; i++) {
        values[i] = p->at[i].len > 0 ? p->at[i].at : "";
        lengths[i] = (int)p->at[i].len;
        binary[i] = 1;
    }
    PGresult *res =
        PQexecParams(a->conn, text_of(query), (int)count, NULL, values, lengths, binary, 1);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        PQclear(res);
        return failed(a, fault);
    }
    *out = res;
    return OK;
}

static enum err read_head(struct archive *a, struct fault *fault)
{
    PGresult *res = NULL;
    enum err e = ask(a, "begin_snapshot", NULL, fault, &res);
    if (e != OK)
        return e;
    PQclear(res);
    e = ask(a, "head", NULL, fault, &res);
    if (e != OK)
        return e;
    if (PQntuples(res) == 1)
        a->head = (struct head){.seq = pg_get_int(res, 0, 0),
                                .at = pg_get_int(res, 0, 1),
                                .rev = pg_get_int(res, 0, 2),
                                .no = pg_get_int(res, 0, 3),
                                .no_exercise = pg_get_int(res, 0, 4),
                                .accept_clock = pg_get_int(res, 0, 5)};
    else
        e = fault_set(fault, ERR_SYSTEM, "database", "the database has no head row");
    PQclear(res);
    return e;
}

static void quiet(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

enum err archive_open(const char *conninfo, struct fault *fault, struct archive **out)
{
    struct archive *a = mem_new(sizeof(*a));
    enum err e = conninfo_parse(conninfo, "posko", fault, &a->info);
    if (e != OK) {
        mem_free(a);
        return e;
    }
    a->conn = PQconnectdbParams(a->info.keys, a->info.values, 0);
    if (PQstatus(a->conn) == CONNECTION_OK) {
        (void)PQsetNoticeReceiver(a->conn, quiet, NULL);
        e = read_head(a, fault);
    } else {
        e = failed(a, fault);
    }
    if (e == OK)
        *out = a;
    else
        archive_close(a);
    return e;
}

void archive_close(struct archive *a)
{
    if (a == NULL)
        return;
    PQfinish(a->conn);
    conninfo_deinit(&a->info);
    mem_free(a);
}

const struct head *archive_head(const struct archive *a)
{
    return &a->head;
}

/* ---- values: whoever meddled may have changed the constraints too, so no size is believed ---- */

static void bytes_at(const PGresult *res, int row, int column, void *out, size_t size)
{
    memset(out, 0, size);
    if (PQgetlength(res, row, column) == (int)size)
        memcpy(out, PQgetvalue(res, row, column), size);
}

static int64_t int_at(const PGresult *res, int row, int column)
{
    return PQgetlength(res, row, column) == (int)sizeof(int64_t) ? pg_get_int(res, row, column) : 0;
}

static bool bool_at(const PGresult *res, int row, int column)
{
    return PQgetlength(res, row, column) == 1 && pg_get_bool(res, row, column);
}

/* ---- walks ---- */

struct walk {
    struct archive *archive;
    struct pg_params key; /* after which the next page begins; its last is the limit */
    /* One row: to fn, and into `key`. */
    bool (*row)(struct walk *w, const PGresult *res, int row);
    union {
        archive_ledger_fn *ledger;
        archive_entry_fn *entry;
        archive_ticket_fn *ticket;
        archive_owed_fn *owed;
    } fn;
    void *arg;
};

static enum err walk(struct walk *w, const char *query, struct fault *fault)
{
    bool more = true;
    enum err e = OK;
    while (more && e == OK) {
        PGresult *res = NULL;
        pg_add_int(&w->key, PAGE_ROWS);
        e = ask(w->archive, query, &w->key, fault, &res);
        if (e != OK)
            break;
        int count = PQntuples(res);
        more = count == PAGE_ROWS;
        for (int i = 0; i < count; i++) {
            pg_params_clear(&w->key);
            if (!w->row(w, res, i)) {
                more = false;
                break;
            }
        }
        PQclear(res);
    }
    pg_params_deinit(&w->key);
    return e;
}

static bool ledger_row(struct walk *w, const PGresult *res, int i)
{
    enum { SEQ, AT, TYP, KIND, ISS, ACT, KID, JTI, TICKET, ADMINS, SHA256, LEAF, JWS, REV };
    struct ledger_row row = {.seq = int_at(res, i, SEQ),
                             .at = int_at(res, i, AT),
                             .typ = pg_get_text(res, i, TYP),
                             .kind = pg_get_text(res, i, KIND),
                             .iss = pg_get_text(res, i, ISS),
                             .act = pg_get_text(res, i, ACT),
                             .kid = pg_get_text(res, i, KID),
                             .admins = pg_get_text(res, i, ADMINS),
                             .jws = pg_get_text(res, i, JWS)};
    bytes_at(res, i, JTI, row.jti.at, ID_BYTES);
    bytes_at(res, i, TICKET, row.ticket.at, ID_BYTES);
    bytes_at(res, i, SHA256, row.sha256.at, HASH_BYTES);
    bytes_at(res, i, LEAF, row.leaf.at, HASH_BYTES);
    pg_add_int(&w->key, row.seq);
    return w->fn.ledger(w->arg, &row, int_at(res, i, REV));
}

enum err archive_ledger(struct archive *a, archive_ledger_fn *fn, void *arg, struct fault *fault)
{
    struct walk w = {.archive = a, .row = ledger_row, .fn.ledger = fn, .arg = arg};
    pg_params_init(&w.key);
    pg_add_int(&w.key, INT64_MIN);
    return walk(&w, "audit_ledger", fault);
}

static bool entry_row(struct walk *w, const PGresult *res, int i)
{
    enum { KIND, ID, SEQ, DOC, REV };
    struct entry_row row = {.kind = pg_get_text(res, i, KIND),
                            .id = pg_get_text(res, i, ID),
                            .seq = int_at(res, i, SEQ),
                            .doc = pg_get_text(res, i, DOC)};
    pg_add_text(&w->key, row.kind);
    pg_add_text(&w->key, row.id);
    return w->fn.entry(w->arg, &row, int_at(res, i, REV));
}

enum err archive_entries(struct archive *a, archive_entry_fn *fn, void *arg, struct fault *fault)
{
    struct walk w = {.archive = a, .row = entry_row, .fn.entry = fn, .arg = arg};
    pg_params_init(&w.key);
    pg_add_text(&w.key, STR(""));
    pg_add_text(&w.key, STR(""));
    return walk(&w, "audit_entries", fault);
}

static bool ticket_row(struct walk *w, const PGresult *res, int i)
{
    enum { ID, SEQ, REV, NO, EXERCISE, STATE, INTO, DOC };
    struct ticket_row row = {.seq = int_at(res, i, SEQ),
                             .rev = int_at(res, i, REV),
                             .no = int_at(res, i, NO),
                             .exercise = bool_at(res, i, EXERCISE),
                             .state = pg_get_text(res, i, STATE),
                             .doc = pg_get_text(res, i, DOC)};
    bytes_at(res, i, ID, row.id.at, ID_BYTES);
    bytes_at(res, i, INTO, row.into.at, ID_BYTES);
    pg_add_uuid(&w->key, row.id.at);
    return w->fn.ticket(w->arg, &row);
}

enum err archive_tickets(struct archive *a, archive_ticket_fn *fn, void *arg, struct fault *fault)
{
    static const uint8_t none[ID_BYTES];
    struct walk w = {.archive = a, .row = ticket_row, .fn.ticket = fn, .arg = arg};
    pg_params_init(&w.key);
    pg_add_uuid(&w.key, none);
    return walk(&w, "audit_tickets", fault);
}

static bool owed_row(struct walk *w, const PGresult *res, int i)
{
    enum { INC, AGENCY, WHAT, ABOUT, SINCE, DUE, NEXT, STEP, SEV };
    struct owed_row row = {.agency = pg_get_text(res, i, AGENCY),
                           .what = pg_get_text(res, i, WHAT),
                           .about = pg_get_text(res, i, ABOUT),
                           .sev = pg_get_text(res, i, SEV),
                           .since = int_at(res, i, SINCE),
                           .due = int_at(res, i, DUE),
                           .next = int_at(res, i, NEXT),
                           .step = int_at(res, i, STEP)};
    bytes_at(res, i, INC, row.inc.at, ID_BYTES);
    pg_add_uuid(&w->key, row.inc.at);
    pg_add_text(&w->key, row.agency);
    pg_add_text(&w->key, row.what);
    pg_add_text(&w->key, row.about);
    return w->fn.owed(w->arg, &row);
}

enum err archive_obligations(struct archive *a, archive_owed_fn *fn, void *arg, struct fault *fault)
{
    static const uint8_t none[ID_BYTES];
    struct walk w = {.archive = a, .row = owed_row, .fn.owed = fn, .arg = arg};
    pg_params_init(&w.key);
    pg_add_uuid(&w.key, none);
    for (int i = 0; i < 3; i++)
        pg_add_text(&w.key, STR(""));
    return walk(&w, "audit_obligations", fault);
}
