/* Virtual time: one queue of events for the world, and base/loop.h for each hub on top of it. */
#include "sim.h"

#include <assert.h>

/* ---- chance ---- */

void rng_seed(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        seed += 0x9e3779b97f4a7c15U;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        r->s[i] = z ^ (z >> 31);
    }
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

int64_t between(struct world *w, int64_t low, int64_t high)
{
    assert(low <= high);
    return low + (int64_t)(rng_next(&w->rng) % (uint64_t)(high - low + 1));
}

bool chance(struct world *w, int64_t per_mille)
{
    return between(w, 0, 999) < per_mille;
}

int64_t some_time(struct world *w, int64_t usual_us)
{
    int64_t time = between(w, usual_us / 2, usual_us * 2);
    if (chance(w, 20))
        time += between(w, usual_us, usual_us * 20);
    if (w->on[FAULT_SLOW] && chance(w, 300))
        time += between(w, usual_us, usual_us * 100);
    return time + 1;
}

int64_t gap_of(struct world *w, int64_t mean_us)
{
    /* Sum of two dice: no logarithm, so the same on every machine. */
    return 1 + between(w, 0, mean_us) / 2 + between(w, 0, mean_us) / 2 +
           (chance(w, 100) ? between(w, 0, 10 * mean_us) : 0);
}

/* ---- the queue: a heap that knows where each event stands ---- */

static bool is_before(const struct slot *a, const struct slot *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put(struct queue *q, size_t i, struct slot s)
{
    q->slots[i] = s;
    s.event->place = i + 1;
}

static void up(struct queue *q, size_t i, struct slot s)
{
    for (; i > 0 && is_before(&s, &q->slots[(i - 1) / 2]); i = (i - 1) / 2)
        put(q, i, q->slots[(i - 1) / 2]);
    put(q, i, s);
}

static void down(struct queue *q, size_t i, struct slot s)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= q->count)
            break;
        if (child + 1 < q->count && is_before(&q->slots[child + 1], &q->slots[child]))
            child++;
        if (!is_before(&q->slots[child], &s))
            break;
        put(q, i, q->slots[child]);
        i = child;
    }
    put(q, i, s);
}

void event_stop(struct world *w, struct event *e)
{
    if (e->place == 0)
        return;
    struct queue *q = &w->queue;
    size_t i = e->place - 1;
    assert(q->slots[i].event == e);
    e->place = 0;
    struct slot last = q->slots[--q->count];
    if (i == q->count)
        return;
    down(q, i, last);
    up(q, last.event->place - 1, last);
}

static void enqueue(struct world *w, struct event *e, int64_t at)
{
    struct queue *q = &w->queue;
    event_stop(w, e);
    e->at = at;
    if (q->count == q->size) {
        q->size = q->size ? 2 * q->size : 64;
        q->slots = mem_grow(q->slots, q->size * sizeof(*q->slots));
    }
    up(q, q->count++, (struct slot){at, ++q->orders, e});
}

void event_set(struct world *w, struct event *e, int64_t delay_us)
{
    assert(delay_us >= 0 && e->fn);
    enqueue(w, e, w->now + delay_us);
}

void world_run(struct world *w, int64_t until)
{
    struct queue *q = &w->queue;
    while (q->count > 0 && q->slots[0].at <= until) {
        struct event *e = q->slots[0].event;
        assert(e->at >= w->now);
        w->now = e->at;
        if (e->owner && e->owner->paused_until > w->now) {
            int64_t again = w->now + 50000; /* it may be woken before */
            enqueue(w, e, again < e->owner->paused_until ? again : e->owner->paused_until);
            continue;
        }
        event_stop(w, e);
        e->fn(e->arg);
    }
    w->now = until;
}

/* ---- base/loop.h ---- */

struct process *process_of(struct loop *loop)
{
    return (struct process *)((char *)loop - offsetof(struct process, loop));
}

/* Its process ends, as soon as the callback has returned. */
void loop_stop(struct loop *loop)
{
    event_set(loop->world, &process_of(loop)->stop, 0);
}

struct loop_timer {
    struct event event;
    struct loop *loop;
};

struct loop_timer *loop_timer_open(struct loop *loop, loop_fn *fn, void *arg)
{
    struct loop_timer *t = mem_new(sizeof(*t));
    t->loop = loop;
    t->event = (struct event){.owner = loop, .fn = fn, .arg = arg};
    loop->timers++;
    return t;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
    assert(delay_ms >= 0);
    struct world *w = timer->loop->world;
    if (delay_ms > INT32_MAX) /* nothing of a run is so far away */
        delay_ms = INT32_MAX;
    event_set(w, &timer->event, delay_ms * 1000 + between(w, 0, 1500));
}

void loop_timer_stop(struct loop_timer *timer)
{
    event_stop(timer->loop->world, &timer->event);
}

void loop_timer_close(struct loop_timer *timer)
{
    loop_timer_stop(timer);
    timer->loop->timers--;
    mem_free(timer);
}

int64_t loop_boot_us(const struct loop *loop)
{
    int64_t now = loop->world->now;
    return loop->boot_offset_us + now + now / 1000000 * loop->drift_ppm;
}

int64_t loop_boot_ms(const struct loop *loop)
{
    return loop_boot_us(loop) / 1000;
}

int64_t loop_wall_ms(const struct loop *loop)
{
    return SIM_T0 + (loop->world->now + loop->wall_offset_us) / 1000;
}
