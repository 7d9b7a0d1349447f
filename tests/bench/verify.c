/* The limit that a hub is held against: Ed25519 verifications per second, on `threads` threads.
 * usage: verify THREADS SECONDS; prints how many a second by the clock on the wall, all threads
 * together, and the microseconds of CPU that one takes. */
#include "base/crypt.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MESSAGE_BYTES = 700, THREADS_MAX = 64 };

struct measured {
    double seconds;
    double cpu;
    long count;
};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *verify(void *arg)
{
    struct measured *m = arg;
    char bytes[MESSAGE_BYTES];
    struct str message = {bytes, sizeof(bytes)};
    struct secret_key key = crypt_key_new();
    struct public_key jwk = crypt_public(&key);
    crypt_random(bytes, sizeof(bytes));
    struct signature sig = crypt_sign(&key, message);
    double end = now(CLOCK_MONOTONIC) + m->seconds;
    double cpu = now(CLOCK_THREAD_CPUTIME_ID);
    while (now(CLOCK_MONOTONIC) < end) {
        if (!crypt_verify(&jwk, message, &sig))
            abort();
        m->count++;
    }
    m->cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    double seconds = argc > 2 ? atof(argv[2]) : 1;
    pthread_t ids[THREADS_MAX];
    struct measured m[THREADS_MAX] = {{0}};
    long all = 0;
    double cpu = 0;
    if (threads < 1 || threads > THREADS_MAX || crypt_start() != OK)
        return 2;
    for (int i = 0; i < threads; i++) {
        m[i].seconds = seconds;
        if (pthread_create(&ids[i], NULL, verify, &m[i]) != 0)
            return 1;
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        all += m[i].count;
        cpu += m[i].cpu;
    }
    printf("%.0f %.3f\n", (double)all / seconds, cpu / (double)all * 1e6);
    return 0;
}
