/* Clocks whose lapse PostgreSQL refuses: they are passed over for a while, so that the others go
 * on.  Memory may be read again meanwhile: what is muted is kept here, by name. */
#include "app/turn_inside.h"

struct mute {
    struct mute *next;
    struct arena arena;
    struct ticket_id ticket;
    struct str agency, source; /* empty: a ticket's clock */
    int64_t until_at;
};

static void apply(struct turn *t, const struct mute *m)
{
    const struct source *source =
        m->source.len ? state_source(t->state, m->agency, m->source) : NULL;
    if (source)
        state_mute_source(t->state, source, m->until_at);
    else if (!m->source.len)
        state_mute(t->state, m->ticket, m->until_at);
}

static void drop(struct mute *m)
{
    arena_deinit(&m->arena);
    mem_free(m);
}

bool turn_mute(struct turn *t, const char *text)
{
    struct ticket_id ticket;
    const struct source *source = NULL;
    if (t->out || !batch_lone_clock(t->batch, &ticket, &source))
        return false;
    struct mute *m = mem_new(sizeof(*m));
    arena_init(&m->arena);
    m->ticket = ticket;
    if (source) {
        m->agency = arena_dup(&m->arena, source->agency->id);
        m->source = arena_dup(&m->arena, source->id);
    }
    m->until_at = turn_now(t) + TURN_MUTE_MS;
    m->next = t->mutes;
    t->mutes = m;
    log_error(t->log, "clock.refused_by_database", F_TEXT("text", text),
              F_STR("ticket", source ? STR("") : str_of(id_text(ticket.at).at)),
              F_STR("source", m->source), F_INT("again_at", m->until_at));
    return true;
}

void turn_mute_again(struct turn *t)
{
    struct mute **at = &t->mutes;
    while (*at) {
        struct mute *m = *at;
        if (m->until_at > turn_now(t)) {
            apply(t, m);
            at = &m->next;
            continue;
        }
        *at = m->next;
        drop(m);
    }
}

void turn_mute_free(struct turn *t)
{
    while (t->mutes) {
        struct mute *m = t->mutes;
        t->mutes = m->next;
        drop(m);
    }
}
