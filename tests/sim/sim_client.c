/* What people send, and send again, until it is answered. */
#include "sim.h"

#include "ledger/codec.h"

#include <assert.h>
#include <string.h>

enum { SILENCE_US = 10000000, JWS_BYTES = 400 };

struct sending {
    struct submission *s;
    struct draft *draft; /* NULL: a hint */
    struct process *node;
    uint64_t life; /* the node's, for which it is meant */
    struct event arrive;
    struct sending *next, **prev;
};

struct submission *submission_new(enum submit what)
{
    struct submission *s = mem_new(sizeof(*s));
    arena_init(&s->arena);
    s->what = what;
    return s;
}

void submission_free(struct submission *s)
{
    arena_deinit(&s->arena);
    mem_free(s);
}

static void sending_free(struct sending *x)
{
    event_stop(x->node->world, &x->arrive);
    *x->prev = x->next;
    if (x->next)
        x->next->prev = x->prev;
    submission_free(x->s);
    mem_free(x);
}

/* ---- answers ---- */

static bool may_be_sent_again(const struct answer_to *a)
{
    return a->code == ERR_BUSY || a->code == ERR_DRAINING || a->code == ERR_TOO_MANY ||
           (a->code == ERR_NOT_STORED && a->retry_ms > 0);
}

void draft_heard(struct draft *d, const struct answer_to *s)
{
    struct world *w = d->world;
    if (d->state == DRAFT_POSTED || d->state == DRAFT_REFUSED)
        return; /* heard before, of another sending */
    if (s->code != OK && may_be_sent_again(s)) {
        event_set(w, &d->retry, (s->retry_ms + 1) * 1000);
        return;
    }
    d->state = s->code == OK ? DRAFT_POSTED : DRAFT_REFUSED;
    d->refusal = s->code;
    d->seq = s->seq;
    d->at = s->at;
    d->answered = w->now;
    w->open_drafts--;
    event_stop(w, &d->retry);
}

static struct answer_to answer_of(const struct submission *s)
{
    return (struct answer_to){.code = s->fault.code,
                              .seq = s->seq,
                              .at = s->at,
                              .retry_ms = s->fault.retry_ms,
                              .text = s->fault.text};
}

static void heard(struct draft *d, const struct submission *s)
{
    struct answer_to answer = answer_of(s);
    draft_heard(d, &answer);
}

static void on_done(struct submission *s, void *owner)
{
    struct sending *x = owner;
    struct process *n = x->node;
    struct world *w = n->world;
    assert(x->s == s && n->life == x->life);
    n->submissions--;
    if (!n->dying && x->draft) {
        struct answer_to answer = answer_of(s);
        check_answer(n, x->draft, &answer);
        if (!(w->on[FAULT_NET] && chance(w, 100)))
            heard(x->draft, s);
    }
    sending_free(x);
}

/* ---- the way there ---- */

static void on_arrive(void *arg)
{
    struct sending *x = arg;
    struct process *n = x->node;
    if (!n->up || n->life != x->life || n->draining || !turn_is_loaded(n->turn)) {
        if (n->up && n->life == x->life && x->draft) { /* as app/intake does */
            x->s->fault.code = ERR_BUSY;
            x->s->fault.retry_ms = 1000;
            heard(x->draft, x->s);
        }
        sending_free(x);
        return;
    }
    n->submissions++;
    if (turn_submit(n->turn, x->s))
        return;
    n->submissions--;
    x->s->fault.code = ERR_BUSY;
    x->s->fault.retry_ms = 1000;
    if (x->draft)
        heard(x->draft, x->s);
    sending_free(x);
}

static void dispatch(struct world *w, struct process *n, struct draft *d, struct submission *s)
{
    struct sending *x = mem_new(sizeof(*x));
    *x = (struct sending){.s = s, .draft = d, .node = n, .life = n->life};
    s->done = on_done;
    s->owner = x;
    x->next = w->sendings;
    x->prev = &w->sendings;
    if (x->next)
        x->next->prev = &x->next;
    w->sendings = x;
    x->arrive = (struct event){.fn = on_arrive, .arg = x, .owner = &n->loop};
    event_set(w, &x->arrive, some_time(w, 1000));
}

struct process *client_hub(struct world *w)
{
    struct process *up[NODES_MAX];
    int64_t count = 0;
    for (int i = 0; i < w->node_count; i++)
        if (w->nodes[i].up && !w->nodes[i].draining)
            up[count++] = &w->nodes[i];
    return count ? up[between(w, 0, count - 1)] : NULL;
}

/* Straight to the line, read and checked. */
static void send_ready(struct draft *d, struct process *n)
{
    struct submission *s = submission_new(SUBMIT_RECORD);
    record_copy(&s->arena, &d->record, &s->record);
    s->envelope.jws = arena_dup(&s->arena, d->jws);
    s->envelope.typ = d->typ;
    s->sha256 = d->sha256;
    dispatch(d->world, n, d, s);
}

/* As text: by a session, else by HTTP. */
static void send_wire(struct draft *d, struct process *n)
{
    struct world *w = d->world;
    if (chance(w, 800) && client_send_draft(d))
        return;
    struct link *l = link_open(w, n, true);
    if (!l) {
        event_set(w, &d->retry, 300000);
        return;
    }
    l->draft = d;
    link_say(l, d->jws);
    if (w->on[FAULT_NET] && chance(w, 100))
        link_lose(l);
}

static void on_send(void *arg)
{
    struct draft *d = arg;
    struct world *w = d->world;
    struct process *n = client_hub(w);
    if (!n) {
        event_set(w, &d->retry, 500000);
        return;
    }
    event_set(w, &d->retry, SILENCE_US);
    d->state = DRAFT_OUT;
    d->sendings++;
    if (w->on[FAULT_NET] && chance(w, 100))
        return;
    if (w->whole)
        send_wire(d, n);
    else
        send_ready(d, n);
    if (chance(w, w->on[FAULT_STALL] ? 300 : 10)) /* an impatient client */
        event_set(w, &d->retry, between(w, 1, 20000));
}

void client_hint(struct world *w, struct process *n, struct submission *s)
{
    dispatch(w, n, NULL, s);
}

/* ---- drafts ---- */

static struct record_id next_jti(struct world *w)
{
    uint8_t rest[10];
    uint64_t random = rng_next(&w->rng);
    memcpy(rest, &random, sizeof(random));
    w->jtis++;
    rest[8] = (uint8_t)w->jtis;
    rest[9] = (uint8_t)(w->jtis >> 8);
    struct record_id id;
    id_make(SIM_T0 + w->now / 1000, rest, id.at);
    return id;
}

bool draft_is_poison(struct record_id jti)
{
    return memcmp(jti.at + 10, "bane", 4) == 0;
}

struct draft *draft_find(struct world *w, struct record_id jti)
{
    struct draft *d = NULL;
    HASH_FIND(hh, w->by_jti, &jti, sizeof(jti), d);
    return d;
}

/* One character of the signature, not the last: that has spare bits. */
static void forge(struct draft *d)
{
    char *at = (char *)d->jws.at + d->jws.len - 20;
    *at = *at == 'A' ? 'B' : 'A';
}

static void write_jws(struct world *w, struct draft *d)
{
    if (w->whole) {
        struct arena arena;
        arena_init(&arena);
        struct str payload = codec_write(&arena, &d->record);
        d->jws = arena_dup(&w->arena, jws_sign(&arena, d->typ, &d->author->key, payload));
        arena_deinit(&arena);
        d->forged = chance(w, 10);
        if (d->forged)
            forge(d);
        d->sha256 = crypt_sha256(d->jws);
        return;
    }
    struct str kind = words_get(&WORDS_KIND, (int)d->record.kind);
    char text[JWS_BYTES];
    memcpy(text, kind.at, kind.len);
    memcpy(text + kind.len, d->record.jti.at, sizeof(d->record.jti.at));
    size_t put = kind.len + sizeof(d->record.jti.at);
    memset(text + put, 'x', sizeof(text) - put);
    d->jws = arena_dup(&w->arena, (struct str){text, (size_t)between(w, (int64_t)put, JWS_BYTES)});
    d->sha256 = crypt_sha256(d->jws);
}

void client_post(struct world *w, const struct person *p, const struct record *r, bool poison)
{
    struct draft *d = ARENA_NEW(&w->arena, struct draft);
    d->world = w;
    d->poison = poison;
    d->born = w->now;
    d->typ = kind_typ(r->kind);
    record_copy(&w->arena, r, &d->record);
    d->record.aud = SIM_AUD;
    d->record.iss = p->agency;
    d->record.act = p->id;
    d->record.signer = p->kid;
    d->author = p;
    d->record.jti = next_jti(w);
    if (poison)
        memcpy(d->record.jti.at + 10, "bane", 4);
    d->record.iat = SIM_T0 + w->now / 1000 + p->skew_ms;
    d->record.active = true;
    d->record.has |= CLAIMS_OF_ALL;
    write_jws(w, d);
    HASH_ADD(hh, w->by_jti, record.jti, sizeof(d->record.jti), d);
    d->index = w->draft_count;
    d->retry = (struct event){.fn = on_send, .arg = d};
    if (w->draft_count == w->draft_size) {
        w->draft_size = w->draft_size ? 2 * w->draft_size : 256;
        w->drafts = mem_grow(w->drafts, w->draft_size * sizeof(*w->drafts));
    }
    w->drafts[w->draft_count++] = d;
    w->open_drafts++;
    event_set(w, &d->retry, 1);
}

void client_close(struct world *w)
{
    while (w->sendings)
        sending_free(w->sendings);
    HASH_CLEAR(hh, w->by_jti);
    for (size_t i = 0; i < w->draft_count; i++)
        event_stop(w, &w->drafts[i]->retry);
    mem_free(w->drafts);
}
