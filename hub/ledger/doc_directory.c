/* The directory's entries: what they show, what their rows keep. */
#include "ledger/codec.h"
#include "ledger/codec_table.h"
#include "ledger/doc_inside.h"

#include <assert.h>

/* ---- writing ---- */
static void put_agency(struct json_writer *w, const struct agency *a)
{
    json_put_text(w, "id", a->id);
    json_put_text(w, "name", a->name);
    doc_put_word(w, "kind", &WORDS_AGENCY_KIND, (int)a->kind);
    json_put_bool(w, "host", a->host);
    doc_put_text(w, "superior", a->superior);
    json_put_list(w, "phones", a->phones);
    json_put_bool(w, "active", a->active);
}

static void put_member(struct json_writer *w, const struct member *m)
{
    json_put_text(w, "id", m->id);
    json_put_text(w, "agency", m->agency->id);
    json_put_text(w, "name", m->name);
    codec_put_bits(w, "roles", &WORDS_ROLE, m->roles);
    json_put_list(w, "phones", m->phones);
    json_put_bool(w, "active", m->active);
}

static void put_source(struct json_writer *w, const struct source *s, bool row)
{
    json_put_text(w, "agency", s->agency->id);
    json_put_text(w, "source", s->id);
    json_put_text(w, "name", s->name);
    if (s->kid.at[0] != '\0')
        json_put_text(w, "kid", kid_str(&s->kid));
    doc_put_int(w, "every", s->every_s);
    json_put_list(w, "cats", s->cats);
    doc_put_text(w, "place", s->place);
    json_put_bool(w, "active", s->active);
    if (!row)
        doc_put_int(w, "last", s->last);
}

/* On the wire `agency` and `member` are the iss and act of what the key signs. */
static void put_device(struct json_writer *w, const struct device *d, bool row)
{
    json_put_text(w, "kid", kid_str(&d->kid));
    codec_put_jwk(w, "jwk", &d->jwk);
    if (d->agency != NULL)
        json_put_text(w, "agency", d->agency->id);
    else if (!row)
        json_put_text(w, "agency", STR("hub"));
    if (d->member != NULL)
        json_put_text(w, "member", d->member->id);
    else if (d->source != NULL)
        json_put_text(w, row ? "source" : "member", d->source->id);
    else if (!row)
        json_put_text(w, "member", STR("hub"));
    json_put_int(w, "from", d->from);
    doc_put_int(w, "until", d->until);
    if (row)
        doc_put_text(w, "host", d->host);
}

static void put_place(struct json_writer *w, const struct place *p)
{
    json_put_text(w, "place", p->id);
    json_put_text(w, "name", p->name);
    doc_put_word(w, "kind", &WORDS_PLACE_KIND, (int)p->kind);
    doc_put_text(w, "in", p->in);
    if (p->tier >= 0)
        doc_put_word(w, "tier", &WORDS_TIER, p->tier);
    if (p->has_point) {
        json_put_int(w, "lat", p->lat);
        json_put_int(w, "lon", p->lon);
    }
    json_put_bool(w, "active", p->active);
}

static void put_category(struct json_writer *w, const struct category *c)
{
    json_put_text(w, "cat", c->code);
    json_put_text(w, "id", c->id);
    json_put_text(w, "en", c->en);
    doc_put_word(w, "sev", &WORDS_SEV, (int)c->sev);
    codec_put_bits(w, "kinds", &WORDS_AGENCY_KIND, c->kinds);
    json_put_list(w, "ask", c->ask);
    doc_put_text(w, "maps", c->maps);
    json_put_bool(w, "active", c->active);
}

static void put_duty(struct json_writer *w, const struct duty *d)
{
    json_put_text(w, "agency", d->member->agency->id);
    json_put_text(w, "member", d->member->id);
    json_put_int(w, "since", d->since);
    json_put_int(w, "until", d->until);
}

static void put_invite(struct json_writer *w, const struct invite *i)
{
    json_put_text(w, "agency", i->agency->id);
    json_put_text(w, "member", i->member->id);
    codec_put_hash(w, "hash", &i->hash);
    json_put_int(w, "until", i->until);
    json_put_bool(w, "used", i->used);
}

static void put_members(struct json_writer *w, const struct entry *e, bool row)
{
    switch (e->kind) {
    case ENTRY_AGENCY:
        put_agency(w, e->is.agency);
        return;
    case ENTRY_MEMBER:
        put_member(w, e->is.member);
        return;
    case ENTRY_SOURCE:
        put_source(w, e->is.source, row);
        return;
    case ENTRY_DEVICE:
        put_device(w, e->is.device, row);
        return;
    case ENTRY_PLACE:
        put_place(w, e->is.place);
        return;
    case ENTRY_CATEGORY:
        put_category(w, e->is.category);
        return;
    case ENTRY_POLICY:
        json_put_text(w, "policy", e->is.policy->id);
        codec_put_rows(w, "rows", e->is.policy->rows, e->is.policy->row_count);
        return;
    case ENTRY_RULES:
        codec_put_rules(w, "rules", e->is.rules->rules, e->is.rules->count);
        return;
    case ENTRY_DUTY:
        put_duty(w, e->is.duty);
        return;
    case ENTRY_INVITE:
        put_invite(w, e->is.invite);
        return;
    case ENTRY_TICKET:
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"not of the directory");
}

void doc_write_directory(struct buf *to, const struct entry *e, bool row)
{
    struct json_writer w = {to, false};
    if (e->kind == ENTRY_RULES && !row) { /* the wire shows the bare array */
        codec_put_rules(&w, NULL, e->is.rules->rules, e->is.rules->count);
        return;
    }
    json_begin_object(&w, NULL);
    put_members(&w, e, row);
    json_end_object(&w);
}

/* ---- reading ---- */
static const struct agency *read_agency(struct reading *r)
{
    struct agency *a = ARENA_NEW(r->arena, struct agency);
    a->id = reading_text(r, "id");
    a->name = reading_text(r, "name");
    a->kind = (enum agency_kind)reading_word(r, "kind", &WORDS_AGENCY_KIND);
    a->host = reading_bool(r, "host");
    a->superior = node_text(r->doc, "superior");
    a->phones = reading_list(r, "phones");
    a->active = reading_bool(r, "active");
    return a;
}

static const struct member *read_member(struct reading *r)
{
    struct member *m = ARENA_NEW(r->arena, struct member);
    m->id = reading_text(r, "id");
    m->agency = reading_agency(r, "agency");
    m->name = reading_text(r, "name");
    m->roles = reading_bits(r, "roles", &WORDS_ROLE);
    m->phones = reading_list(r, "phones");
    m->active = reading_bool(r, "active");
    return m;
}

static void read_kid(struct reading *r, struct kid *kid)
{
    if (!kid_parse(node_text(r->doc, "kid"), kid))
        reading_fail(r, "kid");
}

static const struct source *read_source(struct reading *r)
{
    struct source *s = ARENA_NEW(r->arena, struct source);
    s->agency = reading_agency(r, "agency");
    s->id = reading_text(r, "source");
    s->name = reading_text(r, "name");
    if (node_get(r->doc, STR("kid")) != NULL)
        read_kid(r, &s->kid);
    s->every_s = node_int(r->doc, "every", 0);
    s->cats = reading_list(r, "cats");
    s->place = node_text(r->doc, "place");
    s->active = reading_bool(r, "active");
    return s;
}

static const struct device *read_device(struct reading *r)
{
    struct device *d = ARENA_NEW(r->arena, struct device);
    const struct node *jwk = node_get(r->doc, STR("jwk"));
    struct str member = node_text(r->doc, "member");
    struct str source = node_text(r->doc, "source");
    read_kid(r, &d->kid);
    if (jwk == NULL || !codec_read_jwk(jwk, &d->jwk))
        reading_fail(r, "jwk");
    if (node_get(r->doc, STR("agency")) != NULL)
        d->agency = reading_agency(r, "agency");
    if (d->agency != NULL && member.at != NULL) {
        d->member = state_member(r->st, d->agency->id, member);
        if (d->member == NULL)
            reading_fail(r, "member");
    } else if (d->agency != NULL) {
        d->source = state_source(r->st, d->agency->id, source);
        if (d->source == NULL)
            reading_fail(r, "source");
    }
    d->from = reading_int(r, "from");
    d->until = node_int(r->doc, "until", 0);
    d->host = node_text(r->doc, "host");
    return d;
}

static const struct place *read_place(struct reading *r)
{
    struct place *p = ARENA_NEW(r->arena, struct place);
    p->id = reading_text(r, "place");
    p->name = reading_text(r, "name");
    p->kind = (enum place_kind)reading_word(r, "kind", &WORDS_PLACE_KIND);
    p->in = node_text(r->doc, "in");
    p->tier = -1;
    if (node_get(r->doc, STR("tier")) != NULL)
        p->tier = reading_word(r, "tier", &WORDS_TIER);
    p->has_point = node_get(r->doc, STR("lat")) != NULL;
    p->lat = node_int(r->doc, "lat", 0);
    p->lon = node_int(r->doc, "lon", 0);
    p->active = reading_bool(r, "active");
    return p;
}

static const struct category *read_category(struct reading *r)
{
    struct category *c = ARENA_NEW(r->arena, struct category);
    c->code = reading_text(r, "cat");
    c->id = reading_text(r, "id");
    c->en = reading_text(r, "en");
    c->sev = (enum sev)reading_word(r, "sev", &WORDS_SEV);
    c->kinds = reading_bits(r, "kinds", &WORDS_AGENCY_KIND);
    c->ask = reading_list(r, "ask");
    c->maps = node_text(r->doc, "maps");
    c->active = reading_bool(r, "active");
    return c;
}

static const struct policy *read_policy(struct reading *r, struct str id)
{
    struct policy *p = ARENA_NEW(r->arena, struct policy);
    struct fault fault;
    struct str name, version;
    const struct node *rows = node_get(r->doc, STR("rows"));
    p->id = reading_text(r, "policy");
    if (!str_cut(id, '@', &name, &version) || !str_to_int(version, 0, INT64_MAX, &p->seq))
        reading_fail(r, "policy");
    if (rows == NULL || codec_read_rows(r->arena, rows, &fault, &p->rows, &p->row_count) != OK)
        reading_fail(r, "rows");
    return p;
}

static const struct rules *read_rules(struct reading *r)
{
    struct rules *rules = ARENA_NEW(r->arena, struct rules);
    struct fault fault;
    const struct node *list = node_get(r->doc, STR("rules"));
    if (list == NULL ||
        codec_read_rules(r->arena, list, &fault, &rules->rules, &rules->count) != OK)
        reading_fail(r, "rules");
    return rules;
}

static const struct member *read_pair(struct reading *r)
{
    const struct member *m =
        state_member(r->st, reading_text(r, "agency"), reading_text(r, "member"));
    if (m == NULL)
        reading_fail(r, "member");
    return m;
}

static const struct duty *read_duty(struct reading *r)
{
    struct duty *d = ARENA_NEW(r->arena, struct duty);
    d->member = read_pair(r);
    d->since = reading_int(r, "since");
    d->until = reading_int(r, "until");
    return d;
}

static const struct invite *read_invite(struct reading *r, struct str id)
{
    struct invite *i = ARENA_NEW(r->arena, struct invite);
    if (!id_parse(id, i->jti.at))
        reading_fail(r, "jti");
    i->agency = reading_agency(r, "agency");
    i->member = read_pair(r);
    if (!crypt_unhex_exact(reading_text(r, "hash"), i->hash.at, HASH_BYTES))
        reading_fail(r, "hash");
    i->until = reading_int(r, "until");
    i->used = reading_bool(r, "used");
    return i;
}

static void read_entry(struct reading *r, struct str id, struct entry *e)
{
    switch (e->kind) {
    case ENTRY_AGENCY:
        e->is.agency = read_agency(r);
        return;
    case ENTRY_MEMBER:
        e->is.member = read_member(r);
        return;
    case ENTRY_SOURCE:
        e->is.source = read_source(r);
        return;
    case ENTRY_DEVICE:
        e->is.device = read_device(r);
        return;
    case ENTRY_PLACE:
        e->is.place = read_place(r);
        return;
    case ENTRY_CATEGORY:
        e->is.category = read_category(r);
        return;
    case ENTRY_POLICY:
        e->is.policy = read_policy(r, id);
        return;
    case ENTRY_RULES:
        e->is.rules = read_rules(r);
        return;
    case ENTRY_DUTY:
        e->is.duty = read_duty(r);
        return;
    case ENTRY_INVITE:
        e->is.invite = read_invite(r, id);
        return;
    case ENTRY_TICKET:
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"not of the directory");
}

enum err doc_read_row(struct arena *arena, const struct state *st, enum entry_kind kind,
                      struct str id, int64_t seq, struct str doc, struct fault *fault,
                      struct entry *out)
{
    struct reading r = {.arena = arena, .st = st};
    struct fault inner;
    if (json_parse_trusted(arena, doc, &inner, &r.doc) != OK)
        return fault_set(fault, ERR_SYSTEM, "", "the database's row %s " STR_FMT ": %s",
                         doc_wire_name(kind), STR_ARG(id), inner.text);
    struct entry e = {.kind = kind, .seq = seq};
    read_entry(&r, id, &e);
    enum err err = reading_end(&r, words_get(&WORDS_ENTRY, (int)kind), id, fault);
    if (err == OK)
        *out = e;
    return err;
}
