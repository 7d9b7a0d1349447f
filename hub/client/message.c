#include "client/client.h"

#include <stdio.h>
#include <string.h>

/* One op: what it needs of the message is in `e` already. */
typedef void op_fn(struct posko_client *c, struct posko_event *e, const struct node *m,
                   struct arena *arena);

static void on_hello(struct posko_client *c, struct posko_event *e, const struct node *m,
                     struct arena *arena)
{
    (void)arena;
    struct str aud = node_text(m, "aud");
    if (c->phase != PHASE_CONNECTING)
        return;
    if (c->config.aud != NULL && !str_eq(aud, str_of(c->config.aud))) {
        client_fault_system(&c->fault, "this is the ledger " STR_FMT ", not %s", STR_ARG(aud),
                            c->config.aud);
        client_finish(c, POSKO_END_AUD);
        return;
    }
    e->type = POSKO_EVENT_HELLO;
    client_tell(c, e);
    if (c->has_key)
        login_start(c, aud, node_text(m, "nonce"));
}

static void on_welcome(struct posko_client *c, struct posko_event *e, const struct node *m,
                       struct arena *arena)
{
    (void)arena;
    if (c->phase != PHASE_LOGIN)
        return;
    c->phase = PHASE_READY;
    c->retries = 0;
    c->token = arena_dup(&c->session, node_text(m, "token"));
    e->type = POSKO_EVENT_WELCOME;
    client_tell(c, e);
    if (c->phase != PHASE_READY)
        return;
    follow_session_begins(c); /* first: so that what is posted comes back as a record */
    post_session_begins(c);
}

static void on_enrolled(struct posko_client *c, struct posko_event *e, const struct node *m,
                        struct arena *arena)
{
    (void)m;
    (void)arena;
    if (!c->enrolling)
        return;
    e->type = POSKO_EVENT_ENROLLED;
    client_tell(c, e);
    client_finish(c, POSKO_END_DONE);
}

static void on_posted(struct posko_client *c, struct posko_event *e, const struct node *m,
                      struct arena *arena)
{
    (void)m;
    (void)arena;
    e->type = POSKO_EVENT_POSTED;
    if (post_posted(c, e->ref, (struct str){e->id.at, e->id.len}, &e->ref))
        client_tell(c, e);
}

static void login_refused(struct posko_client *c, struct posko_event *e)
{
    if (post_is_passing(str_of(e->fault.code))) {
        c->bye_ms = e->fault.retry_ms;
        client_drop(c, e->fault.text);
        return;
    }
    /* The answer to an earlier try was lost, and now the secret is used up: by us, perhaps.  The
     * log-in tells. */
    if (c->enrolling && c->enrol_in_doubt && strcmp(e->fault.code, "not_found") == 0) {
        c->enrolling = false;
        c->bye_ms = 1;
        client_drop(c, e->fault.text);
        return;
    }
    client_tell(c, e);
    client_finish(c, POSKO_END_LOGIN);
}

static void on_refused(struct posko_client *c, struct posko_event *e, const struct node *m,
                       struct arena *arena)
{
    (void)arena;
    struct str code = node_text(m, "code");
    bool again = false;
    int64_t ref = 0;
    e->type = POSKO_EVENT_REFUSED;
    e->fault.retry_ms = node_int(m, "retry_ms", 0);
    (void)snprintf(e->fault.code, sizeof(e->fault.code), STR_FMT, STR_ARG(code));
    struct str field = node_text(m, "field");
    struct str text = node_text(m, "text");
    (void)snprintf(e->fault.field, sizeof(e->fault.field), STR_FMT, STR_ARG(field));
    (void)snprintf(e->fault.text, sizeof(e->fault.text), STR_FMT, STR_ARG(text));
    c->fault = e->fault;
    if (c->phase != PHASE_READY) {
        e->ref = 0;
        login_refused(c, e);
        return;
    }
    if (post_refused(c, e->ref, (struct str){e->id.at, e->id.len}, code, e->fault.retry_ms, &ref,
                     &again)) {
        e->ref = ref;
        if (!again)
            client_tell(c, e);
        return;
    }
    if (c->history.wanted && e->ref == c->history.ref)
        c->history.wanted = false;
    client_tell(c, e);
}

static void on_record(struct posko_client *c, struct posko_event *e, const struct node *m,
                      struct arena *arena)
{
    follow_record(c, e, m, arena);
}

static void on_state(struct posko_client *c, struct posko_event *e, const struct node *m,
                     struct arena *arena)
{
    (void)arena;
    follow_state(c, e, m);
}

static void on_reset(struct posko_client *c, struct posko_event *e, const struct node *m,
                     struct arena *arena)
{
    (void)m;
    (void)arena;
    follow_reset(c, e);
}

static void on_live(struct posko_client *c, struct posko_event *e, const struct node *m,
                    struct arena *arena)
{
    (void)m;
    (void)arena;
    follow_live(c, e);
}

static void on_mark(struct posko_client *c, struct posko_event *e, const struct node *m,
                    struct arena *arena)
{
    (void)arena;
    follow_mark(c, e, node_int(m, "sent", -1));
}

static void on_gone(struct posko_client *c, struct posko_event *e, const struct node *m,
                    struct arena *arena)
{
    (void)m;
    (void)arena;
    e->type = POSKO_EVENT_GONE;
    client_tell(c, e);
}

static void on_receipt(struct posko_client *c, struct posko_event *e, const struct node *m,
                       struct arena *arena)
{
    (void)m;
    (void)arena;
    e->type = POSKO_EVENT_RECEIPT;
    client_tell(c, e);
}

static void on_end(struct posko_client *c, struct posko_event *e, const struct node *m,
                   struct arena *arena)
{
    (void)arena;
    e->more = node_bool(m, "more", false);
    follow_history_ends(c, e);
}

static void on_bye(struct posko_client *c, struct posko_event *e, const struct node *m,
                   struct arena *arena)
{
    (void)arena;
    struct str code = node_text(m, "code");
    c->bye_ms = node_int(m, "retry_ms", 0);
    if (str_eq(code, STR("changed")))
        c->after = -1; /* another role sees another past: start from the present */
    e->type = POSKO_EVENT_BYE;
    e->fault.retry_ms = c->bye_ms;
    (void)snprintf(e->fault.code, sizeof(e->fault.code), STR_FMT, STR_ARG(code));
    client_tell(c, e);
}

static const struct {
    const char *op;
    op_fn *fn;
} ops[] = {{"hello", on_hello},   {"welcome", on_welcome}, {"enrolled", on_enrolled},
           {"posted", on_posted}, {"refused", on_refused}, {"record", on_record},
           {"state", on_state},   {"reset", on_reset},     {"live", on_live},
           {"mark", on_mark},     {"gone", on_gone},       {"receipt", on_receipt},
           {"end", on_end},       {"bye", on_bye}};

static struct posko_text member(const struct node *m, const char *name)
{
    return text_of(node_text(m, name));
}

/* The one null of the protocol: `"id":null` in `refused`, which our parser does not know.  It
 * cannot stand inside a text, where the quotes would be escaped. */
static void drop_null_id(char *at, size_t len)
{
    static const char name[] = "\"id\":";
    char *found = memmem(at, len, name, sizeof(name) - 1);
    if (found == NULL)
        return;
    found += sizeof(name) - 1;
    while (found < at + len && *found == ' ')
        found++;
    if ((size_t)(at + len - found) >= 4 && memcmp(found, "null", 4) == 0)
        memcpy(found, "\"\"  ", 4);
}

void message_received(struct posko_client *c, struct str text)
{
    struct arena arena;
    struct fault fault;
    const struct node *m = NULL;
    arena_init(&arena);
    char *readable = arena_alloc(&arena, text.len + 1);
    memcpy(readable, text.at, text.len);
    drop_null_id(readable, text.len);
    if (json_parse_trusted(&arena, (struct str){readable, text.len}, &fault, &m) != OK) {
        client_drop(c, "the hub sent what is not JSON");
        goto done;
    }
    struct posko_event e = {.message = text_of(text),
                            .seq = node_int(m, "seq", 0),
                            .at = node_int(m, "at", 0),
                            .head = node_int(m, "head", 0),
                            .ref = node_int(m, "ref", 0),
                            .id = member(m, "id"),
                            .ticket = member(m, "ticket"),
                            .of = member(m, "of"),
                            .kid = member(m, "kid"),
                            .aud = member(m, "aud"),
                            .hub = member(m, "hub"),
                            .agency = member(m, "agency"),
                            .member = member(m, "member"),
                            .how = member(m, "how"),
                            .why = member(m, "why")};
    struct str op = node_text(m, "op");
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (str_eq(op, str_of(ops[i].op))) {
            ops[i].fn(c, &e, m, &arena);
            break; /* an op of a later version is not for us */
        }
    }
done:
    arena_deinit(&arena);
}

const char *posko_verdict_name(enum posko_verdict verdict)
{
    static const char *const names[] = {"good", "unknown_key", "not_then", "not_author", "false"};
    return names[verdict];
}
