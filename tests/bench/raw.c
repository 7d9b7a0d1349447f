/* libwebsockets and nothing else: what the sockets of a hub are held against.  Whoever opens /sub
 * gets each message that somebody sends to /pub, `bytes` long, one frame a write; /pub gets an
 * answer.  usage: raw PORT BYTES RX-BUFFER [CERT KEY] */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    RING = 1024,
    URI_BYTES = 32,
    ANSWER_BYTES = 128,
    PART_BYTES = 4096,
    AHEAD = 8,
    SERVICE_BYTES = 16384
};

struct session {
    struct lws *wsi;
    struct session *next, **before;
    bool sub;
    unsigned long at;                 /* of the ring: what it gets next */
    unsigned long answer, refs[RING]; /* a writer's answers to come */
    unsigned long answered;
    char part[PART_BYTES];
    size_t part_len;
};

struct server {
    struct session *subs, *writers;
    unsigned long sub_count;
    unsigned long head;      /* messages so far */
    unsigned long delivered; /* to all together */
    unsigned char *frame;
    size_t bytes;
};

static void note(struct server *s, struct session *p, const char *text, size_t len)
{
    const char *ref = memmem(text, len, "\"ref\":", 6);
    p->refs[p->answer++ % RING] = ref ? strtoul(ref + 6, NULL, 10) : 0;
    s->head++;
    lws_callback_on_writable(p->wsi);
    for (struct session *sub = s->subs; sub; sub = sub->next)
        if (sub->at + 1 == s->head) /* the others are at it */
            lws_callback_on_writable(sub->wsi);
}

static void receive(struct server *s, struct session *p, const char *in, size_t len)
{
    bool whole = lws_is_final_fragment(p->wsi) && !lws_remaining_packet_payload(p->wsi);
    if (p->part_len + len > sizeof(p->part))
        p->part_len = 0;
    memcpy(p->part + p->part_len, in, len);
    p->part_len += len;
    if (whole) {
        note(s, p, p->part, p->part_len);
        p->part_len = 0;
    }
}

static int write_sub(struct server *s, struct session *p)
{
    unsigned char *text = s->frame + LWS_PRE;
    if (p->at == s->head)
        return 0;
    int n =
        snprintf((char *)text, ANSWER_BYTES, "{\"op\":\"record\",\"seq\":%lu,\"pad\":\"", ++p->at);
    memset(text + n, 'x', s->bytes - (size_t)n);
    if (lws_write(p->wsi, text, s->bytes, LWS_WRITE_TEXT) < 0)
        return -1;
    if (++s->delivered % s->sub_count == 0)
        for (struct session *w = s->writers; w; w = w->next)
            lws_callback_on_writable(w->wsi);
    if (p->at < s->head)
        lws_callback_on_writable(p->wsi);
    return 0;
}

/* Answers wait for the followers: else there would be no end to what they have to get. */
static int write_answer(const struct server *s, struct session *p)
{
    unsigned char text[LWS_PRE + ANSWER_BYTES];
    unsigned long whole = s->sub_count ? s->delivered / s->sub_count : s->head;
    if (p->answered == p->answer || s->head > whole + AHEAD)
        return 0;
    int n = snprintf((char *)text + LWS_PRE, ANSWER_BYTES,
                     "{\"op\":\"posted\",\"ref\":%lu,\"seq\":1}", p->refs[p->answered++ % RING]);
    if (lws_write(p->wsi, text + LWS_PRE, (size_t)n, LWS_WRITE_TEXT) < 0)
        return -1;
    if (p->answered < p->answer)
        lws_callback_on_writable(p->wsi);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
                    size_t len)
{
    struct session **at = user;
    struct server *s = lws_context_user(lws_get_context(wsi));
    char uri[URI_BYTES];
    if (why == LWS_CALLBACK_ESTABLISHED) {
        if (lws_hdr_copy(wsi, uri, sizeof(uri), WSI_TOKEN_GET_URI) <= 0)
            return -1;
        bool sub = !strcmp(uri, "/sub");
        /* A follower needs no more than its place: it is what idle memory is compared with. */
        struct session *p = calloc(1, sub ? offsetof(struct session, answer) : sizeof(*p));
        *at = p;
        p->wsi = wsi;
        p->sub = sub;
        p->at = s->head;
        struct session **list = sub ? &s->subs : &s->writers;
        s->sub_count += sub;
        p->next = *list;
        p->before = list;
        if (p->next)
            p->next->before = &p->next;
        *list = p;
    } else if (why == LWS_CALLBACK_CLOSED && *at) {
        s->sub_count -= (*at)->sub;
        *(*at)->before = (*at)->next;
        if ((*at)->next)
            (*at)->next->before = (*at)->before;
        free(*at);
    } else if (why == LWS_CALLBACK_RECEIVE && !(*at)->sub) {
        receive(s, *at, in, len);
    } else if (why == LWS_CALLBACK_SERVER_WRITEABLE && *at) {
        return (*at)->sub ? write_sub(s, *at) : write_answer(s, *at);
    }
    return 0;
}

static void stop(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct server server = {.bytes = strtoul(argv[2], NULL, 10)};
    struct lws_protocols protocols[] = {
        {"raw", callback, sizeof(struct session *), strtoul(argv[3], NULL, 10), 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0}};
    uv_loop_t loop;
    uv_signal_t signal;
    uv_loop_init(&loop);
    uv_signal_init(&loop, &signal);
    uv_signal_start(&signal, stop, SIGTERM);
    void *foreign[] = {&loop};
    struct lws_context_creation_info info = {.port = (int)strtol(argv[1], NULL, 10),
                                             .iface = "lo",
                                             .protocols = protocols,
                                             .pt_serv_buf_size = SERVICE_BYTES,
                                             .user = &server,
                                             .foreign_loops = foreign,
                                             .gid = -1,
                                             .uid = -1,
                                             .options = LWS_SERVER_OPTION_LIBUV};
    if (argc > 5) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = argv[4];
        info.ssl_private_key_filepath = argv[5];
    }
    lws_set_log_level(LLL_ERR, NULL);
    server.frame = malloc(LWS_PRE + server.bytes + ANSWER_BYTES);
    struct lws_context *context = lws_create_context(&info);
    if (!context)
        return 1;
    puts("up");
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    return 0; /* the kernel takes the rest */
}
