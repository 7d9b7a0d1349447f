#include "base/loop.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>
#include <uv.h>

/* The rounds that loop_free grants to handles that are already closing, guests' handles included.
 */
enum { CLOSING_ROUNDS_MAX = 10000 };

struct post {
    struct post *next;
    loop_fn *fn;
    void *arg;
};

struct on_signal {
    uv_signal_t handle;
    struct on_signal *next;
    loop_fn *fn;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    struct on_signal *signals;
    pthread_mutex_t lock; /* guards posts and posts_end, nothing else */
    struct post *posts;
    struct post **posts_end;
};

struct loop_watch {
    uv_poll_t handle;
    loop_io_fn *fn;
    void *arg;
    int events;
};

/* A delay of 0 goes by a post: libuv would call a timer that sets itself again and again before it
 * looks at any socket. */
struct loop_timer {
    uv_timer_t handle;
    struct loop *loop;
    loop_fn *fn;
    void *arg;
    bool soon;   /* to be called by the post */
    bool posted; /* the post is on its way */
    bool gone;   /* closed meanwhile: the post frees */
};

static void run_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct post *post = loop->posts;
    loop->posts = NULL;
    loop->posts_end = &loop->posts;
    pthread_mutex_unlock(&loop->lock);

    while (post != NULL) {
        struct post *next = post->next;
        post->fn(post->arg);
        mem_free(post);
        post = next;
    }
}

static void on_wake(uv_async_t *wake)
{
    run_posts(wake->data);
}

struct loop *loop_new(void)
{
    struct loop *loop = mem_new(sizeof *loop);
    int failed = uv_loop_init(&loop->uv);
    assert(failed == 0);
    failed = uv_async_init(&loop->uv, &loop->wake, on_wake);
    assert(failed == 0);
    failed = pthread_mutex_init(&loop->lock, NULL);
    assert(failed == 0);
    loop->wake.data = loop;
    loop->posts_end = &loop->posts;
    return loop;
}

/* Lets guests finish what they have begun to close; ours are still open, but do not count. */
static void settle(struct loop *loop)
{
    uv_unref((uv_handle_t *)&loop->wake);
    for (struct on_signal *s = loop->signals; s != NULL; s = s->next)
        uv_unref((uv_handle_t *)&s->handle);
    for (int round = 0; round < CLOSING_ROUNDS_MAX; round++) {
        run_posts(loop);
        if (uv_run(&loop->uv, UV_RUN_NOWAIT) == 0 && loop->posts == NULL)
            break;
    }
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    settle(loop);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    for (struct on_signal *s = loop->signals; s != NULL; s = s->next)
        uv_close((uv_handle_t *)&s->handle, NULL);
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    int busy = uv_loop_close(&loop->uv);
    assert(busy == 0);
    while (loop->signals != NULL) {
        struct on_signal *next = loop->signals->next;
        mem_free(loop->signals);
        loop->signals = next;
    }
    pthread_mutex_destroy(&loop->lock);
    mem_free(loop);
}

void loop_run(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

static int uv_events(int events)
{
    return ((events & LOOP_READ) != 0 ? UV_READABLE : 0) |
           ((events & LOOP_WRITE) != 0 ? UV_WRITABLE : 0) |
           ((events & LOOP_HANGUP) != 0 ? UV_DISCONNECT : 0);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct loop_watch *watch = handle->data;
    int seen = ((events & UV_READABLE) != 0 ? LOOP_READ : 0) |
               ((events & UV_WRITABLE) != 0 ? LOOP_WRITE : 0) |
               ((events & UV_DISCONNECT) != 0 ? LOOP_HANGUP : 0);

    /* An error on the descriptor: libuv has paused the watch.  Whoever owns it finds the errno by
     * reading or writing, so it is told that all it waits for has come. */
    if (status < 0)
        seen = watch->events;
    watch->fn(watch->arg, seen);
}

struct loop_watch *loop_watch_open(struct loop *loop, int fd, int events, loop_io_fn *fn, void *arg)
{
    struct loop_watch *watch = mem_new(sizeof *watch);
    int failed = uv_poll_init(&loop->uv, &watch->handle, fd);
    assert(failed == 0);
    watch->handle.data = watch;
    watch->fn = fn;
    watch->arg = arg;
    loop_watch_set(watch, events);
    return watch;
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    watch->events = events;
    int failed = events == 0 ? uv_poll_stop(&watch->handle)
                             : uv_poll_start(&watch->handle, uv_events(events), on_poll);
    assert(failed == 0);
}

static void free_handle(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void loop_watch_close(struct loop_watch *watch)
{
    if (watch != NULL)
        uv_close((uv_handle_t *)&watch->handle, free_handle);
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = handle->data;
    timer->fn(timer->arg);
}

static void on_soon(void *arg)
{
    struct loop_timer *timer = arg;
    timer->posted = false;
    if (timer->gone) {
        mem_free(timer);
    } else if (timer->soon) {
        timer->soon = false;
        timer->fn(timer->arg);
    }
}

struct loop_timer *loop_timer_open(struct loop *loop, loop_fn *fn, void *arg)
{
    struct loop_timer *timer = mem_new(sizeof *timer);
    int failed = uv_timer_init(&loop->uv, &timer->handle);
    assert(failed == 0);
    timer->handle.data = timer;
    timer->loop = loop;
    timer->fn = fn;
    timer->arg = arg;
    return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
    loop_timer_stop(timer);
    if (delay_ms <= 0) {
        timer->soon = true;
        if (!timer->posted)
            loop_post(timer->loop, on_soon, timer);
        timer->posted = true;
        return;
    }
    /* The loop's idea of now is as old as its round: a delay counts from the call. */
    uv_update_time(timer->handle.loop);
    int failed = uv_timer_start(&timer->handle, on_timer, (uint64_t)delay_ms, 0);
    assert(failed == 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
    timer->soon = false;
    (void)uv_timer_stop(&timer->handle);
}

static void free_timer(uv_handle_t *handle)
{
    struct loop_timer *timer = handle->data;
    if (timer->posted)
        timer->gone = true;
    else
        mem_free(timer);
}

void loop_timer_close(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    timer->soon = false;
    uv_close((uv_handle_t *)&timer->handle, free_timer);
}

void loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
    struct post *post = mem_new(sizeof *post);
    post->fn = fn;
    post->arg = arg;
    pthread_mutex_lock(&loop->lock);
    *loop->posts_end = post;
    loop->posts_end = &post->next;
    pthread_mutex_unlock(&loop->lock);
    int failed = uv_async_send(&loop->wake);
    assert(failed == 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct on_signal *s = handle->data;
    (void)number;
    s->fn(s->arg);
}

void loop_on_signal(struct loop *loop, int signal, loop_fn *fn, void *arg)
{
    struct on_signal *s = mem_new(sizeof *s);
    int failed = uv_signal_init(&loop->uv, &s->handle);
    assert(failed == 0);
    s->handle.data = s;
    s->fn = fn;
    s->arg = arg;
    s->next = loop->signals;
    loop->signals = s;
    failed = uv_signal_start(&s->handle, on_signal, signal);
    assert(failed == 0);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec t;
    int failed = clock_gettime(clock, &t);
    assert(failed == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t loop_boot_us(const struct loop *loop)
{
    (void)loop;
    return clock_us(CLOCK_BOOTTIME);
}

int64_t loop_boot_ms(const struct loop *loop)
{
    return loop_boot_us(loop) / 1000;
}

int64_t loop_wall_ms(const struct loop *loop)
{
    (void)loop;
    return clock_us(CLOCK_REALTIME) / 1000;
}

void *loop_native(struct loop *loop)
{
    return &loop->uv;
}
