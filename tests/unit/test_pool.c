#include "foreign.h"

#include "work/pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { JOBS = 1000, PIECES = 300, THREADS = 3 };

struct world {
    struct loop *loop;
    struct pool *pool;
    int next, goal, more;
};

struct sum {
    struct job job; /* first: a job is its sum */
    struct world *world;
    int number;
    uint64_t result;
};

static void run(struct job *job)
{
    struct sum *s = (struct sum *)job;
    for (int i = 0; i < (s->number * 7919) % 5000; i++) /* uneven, so that they overtake */
        s->result += (uint64_t)i;
    if (s->number % 97 == 0)
        (void)usleep(500);
}

static void submit(struct world *w, int number);

static void done(struct job *job)
{
    struct sum *s = (struct sum *)job;
    struct world *w = s->world;
    uint64_t n = (uint64_t)((s->number * 7919) % 5000);
    assert_int_equal(s->number, w->next);
    assert_true(n == 0 || s->result == n * (n - 1) / 2);
    w->next++;
    if (w->more > 0) {
        w->more--;
        submit(w, w->goal - w->more - 1);
    }
    if (w->next == w->goal)
        loop_stop(w->loop);
    mem_free(s);
}

static void submit(struct world *w, int number)
{
    struct sum *s = mem_new(sizeof *s);
    s->job.run = run;
    s->job.done = done;
    s->world = w;
    s->number = number;
    pool_submit(w->pool, &s->job);
}

static void results_come_in_the_order_of_submission(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = JOBS};
    w.pool = pool_new(w.loop, THREADS);
    for (int i = 0; i < JOBS; i++)
        submit(&w, i);
    assert_int_equal(pool_waiting(w.pool), JOBS);
    loop_run(w.loop);
    assert_int_equal(w.next, JOBS);
    assert_int_equal(pool_waiting(w.pool), 0);
    pool_free(w.pool);
    loop_free(w.loop);
}

static void a_result_may_submit_the_next_job(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = JOBS, .more = JOBS - 10};
    w.pool = pool_new(w.loop, THREADS);
    for (int i = 0; i < 10; i++)
        submit(&w, i);
    loop_run(w.loop);
    assert_int_equal(w.next, JOBS);
    pool_free(w.pool);
    loop_free(w.loop);
}

static void what_waits_at_the_end_is_done_first(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = JOBS};
    w.pool = pool_new(w.loop, THREADS);
    for (int i = 0; i < JOBS; i++)
        submit(&w, i);
    pool_free(w.pool);
    assert_int_equal(w.next, JOBS);
    loop_free(w.loop);
}

/* ---- pieces ---- */

struct shared {
    struct piece piece; /* first: a piece is its own */
    pthread_t caller, by;
    int times;
};

static void note(struct piece *piece)
{
    struct shared *s = (struct shared *)piece;
    s->by = pthread_self();
    bool own = pthread_equal(s->by, s->caller);
    (void)usleep(own ? 10 : 1000); /* the caller has done the last before a thread has done its */
    s->times++;
}

static void offer(struct world *w, struct shared *s)
{
    s->piece.run = note;
    s->caller = pthread_self();
    pool_offer(w->pool, &s->piece);
}

static void a_joined_piece_is_done_once(void **unused)
{
    (void)unused;
    struct shared pieces[PIECES] = {0};
    struct world w = {.loop = loop_new()};
    w.pool = pool_new(w.loop, THREADS);
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < PIECES; i++)
            offer(&w, &pieces[i]);
        pool_join(w.pool);
        for (int i = 0; i < PIECES; i++)
            assert_int_equal(pieces[i].times, round);
    }
    pool_join(w.pool); /* of nothing */
    pool_free(w.pool);
    loop_free(w.loop);
}

/* Waits until the gate is open, holding up its thread. */
struct gate {
    struct job job; /* first */
    atomic_bool *begun, *open;
};

static void wait_at_gate(struct job *job)
{
    struct gate *g = (struct gate *)job;
    atomic_store(g->begun, true);
    while (!atomic_load(g->open))
        (void)usleep(100);
}

static void gate_done(struct job *job)
{
    (void)job;
}

/* All threads are busy, and jobs wait: the caller does every piece itself. */
static void pieces_wait_for_no_job(void **unused)
{
    (void)unused;
    atomic_bool open = false, begun = false;
    struct gate gates[2] = {0};
    struct shared pieces[10] = {0};
    struct world w = {.loop = loop_new()};
    w.pool = pool_new(w.loop, 1);
    for (int i = 0; i < 2; i++) {
        gates[i] = (struct gate){
            .job = {.run = wait_at_gate, .done = gate_done}, .begun = &begun, .open = &open};
        pool_submit(w.pool, &gates[i].job);
    }
    while (!atomic_load(&begun))
        (void)usleep(100);
    for (int i = 0; i < 10; i++)
        offer(&w, &pieces[i]);
    pool_join(w.pool);
    for (int i = 0; i < 10; i++)
        assert_true(pthread_equal(pieces[i].by, pthread_self()));
    atomic_store(&open, true);
    pool_free(w.pool);
    loop_free(w.loop);
}

/* Two have to be at work at once. */
struct meeting {
    struct piece piece; /* first */
    atomic_int *there;
    bool met;
};

static void meet(struct piece *piece)
{
    struct meeting *m = (struct meeting *)piece;
    atomic_fetch_add(m->there, 1);
    for (int i = 0; i < 100000 && atomic_load(m->there) < 2; i++) /* 10 s at least */
        (void)usleep(100);
    m->met = atomic_load(m->there) >= 2;
}

static void idle_threads_help_with_three_and_more(void **unused)
{
    (void)unused;
    atomic_int there = 0;
    struct meeting pieces[3] = {0};
    struct world w = {.loop = loop_new()};
    w.pool = pool_new(w.loop, THREADS);
    for (int i = 0; i < 3; i++) {
        pieces[i] = (struct meeting){.piece = {.run = meet}, .there = &there};
        pool_offer(w.pool, &pieces[i].piece);
    }
    pool_join(w.pool);
    for (int i = 0; i < 3; i++)
        assert_true(pieces[i].met);
    pool_free(w.pool);
    loop_free(w.loop);
}

static void two_pieces_wait_for_the_caller(void **unused)
{
    (void)unused;
    struct shared pieces[2] = {0};
    struct world w = {.loop = loop_new()};
    w.pool = pool_new(w.loop, THREADS);
    for (int i = 0; i < 2; i++)
        offer(&w, &pieces[i]);
    (void)usleep(20000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pieces[i].times, 0);
    pool_join(w.pool);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pieces[i].times, 1);
    pool_free(w.pool);
    loop_free(w.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_the_order_of_submission),
        cmocka_unit_test(a_result_may_submit_the_next_job),
        cmocka_unit_test(what_waits_at_the_end_is_done_first),
        cmocka_unit_test(a_joined_piece_is_done_once),
        cmocka_unit_test(pieces_wait_for_no_job),
        cmocka_unit_test(idle_threads_help_with_three_and_more),
        cmocka_unit_test(two_pieces_wait_for_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
