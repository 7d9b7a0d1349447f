#include "app/service.h"

#include "app/desk.h"
#include "app/intake.h"
#include "app/rest.h"
#include "app/tell.h"
#include "app/token.h"

#include <stdio.h>

/* ---- turn_ops ---- */

static void settled(void *app)
{
    struct hub *hub = app;
    desk_pump(hub);
    rest_settled(hub);
}

/* Somebody has begun to wait, or has room again. */
static void pump(void *arg)
{
    struct hub *hub = arg;
    if (turn_is_settled(hub->turn))
        desk_pump(hub);
}

static void fatal(void *app, const char *event, const char *text)
{
    struct hub *hub = app;
    (void)event;
    (void)text;
    hub_stop(hub, 3);
}

static void woken(void *arg, int64_t seq)
{
    struct hub *hub = arg;
    if (hub->turn)
        turn_look(hub->turn, seq);
}

/* ---- every 100 ms ---- */

static void on_health(void *arg, enum turn_end end, const struct health *health)
{
    struct hub *hub = arg;
    hub->health_asked = false;
    if (end != TURN_OK)
        return;
    if (hub->health.copies > health->copies)
        log_error(hub->log, "copies.dropped", F_INT("copies", health->copies),
                  F_INT("before", hub->health.copies));
    hub->health = *health;
    hub->health_known = true;
}

static void ask_health(struct hub *hub)
{
    if (hub->health_asked)
        return;
    hub->health_asked = true;
    tail_health(hub->tail, on_health, hub);
}

static void loaded(void *app)
{
    struct hub *hub = app;
    tell_loaded(hub);
    ask_health(hub);
    if (hub->on_loaded)
        hub->on_loaded(hub);
}

static void check_invariant(struct hub *hub)
{
    size_t unclocked = state_unclocked(turn_state(hub->turn));
    if (unclocked && turn_is_settled(hub->turn))
        log_error(hub->log, "ticket.without_clock", F_INT("tickets", unclocked));
}

static void drain_on(struct hub *hub);

static void tick(void *arg)
{
    struct hub *hub = arg;
    loop_timer_set(hub->tick, HUB_TICK_MS);
    hub->slice = (hub->slice + 1) % HUB_SLICES;
    if (hub->slice == 0) {
        ask_health(hub);
        check_invariant(hub);
    }
    intake_read_on(hub); /* log-ins may have been in the way when the last of them was done */
    if (hub->net) {
        tell_marks(hub, hub->slice);
        if (hub->slice % 5 == 0)
            peers_close_late(hub);
    }
    if (hub->draining)
        drain_on(hub);
}

/* ---- opening ---- */

static void open_metrics(struct hub *hub)
{
    struct metrics *m = hub->metrics;
    static const char *const LABELS[ERR_COUNT] = {
#define CODE_LABEL(name, status, wire, text) [ERR_##name] = "code=\"" wire "\"",
        POSKO_ERROR_LIST(CODE_LABEL)
#undef CODE_LABEL
    };
    hub->posted = metrics_counter(m, "posko_posted_total", "answers `posted`", "");
    hub->told = metrics_counter(m, "posko_told_total", "ledger rows told to live readers", "");
    for (int i = 0; i < ERR_COUNT; i++)
        hub->refused[i] = metrics_counter(m, "posko_refused_total", "answers `refused`",
                                          LABELS[i] ? LABELS[i] : "code=\"other\"");
    hub->gauge_overdue =
        metrics_gauge(m, "posko_overdue", "obligations over 2 s past their time, not fired", "");
    hub->gauge_unclocked =
        metrics_gauge(m, "posko_tickets_without_clock", "open tickets nobody owes on: a bug", "");
    hub->gauge_copies = metrics_gauge(m, "posko_copies", "places that a commit reaches", "");
    hub->gauge_held = metrics_gauge(m, "posko_clock_held", "1: the database's clock jumped", "");
    hub->gauge_head = metrics_gauge(m, "posko_head", "the last record told", "");
    hub->ahead = metrics_counter(m, "posko_cursors_ahead_total",
                                 "clients that held records above the ledger's head", "");
    hub->gauge_ahead = metrics_gauge(m, "posko_cursor_ahead",
                                     "the greatest of their cursors since this hub started", "");
    hub->gauge_line = metrics_gauge(m, "posko_line", "submissions that wait for a turn", "");
}

enum err service_listen(struct hub *hub, struct fault *fault)
{
    if (hub->net)
        return OK;
    const struct config *c = hub->config;
    if (c->web && site_open(c->web, fault, &hub->site) != OK)
        return ERR_SYSTEM;
    struct net_config net = {.listen = c->listens,
                             .listen_count = c->listen_count,
                             .metrics_listen = c->metrics_listen,
                             .hosts = c->hosts,
                             .host_count = c->host_count,
                             .trusted_proxies = c->trusted,
                             .trusted_count = c->trusted_count,
                             .tls_cert = c->tls_cert,
                             .tls_key = c->tls_key,
                             .rate_address = c->rate_address,
                             .open_address = c->open_address,
                             .inherited = hub->inherited,
                             .inherited_count = hub->inherited_count};
    if (hub->inherited_count)
        net.listen_count = 0;
    struct net_ops ops = {.opened = desk_opened,
                          .message = desk_message,
                          .drained = desk_drained,
                          .closed = desk_closed,
                          .http = rest_request};
    return net_open(hub->loop, hub->log, hub->metrics, &net, &ops, hub, fault, &hub->net);
}

void service_open(struct hub *hub, struct loop *loop, const struct log *log,
                  struct metrics *metrics, const struct config *config)
{
    hub->config = config;
    hub->log = log;
    hub->metrics = metrics;
    hub->loop = loop;
#ifdef POSKO_TEST
    failpoint_init(&hub->failpoint);
#endif
    open_metrics(hub);
    hub->token_key = token_key(&hub->identity.signer.key);
    hub->headers = jws_headers_new();
    hub->rate_key = guard_new(config->rate_key, 5 * config->rate_key);
    hub->rate_session = guard_new(2 * config->rate_key, 10 * config->rate_key);
    hub->wrong = guard_new(1, 60);
    hub->pool = pool_new(loop, (unsigned)config->threads);
    hub->identity.pool = hub->pool;
    hub->health.copies = 1;
    recent_init(&hub->recent, config->recent_rows);

    uint8_t random[6];
    char name[32];
    crypt_random(random, sizeof(random));
    (void)snprintf(name, sizeof(name), "hub-%02x%02x%02x%02x%02x%02x", random[0], random[1],
                   random[2], random[3], random[4], random[5]);
    hub->store = turn_store_open(loop, log, config->database, name);
    hub->tail = tail_open(loop, log, config->database, name, woken, hub);
    struct turn_ops ops = {.tell = tell_news,
                           .settled = settled,
                           .loaded = loaded,
                           .looked = hub_looked,
                           .fatal = fatal,
                           .recall = tell_recall,
                           .kept_rows = config->recent_rows};
    hub->turn = turn_new(loop, log, metrics, hub->store, hub->tail, &hub->identity, &ops, hub);
    hub->pump = loop_timer_open(loop, pump, hub);
    hub->tick = loop_timer_open(loop, tick, hub);
    loop_timer_set(hub->tick, HUB_TICK_MS);
}

/* ---- stopping ---- */

static void say_goodbye(struct peer *p, void *arg)
{
    (void)arg;
    uint8_t random = 0;
    crypt_random(&random, sizeof(random));
    peer_bye(p, "draining", 500 + 8 * random, POSKO_CLOSE_RESTART);
}

void service_drain(struct hub *hub)
{
    if (hub->draining)
        return;
    log_info(hub->log, "hub.draining", F_INT("sessions", hub->net ? net_count(hub->net) : 0));
    hub->draining = true;
    hub->drain_until = loop_boot_ms(hub->loop) + HUB_DRAIN_MS;
    if (hub->net)
        net_stop_listening(hub->net);
}

/* The line to its end, then good-bye, then the door. */
static void drain_on(struct hub *hub)
{
    bool late = loop_boot_ms(hub->loop) > hub->drain_until;
    if ((!turn_is_empty(hub->turn) || pool_waiting(hub->pool) > 0) && !late)
        return;
    if (!hub->said_goodbye) {
        hub->said_goodbye = true;
        peers_each(hub, say_goodbye, NULL);
    } else if (!hub->net || net_count(hub->net) == 0 || late) {
        hub_stop(hub, 0);
    }
}

/* Sockets first: what still waits is not answered, and its author sends it again. */
void service_close(struct hub *hub)
{
    hub->draining = true;
    if (hub->net)
        net_close(hub->net);
    hub->net = NULL;
    loop_timer_close(hub->tick);
    loop_timer_close(hub->pump);
    hub_looks_end(hub);
    pool_free(hub->pool);
    turn_free(hub->turn);
    turn_store_close(hub->store);
    tail_close(hub->tail);
    rest_drop(hub);
    site_close(hub->site);
    recent_deinit(&hub->recent);
    mem_free(hub->held);
    jws_headers_free(hub->headers);
    guard_free(hub->rate_key);
    guard_free(hub->rate_session);
    guard_free(hub->wrong);
}
