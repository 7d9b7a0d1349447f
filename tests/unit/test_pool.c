#include "foreign.h"

#include "work/pool.h"

enum { JOBS = 1000, THREADS = 3 };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_the_order_of_submission),
        cmocka_unit_test(a_result_may_submit_the_next_job),
        cmocka_unit_test(what_waits_at_the_end_is_done_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
