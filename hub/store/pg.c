#include "store/pg.h"

#include "store/conninfo.h"
#include "store/sql.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 50, BACKOFF_LAST_MS = 2000 };

static const char *const idle_in_transaction = "2s"; /* a hub that froze must not hold the turn */
static const char *const lock_timeout = "5s";

enum phase { PHASE_DOWN, PHASE_CONNECTING, PHASE_PREPARING, PHASE_UP, PHASE_BROKEN };

struct pg {
    struct loop *loop;
    const struct log *log;
    struct pg_options options;
    char *name;
    struct conninfo info;
    bool info_is_good;

    enum phase phase;
    PGconn *conn;
    struct loop_watch *watch;
    struct loop_timer *timer;
    int64_t backoff_ms;
    uint64_t session;

    struct pg_answer answer; /* of the batch that is out, or being sent */
    pg_answer_fn *fn;        /* NULL: nothing is out */
    void *arg;
};

/* ---- losing it ---- */

static void let_go(struct pg *pg)
{
    if (pg->watch != NULL)
        loop_watch_close(pg->watch);
    pg->watch = NULL;
    if (pg->conn != NULL)
        PQfinish(pg->conn);
    pg->conn = NULL;
}

static void answer_batch(struct pg *pg)
{
    struct pg_answer answer = pg->answer;
    pg_answer_fn *fn = pg->fn;
    pg->answer = (struct pg_answer){0};
    pg->fn = NULL;
    if (fn != NULL)
        fn(pg->arg, &answer);
    for (size_t i = 0; i < answer.count; i++)
        PQclear(answer.results[i]);
}

static void lose(struct pg *pg, const char *why)
{
    char text[FAULT_TEXT_BYTES];
    (void)snprintf(text, sizeof(text), "%s", why);
    text[strcspn(text, "\n")] = '\0';
    let_go(pg);
    pg->phase = PHASE_DOWN;
    pg->backoff_ms = pg->backoff_ms == 0 ? BACKOFF_FIRST_MS : pg->backoff_ms * 2;
    if (pg->backoff_ms > BACKOFF_LAST_MS)
        pg->backoff_ms = BACKOFF_LAST_MS;
    log_warn(pg->log, "database.lost", F_TEXT("connection", pg->name), F_TEXT("text", text),
             F_INT("retry_ms", pg->backoff_ms));
    loop_timer_set(pg->timer, pg->backoff_ms);
    if (pg->answer.text[0] == '\0')
        memcpy(pg->answer.text, text, sizeof(text));
    if (!pg->answer.failed)
        pg->answer.lost = true;
    answer_batch(pg);
}

/* ---- reading ---- */

static void on_notice(void *arg, const PGresult *res)
{
    struct pg *pg = arg;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (severity == NULL || strcmp(severity, "WARNING") != 0)
        return;
    pg->answer.warned = true;
    if (pg->answer.text[0] == '\0')
        (void)snprintf(pg->answer.text, sizeof(pg->answer.text), "%s", text != NULL ? text : "");
    log_warn(pg->log, "database.warned", F_TEXT("connection", pg->name), F_TEXT("text", text));
}

/* A statement's error; false: it is libpq's own, the connection is lost. */
static bool note_error(struct pg *pg, const PGresult *res)
{
    struct pg_answer *a = &pg->answer;
    const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == NULL || a->failed)
        return sqlstate != NULL;
    a->failed = true;
    a->fatal = severity == NULL || strcmp(severity, "ERROR") != 0;
    (void)snprintf(a->sqlstate, sizeof(a->sqlstate), "%s", sqlstate);
    (void)snprintf(a->text, sizeof(a->text), "%s: %s", sqlstate, text != NULL ? text : "");
    return true;
}

enum gathered { GATHER_MORE, GATHER_DONE, GATHER_LOST };

static enum gathered gather_one(struct pg *pg, PGresult *res)
{
    struct pg_answer *a = &pg->answer;
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_PIPELINE_SYNC) {
        PQclear(res);
        return GATHER_DONE;
    }
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        assert(a->count < PG_BATCH_MAX || pg->phase == PHASE_PREPARING);
        if (pg->phase == PHASE_PREPARING && status == PGRES_COMMAND_OK)
            PQclear(res);
        else
            a->results[a->count++] = res;
        return GATHER_MORE;
    }
    bool said = status == PGRES_PIPELINE_ABORTED || note_error(pg, res);
    PQclear(res);
    return said ? GATHER_MORE : GATHER_LOST;
}

/* Takes what has arrived of the batch that is out.  libpq gives each statement's result, then a
 * NULL; two in a row mean that it has no more to give. */
static enum gathered gather(struct pg *pg)
{
    enum gathered got = GATHER_MORE;
    int nulls = 0;
    while (pg->fn != NULL && got == GATHER_MORE && PQisBusy(pg->conn) == 0) {
        PGresult *res = PQgetResult(pg->conn);
        if (res != NULL) {
            nulls = 0;
            got = gather_one(pg, res);
        } else if (++nulls > 1) {
            break;
        }
    }
    return got;
}

static void take_notifications(struct pg *pg)
{
    PGnotify *note = NULL;
    while (pg->phase == PHASE_UP && (note = PQnotifies(pg->conn)) != NULL) {
        if (pg->options.notified != NULL)
            pg->options.notified(pg->options.arg, str_of(note->extra));
        PQfreemem(note);
    }
}

static void flush(struct pg *pg)
{
    int rest = PQflush(pg->conn);
    loop_watch_set(pg->watch, rest == 1 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void on_readable(struct pg *pg)
{
    bool alive = PQconsumeInput(pg->conn) == 1 && PQstatus(pg->conn) == CONNECTION_OK;
    uint64_t session = pg->session;
    enum gathered got = gather(pg);
    if (got == GATHER_LOST || !alive) {
        lose(pg, PQerrorMessage(pg->conn));
        return;
    }
    take_notifications(pg);
    if (got == GATHER_DONE)
        answer_batch(pg);
    if (pg->session == session && pg->conn != NULL && pg->phase != PHASE_BROKEN)
        flush(pg);
}

/* ---- connecting ---- */

static void on_prepared(void *arg, const struct pg_answer *a)
{
    struct pg *pg = arg;
    if (a->lost)
        return; /* lose() has said it */
    const PGresult *session = a->count > 0 ? a->results[0] : NULL;
    if (a->failed || session == NULL) {
        log_error(pg->log, "database.statement_refused", F_TEXT("connection", pg->name),
                  F_TEXT("text", a->text));
        pg->backoff_ms = BACKOFF_LAST_MS;
    } else if (!pg_get_bool(session, 0, 0)) {
        log_error(pg->log, "database.not_durable", F_TEXT("connection", pg->name),
                  F_TEXT("text", "synchronous_commit must be on or remote_apply"));
        pg->backoff_ms = BACKOFF_LAST_MS;
    } else {
        pg->phase = PHASE_UP;
        pg->backoff_ms = 0;
        pg->session++;
        loop_timer_stop(pg->timer);
        log_info(pg->log, "database.up", F_TEXT("connection", pg->name),
                 F_INT("server_version", PQserverVersion(pg->conn)));
        return;
    }
    pg->phase = PHASE_BROKEN; /* the timer lets it go */
    loop_timer_set(pg->timer, 0);
}

static void start_preparing(struct pg *pg)
{
    pg->phase = PHASE_PREPARING;
    bool good = PQsetnonblocking(pg->conn, 1) == 0 && PQenterPipelineMode(pg->conn) == 1;
    for (size_t i = 0; i < SQL_QUERIES.count && good; i++)
        good =
            PQsendPrepare(pg->conn, SQL_QUERIES.at[i].name, SQL_QUERIES.at[i].text, 0, NULL) == 1;
    if (!good) {
        lose(pg, PQerrorMessage(pg->conn));
        return;
    }
    struct pg_params params;
    pg_params_init(&params);
    pg_add_text(&params, str_of(idle_in_transaction));
    pg_add_text(&params, str_of(lock_timeout));
    pg_send(pg, "session", &params);
    if (pg->options.listen) {
        pg_params_clear(&params);
        pg_send(pg, "listen", &params);
    }
    pg_params_deinit(&params);
    pg_finish(pg, on_prepared, pg);
}

static void on_io(void *arg, int events);

static void poll_connecting(struct pg *pg)
{
    /* libpq may close the descriptor and open another, for the next host. */
    if (pg->watch != NULL)
        loop_watch_close(pg->watch);
    pg->watch = NULL;
    PostgresPollingStatusType status = PQconnectPoll(pg->conn);
    if (status == PGRES_POLLING_FAILED) {
        lose(pg, PQerrorMessage(pg->conn));
        return;
    }
    int events = status == PGRES_POLLING_WRITING ? LOOP_WRITE : LOOP_READ;
    pg->watch = loop_watch_open(pg->loop, PQsocket(pg->conn), events, on_io, pg);
    if (status == PGRES_POLLING_OK)
        start_preparing(pg);
}

static void on_io(void *arg, int events)
{
    struct pg *pg = arg;
    (void)events;
    switch (pg->phase) {
    case PHASE_CONNECTING:
        poll_connecting(pg);
        return;
    case PHASE_PREPARING:
    case PHASE_UP: {
        bool was_up = pg->phase == PHASE_UP;
        (void)PQflush(pg->conn); /* where it fails, there is a last word of the server to read */
        on_readable(pg);
        if (!was_up && pg->phase == PHASE_UP)
            pg->options.up(pg->options.arg);
        return;
    }
    case PHASE_BROKEN:
        loop_watch_set(pg->watch, 0); /* the timer is about to let it go */
        return;
    case PHASE_DOWN:
        return;
    }
}

static void start_connecting(struct pg *pg)
{
    pg->phase = PHASE_CONNECTING;
    loop_timer_set(pg->timer, pg->info.timeout_ms);
    pg->conn = PQconnectStartParams(pg->info.keys, pg->info.values, 0);
    if (pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD) {
        lose(pg, pg->conn != NULL ? PQerrorMessage(pg->conn) : "out of memory");
        return;
    }
    PQsetNoticeReceiver(pg->conn, on_notice, pg);
    pg->watch = loop_watch_open(pg->loop, PQsocket(pg->conn), LOOP_WRITE, on_io, pg);
}

static void on_timer(void *arg)
{
    struct pg *pg = arg;
    switch (pg->phase) {
    case PHASE_DOWN:
        if (pg->info_is_good)
            start_connecting(pg);
        return;
    case PHASE_CONNECTING:
    case PHASE_PREPARING:
        lose(pg, "no answer in time while connecting");
        return;
    case PHASE_BROKEN:
        lose(pg, PQerrorMessage(pg->conn));
        return;
    case PHASE_UP:
        return;
    }
}

struct pg *pg_open(struct loop *loop, const struct log *log, const char *conninfo,
                   const struct pg_options *options)
{
    struct pg *pg = mem_new(sizeof(*pg));
    pg->loop = loop;
    pg->log = log;
    pg->options = *options;
    size_t size = strlen(options->name) + 1;
    pg->name = mem_new(size);
    memcpy(pg->name, options->name, size);
    pg->options.name = pg->name;
    struct fault fault;
    pg->info_is_good = conninfo_parse(conninfo, pg->name, &fault, &pg->info) == OK;
    if (!pg->info_is_good)
        log_error(log, "database.bad_conninfo", F_TEXT("text", fault.text));
    pg->timer = loop_timer_open(loop, on_timer, pg);
    loop_timer_set(pg->timer, 0);
    return pg;
}

void pg_close(struct pg *pg)
{
    if (pg == NULL)
        return;
    for (size_t i = 0; i < pg->answer.count; i++)
        PQclear(pg->answer.results[i]);
    let_go(pg);
    loop_timer_close(pg->timer);
    if (pg->info_is_good)
        conninfo_deinit(&pg->info);
    mem_free(pg->name);
    mem_free(pg);
}

bool pg_is_up(const struct pg *pg)
{
    return pg->phase == PHASE_UP;
}

void pg_drop(struct pg *pg)
{
    if (pg->phase != PHASE_UP && pg->phase != PHASE_PREPARING)
        return;
    pg->phase = PHASE_BROKEN; /* the timer lets it go */
    loop_timer_set(pg->timer, 0);
}

uint64_t pg_session(const struct pg *pg)
{
    return pg->phase == PHASE_UP ? pg->session : 0;
}

bool pg_in_transaction(const struct pg *pg)
{
    return pg->phase == PHASE_UP && PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
}

/* ---- sending ---- */

void pg_send(struct pg *pg, const char *query, const struct pg_params *params)
{
    assert(pg->fn == NULL);
    if (pg->phase == PHASE_BROKEN)
        return;
    assert(pg->phase == PHASE_UP || pg->phase == PHASE_PREPARING);
    assert(pg->answer.sent < PG_BATCH_MAX);
    const char *values[PG_PARAMS_MAX] = {0};
    int lengths[PG_PARAMS_MAX] = {0};
    int formats[PG_PARAMS_MAX] = {0};
    for (size_t i = 0; i < params->count; i++) {
        struct str bytes = buf_peek(&params->at[i]);
        values[i] = bytes.len > 0 ? bytes.at : ""; /* NULL would be null */
        lengths[i] = (int)bytes.len;
        formats[i] = 1;
    }
    pg->answer.sent++;
    if (PQsendQueryPrepared(pg->conn, query, (int)params->count, values, lengths, formats, 1) != 1)
        pg_drop(pg);
}

void pg_finish(struct pg *pg, pg_answer_fn *fn, void *arg)
{
    assert(pg->fn == NULL);
    pg->fn = fn;
    pg->arg = arg;
    if (pg->phase == PHASE_BROKEN)
        return;
    if (PQpipelineSync(pg->conn) != 1) {
        pg_drop(pg);
        return;
    }
    flush(pg);
}

/* ---- what an answer means ---- */

/* What the classes of a refusal mean: REFUSED, or FAILED when it is not the record's fault. */
static enum turn_end end_of_class(const char *sqlstate)
{
    /* Beside the server's and the connection's own: 25 is the session's state (a server that became
     * read-only, a transaction that idled too long), 55 a lock that was not given in time. */
    static const char *const not_the_records_fault[] = {"08", "25", "40", "53", "55", "57", "58"};
    for (size_t i = 0; i < sizeof(not_the_records_fault) / sizeof(char *); i++) {
        if (strncmp(sqlstate, not_the_records_fault[i], 2) == 0)
            return TURN_FAILED;
    }
    return TURN_REFUSED;
}

enum turn_end pg_end(const struct pg_answer *a, bool commit)
{
    bool all = !a->failed && a->count == a->sent;
    if (!commit)
        return all ? TURN_OK : a->failed ? end_of_class(a->sqlstate) : TURN_FAILED;
    if (all && !a->warned && strcmp(PQcmdStatus(a->results[a->count - 1]), "COMMIT") == 0)
        return TURN_OK;
    if (!a->failed)
        return TURN_UNKNOWN;
    /* What failed before COMMIT is certain: the server skips the rest.  At COMMIT itself only a
     * constraint that it checks last is. */
    enum turn_end end = end_of_class(a->sqlstate);
    bool at_commit = a->count + 1 == a->sent;
    return at_commit && (a->fatal || end == TURN_FAILED) ? TURN_UNKNOWN : end;
}
