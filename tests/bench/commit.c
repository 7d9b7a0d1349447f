/* What PostgreSQL can do here, without a hub: commits of one row, one after another; rows in
 * batches through unnest.
 * usage: commit CONNINFO serial SECONDS    prints p50 and p99 of a commit, milliseconds
 *        commit CONNINFO batch ROWS SECONDS    prints rows a second, and microseconds of CPU
 *        that the server spends on one */
#include "base/crypt.h"
#include "base/id.h"
#include "store/pgvalue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY = 700, TIMES_MAX = 1 << 20 };
static const char table[] = "drop table if exists bench_rows; create table bench_rows (seq bigint "
                            "primary key, id uuid not null unique, jws text not null)";
static const char insert[] = "insert into bench_rows select * from unnest($1::bigint[], "
                             "$2::uuid[], $3::text[]) on conflict do nothing";

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(PGconn *c, PGresult *res, ExecStatusType wanted)
{
    if (PQresultStatus(res) != wanted) {
        (void)fprintf(stderr, "commit: %s", PQerrorMessage(c));
        exit(1);
    }
    PQclear(res);
}

/* One transaction of `rows` rows. */
static void write_rows(PGconn *c, struct pg_params *p, size_t rows, int64_t *seq)
{
    static char body[BODY];
    const char *values[3];
    int lengths[3];
    int formats[3] = {1, 1, 1};
    pg_params_clear(p);
    struct buf *seqs = pg_add_array(p, PG_INT, rows);
    struct buf *ids = pg_add_array(p, PG_UUID, rows);
    struct buf *texts = pg_add_array(p, PG_TEXT, rows);
    for (size_t i = 0; i < rows; i++) {
        uint8_t id[ID_BYTES];
        crypt_random(id, sizeof(id));
        memset(body, 'a' + (int)(i % 26), sizeof(body));
        pg_item_int(seqs, ++*seq);
        pg_item_uuid(ids, id);
        pg_item_text(texts, (struct str){body, sizeof(body)});
    }
    for (int i = 0; i < 3; i++) {
        values[i] = p->at[i].at;
        lengths[i] = (int)p->at[i].len;
    }
    must(c, PQexecPrepared(c, "insert", 3, values, lengths, formats, 1), PGRES_COMMAND_OK);
}

/* Seconds of CPU that the server's process has used for us. */
static double server_cpu(PGconn *c)
{
    char path[64];
    long long ns = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/schedstat", PQbackendPID(c));
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%lld", &ns) != 1)
        ns = 0;
    if (f)
        (void)fclose(f);
    return (double)ns * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc < 4 || crypt_start() != OK)
        return 2;
    bool serial = !strcmp(argv[2], "serial");
    size_t rows = serial ? 1 : strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[argc - 1], NULL);
    PGconn *c = PQconnectdb(argv[1]);
    struct pg_params params;
    int64_t seq = 0;
    pg_params_init(&params);
    if (PQstatus(c) != CONNECTION_OK) {
        (void)fprintf(stderr, "commit: %s", PQerrorMessage(c));
        return 1;
    }
    must(c, PQexec(c, "set client_min_messages = error"), PGRES_COMMAND_OK);
    must(c, PQexec(c, table), PGRES_COMMAND_OK);
    must(c, PQprepare(c, "insert", insert, 0, NULL), PGRES_COMMAND_OK);
    double *times = mem_new(TIMES_MAX * sizeof(*times));
    long count = 0;
    double cpu = server_cpu(c);
    double start = now();
    for (double t = start, end = start + seconds; t < end && count < TIMES_MAX;) {
        write_rows(c, &params, rows, &seq);
        double after = now();
        times[count++] = after - t;
        t = after;
    }
    qsort(times, (size_t)count, sizeof(*times), by_size);
    if (serial)
        printf("%.4f %.4f\n", times[count / 2] * 1e3, times[count * 99 / 100] * 1e3);
    else
        printf("%.0f %.3f\n", (double)seq / (now() - start),
               (server_cpu(c) - cpu) / (double)seq * 1e6);
    PQfinish(c);
    pg_params_deinit(&params);
    mem_free(times);
    return 0;
}
