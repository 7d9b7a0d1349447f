/* People at their screens: they connect, log in, follow, lose their line and come back where they
 * were.  L0: all that they may read up to their cursor has reached them, once and in order; and in
 * the end their screens show what the tables say. */
#include "sim_screen.h"
#include "sim_tables.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HISTORIES = 4 };
enum client_phase { CLIENT_AWAY, CLIENT_CONNECTING, CLIENT_IN };
struct client {
    struct world *world;
    const struct person *person;
    struct link *link;
    enum client_phase phase;
    struct event act;
    bool busy;                   /* the hub was, and closes */
    bool has_cursor, live, anew; /* anew: it follows for the second time, replay overlaps */
    int64_t cursor;
    int64_t verified; /* up to here nothing is missing */
    int64_t counted;  /* record messages in this session */
    int64_t last_seq, last_head;
    int64_t follows; /* how often it asked: the ref of the last */
    struct screen screen;
    struct ticket_id histories[HISTORIES];
    int64_t history_seq[HISTORIES]; /* the last one that came; -1: none is under way */
};

static long long ll(int64_t i)
{
    return (long long)i;
}

static _Noreturn void missed(const struct client *c, const char *promise, const char *what,
                             int64_t a, int64_t b)
{
    broken(c->world, promise, STR_FMT "/" STR_FMT ": %s (%lld, %lld)", STR_ARG(c->person->agency),
           STR_ARG(c->person->id), what, ll(a), ll(b));
}

const struct person *client_person(const struct client *c)
{
    return c->person;
}

static void say(struct client *c, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(struct client *c, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert(len > 0 && (size_t)len < sizeof(text));
    link_say(c->link, (struct str){text, (size_t)len});
}

/* ---- what is on the screen ---- */

static void drop_screen(struct client *c)
{
    screen_wipe(&c->screen);
    c->has_cursor = false;
}

/* Whatever he might read all the time, up to the cursor, must be here. */
static void verify(struct client *c, int64_t upto)
{
    struct world *w = c->world;
    uint32_t me = UINT32_C(1) << (c->person - w->people);
    for (int64_t seq = c->verified + 1; seq <= upto; seq++) {
        const struct ledger_row *row = db_row(&w->db, seq);
        if (!row)
            missed(c, "O0", "a cursor above the ledger", upto, seq);
        if (!screen_has_record(&c->screen, seq) && (access_row_always(w, row) & me))
            missed(c, "L0", "a record has not reached him", seq, upto);
    }
    directory_check(w, &c->screen.directory, c->person, upto);
    if (c->verified < upto)
        c->verified = upto;
    c->cursor = upto;
    c->has_cursor = true;
}

/* ---- the session ---- */

static void follow(struct client *c)
{
    c->live = false;
    if (c->has_cursor)
        say(c, "{\"op\":\"follow\",\"after\":%lld,\"ref\":%lld}", ll(c->cursor), ll(++c->follows));
    else
        say(c, "{\"op\":\"follow\",\"ref\":%lld}", ll(++c->follows));
}

static void welcome(struct client *c)
{
    c->phase = CLIENT_IN;
    c->counted = 0;
    c->last_seq = c->last_head = 0;
    c->anew = false;
    for (int i = 0; i < HISTORIES; i++)
        c->history_seq[i] = -1;
    follow(c);
    event_set(c->world, &c->act, gap_of(c->world, 2 * SECOND));
}

static void away(struct client *c, int64_t back_in_us)
{
    c->link = NULL;
    c->phase = CLIENT_AWAY;
    c->live = false;
    event_set(c->world, &c->act, back_in_us);
}

void client_lost(struct client *c, int code)
{
    struct world *w = c->world;
    bool busy = c->busy && code == POSKO_CLOSE_NOT_AUTHENTICATED;
    c->busy = false;
    if (code != 1006 && code != POSKO_CLOSE_RESTART && code != POSKO_CLOSE_TOO_SLOW &&
        code != POSKO_CLOSE_AUTH_TIMEOUT && !busy)
        missed(c, "session", "it was closed", code, 0);
    away(c, between(w, 1, chance(w, 800) ? 500000 : 5000000));
}

/* ---- what it hears ---- */

static void hear_history(struct client *c, const struct message *m)
{
    for (int i = 0; i < HISTORIES; i++) {
        if (c->history_seq[i] < 0 || !ticket_id_eq(c->histories[i], m->ticket))
            continue;
        if (m->op == HOP_END) {
            c->history_seq[i] = -1;
            return;
        }
        if (m->seq <= c->history_seq[i])
            missed(c, "O0", "a history goes backwards", m->seq, c->history_seq[i]);
        c->history_seq[i] = m->seq;
        return;
    }
    missed(c, "O0", "a history that nobody asked for", m->seq, 0);
}

static void hear_record(struct client *c, const struct message *m)
{
    if (m->is_of) {
        hear_history(c, m);
        return;
    }
    c->counted++;
    if (m->seq <= c->last_seq && !c->anew)
        missed(c, "D0", "a record comes again in one session", m->seq, c->last_seq);
    c->last_seq = m->seq;
    screen_put_record(&c->screen, m->seq);
    screen_put_ticket(&c->screen, m);
    if (c->live && m->ticket_seq != 0) /* without it, it may be of a replay after a doubt */
        verify(c, m->seq);
}

static void hear_reset(struct client *c, const struct message *m)
{
    if (strcmp(m->why, "ahead") == 0)
        missed(c, "O0", "his cursor is above the ledger", c->cursor, m->head);
    drop_screen(c);
    c->verified = m->head;
}

static void hear_mark(struct client *c, const struct message *m)
{
    if (m->sent != c->counted)
        missed(c, "L0", "a mark counts otherwise", m->sent, c->counted);
    if (m->head < c->last_head)
        missed(c, "O0", "a mark goes back", m->head, c->last_head);
    c->last_head = m->head;
    if (c->live)
        verify(c, m->head);
}

void client_answered(struct draft *d, const struct message *m)
{
    struct answer_to a = {
        .code = m->code, .seq = m->seq, .at = m->at, .retry_ms = m->retry_ms, .text = ""};
    draft_heard(d, &a);
}

static void hear_refusal(struct client *c, const struct message *m)
{
    if (m->ref >= HISTORY_REF) {
        c->history_seq[(m->ref - HISTORY_REF) % HISTORIES] = -1;
        return;
    }
    if (m->ref < 0 && m->code == ERR_BUSY) /* of the log-in */
        c->busy = true;
    if (c->busy)
        return;
    if (m->ref < 0)
        missed(c, "session", err_wire(m->code), 0, 0);
    client_answered(c->world->drafts[m->ref], m);
}

void client_hears(struct client *c, const struct message *m)
{
    trace(c->world, STR_FMT "/" STR_FMT " hears %.*s", STR_ARG(c->person->agency),
          STR_ARG(c->person->id), m->blob->len < 120 ? (int)m->blob->len : 120,
          (const char *)m->blob->at);
    switch (m->op) {
    case HOP_HELLO:
        wire_log_in(c->link, c->person, m->nonce);
        return;
    case HOP_WELCOME:
        welcome(c);
        return;
    case HOP_RECORD:
        hear_record(c, m);
        return;
    case HOP_STATE:
        directory_put(&c->screen.directory, m);
        screen_put_ticket(&c->screen, m);
        return;
    case HOP_RESET:
        hear_reset(c, m);
        return;
    case HOP_LIVE:
        if (m->ref != c->follows)
            return; /* of the follow before */
        c->live = true;
        c->anew = false;
        verify(c, m->head);
        return;
    case HOP_MARK:
        hear_mark(c, m);
        return;
    case HOP_GONE:
        screen_drop_ticket(&c->screen, m->ticket);
        return;
    case HOP_END:
        hear_history(c, m);
        return;
    case HOP_BYE:
        if (strcmp(m->why, "changed") == 0)
            c->has_cursor = false;
        return;
    case HOP_POSTED:
    case HOP_REFUSED:
        hear_refusal(c, m);
        return;
    case HOP_RECEIPT:
    case HOP_COUNT:
        return;
    }
}

/* ---- what it does ---- */

static void ask_history(struct client *c)
{
    struct world *w = c->world;
    int i = (int)between(w, 0, HISTORIES - 1);
    const struct ledger_row *row =
        w->db.head.seq ? db_row(&w->db, between(w, 1, w->db.head.seq)) : NULL;
    if (!row || ticket_id_is_none(row->ticket) || c->history_seq[i] >= 0)
        return;
    for (int k = 0; k < HISTORIES; k++)
        if (c->history_seq[k] >= 0 && ticket_id_eq(c->histories[k], row->ticket))
            return;
    c->histories[i] = row->ticket;
    c->history_seq[i] = 0;
    say(c, "{\"op\":\"history\",\"ticket\":\"%s\",\"limit\":%d,\"ref\":%d}",
        id_text(row->ticket.at).at, (int)between(w, 1, 300), HISTORY_REF + i);
}

struct ticket_id client_history_of(const struct client *c, int64_t ref)
{
    return c->histories[(ref - HISTORY_REF) % HISTORIES];
}

static void act_in(struct client *c)
{
    struct world *w = c->world;
    int64_t dice = between(w, 0, 99);
    event_set(w, &c->act, gap_of(w, 2 * SECOND));
    if (!c->live)
        return;
    if (dice < 40 && !c->person->source)
        say(c, "{\"op\":\"got\",\"seq\":%lld}", ll(c->cursor));
    else if (dice < 55 && !c->person->source)
        say(c, "{\"op\":\"shown\",\"seqs\":[%lld]}", ll(c->cursor - between(w, 0, 5) + 5));
    else if (dice < 75)
        ask_history(c);
    else if (dice < 79 && !w->quiet) {
        c->anew = true;
        follow(c);
    } else if (dice < 83 && !w->quiet)
        link_sleep(c->link, between(w, 1, 8 * SECOND));
    else if (dice < 88 && !w->quiet) {
        if (dice >= 86 || w->many_places) /* another device, or its data was wiped */
            drop_screen(c);
        link_close(c->link);
        away(c, between(w, 1, dice < 86 ? 10 * SECOND : SECOND));
    }
}

static void on_act(void *arg)
{
    struct client *c = arg;
    struct world *w = c->world;
    if (c->phase == CLIENT_IN) {
        act_in(c);
        return;
    }
    if (c->link)
        return; /* it will hear */
    struct process *n = client_hub(w);
    c->link = n ? link_open(w, n, false) : NULL;
    if (!c->link) {
        event_set(w, &c->act, between(w, 100000, SECOND));
        return;
    }
    c->link->client = c;
    c->phase = CLIENT_CONNECTING;
}

/* Whose session may carry it: anybody's, the signature says who speaks. */
bool client_send_draft(struct draft *d)
{
    struct world *w = d->world;
    struct client *c = w->clients[between(w, 0, (int64_t)w->client_count - 1)];
    for (size_t i = 0; i < w->client_count; i++)
        if (w->clients[i]->person == d->author && chance(w, 900))
            c = w->clients[i];
    if (c->phase != CLIENT_IN || c->person->source != d->author->source)
        return false;
    struct buf out;
    buf_init(&out);
    buf_printf(&out, "{\"op\":\"post\",\"ref\":%zu,\"jws\":\"", d->index);
    buf_put(&out, d->jws);
    buf_put(&out, STR("\"}"));
    link_say(c->link, buf_peek(&out));
    buf_deinit(&out);
    return true;
}

void client_beat(struct world *w, const struct person *p)
{
    for (size_t i = 0; i < w->client_count; i++)
        if (w->clients[i]->person == p && w->clients[i]->phase == CLIENT_IN)
            say(w->clients[i], "{\"op\":\"beat\"}");
}

/* ---- the world ---- */

static void on_wind(void *arg)
{
    struct world *w = arg;
    if (w->quiet)
        return;
    event_set(w, &w->wind, gap_of(w, w->on[FAULT_NET] ? 400000 : 8 * SECOND));
    struct client *c = w->clients[between(w, 0, (int64_t)w->client_count - 1)];
    if (c->link)
        link_lose(c->link);
}

void readers_open(struct world *w)
{
    w->client_count = (size_t)between(w, 1, (int64_t)w->people_count);
    if (w->busy && w->client_count > 6)
        w->client_count = 6;
    size_t first = (size_t)between(w, 0, (int64_t)w->people_count - 1);
    for (size_t i = 0; i < w->client_count; i++) {
        struct client *c = mem_new(sizeof(*c));
        *c = (struct client){.world = w, .person = &w->people[(first + i) % w->people_count]};
        c->act = (struct event){.fn = on_act, .arg = c};
        w->clients[i] = c;
        event_set(w, &c->act, between(w, 1, 3 * SECOND));
    }
    w->wind = (struct event){.fn = on_wind, .arg = w};
    event_set(w, &w->wind, SECOND);
}

/* The hubs are gone: so are their links. */
void readers_close(struct world *w)
{
    event_stop(w, &w->wind);
    for (size_t i = 0; i < w->client_count; i++) {
        struct client *c = w->clients[i];
        event_stop(w, &c->act);
        if (c->link)
            link_close(c->link);
        screen_close(&c->screen);
        mem_free(c);
    }
    messages_forget(w);
    directory_close(w);
}

bool readers_are_there(const struct world *w)
{
    for (size_t i = 0; i < w->client_count; i++)
        if (!w->clients[i]->live)
            return false;
    return true;
}

static void check_screen(struct client *c)
{
    const struct world *w = c->world;
    uint32_t me = UINT32_C(1) << (c->person - w->people);
    if (!c->live)
        missed(c, "L0", "he is not live", c->cursor, w->db.head.seq);
    verify(c, w->db.head.seq);
    for (const struct cell *cell = w->db.tickets; cell; cell = cell->hh.next) {
        const struct ticket_row *t = cell->row;
        int64_t shown = screen_ticket(&c->screen, t->id);
        bool reads = (access_ticket(w, t->id, w->db.head.rev) & me) != 0;
        if (!reads || (!db_is_open(t) && shown == 0) || shown == t->seq)
            continue;
        trace(w, "%s is " STR_FMT, id_text(t->id.at).at, STR_ARG(t->state));
        missed(c, "L0", "his screen does not show a ticket as it is", shown, t->seq);
    }
}

void check_readers(struct world *w)
{
    for (size_t i = 0; i < w->client_count; i++) /* what is under way is there now */
        if (w->clients[i]->live)
            link_flush(w->clients[i]->link);
    for (size_t i = 0; i < w->client_count; i++)
        check_screen(w->clients[i]);
}
