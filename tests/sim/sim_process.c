/* A hub's process: opened as app/hub opens it, killed at any time, and what its readers are told.
 */
#include "sim.h"

#include "app/service.h"

#include <assert.h>

/* ---- turn_ops ---- */

static void tell(void *app, const struct news *news)
{
    struct process *n = app;
    check_told(n, news);
}

static void recall(void *app, const struct ledger_row *rows, size_t count)
{
    const struct process *n = app;
    for (size_t i = 1; i < count; i++)
        if (rows[i].seq != rows[0].seq + (int64_t)i)
            broken(n->world, "recall", "hub %d is given rows that do not follow", n->id);
}

static void settled(void *app)
{
    struct process *n = app;
    if (chance(n->world, 20))
        check_memory(n, MEMORY_CHANGED);
}

static void loaded(void *app)
{
    struct process *n = app;
    n->told = turn_told(n->turn);
    n->reloaded = n->world->db.head.seq;
    n->compared = (struct head){0};
    trace(n->world, "hub %d loaded, told %lld, rev %lld", n->id, (long long)n->told,
          (long long)turn_rev(n->turn));
    if (n->world->db.head.rev == 0) /* as app/main does: all of it into one turn */
        office_begin(n->world);
}

static void looked(void *app)
{
    (void)app;
}

static void fatal(void *app, const char *event, const char *text)
{
    struct process *n = app;
    if (!n->world->doomed)
        broken(n->world, "fatal", "hub %d stops itself: %s: %s", n->id, event, text);
    trace(n->world, "hub %d stops itself: %s: %s", n->id, event, text);
    n->stopped = true;
}

static void woken(void *arg, int64_t seq)
{
    struct process *n = arg;
    turn_look(n->turn, seq);
}

/* ---- a whole hub, as app/main opens it ---- */

static void hub_loaded(struct hub *hub)
{
    struct process *n = hub->owner;
    struct fault fault = {0};
    trace(n->world, "hub %d loaded, told %lld, rev %lld", n->id, (long long)turn_told(n->turn),
          (long long)turn_rev(n->turn));
    if (n->world->db.head.rev == 0)
        office_begin(n->world);
    if (service_listen(hub, &fault) != OK)
        broken(n->world, "start", "hub %d does not serve: %s", n->id, fault.text);
}

static void start_hub(struct process *n)
{
    struct world *w = n->world;
    n->hub = (struct hub){.identity = w->identity, .on_loaded = hub_loaded, .owner = n};
    service_open(&n->hub, &n->loop, &n->log, n->metrics, &w->config);
    n->turn = n->hub.turn;
}

static void end(struct process *n, int64_t back_in_us);

static void on_stop(void *arg)
{
    struct process *n = arg;
    if (n->hub.exit_code != 0 && n->world->doomed) {
        n->stopped = true;
        return;
    }
    if (n->hub.exit_code != 0)
        broken(n->world, "fatal", "hub %d stops itself with code %d", n->id, n->hub.exit_code);
    trace(n->world, "hub %d is drained", n->id);
    end(n, n->back_in);
}

/* ---- life and death ---- */

void process_start(struct process *n)
{
    struct world *w = n->world;
    assert(!n->up);
    n->loop = (struct loop){.world = w,
                            .boot_offset_us = between(w, SECOND, 1000000 * SECOND),
                            .wall_offset_us = between(w, -500000, 500000),
                            .drift_ppm = between(w, -50, 50)};
    n->log = (struct log){.fd = 2, .level = w->tracing ? LOG_INFO : LOG_ERROR};
    if (!w->tracing)
        n->log.fd = -1;
    n->metrics = metrics_new();
    n->up = true;
    n->life++;
    n->dying = n->draining = false;
    n->stop = (struct event){.fn = on_stop, .arg = n};
    trace(w, "hub %d starts", n->id);
    if (w->whole) {
        start_hub(n);
        return;
    }
    turn_store_open(&n->loop, &n->log, "", "");
    tail_open(&n->loop, &n->log, "", "", woken, n);
    struct turn_ops ops = {.tell = tell,
                           .settled = settled,
                           .loaded = loaded,
                           .looked = looked,
                           .fatal = fatal,
                           .recall = recall,
                           .kept_rows = w->config.recent_rows};
    n->turn = turn_new(&n->loop, &n->log, n->metrics, n->store, n->tail, &w->identity, &ops, n);
}

static void on_start(void *arg)
{
    process_start(arg);
}

static void end(struct process *n, int64_t back_in_us)
{
    event_stop(n->world, &n->stop);
    if (n->world->whole) {
        service_close(&n->hub);
    } else {
        turn_free(n->turn);
        turn_store_close(n->store);
        tail_close(n->tail);
    }
    metrics_free(n->metrics);
    n->turn = NULL;
    n->up = false;
    if (n->loop.timers != 0)
        broken(n->world, "leak", "hub %d left %zu timers", n->id, n->loop.timers);
    if (n->submissions != 0)
        broken(n->world, "leak", "hub %d kept %zu submissions", n->id, n->submissions);
    if (back_in_us >= 0)
        event_set(n->world, &n->start, back_in_us);
}

void process_crash(struct process *n, int64_t back_in_us)
{
    trace(n->world, "hub %d is killed", n->id);
    n->dying = true; /* what it gives back, nobody hears */
    end(n, back_in_us);
}

/* As app/hub drains: nothing new, the line to its end, then the door.  Answers still go out. */
void process_drain(struct process *n, int64_t back_in_us)
{
    if (n->draining)
        return;
    trace(n->world, "hub %d is drained with %zu waiting", n->id, turn_waiting(n->turn));
    n->draining = true;
    n->back_in = back_in_us;
    if (n->world->whole)
        service_drain(&n->hub);
    else
        end(n, back_in_us);
}

bool process_is_calm(const struct process *n)
{
    return n->up && turn_is_settled(n->turn) && turn_is_empty(n->turn);
}

void process_open(struct world *w, struct process *n, int id)
{
    *n = (struct process){.world = w, .id = id};
    n->start = (struct event){.fn = on_start, .arg = n};
}
