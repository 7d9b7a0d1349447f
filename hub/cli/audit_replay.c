/* One record: signed by a key that was good here, well formed, allowed here; and what it changes.
 */
#include "cli/audit_inside.h"
#include "core/owed.h"
#include "ledger/codec.h"

#include <inttypes.h>
#include <string.h>

/* One record on its way. */
struct replay {
    struct audit *a;
    const struct audit_row *row;
    struct stamp stamp;
    struct envelope envelope;
    struct record record;
    struct decision decision;
};

/* ---- signature ---- */

/* The key by the state, that is by position: enrolled before.  Revoked before, or of somebody who
 * is not active: core/decide says so. */
static void check_signature(struct replay *p)
{
    struct audit *a = p->a;
    const struct device *device = state_device(a->st, &p->envelope.kid);
    const struct public_key *key = NULL;
    if (device != NULL)
        key = &device->jwk;
    else if (p->stamp.seq == 1 && p->record.kind == KIND_HUB_KEY)
        key = &p->record.jwk; /* record 1 is signed by the key that it brings */
    a->counts.signatures += key != NULL;
    if (key == NULL)
        audit_tell(a, p->stamp.seq, AUDIT_KEY, "%s", p->envelope.kid.at);
    else if (!crypt_verify(key, p->envelope.signed_, &p->envelope.signature))
        audit_tell(a, p->stamp.seq, AUDIT_SIGNATURE, "%s", p->envelope.kid.at);
    else
        return;
    audit_lose(a, p->stamp.seq);
}

/* ---- columns ---- */

static void column(struct replay *p, bool same, const char *name)
{
    if (!same)
        audit_tell(p->a, p->stamp.seq, AUDIT_COLUMN, "%s", name);
}

static struct str short_typ(enum typ typ)
{
    static const char *const names[] = {
        [TYP_RECORD] = "record", [TYP_ADMIN] = "admin", [TYP_EVENT] = "event", [TYP_AUTH] = ""};
    return str_of(names[typ]);
}

static void check_columns(struct replay *p)
{
    const struct ledger_row *row = &p->row->row;
    const struct record *r = &p->record;
    if (p->row->bare)
        return;
    column(p, str_eq(row->typ, short_typ(p->envelope.typ)), "typ");
    column(p, str_eq(row->kind, words_get(&WORDS_KIND, (int)r->kind)), "kind");
    column(p, str_eq(row->iss, r->iss), "iss");
    column(p, str_eq(row->act, r->act), "act");
    column(p, str_eq(row->kid, kid_str(&r->signer)), "kid");
    column(p, record_id_eq(row->jti, r->jti), "jti");
}

/* Where it belongs, which only its decision tells. */
static void check_scope(struct replay *p)
{
    static const struct ticket_id none;
    const struct decision *d = &p->decision;
    if (p->row->bare)
        return;
    struct ticket_id ticket = d->scope == SCOPE_TICKET ? d->ticket : none;
    column(p, ticket_id_eq(p->row->row.ticket, ticket), "ticket");
    struct str admins = d->scope == SCOPE_ADMINS ? d->admins : STR_NONE;
    column(p, str_eq(p->row->row.admins, admins), "admins");
}

/* ---- clocks ---- */

void audit_miss_fire(struct audit *a)
{
    if (a->fire_seq != 0)
        audit_tell(a, a->fire_seq, AUDIT_CLOCK, "%s", "clock.lapse");
    a->fire_seq = 0;
}

/* Was it asked for by the record before? */
static bool was_wanted(const struct audit *a, const struct record *r, const struct ticket *t,
                       const struct owed *o)
{
    const struct fire *f = &a->fire;
    return a->fire_seq != 0 && a->fire_seq == a->seq - 1 && ticket_id_eq(f->inc, t->id) &&
           f->agency == o->agency && f->what == o->what && f->about == o->about &&
           f->since == o->since && r->kind == KIND_CLOCK_LAPSE;
}

static bool same_list(struct str_list a, struct str_list b)
{
    bool same = a.count == b.count;
    for (size_t i = 0; same && i < a.count; i++)
        same = str_eq(a.at[i], b.at[i]);
    return same;
}

static void check_lapse(struct replay *p)
{
    struct audit *a = p->a;
    const struct record *r = &p->record;
    const struct ticket *t = state_ticket(a->st, r->inc);
    const struct agency *about = HAS(r, ABOUT) ? state_agency(a->st, r->about) : NULL;
    const struct agency *agency = state_agency(a->st, r->agency);
    const struct owed *o =
        t == NULL || agency == NULL ? NULL : owed_clock(t, agency, r->what, about, r->since);
    if (o == NULL)
        return; /* decide says so */
    bool wanted = was_wanted(a, r, t, o);
    if (wanted)
        a->fire_seq = 0;
    int64_t due = wanted ? p->stamp.at : o->next;
    struct record again;
    owed_lapse(a->st, t, o, due, p->stamp.at, r->aud, &a->arena, &again);
    const char *wrong = NULL;
    if (r->due != due)
        wrong = "due";
    else if (r->late_ms != again.late_ms)
        wrong = "late_ms";
    else if (!same_list(r->told, again.told))
        wrong = "told";
    else if (!record_id_eq(r->jti, again.jti))
        wrong = "jti";
    else if (r->iat != p->stamp.at)
        wrong = "iat";
    if (wrong != NULL)
        audit_tell(a, p->stamp.seq, AUDIT_CLOCK, "%s", wrong);
    a->counts.clocks++;
    if (r->late_ms > a->counts.late_ms)
        a->counts.late_ms = r->late_ms;
}

/* Beats leave no trace: what the record says of the last one is believed where it can be true. */
static void believe_beat(struct replay *p)
{
    const struct record *r = &p->record;
    const struct source *s = state_source(p->a->st, r->agency, r->source);
    if (s != NULL && r->since >= s->last && r->since <= p->stamp.at)
        state_beat(p->a->st, s, s->beat > 0 ? s->beat : 1, r->since, s->silent);
}

static void note_beat(struct replay *p)
{
    struct state *st = p->a->st;
    const struct record *r = &p->record;
    const struct device *device = state_device(st, &r->signer);
    if (r->kind == KIND_SOURCE_SILENT) {
        const struct source *s = state_source(st, r->agency, r->source);
        state_beat(st, s, s->beat, s->last, s->last);
    } else if (device != NULL && device->source != NULL) {
        const struct source *s = device->source;
        state_beat(st, s, s->beat, p->stamp.at, s->silent);
    }
}

/* ---- the ledger's name ---- */

static void take_aud(struct replay *p)
{
    struct audit *a = p->a;
    size_t next = a->aud_index + 1;
    if (a->aud[0] == '\0') {
        (void)!str_to_c(p->record.aud, a->aud, sizeof(a->aud));
    } else if (next < a->o.auds.count && str_eq(p->record.aud, a->o.auds.at[next])) {
        (void)!str_to_c(p->record.aud, a->aud, sizeof(a->aud));
        a->aud_index = next;
    }
    if (p->stamp.seq != 1)
        return;
    a->hub = p->envelope.kid;
    if (a->o.hub.len > 0 && !str_eq(a->o.hub, kid_str(&a->hub)))
        audit_tell(a, 1, AUDIT_HUB, "%s", a->hub.at);
}

/* ---- effect ---- */

static void note_ticket(struct audit *a, const struct ticket *t)
{
    if (t->first != a->seq)
        return;
    if (a->ticket_count == a->ticket_size) {
        a->ticket_size = a->ticket_size > 0 ? 2 * a->ticket_size : 256;
        a->tickets = mem_grow(a->tickets, a->ticket_size * sizeof(*a->tickets));
    }
    a->tickets[a->ticket_count++] = t->id;
}

static void apply(struct replay *p)
{
    struct audit *a = p->a;
    const struct decision *d = &p->decision;
    for (size_t i = 0; i < d->count; i++) {
        if (d->entries[i].kind == ENTRY_TICKET)
            note_ticket(a, d->entries[i].is.ticket);
        state_apply(a->st, &d->entries[i]);
    }
    note_beat(p);
    if (d->fire.wanted) {
        a->fire = d->fire;
        a->fire_seq = p->stamp.seq;
    }
}

static void decide_record(struct replay *p)
{
    struct audit *a = p->a;
    struct fault fault = {0};
    if (p->record.kind == KIND_CLOCK_LAPSE)
        check_lapse(p);
    else if (p->record.kind == KIND_SOURCE_SILENT)
        believe_beat(p);
    audit_miss_fire(a);
    enum err e =
        decide(a->st, str_of(a->aud), &p->record, p->stamp, &a->arena, &p->decision, &fault);
    if (e == OK) {
        check_scope(p);
        apply(p);
    } else {
        audit_tell(a, p->stamp.seq, AUDIT_REFUSED, "%s: %s", err_wire(e), fault.text);
        audit_lose(a, p->stamp.seq);
    }
}

void audit_replay(struct audit *a, const struct audit_row *row, struct audit_text *text, int64_t at)
{
    struct replay p = {.a = a, .row = row, .stamp = {a->seq, at}, .envelope = text->envelope};
    enum err e = text->end;
    if (e == OK)
        e = codec_read(&a->arena, &p.envelope, &text->fault, &p.record);
    if (e != OK) {
        audit_tell(a, a->seq, AUDIT_JWS, "%s: %s", err_wire(e), text->fault.text);
        audit_lose(a, a->seq);
        audit_miss_fire(a);
        return;
    }
    take_aud(&p);
    check_signature(&p);
    check_columns(&p);
    int64_t before = jtis_add(&a->jtis, p.record.jti, p.envelope.typ == TYP_EVENT, a->seq);
    if (before != 0) {
        audit_tell(a, a->seq, AUDIT_TWICE, "#%" PRId64, before);
        audit_lose(a, a->seq);
        return;
    }
    decide_record(&p);
}
