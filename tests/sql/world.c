#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the cluster ---- */

void world_cluster(struct world *w, const char *verb)
{
    char command[256];
    (void)snprintf(command, sizeof(command), "sql/cluster %s %s 2>>%s/cluster.log", verb, w->folder,
                   w->folder);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    char line[128] = "";
    if (fgets(line, sizeof(line), out) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        *strstr(line, " dbname=") = '\0';
        (void)snprintf(w->server, sizeof(w->server), "%s", line);
    }
    assert_int_equal(pclose(out), 0);
}

/* Local: what the owner does must not wait for the standby that a test took away. */
static bool is_ready(PGconn *conn)
{
    if (PQstatus(conn) != CONNECTION_OK)
        return false;
    PGresult *res = PQexec(conn, "set synchronous_commit = local; set client_min_messages = error");
    bool good = PQresultStatus(res) == PGRES_COMMAND_OK;
    PQclear(res);
    return good;
}

void world_reconnect(struct world *w)
{
    PQfinish(w->admin);
    w->admin = PQconnectdb(w->conninfo);
    for (int i = 0; i < 300 && !is_ready(w->admin); i++) {
        world_sleep(w, 100); /* it recovers */
        PQreset(w->admin);
    }
    if (PQstatus(w->admin) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(w->admin));
}

int world_begin(void **state)
{
    struct world *w = mem_new(sizeof(*w));
    (void)snprintf(w->folder, sizeof(w->folder), "/tmp/posko-sql-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    assert_int_equal(chmod(w->folder, 0755), 0); /* the database's user passes through it */
    char path[96];
    (void)snprintf(path, sizeof(path), "%s/log", w->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    w->log = (struct log){.fd = fd, .level = LOG_DEBUG};
    arena_init(&w->arena);
    /* Ends the cluster when this program ends, also when it aborts: its input closes then. */
    char command[256];
    (void)snprintf(command, sizeof(command),
                   "trap '' INT TERM; cat >/dev/null; sql/cluster stop %s; %s rm -rf %s", w->folder,
                   getenv("POSKO_KEEP") != NULL ? ":" : "", w->folder);
    w->guardian = popen(command, "we");
    assert_non_null(w->guardian);
    world_cluster(w, "start");
    struct fault fault;
    (void)snprintf(w->conninfo, sizeof(w->conninfo), "%s dbname=posko", w->server);
    if (migrate(w->conninfo, &w->log, &fault) != OK)
        fail_msg("%s", fault.text);
    *state = w;
    return 0;
}

int world_end(void **state)
{
    struct world *w = *state;
    (void)close(w->log.fd);
    assert_int_equal(pclose(w->guardian), 0);
    arena_deinit(&w->arena);
    mem_free(w);
    return 0;
}

static void on_late(void *arg)
{
    struct world *w = arg;
    w->late = true;
    loop_stop(w->loop);
}

int world_open(void **state)
{
    struct world *w = *state;
    (void)snprintf(w->conninfo, sizeof(w->conninfo), "%s dbname=postgres", w->server);
    w->loop = loop_new();
    w->timer = loop_timer_open(w->loop, on_late, w);
    world_reconnect(w);
    (void)world_sql(w, "create database t%d template posko", ++w->number);
    (void)snprintf(w->conninfo, sizeof(w->conninfo), "%s dbname=t%d", w->server, w->number);
    world_reconnect(w);
    return 0;
}

int world_shut(void **state)
{
    struct world *w = *state;
    /* Fewer files to sync when a later test crashes the server. */
    (void)snprintf(w->conninfo, sizeof(w->conninfo), "%s dbname=postgres", w->server);
    world_reconnect(w);
    (void)world_sql(w, "drop database t%d with (force)", w->number);
    PQfinish(w->admin);
    w->admin = NULL;
    loop_timer_close(w->timer);
    loop_free(w->loop);
    arena_deinit(&w->arena);
    arena_init(&w->arena);
    return 0;
}

/* ---- SQL of the owner ---- */

const char *world_sql(struct world *w, const char *format, ...)
{
    char sql[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sql, sizeof(sql), format, args);
    va_end(args);
    PGresult *res = PQexec(w->admin, sql);
    if (PQresultStatus(res) != PGRES_TUPLES_OK && PQresultStatus(res) != PGRES_COMMAND_OK)
        fail_msg("%s\n%s", sql, PQerrorMessage(w->admin));
    const char *value = PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "";
    struct str copy = arena_printf(&w->arena, "%s", value);
    PQclear(res);
    return copy.at;
}

const char *world_sql_error(struct world *w, const char *sql)
{
    PGresult *res = PQexec(w->admin, sql);
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    if (state == NULL)
        fail_msg("this should have failed: %s", sql);
    struct str copy = arena_printf(&w->arena, "%s", state);
    PQclear(res);
    PQclear(PQexec(w->admin, "rollback"));
    return copy.at;
}

int world_backend(struct world *w, const char *name)
{
    for (int i = 0; i < 300; i++) {
        const char *pid =
            world_sql(w, "select pid from pg_stat_activity where application_name = '%s'", name);
        if (pid[0] != '\0')
            return (int)strtol(pid, NULL, 10);
        world_sleep(w, 10);
    }
    fail_msg("%s does not connect", name);
    return 0;
}

void world_await_standby_wait(struct world *w, int pid)
{
    for (int i = 0; i < 300; i++) {
        const char *event =
            world_sql(w, "select wait_event from pg_stat_activity where pid = %d", pid);
        if (strcmp(event, "SyncRep") == 0)
            return;
        world_sleep(w, 10);
    }
    fail_msg("it does not wait for its standby");
}

/* ---- calls that wait ---- */

void world_wait(struct world *w, const bool *done)
{
    w->late = false;
    loop_timer_set(w->timer, WAIT_MS);
    while (!*done && !w->late)
        loop_run(w->loop);
    loop_timer_stop(w->timer);
    if (!*done)
        fail_msg("no answer in %d ms", WAIT_MS);
}

void world_sleep(struct world *w, int64_t ms)
{
    w->late = false;
    loop_timer_set(w->timer, ms);
    while (!w->late)
        loop_run(w->loop);
}

static struct ticket_row *copy_tickets(struct arena *a, const struct rows *rows)
{
    struct ticket_row *copy = ARENA_ARRAY(a, struct ticket_row, rows->ticket_count + 1);
    for (size_t i = 0; i < rows->ticket_count; i++) {
        const struct ticket_row *t = &rows->tickets[i];
        struct owed_row *owed = ARENA_ARRAY(a, struct owed_row, t->owed_count + 1);
        for (size_t j = 0; j < t->owed_count; j++) {
            owed[j] = t->owed[j];
            owed[j].agency = arena_dup(a, owed[j].agency);
            owed[j].what = arena_dup(a, owed[j].what);
            owed[j].about = arena_dup(a, owed[j].about);
            owed[j].sev = arena_dup(a, owed[j].sev);
        }
        copy[i] = *t;
        copy[i].state = arena_dup(a, t->state);
        copy[i].doc = arena_dup(a, t->doc);
        copy[i].owed = owed;
    }
    return copy;
}

static struct ledger_row *copy_ledger(struct arena *a, const struct rows *rows)
{
    struct ledger_row *copy = ARENA_ARRAY(a, struct ledger_row, rows->ledger_count + 1);
    for (size_t i = 0; i < rows->ledger_count; i++) {
        copy[i] = rows->ledger[i];
        copy[i].typ = arena_dup(a, copy[i].typ);
        copy[i].kind = arena_dup(a, copy[i].kind);
        copy[i].iss = arena_dup(a, copy[i].iss);
        copy[i].act = arena_dup(a, copy[i].act);
        copy[i].kid = arena_dup(a, copy[i].kid);
        copy[i].admins = arena_dup(a, copy[i].admins);
        copy[i].jws = arena_dup(a, copy[i].jws);
    }
    return copy;
}

static void copy_rows(struct arena *a, const struct rows *rows, struct rows *out)
{
    *out = *rows;
    out->tickets = copy_tickets(a, rows);
    out->ledger = copy_ledger(a, rows);
    struct entry_row *entries = ARENA_ARRAY(a, struct entry_row, rows->entry_count + 1);
    for (size_t i = 0; i < rows->entry_count; i++) {
        entries[i] = rows->entries[i];
        entries[i].kind = arena_dup(a, entries[i].kind);
        entries[i].id = arena_dup(a, entries[i].id);
        entries[i].doc = arena_dup(a, entries[i].doc);
    }
    out->entries = entries;
    struct beat_row *beats = ARENA_ARRAY(a, struct beat_row, rows->beat_count + 1);
    for (size_t i = 0; i < rows->beat_count; i++) {
        beats[i] = rows->beats[i];
        beats[i].agency = arena_dup(a, beats[i].agency);
        beats[i].source = arena_dup(a, beats[i].source);
    }
    out->beats = beats;
    struct known_row *known = ARENA_ARRAY(a, struct known_row, rows->known_count + 1);
    for (size_t i = 0; i < rows->known_count; i++)
        known[i] = rows->known[i];
    out->known = known;
}

void reply_rows(void *arg, enum turn_end end, const struct rows *rows)
{
    struct reply *r = arg;
    r->end = end;
    r->calls++;
    if (end == TURN_OK && r->until_empty) { /* a load: only counted, and the first page kept */
        if (r->rows.entry_count == 0 && rows->entry_count > 0)
            copy_rows(&r->w->arena, rows, &r->rows);
        r->rows.ticket_count += rows->ticket_count;
        for (size_t i = 0; i < rows->ticket_count; i++)
            r->rows.known_count += rows->tickets[i].owed_count;
        r->rows.head = rows->head;
        if (rows->entry_count > 0 || rows->ticket_count > 0)
            return;
    } else if (end == TURN_OK) {
        copy_rows(&r->w->arena, rows, &r->rows);
    } else {
        assert_null(rows);
    }
    r->done = true;
    loop_stop(r->w->loop);
}

void reply_end(void *arg, enum turn_end end, const char *text)
{
    struct reply *r = arg;
    r->end = end;
    r->calls++;
    (void)snprintf(r->text, sizeof(r->text), "%s", text);
    r->done = true;
    loop_stop(r->w->loop);
}

static void reply_health(void *arg, enum turn_end end, const struct health *health)
{
    struct reply *r = arg;
    r->end = end;
    if (health != NULL)
        r->health = *health;
    r->done = true;
    loop_stop(r->w->loop);
}

struct reply world_lock(struct world *w, struct turn_store *ts, struct turn_want want)
{
    struct reply r = {.w = w};
    turn_store_lock(ts, &want, reply_rows, &r);
    assert_false(r.done); /* never inside the call that asked */
    world_wait(w, &r.done);
    return r;
}

struct reply world_lock_again(struct world *w, struct turn_store *ts, struct turn_want want)
{
    struct reply r = world_lock(w, ts, want);
    for (int i = 0; i < 10 && r.end == TURN_FAILED; i++)
        r = world_lock(w, ts, want);
    return r;
}

struct reply world_commit(struct world *w, struct turn_store *ts, const struct turn_rows *rows)
{
    struct reply r = {.w = w};
    turn_store_commit(ts, rows, reply_end, &r);
    assert_false(r.done);
    world_wait(w, &r.done);
    return r;
}

struct reply world_rollback(struct world *w, struct turn_store *ts)
{
    struct reply r = {.w = w};
    turn_store_rollback(ts, reply_end, &r);
    assert_false(r.done);
    world_wait(w, &r.done);
    return r;
}

struct reply world_load(struct world *w, struct turn_store *ts)
{
    struct reply r = {.w = w, .until_empty = true};
    turn_store_load(ts, 0, reply_rows, &r);
    assert_false(r.done);
    world_wait(w, &r.done);
    return r;
}

struct reply world_look(struct world *w, struct tail *t, int64_t rev, int64_t told)
{
    struct reply r = {.w = w};
    struct turn_want want = {.rev = rev, .told = told};
    tail_look(t, &want, reply_rows, &r);
    assert_false(r.done);
    world_wait(w, &r.done);
    return r;
}

struct reply world_read(struct world *w, struct tail *t, int64_t after, int64_t upto,
                        const struct ticket_id *ticket, size_t limit)
{
    struct reply r = {.w = w};
    tail_read(t, after, upto, ticket, limit, reply_rows, &r);
    world_wait(w, &r.done);
    return r;
}

struct reply world_tickets(struct world *w, struct tail *t, const struct ticket_id *ids,
                           size_t count)
{
    struct reply r = {.w = w};
    tail_tickets(t, ids, count, reply_rows, &r);
    world_wait(w, &r.done);
    return r;
}

struct reply world_health(struct world *w, struct tail *t)
{
    struct reply r = {.w = w};
    tail_health(t, reply_health, &r);
    world_wait(w, &r.done);
    return r;
}

/* ---- rows ---- */

struct record_id record_no(int64_t n)
{
    struct record_id id = {{1}};
    memcpy(id.at + 8, &n, sizeof(n));
    return id;
}

struct ticket_id ticket_no(int64_t n)
{
    struct ticket_id id = {{2}};
    memcpy(id.at + 8, &n, sizeof(n));
    return id;
}

struct ledger_row ledger_no(int64_t seq, int64_t ticket)
{
    struct ledger_row r = {.seq = seq,
                           .at = 1700000000000 + seq,
                           .typ = STR("record"),
                           .kind = STR("incident.note"),
                           .iss = STR("kpu"),
                           .act = STR("sari"),
                           .kid = STR("key"),
                           .jti = record_no(seq),
                           .jws = STR("eyJ.payload.signature")};
    if (ticket != 0)
        r.ticket = ticket_no(ticket);
    memcpy(r.sha256.at, &seq, sizeof(seq));
    memcpy(r.leaf.at, &seq, sizeof(seq));
    return r;
}

struct owed_row owed_to(struct str agency, int64_t due)
{
    return (struct owed_row){.agency = agency,
                             .what = STR("ack"),
                             .about = STR(""),
                             .since = 1,
                             .due = due,
                             .next = due,
                             .sev = STR("severe")};
}

struct ticket_row ticket_row_no(int64_t n, int64_t seq, const struct owed_row *owed, size_t count)
{
    return (struct ticket_row){.id = ticket_no(n),
                               .seq = seq,
                               .no = n,
                               .state = STR("open"),
                               .doc = STR("{\"title\":\"x\"}"),
                               .owed = owed,
                               .owed_count = count};
}

struct head next_head(struct head head, int64_t records)
{
    head.seq += records;
    head.rev++;
    head.at = 1700000000000 + head.seq;
    return head;
}

struct reply world_turn(struct world *w, struct turn_store *ts, int64_t ticket)
{
    struct reply locked =
        world_lock(w, ts, (struct turn_want){.told = INT64_MAX, .rev = INT64_MAX});
    assert_int_equal(locked.end, TURN_OK);
    struct head head = next_head(locked.rows.head, 1);
    struct ledger_row record = ledger_no(head.seq, ticket);
    struct owed_row owed = owed_to(STR("polres"), head.at + 60000);
    struct ticket_row row = ticket_row_no(ticket, head.seq, &owed, 1);
    struct turn_rows rows = {.head = head,
                             .ledger = &record,
                             .ledger_count = 1,
                             .tickets = &row,
                             .ticket_count = ticket != 0 ? 1 : 0};
    return world_commit(w, ts, &rows);
}

void world_chain(struct world *w, int last)
{
    (void)world_sql(w,
                    "with chain as (select n, ('00000000-0000-7000-8000-' || "
                    "lpad(to_hex(n), 12, '0'))::uuid id from generate_series(2, %d) n) "
                    "insert into ticket select id, n, false, 'merged', "
                    "lead(id, 1, '%s') over (order by n), 1, 1, '{}' from chain",
                    last, id_text(ticket_no(1).at).at);
}

struct ticket_id chain_no(int n)
{
    return (struct ticket_id){
        {[6] = 0x70, [8] = 0x80, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n}};
}
