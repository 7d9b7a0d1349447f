#include "load.h"

#include <stdlib.h>
#include <string.h>

/* The number behind `name`; -1: it is not there.  The hub's messages begin with what we look for.
 */
static int64_t number(struct str text, const char *name)
{
    const char *at = memmem(text.at, text.len, name, strlen(name));
    return at ? strtoll(at + strlen(name), NULL, 10) : -1;
}

static struct str quoted(struct str text, const char *name)
{
    const char *at = memmem(text.at, text.len, name, strlen(name));
    if (!at)
        return STR_NONE;
    at += strlen(name);
    const char *end = memchr(at, '"', text.len - (size_t)(at - text.at));
    return end ? (struct str){at, (size_t)(end - at)} : STR_NONE;
}

void talk_up(struct conn *c)
{
    c->stage = STAGE_UP;
    c->load->up++;
}

void talk_opened(struct conn *c)
{
    switch (c->load->options.dialect) {
    case DIALECT_POSKO:
        return; /* the hub speaks first */
    case DIALECT_PLAIN:
        talk_up(c);
        return;
    case DIALECT_NATS:
    case DIALECT_STOMP:
        peer_opened(c);
        return;
    }
}

/* ---- answers ---- */

void talk_acked(struct conn *c, long ref, int64_t seq)
{
    struct load *load = c->load;
    struct tally *t = &load->tally;
    if (ref < 0 || ref >= c->next || c->shots[ref].seq) {
        load->malformed++;
        return;
    }
    struct shot *shot = &c->shots[ref];
    double now = load_now();
    shot->seq = seq;
    c->answered++;
    load->outstanding--;
    load->heard[seq % HEARD] = now;
    if (!load->measuring)
        return;
    t->acked++;
    if (t->ack_count < t->room)
        t->ack[t->ack_count++] = now - shot->due;
}

static void refused(struct conn *c, struct str text)
{
    struct tally *t = &c->load->tally;
    long ref = number(text, "\"ref\":");
    struct str code = quoted(text, "\"code\":\"");
    if (ref < 0 || ref >= c->next) {
        c->load->malformed++;
        return;
    }
    struct shot *shot = &c->shots[ref];
    int64_t retry_ms = number(text, "\"retry_ms\":");
    c->answered++;
    c->load->outstanding--;
    if (retry_ms > 0)
        c->rests_until = load_now() + (double)retry_ms * 1e-3;
    if (!c->load->measuring)
        return;
    t->refused++;
    if (str_eq(code, STR("busy"))) {
        t->refused_busy++;
        t->busy_without_retry += retry_ms <= 0;
    } else if (shot->forged && str_eq(code, STR("bad_signature"))) {
        t->refused_forged++;
    } else {
        t->refused_other++;
    }
}

/* A follower of the hub sees every number once: it may read all that is written here. */
void talk_delivered(struct conn *c, int64_t seq)
{
    struct load *load = c->load;
    struct tally *t = &load->tally;
    if (c->last && seq > c->last + 1)
        load->gaps++;
    if (c->last && seq <= c->last)
        load->repeats++;
    c->last = seq;
    c->sent++;
    if (!load->measuring)
        return;
    t->deliveries++;
    double heard = load->heard[seq % HEARD]; /* 0: it is here before its author has heard */
    if (load->options.writers && t->lag_count < t->room)
        t->lag[t->lag_count++] = heard > 0 ? load_now() - heard : 0;
}

/* ---- the hub's messages ---- */

static void hello(struct conn *c, struct str text)
{
    struct arena arena;
    arena_init(&arena);
    struct str jws =
        login_sign(&arena, c, quoted(text, "\"aud\":\""), quoted(text, "\"nonce\":\""));
    net_text(c, arena_printf(&arena, "{\"op\":\"auth\",\"jws\":\"" STR_FMT "\"}", STR_ARG(jws)));
    net_flush(c);
    arena_deinit(&arena);
}

static void welcome(struct conn *c, struct str text)
{
    if (!c->sub) {
        talk_up(c);
        return;
    }
    struct arena arena;
    arena_init(&arena);
    c->last = number(text, "\"head\":");
    net_text(c, arena_printf(&arena, "{\"op\":\"follow\",\"after\":%lld}", (long long)c->last));
    net_flush(c);
    arena_deinit(&arena);
}

static void posko(struct conn *c, struct str text)
{
    struct str op = quoted(text, "{\"op\":\"");
    if (str_eq(op, STR("record"))) {
        talk_delivered(c, number(text, "\"seq\":"));
    } else if (str_eq(op, STR("posted"))) {
        talk_acked(c, (long)number(text, "\"ref\":"), number(text, "\"seq\":"));
    } else if (str_eq(op, STR("refused"))) {
        if (c->stage != STAGE_UP)
            c->load->malformed++;
        else
            refused(c, text);
    } else if (str_eq(op, STR("hello"))) {
        hello(c, text);
    } else if (str_eq(op, STR("welcome"))) {
        welcome(c, text);
    } else if (str_eq(op, STR("live")) && c->stage != STAGE_UP) {
        talk_up(c);
    } else if (str_eq(op, STR("mark")) && c->sub && c->stage == STAGE_UP) {
        c->load->gaps += number(text, "\"sent\":") != c->sent; /* as the protocol says */
    }
}

void talk_message(struct conn *c, struct str text, bool binary)
{
    (void)binary;
    switch (c->load->options.dialect) {
    case DIALECT_POSKO:
    case DIALECT_PLAIN:
        posko(c, text);
        return;
    case DIALECT_NATS:
    case DIALECT_STOMP:
        peer_message(c, text);
        return;
    }
}

/* ---- posting ---- */

bool post_next(struct conn *c, double due)
{
    if (c->next == c->shot_count)
        return false;
    struct shot *shot = &c->shots[c->next++];
    shot->due = due;
    c->load->outstanding++;
    c->load->tally.posted += c->load->measuring;
    if (c->load->options.dialect == DIALECT_POSKO || c->load->options.dialect == DIALECT_PLAIN)
        net_bytes(c, shot->frame, shot->len);
    else
        peer_post(c, c->next - 1);
    return true;
}
