/* The whole ledger as one file (ledger/book), from the operator's database. */
#include "cli/cli.h"
#include "ledger/book.h"
#include "ledger/codec.h"
#include "ledger/merkle.h"
#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct export
{
    struct archive *archive;
    FILE *to;
    struct buf line;
    struct merkle tree;
    int64_t count;
    struct fault fault;
};

static bool put(struct export *x)
{
    if (fwrite(x->line.at, 1, x->line.len, x->to) == x->line.len) {
        buf_clear(&x->line);
        return true;
    }
    fault_set(&x->fault, ERR_SYSTEM, "", "%s", strerror(errno));
    return false;
}

/* The first line names the ledger: as its first record does. */
static bool put_head(struct export *x, const struct ledger_row *row)
{
    struct arena arena;
    struct envelope envelope;
    struct record record;
    arena_init(&arena);
    enum err e = jws_parse(&arena, row->jws, &x->fault, &envelope);
    if (e == OK)
        e = codec_read(&arena, &envelope, &x->fault, &record);
    if (e == OK) {
        const struct head *head = archive_head(x->archive);
        struct book_head first = {
            .aud = record.aud, .hub = record.signer, .seq = head->seq, .at = head->at};
        book_put_head(&x->line, &first);
    }
    arena_deinit(&arena);
    return e == OK && put(x);
}

static bool export_row(void *arg, const struct ledger_row *row, int64_t rev)
{
    struct export *x = arg;
    (void)rev; /* the hubs' own bookkeeping */
    if (x->count++ == 0 && !put_head(x, row))
        return false;
    book_put_line(&x->line, &(struct book_line){row->seq, row->at, row->leaf, row->jws});
    merkle_add(&x->tree, row->leaf);
    return put(x);
}

static enum err write_all(struct export *x)
{
    enum err e = archive_ledger(x->archive, export_row, x, &x->fault);
    if (e != OK || x->fault.code != OK)
        return x->fault.code;
    if (x->count == 0)
        return fault_set(&x->fault, ERR_SYSTEM, "", "the ledger is empty");
    book_put_end(&x->line,
                 &(struct book_end){archive_head(x->archive)->seq, merkle_root(&x->tree)});
    if (!put(x))
        return x->fault.code;
    if (fflush(x->to) != 0)
        return fault_set(&x->fault, ERR_SYSTEM, "", "%s", strerror(errno));
    return OK;
}

static void say(struct cli *cli, const struct export *x, const char *path)
{
    struct hash root = merkle_root(&x->tree);
    struct str hex = crypt_hex(&cli->arena, (struct str){(const char *)root.at, HASH_BYTES});
    if (!cli->json || strcmp(path, "-") == 0) {
        cli_remark(cli, TR(cli, EXPORTED), (long long)x->count, path, hex.at);
        return;
    }
    struct buf b;
    struct json_writer w = {&b, false};
    buf_init(&b);
    json_begin_object(&w, NULL);
    json_put_text(&w, "op", STR("exported"));
    json_put_text(&w, "file", str_of(path));
    json_put_int(&w, "records", x->count);
    json_put_text(&w, "root", hex);
    json_end_object(&w);
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

/* Under another name until it is whole and on the disk: what has the name is a whole ledger. */
static enum err to_file(struct export *x, struct arena *arena, const char *path)
{
    const char *part = arena_printf(arena, "%s.part", path).at;
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    x->to = fd < 0 ? NULL : fdopen(fd, "w");
    if (x->to == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return fault_set(&x->fault, ERR_SYSTEM, "", "%s: %s", part, strerror(errno));
    }
    enum err e = write_all(x);
    if (e == OK && fsync(fd) != 0)
        e = fault_set(&x->fault, ERR_SYSTEM, "", "%s: %s", part, strerror(errno));
    if (fclose(x->to) != 0 && e == OK)
        e = fault_set(&x->fault, ERR_SYSTEM, "", "%s: %s", part, strerror(errno));
    if (e == OK && rename(part, path) != 0)
        e = fault_set(&x->fault, ERR_SYSTEM, "", "%s: %s", path, strerror(errno));
    if (e != OK)
        (void)unlink(part);
    return e;
}

enum exit_code export_run(struct cli *cli)
{
    struct export x = {.count = 0};
    const char *path = args_get(&cli->args, "ledger").at;
    bool piped = strcmp(path, "-") == 0;
    if (!piped && access(path, F_OK) == 0)
        return cli_fail(cli, EXIT_USAGE, "file", "%s: %s", path, strerror(EEXIST));
    buf_init(&x.line);
    merkle_init(&x.tree);
    enum err e = archive_open(args_get(&cli->args, "database").at, &x.fault, &x.archive);
    if (e == OK && piped) {
        x.to = stdout;
        e = write_all(&x);
    } else if (e == OK) {
        e = to_file(&x, &cli->arena, path);
    }
    enum exit_code code = EXIT_DONE;
    if (e == OK)
        say(cli, &x, path);
    else
        code = cli_fail(cli, EXIT_USAGE, "database", TR(cli, BAD_LEDGER), x.fault.text);
    archive_close(x.archive);
    buf_deinit(&x.line);
    return code;
}
