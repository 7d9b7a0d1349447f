#include "client/client.h"
#include "base/keyfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LOGIN_MS = 10000, SILENCE_MS = 20000 };

int64_t client_backoff_ms(int tries)
{
    return tries >= 5 ? BACKOFF_MS_MAX : (int64_t)1000 << (tries < 0 ? 0 : tries);
}

struct posko_text text_of(struct str s)
{
    return (struct posko_text){s.at, s.len};
}

void client_fault(struct posko_fault *out, const struct fault *fault)
{
    const char *code = fault->code == ERR_SYSTEM ? "system" : err_wire(fault->code);
    *out = (struct posko_fault){.retry_ms = fault->retry_ms};
    (void)snprintf(out->code, sizeof(out->code), "%s", code);
    (void)snprintf(out->field, sizeof(out->field), "%s", fault->field);
    (void)snprintf(out->text, sizeof(out->text), "%s", fault->text);
}

void client_fault_system(struct posko_fault *out, const char *format, ...)
{
    va_list args;
    *out = (struct posko_fault){.code = "system"};
    va_start(args, format);
    (void)vsnprintf(out->text, sizeof(out->text), format, args);
    va_end(args);
}

void client_tell(struct posko_client *c, const struct posko_event *e)
{
    if (c->config.event != NULL)
        c->config.event(c->config.arg, c, e);
}

void client_finish(struct posko_client *c, enum posko_end end)
{
    if (c->end == POSKO_END_NOT)
        c->end = end;
    c->phase = PHASE_IDLE;
    link_close(c->link);
}

/* After a lost connection: when to try again, and that the user hears of it. */
static void try_later(struct posko_client *c, struct str why)
{
    uint8_t dice = 0;
    crypt_random(&dice, 1);
    int64_t wait = client_backoff_ms(c->retries++);
    wait += wait * dice / 1024; /* up to a quarter more: not everybody at once */
    if (c->bye_ms > 0 && c->bye_ms < BACKOFF_MS_MAX)
        wait = c->bye_ms;
    c->bye_ms = 0;
    if (c->enrolling && c->phase == PHASE_LOGIN)
        c->enrol_in_doubt = true;
    c->phase = PHASE_IDLE;
    c->follow = FOLLOW_OFF;
    c->retry_at = link_now_ms() + wait;
    struct posko_event e = {.type = POSKO_EVENT_LOST};
    client_fault_system(&e.fault, STR_FMT, STR_ARG(why));
    e.fault.retry_ms = c->end == POSKO_END_NOT ? wait : 0;
    client_tell(c, &e);
}

void client_drop(struct posko_client *c, const char *why)
{
    link_close(c->link);
    try_later(c, str_of(why));
}

static void set_fault(struct posko_client *c, const char *code, const char *text)
{
    if (c->end != POSKO_END_NOT)
        return;
    client_fault_system(&c->fault, "%s", text);
    (void)snprintf(c->fault.code, sizeof(c->fault.code), "%s", code);
}

static void on_lost(void *arg, int code, struct str why)
{
    struct posko_client *c = arg;
    if (code == POSKO_CLOSE_REVOKED) {
        set_fault(c, "revoked_key", "this key was revoked");
        client_finish(c, POSKO_END_REVOKED);
    } else if (code == POSKO_CLOSE_REPLACED) {
        set_fault(c, "too_many", "this key is connected from four other places");
        client_finish(c, POSKO_END_REPLACED);
    } else if (code == POSKO_CLOSE_NOT_AUTHENTICATED) {
        set_fault(c, "unknown_key", "the log-in was not accepted");
        client_finish(c, POSKO_END_LOGIN);
    }
    if (c->end == POSKO_END_NOT)
        try_later(c, why);
}

static void on_message(void *arg, struct str text)
{
    struct posko_client *c = arg;
    c->heard_at = link_now_ms();
    message_received(c, text);
}

static const char *keep_text(struct posko_client *c, const char *text)
{
    return text == NULL ? NULL : arena_dup(&c->texts, str_of(text)).at;
}

static bool open_key(struct posko_client *c, struct posko_fault *out)
{
    struct fault fault = {0};
    if (c->config.key_file == NULL)
        return true;
    if (keyfile_read(c->config.key_file, &fault, &c->key) != OK) {
        client_fault(out, &fault);
        return false;
    }
    struct public_key public = crypt_public(&c->key);
    c->has_key = true;
    c->kid = crypt_thumbprint(&public);
    return true;
}

struct posko_client *posko_client_new(const struct posko_client_config *config,
                                      struct posko_fault *fault)
{
    struct posko_client *c = mem_new(sizeof(*c));
    struct kid hub;
    arena_init(&c->texts);
    arena_init(&c->session);
    c->after = -1;
    c->config = *config;
    c->config.url = keep_text(c, config->url);
    c->config.key_file = keep_text(c, config->key_file);
    c->config.aud = keep_text(c, config->aud);
    c->config.hub = keep_text(c, config->hub);
    c->config.iss = keep_text(c, config->iss);
    c->config.act = keep_text(c, config->act);
    c->config.ca_file = keep_text(c, config->ca_file);
    c->config.address = keep_text(c, config->address);
    keys_init(&c->keys, NULL);
    if (crypt_start() != OK) {
        client_fault_system(fault, "libsodium does not start, or is too old");
        goto bad;
    }
    if (config->hub != NULL && !kid_parse(str_of(config->hub), &hub)) {
        client_fault_system(fault, "hub is not a key's thumbprint");
        goto bad;
    }
    keys_init(&c->keys, config->hub == NULL ? NULL : &hub);
    if (!url_parse(str_of(config->url), &c->url)) {
        client_fault_system(fault, "not a hub's address: %s", config->url ? config->url : "");
        goto bad;
    }
    if (!open_key(c, fault))
        goto bad;
    c->link = link_new(&c->url, c->config.address, c->config.ca_file,
                       (struct link_events){on_message, on_lost, c});
    if (c->link == NULL) {
        client_fault_system(fault, "libwebsockets does not start%s",
                            config->ca_file ? "; is the ca file readable?" : "");
        goto bad;
    }
    return c;
bad:
    posko_client_free(c);
    return NULL;
}

void posko_client_free(struct posko_client *c)
{
    if (c == NULL)
        return;
    link_free(c->link);
    post_free(c);
    keys_deinit(&c->keys);
    arena_deinit(&c->session);
    arena_deinit(&c->texts);
    explicit_bzero(&c->key, sizeof(c->key));
    mem_free(c);
}

static void connect_now(struct posko_client *c, int64_t now)
{
    arena_deinit(&c->session);
    arena_init(&c->session);
    c->token = STR_NONE;
    c->phase = PHASE_CONNECTING;
    c->login_by = now + LOGIN_MS;
    c->heard_at = now;
    link_open(c->link);
}

/* What is due at `now`; returns when to look again. */
static int64_t tick(struct posko_client *c, int64_t now)
{
    int64_t next = INT64_MAX;
    switch (c->phase) {
    case PHASE_IDLE:
        if (now >= c->retry_at)
            connect_now(c, now);
        next = c->retry_at;
        break;
    case PHASE_CONNECTING:
    case PHASE_LOGIN:
        if (now >= c->login_by)
            client_drop(c, "no hello or welcome in time");
        next = c->login_by;
        break;
    case PHASE_READY:
        post_due(c, now);
        next = post_next(c);
        if (c->follow == FOLLOW_OFF)
            break; /* without follow there are no marks; pings watch over the socket */
        if (now - c->heard_at >= SILENCE_MS)
            client_drop(c, "the hub is silent");
        else if (c->heard_at + SILENCE_MS < next)
            next = c->heard_at + SILENCE_MS;
        break;
    }
    return next > now ? next : now + 1;
}

enum posko_run posko_client_run(struct posko_client *c, int64_t timeout_ms)
{
    int64_t until = timeout_ms < 0 ? INT64_MAX : link_now_ms() + timeout_ms;
    c->stopping = false;
    while (c->end == POSKO_END_NOT && !c->stopping) {
        int64_t now = link_now_ms();
        if (now >= until)
            return POSKO_RUN_TIMEOUT;
        int64_t next = tick(c, now);
        if (c->end != POSKO_END_NOT || c->stopping)
            break;
        if (next > until)
            next = until;
        link_wait(c->link, next < now + SILENCE_MS ? next : now + SILENCE_MS);
        follow_got(c);
    }
    return c->stopping ? POSKO_RUN_STOPPED : POSKO_RUN_ENDED;
}

void posko_client_stop(struct posko_client *c)
{
    c->stopping = true;
}

enum posko_end posko_client_end(const struct posko_client *c)
{
    return c->end;
}

const struct posko_fault *posko_client_fault(const struct posko_client *c)
{
    return &c->fault;
}

void posko_client_beat(struct posko_client *c)
{
    link_send(c->link, STR("{\"op\":\"beat\"}"));
}

struct posko_answer posko_client_get(struct posko_client *c, const char *path, int64_t timeout_ms,
                                     struct posko_fault *fault)
{
    struct buf body;
    char why[128];
    buf_init(&body);
    int status =
        link_get(c->link, path, c->token, link_now_ms() + timeout_ms, &body, why, sizeof(why));
    if (status == 0)
        client_fault_system(fault, "%s", why);
    struct posko_answer a = {.status = status, .len = body.len};
    buf_put_char(&body, '\0');
    a.body = body.at; /* mem_* is malloc's: the caller frees it */
    return a;
}
