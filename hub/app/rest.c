#include "app/rest.h"

#include "app/answer.h"
#include "app/intake.h"
#include "app/token.h"

struct rest_preview { /* waits until memory is the truth */
    struct rest_preview *next;
    struct arena arena;
    struct session_id from;
    struct kid kid;
    struct str_list to;
    enum tlp tlp;
};

/* ---- who would see it ---- */

static void put_reader(void *arg, const struct member *m)
{
    struct json_writer *w = arg;
    json_begin_object(w, NULL);
    json_put_text(w, "agency", m->agency->id);
    json_put_text(w, "member", m->id);
    json_end_object(w);
}

static void answer_preview(struct hub *hub, struct rest_preview *r)
{
    struct fault fault = {0};
    const struct device *device = NULL;
    struct buf out;
    buf_init(&out);
    struct json_writer w = {.to = &out};
    enum err e = decide_key(turn_state(hub->turn), &r->kid, &fault, &device);
    if (e == OK && !device->member)
        e = fault_set(&fault, ERR_NOT_ALLOWED, "", "only members may ask who would see a report");
    json_begin_object(&w, NULL);
    json_begin_array(&w, "readers");
    if (e == OK)
        e = decide_preview(turn_state(hub->turn), device->member, r->to, r->tlp, &r->arena,
                           put_reader, &w, &fault);
    json_end_array(&w);
    json_end_object(&w);
    if (e == OK)
        net_http_reply(hub->net, r->from, 200, "application/json", buf_peek(&out));
    else
        answer_refuse(hub, r->from, STR_NONE, &fault);
    buf_deinit(&out);
}

static void free_preview(struct rest_preview *r)
{
    arena_deinit(&r->arena);
    mem_free(r);
}

void rest_settled(struct hub *hub)
{
    struct rest_preview *r = hub->previews;
    hub->previews = NULL;
    while (r) {
        struct rest_preview *next = r->next;
        answer_preview(hub, r);
        free_preview(r);
        r = next;
    }
}

void rest_drop(struct hub *hub)
{
    while (hub->previews) {
        struct rest_preview *next = hub->previews->next;
        free_preview(hub->previews);
        hub->previews = next;
    }
}

static struct str query_value(struct str query, struct str name)
{
    while (query.len) {
        struct str pair;
        struct str key;
        struct str value;
        if (!str_cut(query, '&', &pair, &query))
            query = STR_NONE;
        if (str_cut(pair, '=', &key, &value) && str_eq(key, name))
            return value;
    }
    return STR_NONE;
}

static enum err read_preview(struct hub *hub, const struct http_request *q, struct rest_preview *r,
                             struct fault *fault)
{
    enum err e = token_check(hub->token_key, q->token, turn_now(hub->turn), fault, &r->kid);
    if (e != OK)
        return e;
    struct str rest = arena_dup(&r->arena, query_value(q->query, STR("to")));
    struct str tlp = query_value(q->query, STR("tlp"));
    int found = tlp.len ? words_find(&WORDS_TLP, tlp) : (int)TLP_AMBER;
    if (found < 0)
        return fault_set(fault, ERR_BAD_CLAIM, "tlp",
                         "`tlp` is clear, green, amber or amber+strict");
    r->tlp = (enum tlp)found;
    struct str *to = ARENA_ARRAY(&r->arena, struct str, POSKO_AGENCIES_MAX + 1);
    while (rest.len) {
        struct str one;
        if (!str_cut(rest, ',', &one, &rest))
            rest = STR_NONE;
        if (r->to.count == POSKO_AGENCIES_MAX)
            return fault_set(fault, ERR_BAD_CLAIM, "to", "`to` names at most %d agencies",
                             POSKO_AGENCIES_MAX);
        to[r->to.count++] = one;
    }
    r->to.at = to;
    return OK;
}

static void preview(struct hub *hub, const struct http_request *q)
{
    struct rest_preview *r = mem_new(sizeof(*r));
    struct fault fault = {0};
    arena_init(&r->arena);
    r->from = q->from;
    if (read_preview(hub, q, r, &fault) != OK) {
        answer_refuse(hub, q->from, STR_NONE, &fault);
        free_preview(r);
        return;
    }
    r->next = hub->previews;
    hub->previews = r;
    if (turn_is_settled(hub->turn))
        rest_settled(hub);
}

/* ---- health ---- */

static void ready(struct hub *hub, const struct http_request *q)
{
    struct buf reasons;
    struct buf out;
    buf_init(&reasons);
    buf_init(&out);
    bool unready = hub_is_unready(hub, &reasons);
    struct json_writer w = {.to = &out};
    json_begin_object(&w, NULL);
    json_put_bool(&w, "ready", !unready);
    buf_printf(&out, ",\"reasons\":[" STR_FMT "]", STR_ARG(buf_peek(&reasons)));
    json_put_int(&w, "head", turn_told(hub->turn));
    json_put_int(&w, "copies", hub->health.copies);
    json_put_int(&w, "overdue", (int64_t)state_overdue(turn_state(hub->turn), turn_now(hub->turn)));
    json_put_bool(&w, "clock_held", turn_clock_is_held(hub->turn));
    json_end_object(&w);
    net_http_reply(hub->net, q->from, unready ? 503 : 200, "application/json", buf_peek(&out));
    buf_deinit(&out);
    buf_deinit(&reasons);
}

static void metrics(struct hub *hub, const struct http_request *q)
{
    struct buf out;
    buf_init(&out);
    const struct state *st = turn_state(hub->turn);
    *hub->gauge_overdue = (int64_t)state_overdue(st, turn_now(hub->turn));
    *hub->gauge_unclocked = (int64_t)state_unclocked(st);
    *hub->gauge_copies = hub->health.copies;
    *hub->gauge_held = turn_clock_is_held(hub->turn);
    *hub->gauge_head = turn_told(hub->turn);
    *hub->gauge_line = (int64_t)turn_waiting(hub->turn);
    metrics_write(hub->metrics, &out);
    net_http_reply(hub->net, q->from, 200,
                   "application/openmetrics-text; version=1.0.0; charset=utf-8", buf_peek(&out));
    buf_deinit(&out);
}

/* ---- the page ---- */

/* A page under a name that the hub does not answer to could not log in; say so where it shows. */
static void misdirected(struct hub *hub, const struct http_request *q)
{
    net_http_reply(hub->net, q->from, 421, "text/plain; charset=utf-8",
                   STR("Hub ini tidak mengenal nama di bilah alamat. Buka alamat yang diberikan "
                       "petugas, atau tambahkan nama ini ke `hosts`.\n"
                       "This hub does not answer to the name in the address bar. Open the address "
                       "that you were given, or add this name to `hosts`.\n"));
}

static bool page(struct hub *hub, const struct http_request *q)
{
    const struct site_file *file = hub->site ? site_find(hub->site, q->path) : NULL;
    struct buf headers;
    if (!file)
        return false;
    if (!config_answers_to(hub->config, q->host)) {
        misdirected(hub, q);
        return true;
    }
    bool zipped = q->gzip && file->zipped.len;
    buf_init(&headers);
    site_headers(&headers, file, q->host);
    if (zipped)
        buf_put(&headers, STR("Content-Encoding: gzip\r\n"));
    net_http_reply_with(hub->net, q->from,
                        &(struct http_reply){.status = 200,
                                             .type = file->type,
                                             .headers = buf_peek(&headers),
                                             .body = zipped ? file->zipped : file->body});
    buf_deinit(&headers);
    return true;
}

static void not_here(struct hub *hub, const struct http_request *q)
{
    struct fault fault = {0};
    fault_set(&fault, ERR_NOT_FOUND, "path",
              "there is no such page; records go to POST /v1/records");
    answer_refuse(hub, q->from, STR_NONE, &fault);
}

void rest_request(void *app, const struct http_request *q)
{
    struct hub *hub = app;
    bool post = str_eq(q->method, STR("POST"));
    if (q->metrics)
        metrics(hub, q);
    else if (post && str_eq(q->path, STR("/v1/records")))
        intake_post(hub, q->from, true, NULL, q->body);
    else if (!post && str_eq(q->path, STR("/v1/readers")))
        preview(hub, q);
    else if (!post && str_eq(q->path, STR("/healthz")))
        net_http_reply(hub->net, q->from, 200, "application/json", STR("{\"alive\":true}"));
    else if (!post && str_eq(q->path, STR("/readyz")))
        ready(hub, q);
    else if (post || str_starts(q->path, STR("/v1/")) || !page(hub, q))
        not_here(hub, q);
}
