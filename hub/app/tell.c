#include "app/tell.h"

#include "app/follow.h"
#include "app/principal.h"
#include "ledger/doc.h"

#include <utlist.h>

static bool is_live(const struct peer *p)
{
    return p->phase == PEER_IN && p->follow.phase == FOLLOW_LIVE;
}

static void send_live(struct peer *p, struct blob *message)
{
    if (net_waiting(p->hub->net, p->id) > POSKO_QUEUE_BYTES_MAX)
        peer_bye(p, "too_slow", 0, POSKO_CLOSE_TOO_SLOW);
    else
        peer_send_blob(p, message);
}

/* ---- ledger rows ---- */

static const struct answer *answer_of(const struct ticket *t, const struct agency *agency)
{
    for (size_t i = 0; i < t->answer_count; i++)
        if (t->answers[i].agency == agency)
            return &t->answers[i];
    return NULL;
}

static void put_ticket(struct buf *out, const struct ticket *t)
{
    struct entry e = {.kind = ENTRY_TICKET, .seq = t->seq, .is.ticket = t};
    doc_write_wire(out, &e);
}

/* Does this record address the member's agency?  Then its `got` will be asked for. */
static void remember_receipt(struct peer *p, const struct ledger_row *row, const struct ticket *t)
{
    const struct member *m = peer_member(p);
    const struct answer *a = m && t ? answer_of(t, m->agency) : NULL;
    if (!a || a->addressed != row->seq || a->got.at)
        return;
    if (!p->pending)
        p->pending = mem_new(PEER_PENDING_MAX * sizeof(*p->pending));
    if (p->pending_count == PEER_PENDING_MAX)
        p->pending_all = true;
    else
        p->pending[p->pending_count++] = (struct pending_receipt){row->seq, t->id};
}

static void tell_row(struct hub *hub, const struct ledger_row *row)
{
    const struct ticket *t = state_ticket(turn_state(hub->turn), row->ticket);
    struct blob *message = NULL;
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    {
        if (!reader_is_active(&w->reader) ||
            !access_reads_row(&w->reader, row->ticket, row->admins, t))
            continue;
        struct peer *p = NULL;
        struct peer *after = NULL;
        DL_FOREACH_SAFE2(w->peers, p, after, who_next)
        {
            if (!is_live(p) || row->seq <= p->follow.pos)
                continue;
            if (!message) {
                struct buf doc;
                struct buf out;
                buf_init(&doc);
                buf_init(&out);
                if (t)
                    put_ticket(&doc, t);
                frame_record(&out, row->seq, row->at, row->jws, buf_peek(&doc), STR_NONE);
                message = blob_new(buf_peek(&out));
                buf_deinit(&doc);
                buf_deinit(&out);
            }
            p->sent++;
            remember_receipt(p, row, t);
            send_live(p, message);
            FAILPOINT(&hub->failpoint, "in_tell");
        }
    }
    blob_unref(message);
    ++*hub->told;
}

/* ---- tickets that changed ---- */

/* Who hears a record hears its ticket with it. */
static void mark_recorded(const struct news *news, struct ticket_id id)
{
    struct changed_ticket *c = NULL;
    HASH_FIND(hh, news->tickets, &id, sizeof(id), c);
    if (c)
        c->recorded = true;
}

static void send_to_principal(struct principal *w, const struct buf *out, bool live_only)
{
    struct blob *message = blob_new(buf_peek(out));
    struct peer *p = NULL;
    struct peer *after = NULL;
    DL_FOREACH_SAFE2(w->peers, p, after, who_next)
    {
        if (is_live(p) || (!live_only && p->phase == PEER_IN && p->follow.phase != FOLLOW_NONE))
            send_live(p, message);
    }
    blob_unref(message);
}

static void tell_receipt(struct hub *hub, const struct ticket *t, const struct answer *a,
                         const struct receipt *r, const char *how)
{
    struct buf out;
    buf_init(&out);
    frame_receipt(&out, str_of(id_text(t->id.at).at), a->addressed, a->agency->id, r->member, how,
                  r->at);
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    if (reader_is_active(&w->reader) && access_reads_receipts(&w->reader, t))
        send_to_principal(w, &out, true);
    buf_deinit(&out);
}

static bool tell_receipts(struct hub *hub, const struct ticket *before, const struct ticket *t)
{
    bool any = false;
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];
        const struct answer *old = before ? answer_of(before, a->agency) : NULL;
        bool same = old && old->addressed == a->addressed;
        if (a->got.at && !(same && old->got.at)) {
            tell_receipt(hub, t, a, &a->got, "got");
            any = true;
        }
        if (a->shown.at && !(same && old->shown.at)) {
            tell_receipt(hub, t, a, &a->shown, "shown");
            any = true;
        }
    }
    return any;
}

static void tell_ticket(struct hub *hub, const struct changed_ticket *c)
{
    const struct ticket *t = state_ticket(turn_state(hub->turn), c->id);
    if (!t)
        return;
    bool receipts = tell_receipts(hub, c->before, t);
    bool moved = !c->before || c->before->seq != t->seq; /* merged away, say: no row of its own */
    bool needs_state = !c->recorded && (moved || !receipts);
    struct buf doc;
    struct buf state;
    struct buf gone;
    buf_init(&doc);
    buf_init(&state);
    buf_init(&gone);
    if (needs_state) {
        put_ticket(&doc, t);
        frame_state(&state, "ticket", buf_peek(&doc), t->seq);
    }
    frame_gone(&gone, str_of(id_text(t->id.at).at));
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    {
        bool reads = access_reads_ticket(&w->reader, t);
        if (needs_state && reads)
            send_to_principal(w, &state, true);
        else if (!reads && c->before && access_reads_ticket(&w->reader, c->before))
            send_to_principal(w, &gone, false);
    }
    buf_deinit(&doc);
    buf_deinit(&state);
    buf_deinit(&gone);
}

/* ---- directory entries that changed ---- */

static void turn_away(struct principal *w)
{
    struct peer *p = NULL;
    struct peer *after = NULL;
    DL_FOREACH_SAFE2(w->peers, p, after, who_next)
    {
        peer_bye(p, "changed", 0, POSKO_CLOSE_RESTART);
    }
}

static void member_changed(struct hub *hub, const struct changed_entry *c)
{
    struct str agency;
    struct str id;
    (void)str_cut(c->id, '/', &agency, &id);
    const struct member *m = state_member(turn_state(hub->turn), agency, id);
    struct principal *w = principal_find(hub, agency, id);
    if (m && w && c->was && m->active && m->roles != c->roles)
        turn_away(w);
}

static void agency_changed(struct hub *hub, const struct changed_entry *c)
{
    const struct agency *a = state_agency(turn_state(hub->turn), c->id);
    if (!a || !c->was || a->active == c->active)
        return;
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    {
        const struct member *m = w->reader.member;
        if (m && m->agency == a && a->active)
            turn_away(w);
    }
}

static void tell_entry(struct hub *hub, const struct changed_entry *c)
{
    if (c->kind == ENTRY_MEMBER)
        member_changed(hub, c);
    if (c->kind == ENTRY_AGENCY)
        agency_changed(hub, c);
    if (!c->doc.len)
        return;
    struct buf out;
    buf_init(&out);
    frame_state(&out, doc_wire_name(c->kind), c->doc, c->seq);
    struct principal *w = NULL;
    struct principal *next = NULL;
    HASH_ITER(hh, hub->principals, w, next)
    if (reader_is_active(&w->reader) && access_reads_directory(&w->reader))
        send_to_principal(w, &out, true);
    buf_deinit(&out);
}

/* Records last: a record moves a reader's cursor, and whoever leaves in the middle must find all
 * that belongs to it behind him, or before his cursor when he comes back. */
void tell_news(void *app, const struct news *news)
{
    struct hub *hub = app;
    bool keys = false;
    for (size_t i = 0; i < news->ledger_count; i++)
        mark_recorded(news, news->ledger[i].ticket);
    for (const struct changed_ticket *c = news->tickets; c; c = c->hh.next)
        tell_ticket(hub, c);
    for (const struct changed_entry *c = news->entries; c; c = c->hh.next) {
        tell_entry(hub, c);
        keys |= c->kind == ENTRY_MEMBER || c->kind == ENTRY_AGENCY || c->kind == ENTRY_DEVICE ||
                c->kind == ENTRY_SOURCE;
    }
    for (size_t i = 0; i < news->ledger_count; i++) {
        tell_row(hub, &news->ledger[i]);
        recent_push(&hub->recent, &news->ledger[i]);
    }
    if (keys)
        principals_rebind(hub);
}

void tell_recall(void *app, const struct ledger_row *rows, size_t count)
{
    struct hub *hub = app;
    recent_clear(&hub->recent); /* of a load that failed: a fail-over may have taken its rows */
    for (size_t i = 0; i < count; i++)
        recent_push(&hub->recent, &rows[i]);
}

/* ---- marks ---- */

static struct blob *mark_of(struct hub *hub, int64_t pos, int64_t sent, int64_t overdue)
{
    struct buf out;
    buf_init(&out);
    frame_mark(&out, pos, sent, turn_now(hub->turn), overdue, hub->health.copies,
               turn_clock_is_held(hub->turn));
    struct blob *mark = blob_new(buf_peek(&out));
    buf_deinit(&out);
    return mark;
}

/* Idle sessions stand at the same place: one blob for neighbours who would read the same. */
void tell_marks(struct hub *hub, unsigned slice)
{
    int64_t overdue = (int64_t)state_overdue(turn_state(hub->turn), turn_now(hub->turn));
    int64_t now = loop_boot_ms(hub->loop);
    struct blob *mark = NULL;
    int64_t pos = 0;
    int64_t sent = 0;
    struct peer *p = NULL;
    struct peer *next = NULL;
    DL_FOREACH_SAFE(hub->peers[slice], p, next)
    {
        bool idle = p->follow.phase == FOLLOW_NONE && now - p->opened > POSKO_MARK_MS;
        bool speaks = idle || p->follow.phase == FOLLOW_LIVE; /* not before a follow under way */
        if (p->phase != PEER_IN || !speaks)
            continue;
        if (!mark || pos != peer_pos(p) || sent != p->sent) {
            blob_unref(mark);
            pos = peer_pos(p);
            sent = p->sent;
            mark = mark_of(hub, pos, sent, overdue);
        }
        peer_send_blob(p, mark);
    }
    blob_unref(mark);
}

/* ---- a doubt ---- */

static void reload(struct peer *p, void *arg)
{
    (void)arg;
    if (p->phase == PEER_IN && p->follow.phase != FOLLOW_NONE)
        follow_reload(p);
}

void tell_loaded(struct hub *hub)
{
    principals_rebind(hub);
    peers_each(hub, reload, NULL);
}
