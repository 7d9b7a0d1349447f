#include "foreign.h"

#include "base/loop.h"

#include <pthread.h>
#include <signal.h>

enum { POSTS = 2000, THREADS = 4 };

struct world {
    struct loop *loop;
    struct loop_timer *timer, *other;
    struct loop_watch *watch;
    int pipe[2];
    int calls, goal, seen;
};

static void count(void *arg)
{
    struct world *w = arg;
    if (++w->calls == w->goal)
        loop_stop(w->loop);
}

static void *post_many(void *arg)
{
    struct world *w = arg;
    for (int i = 0; i < POSTS; i++)
        loop_post(w->loop, count, w);
    return NULL;
}

static void posts_of_all_threads_arrive_each_once(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = POSTS * THREADS};
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, post_many, &w), 0);
    loop_run(w.loop);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(w.calls, POSTS * THREADS);
    loop_free(w.loop);
}

static void stop(void *arg)
{
    struct world *w = arg;
    loop_stop(w->loop);
}

static void again(void *arg)
{
    struct world *w = arg;
    w->calls++;
    loop_timer_set(w->timer, 0);
}

static void a_timer_that_sets_itself_to_nothing_lets_others_live(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new()};
    w.timer = loop_timer_open(w.loop, again, &w);
    w.other = loop_timer_open(w.loop, stop, &w);
    loop_timer_set(w.timer, 0);
    loop_timer_set(w.other, 5);
    loop_run(w.loop);
    assert_true(w.calls > 1);
    loop_timer_close(w.timer);
    loop_timer_close(w.other);
    loop_free(w.loop);
}

static void fail_now(void *arg)
{
    (void)arg;
    fail_msg("a timer that was stopped or closed was called");
}

static void a_timer_stopped_or_closed_is_not_called(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new()};
    w.other = loop_timer_open(w.loop, stop, &w);
    for (int64_t delay = 0; delay < 3; delay++) {
        struct loop_timer *stopped = loop_timer_open(w.loop, fail_now, NULL);
        struct loop_timer *closed = loop_timer_open(w.loop, fail_now, NULL);
        loop_timer_set(stopped, delay);
        loop_timer_set(closed, delay);
        loop_timer_stop(stopped);
        loop_timer_close(closed);
        loop_timer_set(w.other, 10);
        loop_run(w.loop);
        loop_timer_close(stopped);
    }
    loop_timer_close(w.other);
    loop_free(w.loop);
}

static void on_pipe(void *arg, int events)
{
    struct world *w = arg;
    w->seen |= events;
    if (++w->calls == w->goal)
        loop_watch_set(w->watch, 0);
}

static void a_watch_tells_again_until_it_is_paused(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = 3};
    assert_int_equal(pipe(w.pipe), 0);
    assert_int_equal(write(w.pipe[1], "x", 1), 1);
    w.watch = loop_watch_open(w.loop, w.pipe[0], LOOP_READ, on_pipe, &w);
    w.other = loop_timer_open(w.loop, stop, &w);
    loop_timer_set(w.other, 20);
    loop_run(w.loop);
    assert_int_equal(w.calls, 3);
    assert_int_equal(w.seen, LOOP_READ);
    loop_watch_close(w.watch);
    loop_timer_close(w.other);
    assert_int_equal(close(w.pipe[0]) | close(w.pipe[1]), 0); /* it was still open */
    loop_free(w.loop);
}

static void a_signal_arrives_on_the_loop(void **unused)
{
    (void)unused;
    struct world w = {.loop = loop_new(), .goal = 1};
    loop_on_signal(w.loop, SIGUSR1, count, &w);
    assert_int_equal(raise(SIGUSR1), 0);
    loop_run(w.loop);
    assert_int_equal(w.calls, 1);
    loop_free(w.loop);
}

static void time_goes_forward(void **unused)
{
    (void)unused;
    struct loop *loop = loop_new();
    int64_t us = loop_boot_us(loop);
    assert_true(us > 0 && loop_boot_us(loop) >= us);
    assert_true(loop_boot_ms(loop) - us / 1000 < 1000);
    assert_true(loop_wall_ms(loop) > INT64_C(1600000000000));
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_of_all_threads_arrive_each_once),
        cmocka_unit_test(a_timer_that_sets_itself_to_nothing_lets_others_live),
        cmocka_unit_test(a_timer_stopped_or_closed_is_not_called),
        cmocka_unit_test(a_watch_tells_again_until_it_is_paused),
        cmocka_unit_test(a_signal_arrives_on_the_loop),
        cmocka_unit_test(time_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
