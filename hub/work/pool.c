#include "work/pool.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

enum { PIECES_OF_THE_CALLER = 2 };

/* One list, oldest first: jobs whose `done` is still to come.  `unbegun` is where the workers are
 * in it; what lies before is with a worker or finished.  So results come back in order for free. */
struct pool {
    struct loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first;
    struct job **end;
    struct job *unbegun;
    size_t waiting;
    struct piece *pieces; /* that nobody has begun, oldest first */
    struct piece **pieces_end;
    size_t pieces_left, pieces_begun;
    bool joining;          /* the caller helps */
    pthread_cond_t joined; /* no piece is begun and not done */
    bool told;             /* a collect is posted and has not begun */
    bool stopping;         /* no more will be submitted */
    unsigned threads;
    pthread_t thread[];
};

/* On the loop: gives back the finished head of the list. */
static void collect(void *arg)
{
    struct pool *pool = arg;
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    pool->told = false;
    while ((job = pool->first) != NULL && job->finished) {
        pool->first = job->next;
        if (pool->first == NULL)
            pool->end = &pool->first;
        pool->waiting--;
        pthread_mutex_unlock(&pool->lock);
        job->done(job); /* may free the job, may submit others */
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* Under the lock, which it lets go meanwhile. */
static void run_piece(struct pool *pool)
{
    struct piece *piece = pool->pieces;
    pool->pieces = piece->next;
    if (pool->pieces == NULL)
        pool->pieces_end = &pool->pieces;
    pool->pieces_left--;
    pool->pieces_begun++;
    pthread_mutex_unlock(&pool->lock);
    piece->run(piece);
    pthread_mutex_lock(&pool->lock);
    if (--pool->pieces_begun == 0)
        pthread_cond_signal(&pool->joined);
}

static void *work(void *arg)
{
    struct pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct job *job = pool->unbegun;
        if (pool->pieces_left > (pool->joining ? 0 : PIECES_OF_THE_CALLER)) {
            run_piece(pool);
            continue;
        }
        if (job == NULL) {
            if (pool->stopping)
                break;
            pthread_cond_wait(&pool->more, &pool->lock);
            continue;
        }
        pool->unbegun = job->next;
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        job->finished = true;
        if (pool->first == job && !pool->told) {
            pool->told = true;
            loop_post(pool->loop, collect, pool);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct pool *pool_new(struct loop *loop, unsigned threads)
{
    assert(threads > 0);
    struct pool *pool = mem_new(sizeof *pool + threads * sizeof pool->thread[0]);
    sigset_t all, before;
    int failed = pthread_mutex_init(&pool->lock, NULL);
    assert(failed == 0);
    failed = pthread_cond_init(&pool->more, NULL);
    assert(failed == 0);
    failed = pthread_cond_init(&pool->joined, NULL);
    assert(failed == 0);
    pool->loop = loop;
    pool->end = &pool->first;
    pool->pieces_end = &pool->pieces;
    pool->threads = threads;

    /* Signals belong to the loop's thread: the workers are born with all of them blocked. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < threads; i++) {
        failed = pthread_create(&pool->thread[i], NULL, work, pool);
        assert(failed == 0);
        (void)pthread_setname_np(pool->thread[i], "posko-verify"); /* for top and perf */
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool;
}

static void release(void *arg)
{
    struct pool *pool = arg;
    pthread_cond_destroy(&pool->more);
    pthread_cond_destroy(&pool->joined);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++) {
        int failed = pthread_join(pool->thread[i], NULL);
        assert(failed == 0);
    }
    collect(pool);
    assert(pool->first == NULL);
    loop_post(pool->loop, release, pool); /* behind a collect that may still be posted */
}

void pool_submit(struct pool *pool, struct job *job)
{
    job->next = NULL;
    job->finished = false;
    pthread_mutex_lock(&pool->lock);
    assert(!pool->stopping);
    *pool->end = job;
    pool->end = &job->next;
    pool->waiting++;
    if (pool->unbegun == NULL)
        pool->unbegun = job;
    pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_waiting(const struct pool *pool)
{
    return pool->waiting; /* changes on the loop's thread only, which is where this is called */
}

void pool_offer(struct pool *pool, struct piece *piece)
{
    piece->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->pieces_end = piece;
    pool->pieces_end = &piece->next;
    if (++pool->pieces_left > PIECES_OF_THE_CALLER)
        pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->lock);
}

void pool_join(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->joining = true;
    while (pool->pieces != NULL)
        run_piece(pool);
    while (pool->pieces_begun > 0)
        pthread_cond_wait(&pool->joined, &pool->lock);
    pool->joining = false;
    pthread_mutex_unlock(&pool->lock);
}
