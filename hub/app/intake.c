#include "app/intake.h"

#include "app/answer.h"
#include "ledger/codec.h"

/* Signatures that wait to be checked: a tenth of a second's.  Above that its sessions are not read,
 * nor is one that heard `busy`: until the line has room for so many again. */
enum {
    INTAKE_CROWD_MAX = 1024,
    INTAKE_ROOM = 512,
    INTAKE_HELD_FIRST = 64,
    INTAKE_HELD_MS = 3000 /* then they are read for a moment all the same: who is silent is cut */
};

struct post {
    struct job job; /* first: the pool's job is the post */
    struct submission s;
    struct hub *hub;
    struct session_id from;
    bool http, has_ref, looked;
    int64_t ref;
    struct public_key jwk;
    struct str jti; /* for a refusal, where it could be read */
};

static void free_post(struct post *p)
{
    arena_deinit(&p->s.arena);
    mem_free(p);
}

/* ---- more than the hub can do: sockets wait, not memory ---- */

static void hold(struct hub *hub, struct session_id from)
{
    if (hub->held_count == hub->held_room) {
        hub->held_room = hub->held_room ? 2 * hub->held_room : INTAKE_HELD_FIRST;
        hub->held = mem_grow(hub->held, hub->held_room * sizeof(*hub->held));
    }
    if (hub->held_count == 0)
        hub->held_since = loop_boot_ms(hub->loop);
    hub->held[hub->held_count++] = from;
    net_hold(hub->net, from, true);
}

static bool has_room(const struct hub *hub)
{
    return pool_waiting(hub->pool) < INTAKE_CROWD_MAX / 2 &&
           turn_waiting(hub->turn) + hub->checking <= TURN_LINE_MAX - INTAKE_ROOM;
}

void intake_read_on(struct hub *hub)
{
    if (hub->held_count == 0 || !hub->net)
        return;
    if (!has_room(hub) && loop_boot_ms(hub->loop) - hub->held_since < INTAKE_HELD_MS)
        return;
    for (size_t i = 0; i < hub->held_count; i++)
        net_hold(hub->net, hub->held[i], false);
    hub->held_count = 0;
}

/* ---- answers ---- */

static void refuse(struct post *p, const struct fault *fault)
{
    struct peer *peer = NULL;
    if (!p->hub->net) {
        free_post(p); /* the sockets are closed */
        return;
    }
    if (p->http) {
        answer_refuse(p->hub, p->from, p->jti, fault);
    } else if ((peer = peer_find(p->hub, p->from))) {
        peer_refuse(peer, p->jti, fault, p->has_ref ? &p->ref : NULL);
    }
    log_info(p->hub->log, "record.refused", F_TEXT("code", err_wire(fault->code)),
             F_TEXT("field", fault->field), F_STR("jti", p->jti));
    free_post(p);
}

static void posted(struct post *p)
{
    struct buf out;
    struct peer *peer = NULL;
    buf_init(&out);
    ++*p->hub->posted;
    if (p->http) {
        struct json_writer w = {.to = &out};
        json_begin_object(&w, NULL);
        json_put_text(&w, "id", p->jti);
        json_put_int(&w, "seq", p->s.seq);
        json_put_int(&w, "at", p->s.at);
        json_end_object(&w);
        net_http_reply(p->hub->net, p->from, 200, "application/json", buf_peek(&out));
    } else if ((peer = peer_find(p->hub, p->from))) {
        frame_posted(&out, p->jti, p->s.seq, p->s.at, p->has_ref ? &p->ref : NULL);
        if (p->s.seq > peer->top)
            peer->top = p->s.seq;
        peer_send(peer, &out);
    }
    buf_deinit(&out);
    free_post(p);
}

static void settled(struct submission *s, void *owner)
{
    struct post *p = owner;
    (void)s;
    intake_read_on(p->hub);
    if (p->s.fault.code != OK || !p->hub->net)
        refuse(p, &p->s.fault);
    else
        posted(p);
}

/* ---- checks ---- */

static void to_the_line(struct post *p)
{
    p->s.done = settled;
    p->s.owner = p;
    if (p->hub->draining)
        fault_set(&p->s.fault, ERR_DRAINING, "", NULL);
    else if (turn_submit(p->hub->turn, &p->s))
        return;
    else
        fault_set(&p->s.fault, ERR_BUSY, "", NULL);
    p->s.fault.retry_ms = 1000;
    refuse(p, &p->s.fault);
}

/* Claims that are not right still tell whose record it is, for the refusal. */
static struct str read_jti(struct arena *arena, struct str payload)
{
    struct fault fault;
    const struct node *root = NULL;
    uint8_t id[ID_BYTES];
    if (json_parse(arena, payload, &fault, &root) != OK)
        return STR_NONE;
    struct str jti = node_text(root, "jti");
    return id_parse(jti, id) ? jti : STR_NONE;
}

/* On a worker: the signature first, then what it says: a forgery costs no more than its check. */
static void run(struct job *job)
{
    struct post *p = (struct post *)job;
    struct submission *s = &p->s;
    if (!crypt_verify(&p->jwk, s->envelope.signed_, &s->envelope.signature)) {
        fault_set(&s->fault, ERR_BAD_SIGNATURE, "jws", NULL);
        return;
    }
    if (jws_open(&s->arena, &s->fault, &s->envelope) != OK)
        return;
    s->sha256 = crypt_sha256(s->envelope.jws);
    if (codec_read(&s->arena, &s->envelope, &s->fault, &s->record) == OK)
        p->jti = arena_dup(&s->arena, str_of(id_text(s->record.jti.at).at));
    else
        p->jti = read_jti(&s->arena, s->envelope.payload);
}

static bool rate_allows(struct hub *hub, struct guard *guard, struct str key, struct fault *fault)
{
    int64_t retry = 0;
    if (guard_take(guard, key, 1, loop_boot_ms(hub->loop), &retry))
        return true;
    fault_set(fault, ERR_TOO_MANY, "", NULL);
    fault->retry_ms = retry;
    return false;
}

static void done(struct job *job)
{
    struct post *p = (struct post *)job;
    struct fault fault = {0};
    p->hub->checking--;
    intake_read_on(p->hub);
    /* Only who holds the key may use up its rate. */
    if (p->s.fault.code != ERR_BAD_SIGNATURE &&
        !rate_allows(p->hub, p->hub->rate_key, kid_str(&p->s.envelope.kid), &fault))
        p->s.fault = fault;
    if (p->s.fault.code != OK)
        refuse(p, &p->s.fault);
    else
        to_the_line(p);
}

static void check_key(void *arg)
{
    struct post *p = arg;
    const struct device *device = state_device(turn_state(p->hub->turn), &p->s.envelope.kid);
    if (!device && !p->looked) {
        p->looked = true;
        if (hub_after_look(p->hub, check_key, p))
            return;
        fault_set(&p->s.fault, ERR_BUSY, "", NULL);
        p->s.fault.retry_ms = 1000;
        refuse(p, &p->s.fault);
        return;
    }
    if (!device) {
        fault_set(&p->s.fault, ERR_UNKNOWN_KEY, "kid", NULL);
        refuse(p, &p->s.fault);
        return;
    }
    p->jwk = device->jwk;
    p->job.run = run;
    p->job.done = done;
    p->hub->checking++;
    pool_submit(p->hub->pool, &p->job);
    if (!p->http && pool_waiting(p->hub->pool) > INTAKE_CROWD_MAX)
        hold(p->hub, p->from);
}

static struct post *new_post(struct hub *hub, struct session_id from, bool http, const int64_t *ref)
{
    struct post *p = mem_new(sizeof(*p));
    arena_init(&p->s.arena);
    p->hub = hub;
    p->from = from;
    p->http = http;
    p->has_ref = ref != NULL;
    p->ref = ref ? *ref : 0;
    return p;
}

/* Who would find the line full behind the threads hears it before his signature costs anything: at
 * twice what a hub can do, what it can do is still done. */
static bool is_crowded(const struct hub *hub)
{
    return turn_waiting(hub->turn) + hub->checking >= TURN_LINE_MAX;
}

/* Size, form, header and room: what costs no signature. */
static enum err check_form(struct post *p, struct str jws)
{
    struct hub *hub = p->hub;
    struct fault *fault = &p->s.fault;
    struct envelope *envelope = &p->s.envelope;
    if (hub->draining || !turn_is_loaded(hub->turn)) {
        fault_set(fault, hub->draining ? ERR_DRAINING : ERR_BUSY, "", NULL);
        fault->retry_ms = 1000;
        return fault->code;
    }
    enum err e =
        jws_parse_many(hub->headers, &p->s.arena, arena_dup(&p->s.arena, jws), fault, envelope);
    if (e != OK)
        return e;
    if (envelope->typ == TYP_AUTH)
        return fault_set(fault, ERR_BAD_HEADER, "typ", "a log-in is not a record; use `auth`");
    if (!is_crowded(hub))
        return OK;
    if (!p->has_ref && jws_open(&p->s.arena, fault, envelope) == OK)
        p->jti = read_jti(&p->s.arena, envelope->payload);
    if (!p->http)
        hold(hub, p->from);
    fault_set(fault, ERR_BUSY, "", NULL);
    fault->retry_ms = 1000;
    return ERR_BUSY;
}

void intake_post(struct hub *hub, struct session_id from, bool http, const int64_t *ref,
                 struct str jws)
{
    struct post *p = new_post(hub, from, http, ref);
    p->s.what = SUBMIT_RECORD;
    if (check_form(p, jws) != OK)
        refuse(p, &p->s.fault);
    else
        check_key(p);
}

/* ---- enrolment: the answer is `enrolled`, then the session ends ---- */

static void enrol_settled(struct submission *s, void *owner)
{
    struct post *p = owner;
    struct peer *peer = peer_find(p->hub, p->from);
    if (peer && s->fault.code == OK) {
        struct buf out;
        buf_init(&out);
        frame_enrolled(&out, s->agency, s->who, kid_str(&s->kid), p->hub->identity.aud,
                       kid_str(&p->hub->identity.kid), p->has_ref ? &p->ref : NULL);
        peer_send(peer, &out);
        buf_deinit(&out);
        peer_close(peer, POSKO_CLOSE_DONE, "enrolled");
    } else if (peer) {
        if (s->fault.code == ERR_NOT_FOUND)
            peer_count_wrong(peer);
        peer_refuse(peer, STR_NONE, &s->fault, p->has_ref ? &p->ref : NULL);
        peer_close(peer, POSKO_CLOSE_DONE, err_wire(s->fault.code));
    }
    free_post(p);
}

void intake_enrol(struct peer *peer, struct hash secret, const struct public_key *jwk,
                  const struct kid *kid, const int64_t *ref)
{
    struct post *p = new_post(peer->hub, peer->id, false, ref);
    p->s.what = SUBMIT_ENROL;
    p->s.secret = secret;
    p->s.jwk = *jwk;
    p->s.kid = *kid;
    p->s.done = enrol_settled;
    p->s.owner = p;
    if (!peer->hub->draining && turn_submit(peer->hub->turn, &p->s))
        return;
    fault_set(&p->s.fault, peer->hub->draining ? ERR_DRAINING : ERR_BUSY, "", NULL);
    p->s.fault.retry_ms = 1000;
    enrol_settled(&p->s, p);
}

/* ---- receipts and beats: no answer ---- */

static void forget(struct submission *s, void *owner)
{
    (void)s;
    free_post(owner);
}

static void submit_quietly(struct peer *peer, enum submit what, struct ticket_id ticket,
                           int64_t about, enum receipt_how how)
{
    struct post *p = new_post(peer->hub, peer->id, false, NULL);
    struct reader who = peer->who->reader;
    p->s.what = what;
    p->s.agency =
        arena_dup(&p->s.arena, who.member ? who.member->agency->id : who.source->agency->id);
    p->s.who = arena_dup(&p->s.arena, who.member ? who.member->id : who.source->id);
    p->s.ticket = ticket;
    p->s.about = about;
    p->s.how = how;
    p->s.done = forget;
    p->s.owner = p;
    /* Half of the line is kept for what people say. */
    if (turn_waiting(peer->hub->turn) >= TURN_LINE_MAX / 2 || !turn_submit(peer->hub->turn, &p->s))
        free_post(p);
}

static bool named(const struct frame *f, int64_t seq)
{
    for (size_t i = 0; i < f->seq_count; i++)
        if (f->seqs[i] == seq)
            return true;
    return false;
}

static const struct answer *new_for(const struct member *m, const struct ticket *t,
                                    enum receipt_how how)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];
        bool said = how == RECEIPT_GOT ? a->got.at != 0 : a->shown.at != 0;
        if (a->agency == m->agency && !said)
            return a;
    }
    return NULL;
}

/* Every ticket in memory: after a follow, and for `shown`, which only people send. */
static void look_at_all(struct peer *p, const struct member *m, const struct frame *f)
{
    enum receipt_how how = f->op == OP_GOT ? RECEIPT_GOT : RECEIPT_SHOWN;
    const struct state *st = turn_state(p->hub->turn);
    const struct entry *e = NULL;
    int64_t after = 0;
    while ((e = state_walk(st, ENTRY_TICKET, &after))) {
        const struct answer *a = new_for(m, e->is.ticket, how);
        if (a && (how == RECEIPT_GOT ? a->addressed <= f->seq : named(f, a->addressed)))
            submit_quietly(p, SUBMIT_RECEIPT, e->is.ticket->id, a->addressed, how);
    }
}

static void take_pending(struct peer *p, const struct member *m, int64_t upto)
{
    const struct state *st = turn_state(p->hub->turn);
    size_t kept = 0;
    for (size_t i = 0; i < p->pending_count; i++) {
        struct pending_receipt pending = p->pending[i];
        const struct ticket *t = state_ticket(st, pending.ticket);
        if (pending.seq > upto)
            p->pending[kept++] = pending;
        else if (t && new_for(m, t, RECEIPT_GOT))
            submit_quietly(p, SUBMIT_RECEIPT, t->id, pending.seq, RECEIPT_GOT);
    }
    p->pending_count = kept;
}

/* Only what says something new reaches the line: the first of its agency, for the record that
 * addressed it. */
void intake_receipts(struct peer *p, const struct frame *f)
{
    const struct member *m = peer_member(p);
    if (!m || !(m->roles & (1U << ROLE_DUTY | 1U << ROLE_CHIEF)))
        return;
    if (f->op == OP_SHOWN || p->pending_all) {
        look_at_all(p, m, f);
        p->pending_all &= f->op == OP_SHOWN;
    }
    if (f->op == OP_GOT)
        take_pending(p, m, f->seq);
}

void intake_beat(struct peer *p)
{
    if (p->who->reader.source)
        submit_quietly(p, SUBMIT_BEAT, (struct ticket_id){{0}}, 0, RECEIPT_GOT);
}
