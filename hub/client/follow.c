#include "client/client.h"

static void send_follow(struct posko_client *c, int64_t after, enum follow follow)
{
    struct buf b;
    buf_init(&b);
    if (after >= 0)
        buf_printf(&b, "{\"op\":\"follow\",\"after\":%lld}", (long long)after);
    else
        buf_put(&b, STR("{\"op\":\"follow\"}"));
    c->follow = follow;
    link_send(c->link, buf_peek(&b));
    buf_deinit(&b);
}

/* A resumed session is told no directory: who starts with a cursor and no keys asks for the present
 * first, else no signature could be checked. */
static void follow_from_cursor(struct posko_client *c)
{
    if (c->after < 0)
        send_follow(c, -1, FOLLOW_FRESH);
    else if (!c->keys_known)
        send_follow(c, -1, FOLLOW_PRIMING);
    else
        send_follow(c, c->after, FOLLOW_PAST);
}

static void send_history(struct posko_client *c)
{
    struct buf b;
    buf_init(&b);
    buf_printf(&b,
               "{\"op\":\"history\",\"ticket\":\"%s\",\"after\":%lld,\"limit\":%d,\"ref\":%lld}",
               c->history.ticket, (long long)c->history.after, c->history.limit,
               (long long)c->history.ref);
    link_send(c->link, buf_peek(&b));
    buf_deinit(&b);
}

void follow_session_begins(struct posko_client *c)
{
    c->counted = 0;
    c->arrived = 0;
    c->got = 0;
    c->follow = FOLLOW_OFF;
    if (c->wants_follow)
        follow_from_cursor(c);
    if (c->history.wanted)
        send_history(c);
}

void posko_client_follow(struct posko_client *c, int64_t after)
{
    c->wants_follow = true;
    c->after = after < 0 ? -1 : after;
    c->last_seen = after < 0 ? 0 : after;
    if (c->phase == PHASE_READY)
        follow_from_cursor(c);
}

int64_t posko_client_cursor(const struct posko_client *c)
{
    return c->after;
}

int64_t posko_client_history(struct posko_client *c, const char *ticket, int64_t after, int limit)
{
    struct history h = {.wanted = true, .ref = ++c->last_ref, .after = after, .limit = limit};
    uint8_t id[ID_BYTES];
    if (!id_parse(str_of(ticket), id) || !str_to_c(str_of(ticket), h.ticket, sizeof(h.ticket)))
        return 0;
    c->history = h;
    if (c->phase == PHASE_READY)
        send_history(c);
    return h.ref;
}

static bool is_following(const struct posko_client *c)
{
    return c->follow == FOLLOW_FRESH || c->follow == FOLLOW_PAST || c->follow == FOLLOW_LIVE;
}

void follow_record(struct posko_client *c, struct posko_event *e, const struct node *message,
                   struct arena *arena)
{
    struct str jws = node_text(message, "jws");
    struct seen seen;
    keys_see(&c->keys, arena, e->seq, jws, &seen);
    e->type = POSKO_EVENT_RECORD;
    e->jws = text_of(jws);
    e->verdict = seen.verdict;
    if (seen.claims != NULL) {
        e->claims = text_of(seen.envelope.payload);
        e->kid = text_of(arena_dup(arena, kid_str(&seen.envelope.kid)));
    }
    if (e->of.at != NULL) {
        if (c->history.wanted && e->seq > c->history.after)
            c->history.after = e->seq;
        client_tell(c, e);
        return;
    }
    c->counted++;
    if (e->seq > c->arrived)
        c->arrived = e->seq;
    if (!is_following(c) || e->seq <= c->last_seen)
        return; /* it came again */
    c->last_seen = e->seq;
    bool shows =
        node_get(message, STR("ticket")) != NULL; /* else maybe of a replay after a doubt */
    if (c->follow == FOLLOW_LIVE && shows)
        c->after = e->seq;
    client_tell(c, e);
}

void follow_state(struct posko_client *c, struct posko_event *e, const struct node *message)
{
    keys_learn_state(&c->keys, message);
    e->type = POSKO_EVENT_STATE;
    client_tell(c, e);
}

void follow_reset(struct posko_client *c, struct posko_event *e)
{
    keys_clear(&c->keys);
    c->keys_known = false;
    if (c->follow == FOLLOW_PRIMING)
        return;
    c->follow = FOLLOW_FRESH;
    c->after = -1;
    c->last_seen = 0;
    e->type = POSKO_EVENT_RESET;
    client_tell(c, e);
}

void follow_live(struct posko_client *c, struct posko_event *e)
{
    if (c->keys.hub_differs) {
        client_fault_system(&c->fault, "the hub's key is not the one pinned at enrolment");
        client_finish(c, POSKO_END_HUB);
        return;
    }
    if (c->follow == FOLLOW_FRESH || c->follow == FOLLOW_PRIMING)
        c->keys_known = true;
    if (c->follow == FOLLOW_PRIMING) {
        send_follow(c, c->after, FOLLOW_PAST);
        return;
    }
    if (c->follow == FOLLOW_OFF)
        return;
    c->follow = FOLLOW_LIVE;
    c->after = e->head;
    e->type = POSKO_EVENT_LIVE;
    client_tell(c, e);
}

void follow_mark(struct posko_client *c, struct posko_event *e, int64_t sent)
{
    if (c->follow == FOLLOW_LIVE && sent != c->counted) {
        c->counted = sent; /* something was lost on the way: once more from the last good place */
        follow_from_cursor(c);
        return;
    }
    if (c->follow == FOLLOW_LIVE && e->head > c->after)
        c->after = e->head;
    e->type = POSKO_EVENT_MARK;
    client_tell(c, e);
}

/* One `got` for all that the last round brought. */
void follow_got(struct posko_client *c)
{
    if (!c->config.got || c->phase != PHASE_READY || c->arrived <= c->got)
        return;
    struct buf b;
    buf_init(&b);
    buf_printf(&b, "{\"op\":\"got\",\"seq\":%lld}", (long long)c->arrived);
    link_send(c->link, buf_peek(&b));
    buf_deinit(&b);
    c->got = c->arrived;
}

void follow_history_ends(struct posko_client *c, struct posko_event *e)
{
    if (!str_eq(str_of(c->history.ticket), (struct str){e->of.at, e->of.len}))
        return;
    c->history.wanted = false;
    e->type = POSKO_EVENT_HISTORY;
    e->ref = c->history.ref;
    client_tell(c, e);
}
