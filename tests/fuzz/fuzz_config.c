/* Any bytes as posko.conf.  It is refused with a text, or what a hub cannot do without is there, in
 * its range, and the names that it answers to are in lower case. */
#include "app/config.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err read_bytes(const uint8_t *data, size_t size, struct config *c, struct fault *fault)
{
    char path[32];
    int fd = memfd_create("posko.conf", 0);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    enum err e = config_read(c, path, fault);
    (void)close(fd);
    return e;
}

static void check(const struct config *c)
{
    assert(c->database != NULL && c->hub_key != NULL && c->url != NULL && c->listen_count > 0);
    assert(c->threads >= 1 && c->threads <= 64 && c->rate_key >= 1 && c->open_address >= 1);
    for (size_t i = 0; i < c->host_count; i++)
        for (const char *at = c->hosts[i]; *at != '\0'; at++)
            assert(!isupper((unsigned char)*at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config c;
    struct fault fault = {0};
    struct buf shown;
    buf_init(&shown);
    if (read_bytes(data, size, &c, &fault) == OK) {
        check(&c);
        config_show(&c, &shown);
        assert(shown.len > 0);
    } else {
        assert(fault.code == ERR_SYSTEM && fault.text[0] != '\0');
    }
    buf_deinit(&shown);
    config_deinit(&c);
    return 0;
}
