/* Jobs to worker threads, results back to the loop.  A job is the worker's until `done`: it touches
 * nothing else.  And pieces of work that the loop itself waits for, helping.  No locks outside this
 * module. */
#ifndef POSKO_WORK_POOL_H
#define POSKO_WORK_POOL_H

#include "base/loop.h"

struct job {
    void (*run)(struct job *job);  /* on a worker: touches this job only */
    void (*done)(struct job *job); /* on the loop, in the order in which they were submitted */
    struct job *next;              /* the pool's */
    bool finished;                 /* the pool's */
};

struct pool;
struct pool *pool_new(struct loop *loop, unsigned threads);
void pool_free(struct pool *pool); /* runs what waits to its end first */
void pool_submit(struct pool *pool, struct job *job);
size_t pool_waiting(const struct pool *pool);

struct piece {
    /* On a worker or in pool_join: changes this piece only, and reads besides it only what nobody
     * changes before pool_join is back. */
    void (*run)(struct piece *piece);
    struct piece *next; /* the pool's */
};

/* Goes before all jobs, to whatever worker is free; but two are left for pool_join: so many
 * signatures are made before anybody is awake. */
void pool_offer(struct pool *pool, struct piece *piece);
/* Runs what nobody has begun, and returns when all that was offered is done. */
void pool_join(struct pool *pool);

#endif
