/* posko verify: a whole ledger past the audit, from the database or from a file, and what it says.
 */
#include "cli/audit.h"
#include "cli/cli.h"
#include "ledger/book.h"
#include "store/archive.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PROGRESS_MS = 5000, PROBLEMS_SHOWN = 200, AUDS_MAX = 16 };

/* A row and what it points to. */
struct held {
    struct audit_row row;
    struct arena arena;
};

struct verify {
    struct cli *cli;
    struct audit *audit;
    struct held held[2]; /* the row before the last, and the last */
    int now;             /* which of them is the last */
    bool full;           /* there is one */
    bool broken;         /* the line before was none */
    int64_t head, upto;  /* upto 0: all */
    int64_t began_ms, said_ms;
    int64_t shown;
    struct fault fault;
};

static int64_t steady_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is wrong ---- */

static void show_problem(void *arg, const struct audit_problem *problem)
{
    struct verify *v = arg;
    struct cli *cli = v->cli;
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        struct json_writer w = {&b, false};
        struct str text = str_of(problem->text);
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("problem"));
        json_put_int(&w, "seq", problem->seq);
        json_put_text(&w, "what", str_of(audit_word(problem->code)));
        json_put_text(&w, "text", str_utf8(text, NULL) ? text : STR("?"));
        if (problem->follows != 0)
            json_put_int(&w, "follows", problem->follows);
        json_end_object(&w);
    } else if (v->shown < PROBLEMS_SHOWN) {
        buf_printf(&b, "✗ #%" PRId64 " ", problem->seq);
        cli_put_clean(&b, str_of(problem->text));
        if (problem->follows != 0) {
            buf_put(&b, STR(" ("));
            buf_printf(&b, TR(cli, FOLLOWS), (long long)problem->follows);
            buf_put_char(&b, ')');
        }
    }
    if (b.len > 0)
        cli_line(buf_peek(&b));
    v->shown++;
    buf_deinit(&b);
}

/* ---- rows, each with the one behind it ---- */

static void keep(struct held *h, const struct audit_row *row)
{
    arena_deinit(&h->arena);
    arena_init(&h->arena);
    struct ledger_row *r = &h->row.row;
    h->row = *row;
    r->typ = arena_dup(&h->arena, r->typ);
    r->kind = arena_dup(&h->arena, r->kind);
    r->iss = arena_dup(&h->arena, r->iss);
    r->act = arena_dup(&h->arena, r->act);
    r->kid = arena_dup(&h->arena, r->kid);
    r->admins = arena_dup(&h->arena, r->admins);
    r->jws = arena_dup(&h->arena, r->jws);
}

static void report_progress(struct verify *v)
{
    int64_t now = steady_ms();
    if (now - v->said_ms < PROGRESS_MS)
        return;
    v->said_ms = now;
    cli_remark(v->cli, TR(v->cli, PROGRESS), (long long)audit_seq(v->audit), (long long)v->head);
}

static void flush_row(struct verify *v)
{
    if (v->full)
        audit_row(v->audit, &v->held[v->now].row, v->head, NULL);
    v->full = false;
}

static void take_row(struct verify *v, const struct audit_row *row)
{
    struct held *last = &v->held[v->now];
    struct held *fresh = &v->held[1 - v->now];
    keep(fresh, row);
    if (v->full)
        audit_row(v->audit, &last->row, v->head, &fresh->row);
    v->now = 1 - v->now;
    v->full = true;
    report_progress(v);
}

/* ---- from the database ---- */

static bool ledger_row(void *arg, const struct ledger_row *row, int64_t rev)
{
    struct verify *v = arg;
    if (v->upto != 0 && row->seq > v->upto)
        return false;
    take_row(v, &(struct audit_row){.row = *row, .rev = rev});
    return true;
}

static bool entry_row(void *arg, const struct entry_row *row, int64_t rev)
{
    audit_entry(((struct verify *)arg)->audit, row, rev);
    return true;
}

static bool ticket_row(void *arg, const struct ticket_row *row)
{
    audit_ticket(((struct verify *)arg)->audit, row);
    return true;
}

static bool owed_row(void *arg, const struct owed_row *row)
{
    audit_owed(((struct verify *)arg)->audit, row);
    return true;
}

static enum err verify_tables(struct verify *v, struct archive *archive)
{
    audit_head(v->audit, archive_head(archive));
    enum err e = archive_entries(archive, entry_row, v, &v->fault);
    if (e == OK) {
        audit_entries_end(v->audit);
        e = archive_tickets(archive, ticket_row, v, &v->fault);
    }
    if (e == OK) {
        audit_tickets_end(v->audit);
        e = archive_obligations(archive, owed_row, v, &v->fault);
    }
    if (e == OK)
        audit_obligations_end(v->audit);
    return e;
}

static enum err verify_database(struct verify *v, const char *database)
{
    struct archive *archive = NULL;
    enum err e = archive_open(database, &v->fault, &archive);
    if (e != OK)
        return e;
    int64_t seq = archive_head(archive)->seq;
    v->head = v->upto != 0 && v->upto < seq ? v->upto : seq;
    e = archive_ledger(archive, ledger_row, v, &v->fault);
    if (e == OK) {
        flush_row(v);
        audit_end(v->audit, v->head);
        if (v->upto == 0)
            e = verify_tables(v, archive);
    }
    archive_close(archive);
    return e;
}

/* ---- from a file ---- */

/* One line without its line feed.  False: there is none.  *whole false: it is cut off or too long,
 * what there is of it up to the limit is in `line`. */
static bool read_line(FILE *from, struct buf *line, bool *whole)
{
    int c = 0;
    buf_clear(line);
    *whole = true;
    while ((c = getc_unlocked(from)) != EOF && c != '\n') {
        if (line->len < BOOK_LINE_BYTES_MAX)
            buf_put_char(line, (char)c);
        else
            *whole = false;
    }
    if (c == EOF)
        *whole = false;
    return c != EOF || line->len > 0;
}

static void compare_head(struct verify *v, const struct book_head *head)
{
    struct kid hub = audit_hub(v->audit);
    if (!str_eq(head->aud, audit_aud(v->audit)) && args_common(&v->cli->args, "aud").at == NULL)
        audit_tell(v->audit, 0, AUDIT_HEAD, "aud");
    if (!kid_eq(&head->hub, &hub))
        audit_tell(v->audit, 0, AUDIT_HEAD, "hub");
    if (v->upto == 0 && head->at != audit_counts(v->audit)->at)
        audit_tell(v->audit, 0, AUDIT_HEAD, "at");
}

static void take_end(struct verify *v, struct arena *arena, struct str line)
{
    struct book_end end;
    struct fault fault;
    struct hash root = audit_root(v->audit);
    if (book_read_end(arena, line, &fault, &end) != OK)
        audit_tell(v->audit, audit_seq(v->audit) + 1, AUDIT_LINE, "%s", fault.text);
    else if (end.seq != audit_seq(v->audit))
        audit_tell(v->audit, audit_seq(v->audit) + 1, AUDIT_SHORT, "#%" PRId64, end.seq);
    else if (!hash_eq(end.root, root))
        audit_tell(v->audit, end.seq, AUDIT_ROOT, STR_FMT,
                   STR_ARG(crypt_hex(arena, (struct str){(const char *)end.root.at, HASH_BYTES})));
}

/* True: go on with the next line. */
static bool take_line(struct verify *v, struct arena *arena, struct str line, bool whole)
{
    struct fault fault = {0};
    struct book_line read;
    if (!whole)
        fault_set(&fault, ERR_BAD_JSON, "", "it is cut off, or too long");
    else if (book_read_line(arena, line, &fault, &read) == OK) {
        struct audit_row row = {
            .row = {.seq = read.seq, .at = read.at, .leaf = read.leaf, .jws = read.jws},
            .bare = true};
        if (v->upto != 0 && read.seq > v->upto)
            return false;
        v->broken = false;
        take_row(v, &row);
        return true;
    }
    flush_row(v);
    if (!v->broken || str_starts(line, STR("{\"seq\":"))) /* else the rest of one that was torn */
        audit_bad_line(v->audit, fault.text);
    v->broken = true;
    return true;
}

static void verify_lines(struct verify *v, FILE *from, struct buf *line)
{
    bool whole = true;
    bool ended = false;
    bool more = true;
    struct arena arena;
    while (more && read_line(from, line, &whole)) {
        arena_init(&arena);
        if (ended) {
            audit_tell(v->audit, audit_seq(v->audit) + 1, AUDIT_LINE, "-");
        } else if (whole && book_is_end(buf_peek(line))) {
            ended = true;
            flush_row(v);
            take_end(v, &arena, buf_peek(line));
        } else {
            more = take_line(v, &arena, buf_peek(line), whole);
        }
        arena_deinit(&arena);
    }
    flush_row(v);
    audit_end(v->audit, v->head);
    if (!ended && v->upto == 0)
        audit_tell(v->audit, audit_seq(v->audit) + 1, AUDIT_LINE, "{\"end\":...}");
}

static enum err verify_file(struct verify *v, const char *path)
{
    FILE *from = fopen(path, "re");
    if (from == NULL)
        return fault_set(&v->fault, ERR_SYSTEM, "", "%s: %s", path, strerror(errno));
    struct arena arena;
    struct buf line;
    struct book_head head = {.seq = INT64_MAX};
    bool whole = true;
    arena_init(&arena);
    buf_init(&line);
    bool any = read_line(from, &line, &whole);
    bool good = any && whole && book_read_head(&arena, buf_peek(&line), &v->fault, &head) == OK;
    if (!good)
        audit_tell(v->audit, 0, AUDIT_LINE, "%s", any && whole ? v->fault.text : path);
    v->head = v->upto != 0 && v->upto < head.seq ? v->upto : head.seq;
    verify_lines(v, from, &line);
    if (good)
        compare_head(v, &head);
    enum err e = OK;
    if (ferror(from) != 0)
        e = fault_set(&v->fault, ERR_SYSTEM, "", "%s: %s", path, strerror(EIO));
    (void)fclose(from);
    buf_deinit(&line);
    arena_deinit(&arena);
    return e;
}

/* ---- what it comes to ---- */

static void put_summary(struct verify *v, struct buf *b, struct str root, int64_t ms)
{
    const struct audit_counts *c = audit_counts(v->audit);
    struct kid hub = audit_hub(v->audit);
    struct json_writer w = {b, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "op", STR("verified"));
    json_put_bool(&w, "ok", c->problems == 0);
    json_put_text(&w, "aud", audit_aud(v->audit));
    json_put_text(&w, "hub", kid_str(&hub));
    json_put_int(&w, "seq", audit_seq(v->audit));
    json_put_int(&w, "at", c->at);
    json_put_text(&w, "root", root);
    json_put_int(&w, "records", c->records);
    json_put_int(&w, "signatures", c->signatures);
    json_put_int(&w, "tickets", c->tickets);
    json_put_int(&w, "obligations", c->obligations);
    json_put_int(&w, "entries", c->entries);
    json_put_int(&w, "clocks", c->clocks);
    json_put_int(&w, "late_ms", c->late_ms);
    json_put_int(&w, "overdue", c->overdue);
    json_put_int(&w, "problems", c->problems);
    json_put_int(&w, "ms", ms);
    json_end_object(&w);
}

static void say_summary(struct verify *v)
{
    struct cli *cli = v->cli;
    const struct audit_counts *c = audit_counts(v->audit);
    struct hash hash = audit_root(v->audit);
    struct str root = crypt_hex(&cli->arena, (struct str){(const char *)hash.at, HASH_BYTES});
    int64_t ms = steady_ms() - v->began_ms;
    struct buf b;
    buf_init(&b);
    if (cli->json) {
        put_summary(v, &b, root, ms);
        cli_line(buf_peek(&b));
        buf_deinit(&b);
        return;
    }
    if (v->shown > PROBLEMS_SHOWN)
        buf_printf(&b, TR(cli, MORE_PROBLEMS), (long long)(v->shown - PROBLEMS_SHOWN));
    if (b.len > 0)
        buf_put_char(&b, '\n');
    buf_printf(&b, TR(cli, VERIFIED), (long long)c->records, (long long)audit_seq(v->audit),
               (long long)c->signatures, (long long)(c->signatures * 1000 / (ms > 0 ? ms : 1)),
               (long long)c->tickets, (long long)c->obligations);
    buf_put_char(&b, '\n');
    buf_printf(&b, TR(cli, VERIFIED_ROOT), audit_aud(v->audit).at, root.at);
    buf_put_char(&b, '\n');
    buf_printf(&b, TR(cli, VERIFIED_CLOCKS), (long long)c->clocks, (long long)c->late_ms,
               (long long)c->overdue);
    buf_put_char(&b, '\n');
    if (args_get(&cli->args, "hub").at == NULL) {
        buf_printf(&b, TR(cli, COMPARE_HUB), audit_hub(v->audit).at);
        buf_put_char(&b, '\n');
    }
    if (c->problems == 0)
        buf_printf(&b, "✓ %s", TR(cli, VERIFIED_GOOD));
    else
        buf_printf(&b, TR(cli, VERIFIED_BAD), (long long)c->problems);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

static struct str_list auds_of(struct cli *cli)
{
    struct str rest = args_common(&cli->args, "aud");
    struct str *at = ARENA_ARRAY(&cli->arena, struct str, AUDS_MAX);
    size_t count = 0;
    while (rest.len > 0 && count < AUDS_MAX) {
        struct str one;
        (void)str_cut(rest, ',', &one, &rest);
        at[count++] = one;
    }
    return (struct str_list){at, count};
}

enum exit_code verify_run(struct cli *cli)
{
    struct str file = args_get(&cli->args, "file");
    struct str database = args_get(&cli->args, "database");
    if ((file.at == NULL) == (database.at == NULL))
        return cli_fail(cli, EXIT_USAGE, "usage", "%s", TR(cli, WHICH_LEDGER));
    struct verify v = {.cli = cli, .began_ms = steady_ms()};
    struct audit_options options = {.lang = cli->args.lang,
                                    .hub = args_get(&cli->args, "hub"),
                                    .auds = auds_of(cli),
                                    .fn = show_problem,
                                    .arg = &v};
    if (crypt_start() != OK)
        return cli_fail(cli, EXIT_USAGE, "system", TR(cli, BAD_LEDGER), "libsodium");
    (void)!str_to_int(args_get(&cli->args, "upto"), 1, INT64_MAX, &v.upto);
    v.said_ms = v.began_ms;
    v.audit = audit_new(&options);
    for (int i = 0; i < 2; i++)
        arena_init(&v.held[i].arena);
    enum err e = file.at != NULL ? verify_file(&v, file.at) : verify_database(&v, database.at);
    enum exit_code code = EXIT_DONE;
    if (e == OK)
        say_summary(&v);
    if (e != OK)
        code = cli_fail(cli, EXIT_USAGE, "system", TR(cli, BAD_LEDGER), v.fault.text);
    else if (audit_counts(v.audit)->problems > 0)
        code = EXIT_REFUSED;
    for (int i = 0; i < 2; i++)
        arena_deinit(&v.held[i].arena);
    audit_free(v.audit);
    return code;
}
