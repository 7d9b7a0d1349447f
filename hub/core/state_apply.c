/* The one way in: entries become so. */
#include "core/state_inside.h"

static struct str bytes(const void *at, size_t len)
{
    return (struct str){at, len};
}

static struct table_key policy_key(const struct policy *p)
{
    char digits[20];
    size_t count = 0;
    for (int64_t seq = p->seq; count == 0 || seq > 0; seq /= 10)
        digits[sizeof digits - ++count] = (char)('0' + seq % 10);
    struct table_key key = table_key_of(p->id);
    assert(key.len == p->id.len && p->id.len <= POSKO_ID_CHARS_MAX);
    key.at[key.len++] = '@';
    memcpy(key.at + key.len, digits + sizeof digits - count, count);
    key.len += count;
    return key;
}

static struct table_key key_of(const struct entry *e)
{
    switch (e->kind) {
    case ENTRY_AGENCY:
        return table_key_of(e->is.agency->id);
    case ENTRY_MEMBER:
        return table_key_of_two(e->is.member->agency->id, e->is.member->id);
    case ENTRY_SOURCE:
        return table_key_of_two(e->is.source->agency->id, e->is.source->id);
    case ENTRY_DEVICE:
        return table_key_of(kid_str(&e->is.device->kid));
    case ENTRY_PLACE:
        return table_key_of(e->is.place->id);
    case ENTRY_CATEGORY:
        return table_key_of(e->is.category->code);
    case ENTRY_POLICY:
        return policy_key(e->is.policy);
    case ENTRY_RULES:
        return table_key_of(STR("rules"));
    case ENTRY_DUTY:
        return table_key_of_two(e->is.duty->member->agency->id, e->is.duty->member->id);
    case ENTRY_INVITE:
        return table_key_of(bytes(e->is.invite->jti.at, ID_BYTES));
    case ENTRY_TICKET:
        return table_key_of(bytes(e->is.ticket->id.at, ID_BYTES));
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"no such kind of entry");
    return (struct table_key){0};
}

static const void *object_of(const struct entry *e)
{
    return e->is.agency; /* a union of pointers to structs: all of one representation */
}

/* ---- references: what an entry points to is looked up, for decide may have proposed it too ----
 */

static const struct agency *held_agency(const struct state *st, const struct agency *a)
{
    const struct agency *held = state_agency(st, a->id);
    assert(held != NULL);
    return held;
}

static const struct member *held_member(const struct state *st, const struct member *m)
{
    const struct member *held = state_member(st, m->agency->id, m->id);
    assert(held != NULL);
    return held;
}

static const struct source *held_source(const struct state *st, const struct source *s)
{
    const struct source *held = state_source(st, s->agency->id, s->id);
    assert(held != NULL);
    return held;
}

static void refer_device(const struct state *st, struct device *d)
{
    if (d->agency != NULL)
        d->agency = held_agency(st, d->agency);
    if (d->member != NULL)
        d->member = held_member(st, d->member);
    if (d->source != NULL)
        d->source = held_source(st, d->source);
}

static void refer_ticket(const struct state *st, struct ticket *t)
{
    if (t->source != NULL)
        t->source = held_source(st, t->source);
    assert(held_agency(st, t->lead) == t->lead);
}

static void refer(const struct state *st, enum entry_kind kind, union object *o)
{
    switch (kind) {
    case ENTRY_MEMBER:
        o->member.agency = held_agency(st, o->member.agency);
        return;
    case ENTRY_SOURCE:
        o->source.agency = held_agency(st, o->source.agency);
        return;
    case ENTRY_DEVICE:
        refer_device(st, &o->device);
        return;
    case ENTRY_DUTY:
        o->duty.member = held_member(st, o->duty.member);
        return;
    case ENTRY_INVITE:
        o->invite.agency = held_agency(st, o->invite.agency);
        o->invite.member = held_member(st, o->invite.member);
        return;
    case ENTRY_TICKET:
        refer_ticket(st, &o->ticket);
        return;
    case ENTRY_AGENCY:
    case ENTRY_PLACE:
    case ENTRY_CATEGORY:
    case ENTRY_POLICY:
    case ENTRY_RULES:
        return;
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"no such kind of entry");
}

/* Ids live in the key, at one address for ever. */
static void keep_id(struct holder *h)
{
    union object *o = &h->as;
    struct str whole = {h->key, h->key_len};
    struct str agency = STR_NONE;
    struct str id = STR_NONE;
    (void)str_cut(whole, '/', &agency, &id);
    if (h->entry.kind == ENTRY_AGENCY)
        o->agency.id = whole;
    else if (h->entry.kind == ENTRY_MEMBER)
        o->member.id = id;
    else if (h->entry.kind == ENTRY_SOURCE)
        o->source.id = id;
    else if (h->entry.kind == ENTRY_PLACE)
        o->place.id = whole;
    else if (h->entry.kind == ENTRY_CATEGORY)
        o->category.code = whole;
}

/* ---- what is computed from entries goes with them ---- */

static void unlink_holder(struct state *st, struct holder *h)
{
    if (h->entry.kind == ENTRY_DEVICE) {
        const struct device *d = &h->as.device;
        if (d->member != NULL && d->until == 0)
            holder_of_member(st, d->member)->devices--;
    } else if (h->entry.kind == ENTRY_INVITE) {
        HASH_DELETE(hh_hash, st->invites, h);
    } else if (h->entry.kind == ENTRY_TICKET) {
        state_unlink_ticket(st, h);
    }
}

static void link_invite(struct state *st, struct holder *h)
{
    struct holder *same = NULL;
    const struct hash *hash = &h->as.invite.hash;
    HASH_FIND(hh_hash, st->invites, hash->at, sizeof hash->at, same);
    assert(same == NULL); /* decide refuses a hash that stands for another invitation */
    HASH_ADD(hh_hash, st->invites, as.invite.hash, sizeof hash->at, h);
}

static void link_holder(struct state *st, struct holder *h)
{
    if (h->entry.kind == ENTRY_DEVICE) {
        const struct device *d = &h->as.device;
        if (d->member != NULL && d->until == 0)
            holder_of_member(st, d->member)->devices++;
        if (d->agency == NULL)
            st->host = table_key_of(d->host);
    } else if (h->entry.kind == ENTRY_INVITE) {
        link_invite(st, h);
    } else if (h->entry.kind == ENTRY_TICKET) {
        state_link_ticket(st, h);
    }
}

static size_t sorted_index(const struct vector *v, const struct holder *h)
{
    struct str key = {h->key, h->key_len};
    size_t low = 0;
    size_t high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct holder *other = v->at[middle];
        if (str_compare((struct str){other->key, other->key_len}, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct holder *new_holder(struct state *st, enum entry_kind kind,
                                 const struct table_key *key)
{
    struct holder *h = mem_new(sizeof *h + key->len);
    h->entry.kind = kind;
    h->entry.is.agency = &h->as.agency;
    h->key_len = key->len;
    memcpy(h->key, key->at, key->len);
    HASH_ADD(hh, st->tables[kind], key, h->key_len, h);
    if (kind == ENTRY_MEMBER)
        vector_insert(&st->members, sorted_index(&st->members, h), h);
    else if (kind == ENTRY_AGENCY)
        vector_insert(&st->agencies, sorted_index(&st->agencies, h), h);
    if (kind != ENTRY_TICKET) {
        h->order = ++st->last_order;
        vector_insert(&st->order[kind], st->order[kind].count, h);
    }
    return h;
}

void state_apply(struct state *st, const struct entry *e)
{
    struct table_key key = key_of(e);
    assert(key.len > 0);
    struct holder *h = table_find(st, e->kind, &key);
    if (h != NULL && e->seq < h->entry.seq)
        return;
    union object fresh = {0};
    memcpy(&fresh, object_of(e), state_object_size(e->kind));
    refer(st, e->kind, &fresh);
    void *content = state_copy(e->kind, &fresh);
    if (h == NULL) {
        h = new_holder(st, e->kind, &key);
    } else {
        unlink_holder(st, h);
        if (e->kind == ENTRY_SOURCE) {
            fresh.source.beat = h->as.source.beat;
            fresh.source.last = h->as.source.last;
            fresh.source.silent = h->as.source.silent;
        }
    }
    mem_free(h->content);
    h->content = content;
    if (e->seq > st->newest[e->kind])
        st->newest[e->kind] = e->seq;
    h->as = fresh;
    h->entry.seq = e->seq;
    keep_id(h);
    link_holder(st, h);
}

void state_forget(struct state *st, int64_t seq)
{
    size_t kept = 0;
    for (size_t i = 0; i < st->ended.count; i++) {
        struct holder *h = st->ended.at[i];
        if (!h->live && h->entry.seq >= seq) {
            st->ended.at[kept++] = h;
            continue;
        }
        h->ending = false;
        if (h->live)
            continue;
        assert(st->tables[ENTRY_TICKET] != NULL); /* it holds h */
        HASH_DELETE(hh, st->tables[ENTRY_TICKET], h);
        mem_free(h->content);
        mem_free(h);
    }
    st->ended.count = kept;
}
