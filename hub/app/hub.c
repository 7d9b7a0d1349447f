#include "app/hub.h"

enum { AFTER_LOOK_MAX = 256 };

struct after_look {
    struct after_look *next;
    uint64_t begun; /* of the look that began after it was asked for */
    void (*fn)(void *arg);
    void *arg;
};

bool hub_after_look(struct hub *hub, void (*fn)(void *arg), void *arg)
{
    struct after_look **end = &hub->after_look;
    size_t count = 0;
    for (; *end; end = &(*end)->next)
        count++;
    if (count >= AFTER_LOOK_MAX)
        return false;
    *end = mem_new(sizeof(**end));
    **end = (struct after_look){NULL, turn_begun(hub->turn) + 1, fn, arg};
    turn_look(hub->turn, 0);
    return true;
}

static void answer_upto(struct hub *hub, uint64_t begun)
{
    while (hub->after_look && hub->after_look->begun <= begun) {
        struct after_look *a = hub->after_look;
        hub->after_look = a->next;
        a->fn(a->arg);
        mem_free(a);
    }
}

void hub_looks_end(struct hub *hub)
{
    answer_upto(hub, UINT64_MAX);
}

/* Those who asked while it was under way wait for the next. */
void hub_looked(void *app)
{
    struct hub *hub = app;
    answer_upto(hub, turn_begun(hub->turn));
    if (hub->after_look)
        turn_look(hub->turn, 0);
}

bool hub_is_unready(const struct hub *hub, struct buf *reasons)
{
    const char *why[4];
    size_t count = 0;
    int64_t now = loop_boot_ms(hub->loop);
    if (!turn_is_loaded(hub->turn))
        why[count++] = "the ledger is being read";
    if (now - turn_last_good(hub->turn) > HUB_HEALTH_MS || !tail_is_up(hub->tail))
        why[count++] = "the database does not answer";
    else if (hub->health_known && !hub->health.writable)
        why[count++] = "the database takes no writes";
    if (hub->draining)
        why[count++] = "this hub is stopping";
    for (size_t i = 0; i < count; i++)
        buf_printf(reasons, "%s\"%s\"", i ? "," : "", why[i]);
    return count > 0;
}

void hub_stop(struct hub *hub, int exit_code)
{
    hub->exit_code = exit_code;
    loop_stop(hub->loop);
}
