#include "app/genesis.h"

#include "app/directory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { INVITE_MS = 7 * 24 * 3600 * 1000 };

struct genesis {
    struct arena arena;
    struct hub *hub;
    genesis_fn *done;
    struct directory directory;
    size_t waiting;
    struct fault fault; /* the first refusal */
    bool admin_link;
};

/* ---- submissions ---- */

static void finish(struct genesis *g);

static void settled(struct submission *s, void *owner)
{
    struct genesis *g = owner;
    if (s->fault.code != OK && g->fault.code == OK) {
        struct str kind = words_get(&WORDS_KIND, (int)s->record.kind);
        fault_set(&g->fault, s->fault.code, s->fault.field,
                  "genesis, " STR_FMT " `" STR_FMT "%s" STR_FMT "`: %s", STR_ARG(kind),
                  STR_ARG(s->record.agency), s->record.member.len ? "/" : "",
                  STR_ARG(s->record.member), s->fault.text);
    }
    arena_deinit(&s->arena);
    mem_free(s);
    if (--g->waiting == 0)
        finish(g);
}

static void submit(struct genesis *g, const struct record *r)
{
    struct submission *s = mem_new(sizeof(*s));
    arena_init(&s->arena);
    s->what = SUBMIT_HUB;
    s->together = !g->admin_link;
    s->record = *r;
    s->done = settled;
    s->owner = g;
    g->waiting++;
    /* The line takes the hub's own whatever its length. */
    if (!turn_submit(g->hub->turn, s))
        settled(s, g);
}

static struct record hub_key_record(struct genesis *g)
{
    return (struct record){.kind = KIND_HUB_KEY,
                           .kid = g->hub->identity.kid,
                           .jwk = g->hub->identity.jwk,
                           .host = g->directory.host,
                           .has = CLAIM_BIT(KID) | CLAIM_BIT(JWK) | CLAIM_BIT(HOST)};
}

static struct record invite_record(struct genesis *g, struct invited *i)
{
    i->secret = crypt_secret_new();
    return (struct record){.kind = KIND_DEVICE_INVITE,
                           .agency = i->agency,
                           .member = i->member,
                           .hash = crypt_sha256(str_of(i->secret.at)),
                           .until = turn_now(g->hub->turn) + INVITE_MS - 60000,
                           .has = CLAIM_BIT(AGENCY) | CLAIM_BIT(MEMBER) | CLAIM_BIT(HASH) |
                                  CLAIM_BIT(UNTIL)};
}

/* ---- what people need of it ---- */

static struct str link_of(struct genesis *g, const struct invited *i)
{
    return arena_printf(&g->arena, "%s/#enrol=%s.%s", g->hub->config->url, i->secret.at,
                        g->hub->identity.kid.at);
}

static void put_members(struct genesis *g, struct json_writer *w)
{
    json_begin_array(w, "members");
    for (size_t k = 0; k < g->directory.invited_count; k++) {
        const struct invited *i = &g->directory.invited[k];
        json_begin_object(w, NULL);
        json_put_text(w, "agency", i->agency);
        json_put_text(w, "member", i->member);
        json_begin_array(w, "roles");
        for (int r = 0; r < ROLE_COUNT; r++)
            if (i->roles >> r & 1)
                json_put_text(w, NULL, words_get(&WORDS_ROLE, r));
        json_end_array(w);
        json_put_text(w, "secret", str_of(i->secret.at));
        json_put_text(w, "link", link_of(g, i));
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_source(struct genesis *g, struct json_writer *w, const struct keyed *k)
{
    struct kid kid = crypt_thumbprint(&k->jwk);
    json_begin_object(w, "source");
    json_put_text(w, "agency", k->agency);
    json_put_text(w, "source", k->source);
    json_put_text(w, "kid", kid_str(&kid));
    json_put_text(w, "key", directory_key_path(&g->arena, g->hub->config->data, k));
    json_end_object(w);
}

/* demo.json holds secrets: 0600, in the data folder. */
static enum err write_demo_json(struct genesis *g)
{
    struct hub *hub = g->hub;
    struct buf out;
    buf_init(&out);
    struct json_writer w = {.to = &out};
    json_begin_object(&w, NULL);
    json_put_text(&w, "url", str_of(hub->config->url));
    json_put_text(&w, "aud", hub->identity.aud);
    json_put_text(&w, "hub", kid_str(&hub->identity.kid));
    put_members(g, &w);
    if (g->directory.keyed_count)
        put_source(g, &w, &g->directory.keyed[0]);
    json_end_object(&w);
    buf_put_char(&out, '\n');
    struct str path = arena_printf(&g->arena, "%s/demo.json", hub->config->data);
    enum err e = file_write(path.at, buf_peek(&out), 0600, &g->fault);
    buf_deinit(&out);
    return e;
}

/* Beside each key what `posko --key` needs to know. */
static enum err write_key_info(struct genesis *g)
{
    for (size_t i = 0; i < g->directory.keyed_count; i++) {
        const struct keyed *k = &g->directory.keyed[i];
        struct kid kid = crypt_thumbprint(&k->jwk);
        struct buf out;
        buf_init(&out);
        struct json_writer w = {.to = &out};
        json_begin_object(&w, NULL);
        json_put_text(&w, "url", str_of(g->hub->config->url));
        json_put_text(&w, "aud", g->hub->identity.aud);
        json_put_text(&w, "hub", kid_str(&g->hub->identity.kid));
        json_put_text(&w, "iss", k->agency);
        json_put_text(&w, "act", k->source);
        json_put_text(&w, "kid", kid_str(&kid));
        json_end_object(&w);
        buf_put_char(&out, '\n');
        struct str pem = directory_key_path(&g->arena, g->hub->config->data, k);
        struct str stem = {pem.at, pem.len - strlen(".pem")};
        struct str path = arena_printf(&g->arena, STR_FMT ".json", STR_ARG(stem));
        enum err e = file_write(path.at, buf_peek(&out), 0600, &g->fault);
        buf_deinit(&out);
        if (e != OK)
            return e;
    }
    return OK;
}

static void print_links(struct genesis *g)
{
    for (size_t k = 0; k < g->directory.invited_count; k++) {
        const struct invited *i = &g->directory.invited[k];
        struct str link = link_of(g, i);
        (void)printf(
            "%-24s " STR_FMT "\n",
            arena_printf(&g->arena, STR_FMT "/" STR_FMT, STR_ARG(i->agency), STR_ARG(i->member)).at,
            STR_ARG(link));
    }
    (void)fflush(stdout);
}

static void finish(struct genesis *g)
{
    enum err e = g->fault.code;
    if (e == OK && !g->admin_link)
        e = write_key_info(g);
    if (e == OK && !g->admin_link)
        e = write_demo_json(g);
    if (e == OK)
        print_links(g);
    g->done(g->hub, e, &g->fault);
    arena_deinit(&g->arena);
    mem_free(g);
}

/* ---- beginning ---- */

static struct genesis *new_genesis(struct hub *hub, genesis_fn *done)
{
    struct genesis *g = mem_new(sizeof(*g));
    arena_init(&g->arena);
    g->hub = hub;
    g->done = done;
    g->waiting = 1; /* ours, until all is submitted */
    return g;
}

static void submitted(struct genesis *g)
{
    if (--g->waiting == 0)
        finish(g);
}

void genesis_begin(struct hub *hub, genesis_fn *done)
{
    struct genesis *g = new_genesis(hub, done);
    if (!hub->config->genesis) {
        fault_set(&g->fault, ERR_SYSTEM, "genesis",
                  "the ledger is empty: set `genesis` to a folder, e.g. sql/office");
    } else if (directory_read(&g->arena, hub->config->genesis, hub->config->data, &g->fault,
                              &g->directory) == OK) {
        struct record key = hub_key_record(g);
        submit(g, &key);
        for (size_t i = 0; i < g->directory.record_count; i++)
            submit(g, &g->directory.records[i]);
        for (size_t i = 0; i < g->directory.invited_count; i++) {
            struct record r = invite_record(g, &g->directory.invited[i]);
            submit(g, &r);
        }
    }
    submitted(g);
}

void genesis_admin_link(struct hub *hub, const char *member, genesis_fn *done)
{
    struct genesis *g = new_genesis(hub, done);
    const struct state *st = turn_state(hub->turn);
    const struct agency *host = state_host(st);
    const struct entry *e = NULL;
    const struct member *admin = NULL;
    int64_t after = 0;
    g->admin_link = true;
    while (!admin && (e = state_walk(st, ENTRY_MEMBER, &after))) {
        const struct member *m = e->is.member;
        bool wanted = !member || str_eq(m->id, str_of(member));
        if (m->agency == host && m->active && (m->roles >> ROLE_ADMIN & 1) && wanted)
            admin = m;
    }
    if (admin) {
        g->directory.invited = ARENA_NEW(&g->arena, struct invited);
        g->directory.invited_count = 1;
        g->directory.invited[0] = (struct invited){.agency = arena_dup(&g->arena, host->id),
                                                   .member = arena_dup(&g->arena, admin->id),
                                                   .roles = admin->roles};
        struct record r = invite_record(g, &g->directory.invited[0]);
        submit(g, &r);
    } else {
        fault_set(&g->fault, ERR_NOT_FOUND, "member", "the host has no such active admin");
    }
    submitted(g);
}
