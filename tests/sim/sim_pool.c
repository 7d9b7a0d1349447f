/* work/pool.h on virtual time: a job takes a while, and they come back in order. */
#include "sim.h"

#include "work/pool.h"

#include <assert.h>

struct pool {
    struct world *world;
    struct job *first, **last;
    struct event event;
    size_t waiting;
};

static struct job *take_first(struct pool *pool)
{
    struct job *job = pool->first;
    pool->first = job->next;
    if (!pool->first)
        pool->last = &pool->first;
    pool->waiting--;
    return job;
}

static void finish(struct pool *pool)
{
    struct job *job = take_first(pool);
    job->run(job);
    job->done(job); /* may submit another, and may free this one */
}

static void on_finished(void *arg)
{
    struct pool *pool = arg;
    if (pool->waiting > 1)
        event_set(pool->world, &pool->event, some_time(pool->world, 60));
    finish(pool);
}

struct pool *pool_new(struct loop *loop, unsigned threads)
{
    struct pool *pool = mem_new(sizeof(*pool));
    assert(threads > 0);
    pool->world = loop->world;
    pool->last = &pool->first;
    pool->event = (struct event){.fn = on_finished, .arg = pool, .owner = loop};
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    event_stop(pool->world, &pool->event);
    while (pool->first)
        finish(pool);
    mem_free(pool);
}

void pool_submit(struct pool *pool, struct job *job)
{
    job->next = NULL;
    *pool->last = job;
    pool->last = &job->next;
    if (pool->waiting++ == 0)
        event_set(pool->world, &pool->event, some_time(pool->world, 60));
}

size_t pool_waiting(const struct pool *pool)
{
    return pool->waiting;
}

/* Pieces take no time. */
void pool_offer(struct pool *pool, struct piece *piece)
{
    (void)pool;
    piece->run(piece);
}

void pool_join(struct pool *pool)
{
    (void)pool;
}
