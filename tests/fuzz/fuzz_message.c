/* What a hub says, or somebody in its place, to the client library: the messages of one session,
 * one a line, behind a byte that says how far the client is.  No program that uses the library may
 * fall over it. */
#include "client/client.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- client/link without a socket ---- */
struct link {
    size_t sent;
    int64_t now;
};

struct link *link_new(const struct url *url, const char *address, const char *ca_file,
                      struct link_events events)
{
    (void)url;
    (void)address;
    (void)ca_file;
    (void)events;
    return mem_new(sizeof(struct link));
}

void link_free(struct link *l)
{
    mem_free(l);
}

void link_open(struct link *l)
{
    l->now++;
}

void link_close(struct link *l)
{
    l->now++;
}

void link_send(struct link *l, struct str text)
{
    assert(text.len > 0 && text.len <= POSKO_CLIENT_BYTES_MAX && str_utf8(text, NULL));
    l->sent++;
}

size_t link_waiting(const struct link *l)
{
    return l->sent % 2;
}

void link_wait(struct link *l, int64_t until)
{
    l->now = until;
}

int64_t link_now_ms(void)
{
    return 1000000;
}

int link_get(struct link *l, const char *path, struct str token, int64_t until, struct buf *body,
             char *why, size_t why_size)
{
    (void)l;
    (void)path;
    (void)token;
    (void)until;
    (void)body;
    (void)why;
    (void)why_size;
    return 0;
}

/* ---- a program that uses it ---- */

static size_t sum(struct posko_text text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) /* the sanitizer sees what is not there */
        n += (unsigned char)text.at[i];
    return n;
}

static void on_event(void *arg, struct posko_client *c, const struct posko_event *e)
{
    const struct posko_text texts[] = {e->message, e->id,  e->ticket, e->of,  e->jws,
                                       e->claims,  e->kid, e->aud,    e->hub, e->agency,
                                       e->member,  e->how, e->why};
    size_t *seen = arg;
    (void)c;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *seen += sum(texts[i]);
}

static void begin(struct posko_client *c, unsigned how)
{
    static const uint8_t seed[SEED_BYTES] = {9};
    c->key = crypt_key_from_seed(seed);
    c->has_key = (how & 1) == 0;
    c->enrolling = !c->has_key;
    c->phase = (enum phase)(PHASE_CONNECTING + how / 2 % 3);
    c->wants_follow = true;
    c->follow = (enum follow)(how / 8 % (FOLLOW_LIVE + 1));
    c->config.got = (how & 128) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t seen = 0;
    struct posko_fault fault;
    struct posko_client_config config = {
        .url = "ws://localhost:8080", .event = on_event, .arg = &seen};
    if (size < 1 || size > 20000)
        return 0;
    struct posko_client *c = posko_client_new(&config, &fault);
    assert(c != NULL);
    begin(c, data[0]);
    struct str rest = {(const char *)data + 1, size - 1};
    for (bool more = true; more && c->phase != PHASE_IDLE && c->end == POSKO_END_NOT;) {
        struct str line;
        more = str_cut(rest, '\n', &line, &rest);
        message_received(c, line);
    }
    posko_client_free(c);
    return 0;
}
