/* NATS (JetStream) and STOMP (RabbitMQ), both over WebSocket: the same records, the same counting.
 */
#include "load.h"

#include <stdlib.h>
#include <string.h>

static int index_of(const struct conn *c)
{
    return (int)(c - c->load->conns);
}

void peer_opened(struct conn *c)
{
    struct buf b;
    buf_init(&b);
    if (c->load->options.dialect == DIALECT_NATS) {
        buf_printf(&b, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,"
                       "\"no_responders\":true}\r\n");
        if (c->sub)
            buf_printf(&b, "SUB bench.record 1\r\nPING\r\n");
        else
            buf_printf(&b, "SUB _INBOX.%d.* 1\r\nPING\r\n", index_of(c));
        frame_masked(&c->out, buf_peek(&b), true);
    } else {
        buf_printf(&b, "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n"
                       "heart-beat:0,0\n\n");
        buf_put_char(&b, '\0');
        frame_masked(&c->out, buf_peek(&b), false);
    }
    net_flush(c);
    buf_deinit(&b);
}

void peer_post(struct conn *c, long ref)
{
    const struct shot *shot = &c->shots[ref];
    bool nats = c->load->options.dialect == DIALECT_NATS;
    struct buf b;
    buf_init(&b);
    if (nats)
        buf_printf(&b, "PUB bench.record _INBOX.%d.%ld %u\r\n%.*s\r\n", index_of(c), ref, shot->len,
                   (int)shot->len, shot->frame);
    else
        buf_printf(&b,
                   "SEND\ndestination:/amq/queue/bench\npersistent:true\nreceipt:%ld\n"
                   "content-length:%u\n\n%.*s",
                   ref, shot->len, (int)shot->len, shot->frame);
    if (!nats)
        buf_put_char(&b, '\0');
    frame_masked(&c->out, buf_peek(&b), nats);
    buf_deinit(&b);
}

/* ---- NATS: a stream of its own within the frames ---- */

/* One message of it at the head of `in`: its bytes, or 0 when it is not whole. */
static size_t nats_one(struct conn *c, struct str in)
{
    const char *end = memmem(in.at, in.len, "\r\n", 2);
    if (!end)
        return 0;
    size_t line = (size_t)(end - in.at) + 2;
    if (str_starts(in, STR("MSG "))) {
        const char *count = memrchr(in.at, ' ', line - 2);
        size_t bytes = strtoul(count, NULL, 10);
        if (in.len < line + bytes + 2)
            return 0;
        if (c->sub) {
            talk_delivered(c, c->last + 1); /* the subject has no numbers of its own */
        } else {
            const char *ref = memchr(in.at + strlen("MSG _INBOX."), '.', line);
            const char *seq = memmem(end, bytes + 2, "\"seq\":", 6);
            talk_acked(c, ref ? strtol(ref + 1, NULL, 10) : -1,
                       seq ? strtol(seq + 6, NULL, 10) : 1);
        }
        return line + bytes + 2;
    }
    if (str_starts(in, STR("PONG")) && c->stage != STAGE_UP)
        talk_up(c);
    if (str_starts(in, STR("PING"))) {
        frame_masked(&c->out, STR("PONG\r\n"), true);
        net_flush(c);
    }
    c->load->malformed += str_starts(in, STR("-ERR"));
    return line;
}

static void nats(struct conn *c, struct str text)
{
    buf_put(&c->part, text);
    size_t used = 0;
    for (size_t n = 1; n > 0; used += n)
        n = nats_one(c, (struct str){c->part.at + used, c->part.len - used});
    memmove(c->part.at, c->part.at + used, c->part.len - used);
    c->part.len -= used;
}

static void stomp(struct conn *c, struct str text)
{
    static const char receipt[] = "receipt-id:";
    if (str_starts(text, STR("CONNECTED"))) {
        talk_up(c);
    } else if (str_starts(text, STR("RECEIPT"))) {
        const char *at = memmem(text.at, text.len, receipt, strlen(receipt));
        talk_acked(c, at ? strtol(at + strlen(receipt), NULL, 10) : -1, 1);
    } else if (str_starts(text, STR("ERROR"))) {
        c->load->malformed++;
    }
}

void peer_message(struct conn *c, struct str text)
{
    if (c->load->options.dialect == DIALECT_NATS)
        nats(c, text);
    else
        stomp(c, text);
}
