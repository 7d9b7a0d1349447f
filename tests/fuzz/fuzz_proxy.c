/* Any bytes as a PROXY header, in every way that a socket may cut them. */
#include "net/proxy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads as accept.c does: never more than it was asked for. */
static enum proxy_step read_in_steps(const uint8_t *data, size_t size, size_t step, size_t *used,
                                     struct address *out)
{
    size_t have = 0, need = PROXY_HEAD_BYTES;
    for (;;) {
        size_t more = need - have < step ? need - have : step;
        if (have + more > size)
            return PROXY_MORE;
        have += more;
        uint8_t *exact = malloc(have); /* so that a byte too far is seen */
        assert(exact != NULL);
        memcpy(exact, data, have);
        enum proxy_step s = proxy_read(exact, have, &need, out);
        free(exact);
        if (s != PROXY_MORE) {
            *used = have;
            return s;
        }
        assert(need > have && need <= PROXY_BYTES_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 7, PROXY_BYTES_MAX};
    struct address first = {{0}};
    size_t first_used = 0;
    enum proxy_step whole = read_in_steps(data, size, steps[2], &first_used, &first);
    for (size_t i = 0; i < 2; i++) {
        struct address out = {{0}};
        size_t used = 0;
        enum proxy_step s = read_in_steps(data, size, steps[i], &used, &out);
        assert(s == whole || s == PROXY_BAD || whole == PROXY_MORE);
        if (whole != PROXY_BAD && whole != PROXY_MORE)
            assert(used == first_used && memcmp(&out, &first, sizeof out) == 0);
    }
    return 0;
}
