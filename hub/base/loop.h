/* The loop, a seam: work/loop.c is libuv's, the simulator brings its own object file.
 * All but loop_post: the loop's own thread.  Callbacks never run inside the call that asked. */
#ifndef POSKO_BASE_LOOP_H
#define POSKO_BASE_LOOP_H

#include "base/str.h"

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

typedef void loop_io_fn(void *arg, int events);
typedef void loop_fn(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* after loop_run has returned and all handles are closed */
void loop_run(struct loop *loop);  /* until loop_stop */
void loop_stop(struct loop *loop);

/* Level-triggered.  events: what to wait for; 0 pauses. */
struct loop_watch *loop_watch_open(struct loop *loop, int fd, int events, loop_io_fn *fn,
                                   void *arg);
void loop_watch_set(struct loop_watch *watch, int events);
void loop_watch_close(struct loop_watch *watch); /* fn is not called again; fd stays open */

struct loop_timer *loop_timer_open(struct loop *loop, loop_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms); /* once; again moves it; 0: soon */
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_close(struct loop_timer *timer);

/* Calls fn(arg) on the loop, soon.  Any thread.  Each post is one call. */
void loop_post(struct loop *loop, loop_fn *fn, void *arg);

/* Calls fn(arg) when the process gets the signal. */
void loop_on_signal(struct loop *loop, int signal, loop_fn *fn, void *arg);

int64_t loop_boot_ms(const struct loop *loop); /* CLOCK_BOOTTIME: only forward, counts suspend */
int64_t loop_wall_ms(const struct loop *loop); /* CLOCK_REALTIME since 1970 */
int64_t loop_boot_us(const struct loop *loop);

/* The uv_loop_t, for libwebsockets' foreign_loops. */
void *loop_native(struct loop *loop);

#endif
