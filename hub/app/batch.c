#include "app/batch_inside.h"
#include "core/owed.h"
#include "ledger/codec.h"
#include "ledger/doc.h"

#include <assert.h>
#include <string.h>

enum { BATCH_CLOCKS_MAX = 256, BATCH_SILENT_MAX = 64, BATCH_LEDGER_FIRST = 8 };

static void know(struct batch *b, const struct known *known)
{
    struct known *k = ARENA_NEW(&b->arena, struct known);
    *k = *known;
    HASH_ADD(hh, b->known, jti, sizeof(k->jti), k);
}

struct batch *batch_new(struct state *st, const struct hub_identity *hub, struct news *news,
                        const struct rows *rows, int64_t at, size_t room)
{
    struct batch *b = mem_new(sizeof(*b));
    arena_init(&b->arena);
    b->st = st;
    b->hub = hub;
    b->news = news;
    b->head = rows->head;
    b->locked_seq = rows->head.seq;
    b->at = at;
    b->ledger_room = 2 * room + BATCH_LEDGER_FIRST; /* an escalation brings its lapse */
    b->ledger = ARENA_ARRAY(&b->arena, struct ledger_row, b->ledger_room);
    for (size_t i = 0; i < rows->known_count; i++) {
        const struct known_row *k = &rows->known[i];
        know(b, &(struct known){.jti = k->jti, .sha256 = k->sha256, .seq = k->seq, .at = k->at});
    }
    return b;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    assert(!b->unsigned_rows); /* nobody is at work on the arena */
    HASH_CLEAR(hh, b->known);
    HASH_CLEAR(hh, b->tickets);
    HASH_CLEAR(hh, b->entries);
    HASH_CLEAR(hh, b->sources);
    arena_deinit(&b->arena);
    mem_free(b);
}

/* ---- what a decision touches ---- */

/* Before the change: what it owed until now is what the turn's writing is held against. */
static void touch_ticket(struct batch *b, struct ticket_id id)
{
    const struct ticket *before = state_ticket(b->st, id);
    struct touched_ticket *t = NULL;
    HASH_FIND(hh, b->tickets, &id, sizeof(id), t);
    if (t)
        return;
    t = ARENA_NEW(&b->arena, struct touched_ticket);
    t->id = id;
    if (before) {
        t->was = batch_owed(b, before);
        t->was_count = before->owed_count;
    }
    HASH_ADD(hh, b->tickets, id, sizeof(t->id), t);
}

static void touch_entry(struct batch *b, const struct entry *e)
{
    struct entry_row row = {.kind = words_get(&WORDS_ENTRY, (int)e->kind),
                            .id = doc_row_id(&b->arena, e),
                            .seq = e->seq};
    struct buf doc;
    buf_init(&doc);
    doc_write_row(&doc, e);
    row.doc = arena_dup(&b->arena, buf_peek(&doc));
    buf_deinit(&doc);

    struct str key = arena_printf(&b->arena, "%d " STR_FMT, (int)e->kind, STR_ARG(row.id));
    struct touched_entry *t = NULL;
    HASH_FIND(hh, b->entries, key.at, key.len, t);
    if (!t) {
        t = ARENA_NEW(&b->arena, struct touched_entry);
        HASH_ADD_KEYPTR(hh, b->entries, key.at, key.len, t);
    }
    t->row = row;
}

static void apply(struct batch *b, const struct entry *e)
{
    news_note(b->news, b->st, e);
    if (e->kind == ENTRY_TICKET)
        touch_ticket(b, e->is.ticket->id);
    state_apply(b->st, e);
    if (e->kind != ENTRY_TICKET) /* the others are written as they are now */
        touch_entry(b, e);
}

static void beat(struct batch *b, const struct source *source, bool is_beat, int64_t silent)
{
    int64_t first = source->beat ? source->beat : (is_beat ? b->at : 0);
    state_beat(b->st, source, first, silent ? source->last : b->at,
               silent ? silent : source->silent);
    struct touched_source *t = NULL;
    HASH_FIND_PTR(b->sources, &source, t);
    if (t)
        return;
    t = ARENA_NEW(&b->arena, struct touched_source);
    t->source = source;
    HASH_ADD_PTR(b->sources, source, t);
}

/* ---- records ---- */

static struct str short_typ(enum typ typ)
{
    switch (typ) {
    case TYP_RECORD:
        return STR("record");
    case TYP_ADMIN:
        return STR("admin");
    case TYP_EVENT:
        return STR("event");
    case TYP_AUTH:
        break;
    }
    assert(!"a log-in is never stored");
    return STR_NONE;
}

static struct ledger_row *next_row(struct batch *b)
{
    if (b->ledger_count == b->ledger_room) { /* clocks, mostly */
        struct ledger_row *more = ARENA_ARRAY(&b->arena, struct ledger_row, 2 * b->ledger_room);
        memcpy(more, b->ledger, b->ledger_count * sizeof(*more));
        b->ledger = more;
        b->ledger_room *= 2;
    }
    return &b->ledger[b->ledger_count++];
}

/* The record's row, but for its string and what is computed from that. */
static struct ledger_row *append(struct batch *b, const struct record *r, enum typ typ,
                                 const struct decision *d)
{
    b->head.seq++;
    b->head.at = b->at;
    struct ledger_row *row = next_row(b);
    *row = (struct ledger_row){.seq = b->head.seq,
                               .at = b->at,
                               .typ = short_typ(typ),
                               .kind = words_get(&WORDS_KIND, (int)r->kind),
                               .iss = arena_dup(&b->arena, r->iss),
                               .act = arena_dup(&b->arena, r->act),
                               .kid = arena_dup(&b->arena, kid_str(&r->signer)),
                               .jti = r->jti};
    if (d->scope == SCOPE_TICKET)
        row->ticket = d->ticket;
    if (d->scope == SCOPE_ADMINS)
        row->admins = arena_dup(&b->arena, d->admins);
    for (size_t i = 0; i < d->count; i++)
        apply(b, &d->entries[i]);
    return row;
}

static struct stamp next_stamp(const struct batch *b)
{
    return (struct stamp){.seq = b->head.seq + 1, .at = b->at};
}

/* Gives the hub's record its place, and to be signed.  A refusal of the hub's own word is said in
 * the fault: the caller decides whether that is possible. */
static enum err append_own(struct batch *b, struct record *r, enum typ typ, struct fault *fault)
{
    r->iss = STR("hub");
    r->act = STR("hub");
    r->aud = b->hub->aud;
    r->iat = b->at;
    r->signer = b->hub->kid;
    r->has |= CLAIMS_OF_ALL;
    struct decision d = {0};
    enum err e = decide(b->st, b->hub->aud, r, next_stamp(b), &b->arena, &d, fault);
    if (e != OK)
        return e;
    struct str payload = codec_write(&b->arena, r);
    const struct ledger_row *row = append(b, r, typ, &d);
    know(b, &(struct known){.jti = r->jti, .seq = row->seq, .at = row->at, .own = true});
    batch_sign(b, b->ledger_count - 1, typ, payload);
    return OK;
}

/* One firing: the clock's lapse, due at `due`. */
static enum err fire(struct batch *b, const struct ticket *t, const struct owed *o, int64_t due,
                     struct fault *fault)
{
    struct record lapse;
    owed_lapse(b->st, t, o, due, b->at, b->hub->aud, &b->arena, &lapse);
    enum err e = append_own(b, &lapse, TYP_EVENT, fault);
    if (e == OK) {
        b->clocks++;
        if (b->at - due > b->lateness)
            b->lateness = b->at - due;
    }
    return e;
}

static void fire_wanted(struct batch *b, const struct fire *f)
{
    const struct ticket *t = state_ticket(b->st, f->inc);
    assert(t);
    const struct owed *o = owed_clock(t, f->agency, f->what, f->about, f->since);
    assert(o); /* the escalate was accepted for exactly this obligation */
    struct fault fault;
    enum err e = fire(b, t, o, b->at, &fault);
    assert(e == OK);
    (void)e;
}

/* True when the string or its jti is known: then the answer is there. */
static bool decide_known(struct batch *b, struct submission *s)
{
    struct known *k = NULL;
    HASH_FIND(hh, b->known, &s->record.jti, sizeof(s->record.jti), k);
    if (!k)
        return false;
    if (!k->own && hash_eq(k->sha256, s->sha256)) {
        s->fault.code = OK;
        s->repeat = true;
        s->seq = k->seq;
        s->at = k->at;
        b->repeats = true;
        return true;
    }
    const struct device *device = NULL;
    if (decide_key(b->st, &s->record.signer, &s->fault, &device) == OK)
        fault_set(&s->fault, ERR_ID_CONFLICT, "jti", NULL);
    return true;
}

static void decide_record(struct batch *b, struct submission *s)
{
    if (decide_known(b, s))
        return;
    struct decision d = {0};
    if (decide(b->st, b->hub->aud, &s->record, next_stamp(b), &b->arena, &d, &s->fault) != OK)
        return;
    struct ledger_row *row = append(b, &s->record, s->envelope.typ, &d);
    row->jws = arena_dup(&b->arena, s->envelope.jws);
    row->sha256 = s->sha256;
    row->leaf = jws_leaf(b->at, s->envelope.typ, s->sha256);
    know(b,
         &(struct known){.jti = row->jti, .sha256 = row->sha256, .seq = row->seq, .at = row->at});
    s->seq = row->seq;
    s->at = row->at;
    const struct device *device = state_device(b->st, &s->record.signer);
    if (device && device->source)
        beat(b, device->source, false, 0);
    if (d.fire.wanted)
        fire_wanted(b, &d.fire);
}

static void random_jti(struct record *r, int64_t at)
{
    uint8_t rest[10];
    crypt_random(rest, sizeof(rest));
    id_make(at, rest, r->jti.at);
}

static void decide_own(struct batch *b, struct submission *s)
{
    if (s->together && b->locked_seq != 0) {
        fault_set(&s->fault, ERR_CONFLICT, "", "another hub wrote the genesis");
        return;
    }
    random_jti(&s->record, b->at);
    enum typ typ = kind_typ(s->record.kind);
    if (append_own(b, &s->record, typ, &s->fault) == OK) {
        s->seq = b->head.seq;
        s->at = b->at;
    }
}

static void decide_enrolment(struct batch *b, struct submission *s)
{
    const struct invite *invite = NULL;
    if (decide_enrol(b->st, s->secret, &s->kid, b->at, &s->fault, &invite) != OK)
        return;
    struct record r = {.kind = KIND_DEVICE_ENROL,
                       .kid = s->kid,
                       .jwk = s->jwk,
                       .agency = invite->agency->id,
                       .member = invite->member->id,
                       .invite = invite->jti,
                       .has = CLAIM_BIT(KID) | CLAIM_BIT(JWK) | CLAIM_BIT(AGENCY) |
                              CLAIM_BIT(MEMBER) | CLAIM_BIT(INVITE)};
    random_jti(&r, b->at);
    s->agency = arena_dup(&s->arena, invite->agency->id);
    s->who = arena_dup(&s->arena, invite->member->id);
    if (append_own(b, &r, TYP_EVENT, &s->fault) == OK) {
        s->seq = b->head.seq;
        s->at = b->at;
    }
}

static void decide_a_receipt(struct batch *b, struct submission *s)
{
    const struct member *who = state_member(b->st, s->agency, s->who);
    struct entry entry;
    if (who &&
        decide_receipt(b->st, who, s->ticket, s->about, s->how, b->at, &b->arena, &entry) == OK) {
        apply(b, &entry);
        b->receipts = true;
    }
}

static void decide_beat(struct batch *b, struct submission *s)
{
    const struct source *source = state_source(b->st, s->agency, s->who);
    if (source && source->active)
        beat(b, source, true, 0);
}

void batch_decide(struct batch *b, struct submission *s)
{
    s->fault = (struct fault){0};
    s->repeat = false;
    switch (s->what) {
    case SUBMIT_RECORD:
        decide_record(b, s);
        return;
    case SUBMIT_HUB:
        decide_own(b, s);
        return;
    case SUBMIT_ENROL:
        decide_enrolment(b, s);
        return;
    case SUBMIT_RECEIPT:
        decide_a_receipt(b, s);
        return;
    case SUBMIT_BEAT:
        decide_beat(b, s);
        return;
    }
}

size_t batch_fire_clocks(struct batch *b, size_t most)
{
    assert(most <= BATCH_CLOCKS_MAX);
    struct fault fault;
    size_t fired = 0;
    const struct owed *o = NULL;
    const struct ticket *t = NULL;
    while (fired < most && (t = state_due(b->st, b->at, &o))) {
        enum err e = fire(b, t, o, o->next, &fault);
        assert(e == OK); /* what state_due shows is the obligation's next step */
        (void)e;
        fired++;
    }
    int64_t due = 0;
    const struct source *source = NULL;
    size_t silent = 0;
    while (silent < BATCH_SILENT_MAX && fired + silent < most &&
           (source = state_silent(b->st, b->at, &due))) {
        struct record r;
        owed_silent(source, due, b->at, b->hub->aud, &b->arena, &r);
        random_jti(&r, b->at); /* it opens a ticket: nobody may have taken its id before */
        enum err e = append_own(b, &r, TYP_EVENT, &fault);
        assert(e == OK);
        (void)e;
        beat(b, source, false, source->last);
        silent++;
    }
    return fired + silent;
}

bool batch_must_commit(const struct batch *b)
{
    return b->ledger_count > 0 || b->repeats || b->receipts || b->sources;
}

int64_t batch_lateness(const struct batch *b)
{
    return b->lateness;
}

size_t batch_clocks(const struct batch *b)
{
    return b->clocks;
}

bool batch_lone_clock(const struct batch *b, struct ticket_id *ticket, const struct source **source)
{
    if (b->ledger_count != 1)
        return false;
    *ticket = b->ledger[0].ticket;
    *source = b->clocks == 0 && b->sources ? b->sources->source : NULL;
    return b->clocks == 1 || *source;
}
