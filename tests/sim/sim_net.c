/* net/net.h on virtual time: links between clients and hubs on which messages take a while, stay
 * in order, wait for a reader who sleeps, and are lost when the link is. */
#include "sim_directory.h"

#include <assert.h>
#include <string.h>

enum {
    DRAINED_BYTES = POSKO_REPLAY_BYTES_MAX / 2,
    CUT_AFTER_US = 2000000, /* a peer that does not take the close */
    TRIP_MAX_US = 10000000
};
enum parcel_kind { PARCEL_OPEN, PARCEL_TEXT, PARCEL_END };
struct parcel {
    struct parcel *next;
    enum parcel_kind kind;
    int64_t at; /* when it is there */
    int code;
    struct message *message; /* down */
    struct str text;         /* up; of the heap */
};

struct net {
    struct process *node;
    struct net_ops ops;
    void *app;
    struct link **links; /* by slot */
    size_t size;
    uint32_t generation;
    bool listens;
};

/* ---- parcels ---- */

static void free_parcel(struct parcel *p)
{
    message_free(p->message);
    mem_free((void *)p->text.at);
    mem_free(p);
}

static void drop_all(struct way *way)
{
    while (way->first) {
        struct parcel *p = way->first;
        way->first = p->next;
        free_parcel(p);
    }
    way->last = &way->first;
}

static struct parcel *take_first(struct way *way)
{
    struct parcel *p = way->first;
    way->first = p->next;
    if (!way->first)
        way->last = &way->first;
    return p;
}

static void plan(struct world *w, struct way *way)
{
    if (way->first && !way->event.place)
        event_set(w, &way->event, way->first->at > w->now ? way->first->at - w->now : 1);
}

static struct parcel *put(struct link *l, struct way *way, enum parcel_kind kind, int64_t delay)
{
    struct parcel *p = mem_new(sizeof(*p));
    p->kind = kind;
    p->at = l->world->now + delay;
    if (way->there > p->at)
        p->at = way->there; /* in order */
    way->there = p->at;
    *way->last = p;
    way->last = &p->next;
    plan(l->world, way);
    return p;
}

/* No message takes longer: a real line on which one did would be cut, and the last look would wait
 * 100 s for it. */
static int64_t trip(const struct link *l)
{
    int64_t us = some_time(l->world, places_trip(l->world, l->latency_us));
    return us < TRIP_MAX_US ? us : TRIP_MAX_US;
}

/* ---- a link ---- */

static void free_when_left(struct link *l)
{
    if (l->client || l->draft || l->net)
        return;
    event_stop(l->world, &l->up.event);
    event_stop(l->world, &l->down.event);
    drop_all(&l->up);
    drop_all(&l->down);
    *l->prev = l->next;
    if (l->next)
        l->next->prev = l->prev;
    mem_free(l);
}

/* The hub's side is over: it was told, or it is gone. */
static void leave_hub(struct link *l)
{
    struct net *net = l->net;
    net->links[l->id.slot] = NULL;
    l->net = NULL;
    l->waiting = 0;
    event_stop(l->world, &l->up.event);
    event_stop(l->world, &l->drained);
    drop_all(&l->up);
}

static void hear_up(void *arg)
{
    struct link *l = arg;
    struct net *net = l->net;
    struct parcel *p = take_first(&l->up);
    plan(l->world, &l->up);
    switch (p->kind) {
    case PARCEL_OPEN:
        l->open = true;
        net->ops.opened(net->app, l->id, &l->address, &l->user);
        break;
    case PARCEL_TEXT:
        if (l->http) {
            l->asked = true;
            struct http_request q = {
                .from = l->id, .method = STR("POST"), .path = STR("/v1/records"), .body = p->text};
            net->ops.http(net->app, &q);
        } else if (!l->closing) {
            net->ops.message(net->app, l->id, l->user, p->text);
        }
        break;
    case PARCEL_END:
        if (l->open)
            net->ops.closed(net->app, l->id, l->user);
        leave_hub(l);
        free_when_left(l);
        break;
    }
    free_parcel(p);
}

static void leave_client(struct link *l)
{
    l->client = NULL;
    l->draft = NULL;
    event_stop(l->world, &l->down.event);
    drop_all(&l->down);
}

static void hear_down(void *arg)
{
    struct link *l = arg;
    struct client *c = l->client;
    struct parcel *p = take_first(&l->down);
    if (p->kind == PARCEL_TEXT && l->net) {
        l->waiting -= p->message->bytes;
        if (l->crowded && l->waiting < DRAINED_BYTES && !l->closing && !l->lost) {
            l->crowded = false;
            event_set(l->world, &l->drained, 1);
        }
    }
    plan(l->world, &l->down);
    if (p->kind == PARCEL_TEXT && l->http) {
        client_answered(l->draft, p->message);
        leave_client(l);
        free_when_left(l);
    } else if (p->kind == PARCEL_TEXT) {
        client_hears(c, p->message);
    } else {
        if (l->net && !l->lost)
            put(l, &l->up, PARCEL_END, trip(l));
        leave_client(l);
        if (c)
            client_lost(c, p->code);
        free_when_left(l);
    }
    free_parcel(p);
}

static void on_drained(void *arg)
{
    struct link *l = arg;
    if (l->net && !l->closing)
        l->net->ops.drained(l->net->app, l->id, l->user);
}

/* To a hub that listens; NULL: it does not. */
struct link *link_open(struct world *w, struct process *n, bool http)
{
    struct net *net = n->up ? n->hub.net : NULL;
    if (!net || !net->listens)
        return NULL;
    struct link *l = mem_new(sizeof(*l));
    *l = (struct link){.world = w, .net = net, .http = http};
    l->latency_us = places_latency(w);
    l->up.last = &l->up.first;
    l->down.last = &l->down.first;
    l->up.event = (struct event){.fn = hear_up, .arg = l, .owner = &n->loop};
    l->down.event = (struct event){.fn = hear_down, .arg = l};
    l->drained = (struct event){.fn = on_drained, .arg = l, .owner = &n->loop};
    uint32_t slot = 0;
    while (slot < net->size && net->links[slot])
        slot++;
    if (slot == net->size) {
        net->size = net->size ? 2 * net->size : 64;
        net->links = mem_grow(net->links, net->size * sizeof(struct link *));
        for (size_t i = slot; i < net->size; i++)
            net->links[i] = NULL;
    }
    net->links[slot] = l;
    l->id = (struct session_id){slot, ++net->generation};
    l->next = w->links;
    l->prev = &w->links;
    if (l->next)
        l->next->prev = &l->next;
    w->links = l;
    if (!http)
        put(l, &l->up, PARCEL_OPEN, trip(l));
    return l;
}

void link_say(struct link *l, struct str text)
{
    if (!l->net || l->lost)
        return;
    struct parcel *p = put(l, &l->up, PARCEL_TEXT, trip(l));
    char *copy = mem_new(text.len + 1);
    memcpy(copy, text.at, text.len);
    p->text = (struct str){copy, text.len};
}

/* What is under way is lost; both ends hear of it, some time. */
void link_lose(struct link *l)
{
    struct world *w = l->world;
    if (l->lost)
        return;
    l->lost = true;
    drop_all(&l->down);
    drop_all(&l->up);
    event_stop(w, &l->down.event);
    event_stop(w, &l->up.event);
    l->up.there = l->down.there = 0;
    if (l->client)
        put(l, &l->down, PARCEL_END, between(w, 1, 3000000))->code = 1006;
    else
        leave_client(l);
    if (l->net)
        put(l, &l->up, PARCEL_END, between(w, 1, 20000000));
    free_when_left(l);
}

/* The client hangs up. */
void link_close(struct link *l)
{
    if (l->net && !l->lost)
        put(l, &l->up, PARCEL_END, trip(l));
    leave_client(l);
    free_when_left(l);
}

/* What is on its way to the client is there. */
void link_flush(struct link *l)
{
    while (l->down.first && l->down.first->kind == PARCEL_TEXT) {
        event_stop(l->world, &l->down.event); /* its parcel is taken here */
        hear_down(l);
    }
}

/* The client does not read for a while. */
void link_sleep(struct link *l, int64_t us)
{
    event_stop(l->world, &l->down.event);
    l->down.there = l->world->now + us;
    for (struct parcel *p = l->down.first; p; p = p->next)
        if (p->at < l->down.there)
            p->at = l->down.there;
    plan(l->world, &l->down);
}

/* ---- net/net.h ---- */

static struct link *find(const struct net *net, struct session_id id)
{
    struct link *l = id.slot < net->size ? net->links[id.slot] : NULL;
    return l && l->id.generation == id.generation ? l : NULL;
}

enum err net_open(struct loop *loop, const struct log *log, struct metrics *metrics,
                  const struct net_config *config, const struct net_ops *ops, void *app,
                  struct fault *fault, struct net **out)
{
    (void)log;
    (void)metrics;
    (void)config;
    (void)fault;
    struct net *net = mem_new(sizeof(*net));
    *net = (struct net){.node = process_of(loop), .ops = *ops, .app = app, .listens = true};
    *out = net;
    return OK;
}

void net_stop_listening(struct net *net)
{
    net->listens = false;
}

/* The process ends: the clients hear of it, soon. */
void net_close(struct net *net)
{
    struct world *w = net->node->world;
    for (size_t i = 0; i < net->size; i++) {
        struct link *l = net->links[i];
        if (!l)
            continue;
        if (l->open)
            net->ops.closed(net->app, l->id, l->user);
        leave_hub(l);
        if (l->client && !l->lost && !l->closing) {
            drop_all(&l->down);
            event_stop(w, &l->down.event);
            l->down.there = 0;
            put(l, &l->down, PARCEL_END, between(w, 1, 1000000))->code = 1006;
        } else if (!l->client) {
            leave_client(l);
        }
        free_when_left(l);
    }
    mem_free(net->links);
    mem_free(net);
}

enum err net_reload_tls(struct net *net, struct fault *fault)
{
    (void)net;
    return fault_set(fault, ERR_SYSTEM, "", "there is no TLS here");
}

static void send_down(struct link *l, struct message *m)
{
    check_sent(l->net->node, l, m);
    if (l->lost || !(l->client || l->draft)) {
        l->waiting += l->lost ? m->bytes : 0; /* nobody takes it */
        return;
    }
    l->waiting += m->bytes;
    l->crowded |= l->waiting >= DRAINED_BYTES;
    m->refs++;
    put(l, &l->down, PARCEL_TEXT, trip(l))->message = m;
}

bool net_send(struct net *net, struct session_id id, struct blob *blob)
{
    struct link *l = find(net, id);
    if (!l || l->closing)
        return false;
    send_down(l, message_of(l->world, blob));
    return true;
}

size_t net_waiting(const struct net *net, struct session_id id)
{
    const struct link *l = find(net, id);
    return l ? l->waiting : 0;
}

void net_close_session(struct net *net, struct session_id id, int code, const char *reason)
{
    struct link *l = find(net, id);
    (void)reason;
    if (!l || l->closing)
        return;
    l->closing = true;
    if (l->lost)
        return; /* it will hear that itself */
    if (l->client)
        put(l, &l->down, PARCEL_END, trip(l))->code = code;
    else
        put(l, &l->up, PARCEL_END, CUT_AFTER_US);
}

void net_hold(struct net *net, struct session_id id, bool hold)
{
    struct link *l = find(net, id);
    if (l && hold)
        event_stop(l->world, &l->up.event);
    else if (l)
        plan(l->world, &l->up);
}

size_t net_count(const struct net *net)
{
    size_t count = 0;
    for (size_t i = 0; i < net->size; i++)
        count += net->links[i] && net->links[i]->open;
    return count;
}

void net_http_reply(struct net *net, struct session_id from, int status, const char *type,
                    struct str body)
{
    struct link *l = find(net, from);
    (void)type;
    if (!l)
        return;
    if (!l->http || !l->asked)
        broken(l->world, "A0", "a request is answered twice");
    l->asked = false;
    struct blob *blob = blob_new(body);
    struct message *m = message_of(l->world, blob);
    m->op = status == 200 ? HOP_POSTED : HOP_REFUSED;
    send_down(l, m);
    blob_unref(blob);
    leave_hub(l);
    free_when_left(l);
}

void net_http_reply_with(struct net *net, struct session_id from, const struct http_reply *reply)
{
    net_http_reply(net, from, reply->status, reply->type, reply->body);
}
