/* sim [--seed N] [--seconds S] [--trace]: runs seeds until the time is over, or the one given. */
#include "sim_directory.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY_KEPT = 32 << 20 };
static uint64_t running_seed; /* for the signal handler */

/* ---- what is said ---- */

static void say_replay(uint64_t seed)
{
    char text[512];
    int size = snprintf(text, sizeof(text),
                        "seed %" PRIu64 " failed; replay: %.300s --seed %" PRIu64 " --trace\n",
                        seed, program_invocation_name, seed);
    if (write(2, text, (size_t)size) < 0)
        _exit(2);
}

void broken(const struct world *w, const char *promise, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fflush(stdout);
    (void)fprintf(stderr, "%12.6f  %s is broken: ", (double)w->now / 1e6, promise);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    say_replay(w->seed);
    _exit(1);
}

void say_trace(const struct world *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fprintf(stderr, "%12.6f  ", (double)w->now / 1e6);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

static void on_crash(int signal)
{
    say_replay(running_seed);
    _exit(signal == SIGABRT ? 1 : 2);
}

/* AddressSanitizer calls it before it ends the program. */
void __asan_on_error(void);
void __asan_on_error(void)
{
    say_replay(running_seed);
}

/* ---- one run ---- */

static void on_calm(void *arg)
{
    struct world *w = arg;
    event_set(w, &w->calm, 5 * SECOND);
    check_ledger(w);
    for (int i = 0; i < w->node_count; i++)
        if (w->nodes[i].up)
            check_memory(&w->nodes[i], MEMORY_ALL);
}

static bool all_answered(const struct world *w)
{
    return w->open_drafts == 0;
}

static void play_genesis(struct world *w)
{
    process_start(&w->nodes[0]);
    world_run(w, 4 * SECOND);
    if (w->nodes[0].submissions != 0)
        broken(w, "genesis", "it is not done in time");
    for (int i = 1; i < w->node_count; i++)
        process_start(&w->nodes[i]);
    world_run(w, 8 * SECOND);
}

static void hold_clocks(struct world *w)
{
    if (w->held_at == 0)
        w->held_at = w->now;
    for (int i = 0; i < w->node_count; i++) {
        struct state *st = turn_state(w->nodes[i].turn);
        const struct entry *e = NULL;
        for (int64_t after = 0; (e = state_walk(st, ENTRY_TICKET, &after)) != NULL;)
            state_mute(st, e->is.ticket->id, INT64_MAX);
        for (int64_t after = 0; (e = state_walk(st, ENTRY_SOURCE, &after)) != NULL;)
            state_mute_source(st, e->is.source, INT64_MAX);
    }
}

static void play_end(struct world *w)
{
    w->quiet = true;
    fault_end(w);
    int64_t patience = w->now + 120 * SECOND;
    while (!all_answered(w) && w->now < patience)
        world_run(w, w->now + SECOND);
    /* Everything that was late or held must be over, and the last turns told to all. */
    int64_t calm = w->now + 15 * SECOND;
    for (size_t i = 0; i < w->window_count; i++)
        if (w->windows[i].until + 5 * SECOND > calm)
            calm = w->windows[i].until + 5 * SECOND;
    if (w->cursed_until > calm)
        calm = w->cursed_until;
    world_run(w, calm);
    event_stop(w, &w->beat);
    for (int i = 0; i < 10000; i++) { /* until no clock fires just now */
        if (i >= 3000 && i % 100 == 0)
            hold_clocks(w); /* with so many, there is always one */
        world_run(w, w->now + 3000);
        bool same = true;
        for (int k = 0; k < w->node_count; k++)
            same = same && process_is_calm(&w->nodes[k]) &&
                   turn_rev(w->nodes[k].turn) == w->db.head.rev;
        same = same && readers_are_there(w);
        if (same)
            break;
    }
    check_end(w);
    if (w->whole)
        check_readers(w);
}

/* After all: what was told is gone, or cannot be read.  No hub that told it may go on as if it were
 * there; one that a late clock's turn had not reached yet may. */
static void play_doom(struct world *w)
{
    int64_t told[NODES_MAX];
    for (int i = 0; i < w->node_count; i++)
        told[i] = turn_told(w->nodes[i].turn);
    w->doomed = true;
    event_stop(w, &w->calm);
    trace(w, "doom");
    bool spoilt = !chance(w, 500) && db_spoil(w);
    if (!spoilt)
        db_restore(w, (size_t)between(w, 1, 50));
    bool lost = true;
    for (int64_t until = w->now + 30 * SECOND; w->now < until;) {
        world_run(w, w->now + SECOND / 10);
        lost = true;
        for (int i = 0; i < w->node_count; i++)
            lost = lost && (w->nodes[i].stopped || (!spoilt && told[i] <= w->db.head.seq));
        if (lost)
            return;
    }
    broken(w, "fatal", "a hub goes on after the ledger lost what it had told");
}

static void world_open(struct world *w, uint64_t seed, bool tracing)
{
    *w = (struct world){.seed = seed, .tracing = tracing};
    rng_seed(&w->rng, seed);
    sim_crypt_seed(seed ^ 0x5deece66dU);
    arena_init(&w->arena);
    w->node_count = (int)between(w, 1, NODES_MAX);
    w->sync = chance(w, 700);
    w->whole = chance(w, 300);
    static const char *hosts[] = {"sim"};
    w->config = (struct config){.database = "",
                                .rate_key = 10000,
                                .rate_address = 10000,
                                .open_address = 10000,
                                .threads = 2,
                                .recent_rows = (int64_t[]){1, 10, 100, 1024}[seed % 4],
                                .hosts = hosts,
                                .host_count = 1};
    w->usual_us = between(w, 200, 5000);
    w->skew_ms = between(w, -1500, 1500);
    w->busy = chance(w, 300); /* an election's evening */
    w->think_us =
        w->busy ? between(w, 500, 3000) : between(w, 10000, chance(w, 500) ? 100000 : 600000);
    w->tickets_max = (size_t)(chance(w, 400) && !w->busy ? between(w, 1, 4) : between(w, 10, 300));
    w->drafts_max = chance(w, 300) ? 2000 : 10 + 2 * w->tickets_max;
    w->flood_most = w->busy ? between(w, 40, 400) : 0;
    w->ends = (w->busy ? between(w, 5, 30) : between(w, 20, 90)) * SECOND;
    w->calm = (struct event){.fn = on_calm, .arg = w};
    db_open(w);
    for (int i = 0; i < w->node_count; i++)
        process_open(w, &w->nodes[i], i);
    office_open(w);
    fault_open(w);
    fault_note(w, 8 * SECOND, 8 * SECOND); /* the beginning */
}

static void world_close(struct world *w)
{
    deed_close(w);
    flood_close(w);
    places_close(w);
    event_stop(w, &w->calm);
    for (int i = 0; i < w->node_count; i++) {
        if (w->nodes[i].up)
            process_crash(&w->nodes[i], -1);
        event_stop(w, &w->nodes[i].start);
    }
    w->db.down = true;
    sim_store_db_gone(w);
    if (w->whole)
        readers_close(w);
    while (w->links)
        link_close(w->links);
    client_close(w);
    db_close(w);
    check_close(w);
    mem_free(w->queue.slots);
    arena_deinit(&w->arena);
}

void world_play(uint64_t seed, bool tracing, struct figures *figures)
{
    struct world *w = mem_new(sizeof(*w));
    running_seed = seed;
    world_open(w, seed, tracing);
    trace(w, "%d hubs, %s", w->node_count, w->sync ? "a synchronous standby" : "no standby");
    play_genesis(w);
    deed_open(w);
    flood_open(w);
    if (w->whole) {
        places_open(w);
        readers_open(w);
    }
    fault_schedule(w);
    event_set(w, &w->calm, 5 * SECOND);
    world_run(w, w->now + w->ends);
    flood_end(w);
    play_end(w);
    if (chance(w, 100))
        play_doom(w);
    figures->seeds++;
    figures->whole += w->whole;
    figures->messages += w->messages;
    figures->tickets += HASH_COUNT(w->db.tickets);
    figures->records += (uint64_t)w->db.head.seq;
    figures->lapses += w->lapses;
    figures->turns += w->db.count;
    figures->virtual_us += w->now;
    for (int i = 0; i < FAULT_COUNT; i++)
        figures->faults += w->fault_counts[i];
    trace(w, "seed %" PRIu64 " keeps its promises: %u tickets, %lld records, %zu lapses", seed,
          HASH_COUNT(w->db.tickets), (long long)w->db.head.seq, w->lapses);
    world_close(w);
    mem_free(w);
    sim_mem_rewind();
}

/* ---- the program ---- */

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void usage(void)
{
    (void)fprintf(stderr, "usage: sim [--seed N] [--seconds S] [--trace]\n");
    exit(2);
}

static uint64_t number(const char *text)
{
    char *end = NULL;
    uint64_t n = text ? strtoull(text, &end, 0) : 0;
    if (!text || end == text || *end != '\0')
        usage();
    return n;
}

static void report(const struct figures *f, double seconds)
{
    (void)printf("sim: %" PRIu64 " seeds, %.0f s of virtual time, %" PRIu64 " tickets, %" PRIu64
                 " records, %" PRIu64 " lapses, %" PRIu64 " turns, %" PRIu64
                 " faults; a second of one core: %.0f tickets, %.0f records\n",
                 f->seeds, (double)f->virtual_us / 1e6, f->tickets, f->records, f->lapses, f->turns,
                 f->faults, (double)f->tickets / seconds, (double)f->records / seconds);
}

int main(int argc, char **argv)
{
    uint64_t seed = 0;
    uint64_t seconds = 30;
    bool one = false;
    bool tracing = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && ++i < argc) {
            seed = number(argv[i]);
            one = true;
        } else if (strcmp(argv[i], "--seconds") == 0 && ++i < argc) {
            seconds = number(argv[i]);
        } else if (strcmp(argv[i], "--trace") == 0) {
            tracing = true;
        } else {
            usage();
        }
    }
    if (!one && getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return 2;
    (void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT); /* the next world needs it again */
    (void)mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
    (void)signal(SIGABRT, on_crash);
    (void)signal(SIGSEGV, on_crash);
    struct figures figures = {0};
    double start = seconds_of(CLOCK_MONOTONIC);
    do {
        world_play(seed, tracing, &figures);
        seed++;
    } while (!one && seconds_of(CLOCK_MONOTONIC) - start < (double)seconds);
    report(&figures, seconds_of(CLOCK_PROCESS_CPUTIME_ID));
    return 0;
}
