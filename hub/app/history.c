#include "app/history.h"

static void free_first(struct peer *p)
{
    struct history *h = p->histories;
    p->histories = h->next;
    p->history_count--;
    reading_drop(&h->reading);
    mem_free(h);
}

void history_drop(struct peer *p)
{
    while (p->histories)
        free_first(p);
}

static void fetched(void *arg)
{
    peer_go_on(arg);
}

static void refuse_first(struct peer *p, enum err code)
{
    struct history *h = p->histories;
    struct fault fault = {0};
    fault_set(&fault, code, "ticket", NULL);
    if (code == ERR_BUSY)
        fault.retry_ms = 1000;
    peer_refuse(p, STR_NONE, &fault, h->has_ref ? &h->ref : NULL);
    free_first(p);
}

static void end_first(struct peer *p, bool more)
{
    struct history *h = p->histories;
    struct buf out;
    buf_init(&out);
    frame_end(&out, str_of(id_text(h->ticket.at).at), more, h->has_ref ? &h->ref : NULL);
    peer_send(p, &out);
    buf_deinit(&out);
    free_first(p);
}

/* The ticket as it is now, from memory or from its row; false: wait. */
static bool find_ticket(struct peer *p, struct history *h, const struct ticket **out)
{
    struct hub *hub = p->hub;
    bool newer = false;
    *out = state_ticket(turn_state(hub->turn), h->ticket);
    if (*out)
        return true;
    if (h->reading.filled) {
        *out = reading_ticket(&h->reading, turn_state(hub->turn), turn_rev(hub->turn), h->ticket,
                              &newer);
        if (*out || (!newer && !h->checked))
            return true;
        if (newer)
            turn_look(hub->turn, 0);
    }
    h->checked = false; /* its rows come after its ticket, again from `after` */
    reading_tickets(&h->reading, hub->tail, &h->ticket, 1, fetched, p);
    return false;
}

static bool send_rows(struct peer *p, struct history *h)
{
    struct reading *r = &h->reading;
    while (r->at < r->count) {
        if (net_waiting(p->hub->net, p->id) >= POSKO_REPLAY_BYTES_MAX)
            return false;
        const struct reading_row *row = &r->rows[r->at++];
        if (h->left == 0) {
            end_first(p, true);
            return true;
        }
        h->left--;
        h->after = row->seq;
        struct buf out;
        buf_init(&out);
        frame_record(&out, row->seq, row->at, row->jws, STR_NONE, str_of(id_text(h->ticket.at).at));
        peer_send(p, &out);
        buf_deinit(&out);
    }
    return true;
}

/* Works on the first request; true: on to the next one. */
static bool pump_first(struct peer *p)
{
    struct history *h = p->histories;
    struct reading *r = &h->reading;
    const struct ticket *t = NULL;
    if (reading_is_busy(r))
        return false;
    if (r->failed) {
        refuse_first(p, ERR_BUSY);
        return true;
    }
    if (h->checked && r->filled && r->count == 0) {
        end_first(p, false); /* nothing more, and no ticket's row with it */
        return true;
    }
    if (!find_ticket(p, h, &t))
        return false;
    if (!t || !access_reads_ticket(&p->who->reader, t)) {
        refuse_first(p, ERR_NOT_FOUND);
        return true;
    }
    if (h->checked && r->filled) {
        size_t got = r->count;
        if (!send_rows(p, h))
            return false;
        if (p->histories != h)
            return true; /* it ended with more */
        if (got < READING_ROWS_MAX) {
            end_first(p, false);
            return true;
        }
    }
    h->checked = true;
    reading_rows(r, p->hub->tail, h->after, turn_told(p->hub->turn), &h->ticket, fetched, p);
    return false;
}

void history_pump(struct peer *p)
{
    while (p->phase == PEER_IN && p->histories && pump_first(p))
        ;
}

void history_begin(struct peer *p, const struct frame *frame)
{
    struct fault fault = {0};
    if (p->history_count >= HISTORIES_MAX) {
        fault_set(&fault, ERR_TOO_MANY, "ticket",
                  "%d histories are under way; wait for their `end`", HISTORIES_MAX);
        fault.retry_ms = 1000;
        peer_refuse(p, STR_NONE, &fault, frame->has_ref ? &frame->ref : NULL);
        return;
    }
    struct history *h = mem_new(sizeof(*h));
    *h = (struct history){.ticket = frame->ticket,
                          .has_ref = frame->has_ref,
                          .ref = frame->ref,
                          .after = frame->after,
                          .left = frame->limit};
    reading_init(&h->reading);
    struct history **end = &p->histories;
    while (*end)
        end = &(*end)->next;
    *end = h;
    p->history_count++;
    peer_go_on(p);
}
