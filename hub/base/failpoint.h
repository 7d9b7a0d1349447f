/* Places at which a test lets the process die as by kill -9: POSKO_FAILPOINT=name:n, at the n-th
 * time.  In test builds only; elsewhere a place costs nothing and its counter is not there. */
#ifndef POSKO_BASE_FAILPOINT_H
#define POSKO_BASE_FAILPOINT_H

#ifdef POSKO_TEST

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct failpoint {
    const char *name; /* NULL: none */
    size_t name_len;
    long left; /* times until it is the one */
};

static inline void failpoint_init(struct failpoint *f)
{
    const char *text = getenv("POSKO_FAILPOINT");
    const char *colon = text ? strchr(text, ':') : NULL;
    *f = (struct failpoint){0};
    if (colon)
        *f = (struct failpoint){text, (size_t)(colon - text), strtol(colon + 1, NULL, 10)};
}

static inline void failpoint_pass(struct failpoint *f, const char *name)
{
    if (f->name && strlen(name) == f->name_len && memcmp(name, f->name, f->name_len) == 0 &&
        --f->left == 0)
        (void)raise(SIGKILL);
}

#define FAILPOINT(counter, name) failpoint_pass((counter), (name))

#else

#define FAILPOINT(counter, name) ((void)0)

#endif
#endif
