#include "base/mem.h"

#include <stdlib.h>

void *mem_new(size_t size)
{
    void *at = calloc(1, size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    return at;
}

void *mem_grow(void *old, size_t size)
{
    void *at = realloc(old, size == 0 ? 1 : size);
    if (at == NULL)
        abort();
    return at;
}

void mem_free(void *at)
{
    free(at);
}
