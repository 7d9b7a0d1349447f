#include "client/client.h"

#include <string.h>

static void send_post(struct posko_client *c, struct post *p, int64_t now)
{
    struct buf b;
    buf_init(&b);
    buf_printf(&b, "{\"op\":\"post\",\"jws\":\"%s\",\"ref\":%lld}", p->jws, (long long)p->ref);
    link_send(c->link, buf_peek(&b));
    buf_deinit(&b);
    /* 10 s of silence first; then 1, 2, 4 .. 30 s apart. */
    p->send_at = now + (p->tries == 0 ? POSKO_RESEND_MS : client_backoff_ms(p->tries - 1));
    p->tries++;
}

/* A new session: whatever is not answered goes out again, in the order it was given. */
void post_session_begins(struct posko_client *c)
{
    int64_t now = link_now_ms();
    for (struct post *p = c->posts; p != NULL; p = p->next) {
        p->tries = 0;
        send_post(c, p, now);
    }
}

void post_due(struct posko_client *c, int64_t now)
{
    if (c->phase != PHASE_READY)
        return;
    for (struct post *p = c->posts; p != NULL; p = p->next) {
        if (p->send_at <= now)
            send_post(c, p, now);
    }
}

int64_t post_next(const struct posko_client *c)
{
    int64_t next = INT64_MAX;
    for (const struct post *p = c->posts; p != NULL && c->phase == PHASE_READY; p = p->next) {
        if (p->send_at < next)
            next = p->send_at;
    }
    return next;
}

/* The jti, by which an answer without ref is known; empty when it is not to be read. */
static void read_id(struct str jws, char out[static ID_CHARS + 1])
{
    struct arena arena;
    struct envelope envelope;
    struct fault fault;
    const struct node *claims = NULL;
    arena_init(&arena);
    out[0] = '\0';
    if (jws_parse(&arena, jws, &fault, &envelope) == OK &&
        json_parse(&arena, envelope.payload, &fault, &claims) == OK &&
        !str_to_c(node_text(claims, "jti"), out, ID_CHARS + 1))
        out[0] = '\0';
    arena_deinit(&arena);
}

/* It goes into a JSON string as it is, so it must be of the characters of a JWS. */
static bool is_jws_text(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.at[i];
        bool ok = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                  (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' || ch == '.';
        if (!ok)
            return false;
    }
    return s.len > 0 && s.len <= POSKO_JWS_BYTES_MAX;
}

int64_t posko_client_post(struct posko_client *c, struct posko_text jws, enum posko_keep keep)
{
    if (!is_jws_text((struct str){jws.at, jws.len}))
        return 0;
    struct post *p = mem_new(sizeof(*p) + jws.len + 1);
    p->ref = ++c->last_ref;
    p->keep = keep;
    p->len = jws.len;
    memcpy(p->jws, jws.at, jws.len);
    read_id((struct str){p->jws, p->len}, p->id);
    struct post **last = &c->posts;
    while (*last != NULL)
        last = &(*last)->next;
    *last = p;
    if (c->phase == PHASE_READY)
        send_post(c, p, link_now_ms());
    return p->ref;
}

static struct post **find(struct posko_client *c, int64_t ref, struct str id)
{
    struct post **p = &c->posts;
    bool by_id = ref <= 0 && id.len > 0;
    while (*p != NULL && (by_id ? !str_eq(str_of((*p)->id), id) : (*p)->ref != ref))
        p = &(*p)->next;
    return p;
}

static void take_out(struct post **at)
{
    struct post *p = *at;
    *at = p->next;
    mem_free(p);
}

void posko_client_forget(struct posko_client *c, int64_t ref)
{
    struct post **p = find(c, ref, STR_NONE);
    if (ref > 0 && *p != NULL)
        take_out(p);
}

size_t posko_client_pending(const struct posko_client *c)
{
    size_t n = link_waiting(c->link);
    for (const struct post *p = c->posts; p != NULL; p = p->next)
        n++;
    return n;
}

bool post_posted(struct posko_client *c, int64_t ref, struct str id, int64_t *ours)
{
    struct post **p = find(c, ref, id);
    if (*p == NULL)
        return false;
    *ours = (*p)->ref;
    take_out(p);
    return true;
}

bool post_is_passing(struct str code)
{
    return str_eq(code, STR("busy")) || str_eq(code, STR("too_many")) ||
           str_eq(code, STR("not_stored")) || str_eq(code, STR("draining"));
}

bool post_refused(struct posko_client *c, int64_t ref, struct str id, struct str code,
                  int64_t retry_ms, int64_t *ours, bool *again)
{
    struct post **at = find(c, ref, id);
    struct post *p = *at;
    *again = false;
    if (p == NULL)
        return false;
    *ours = p->ref;
    if (p->keep == POSKO_KEEP_ALWAYS && post_is_passing(code)) {
        int64_t wait = client_backoff_ms(p->tries > 0 ? p->tries - 1 : 0);
        if (retry_ms > 0 && retry_ms < BACKOFF_MS_MAX)
            wait = retry_ms;
        p->send_at = link_now_ms() + wait;
        *again = true;
        return true;
    }
    take_out(at);
    return true;
}

void post_free(struct posko_client *c)
{
    while (c->posts != NULL)
        take_out(&c->posts);
}
