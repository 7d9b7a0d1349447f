#include "core/state.h"

#include "core/state_inside.h"

#include "base/crypt.h"

enum { PLACE_DEPTH_MAX = 16, VECTOR_FIRST = 8 };

/* ---- vectors ---- */

void vector_insert(struct vector *v, size_t index, struct holder *h)
{
    assert(index <= v->count);
    if (v->count == v->size) {
        v->size = v->size == 0 ? VECTOR_FIRST : v->size * 2;
        v->at = mem_grow(v->at, v->size * sizeof(struct holder *));
    }
    memmove(v->at + index + 1, v->at + index, (v->count - index) * sizeof(struct holder *));
    v->at[index] = h;
    v->count++;
}

void vector_remove(struct vector *v, size_t index)
{
    assert(index < v->count);
    v->count--;
    memmove(v->at + index, v->at + index + 1, (v->count - index) * sizeof(struct holder *));
}

size_t vector_above(const struct vector *v, int64_t order)
{
    size_t low = 0;
    size_t high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->at[middle]->order > order)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- keys and tables ---- */

static void key_put(struct table_key *key, struct str s)
{
    assert(s.len <= TABLE_KEY_BYTES - key->len);
    if (s.len > 0)
        memcpy(key->at + key->len, s.at, s.len);
    key->len += s.len;
}

/* A foreign id may be longer than any entry's: then it is nobody's key. */
struct table_key table_key_of(struct str id)
{
    struct table_key key = {0};
    if (id.len <= TABLE_KEY_BYTES)
        key_put(&key, id);
    return key;
}

struct table_key table_key_of_two(struct str agency, struct str id)
{
    struct table_key key = {0};
    if (agency.len > POSKO_ID_CHARS_MAX || id.len > POSKO_ID_CHARS_MAX)
        return key;
    key_put(&key, agency);
    key_put(&key, STR("/")); /* no identifier has one */
    key_put(&key, id);
    return key;
}

struct holder *table_find(const struct state *st, enum entry_kind kind, const struct table_key *key)
{
    struct holder *h = NULL;
    HASH_FIND(hh, st->tables[kind], key->at, key->len, h);
    return h;
}

static const union object *find(const struct state *st, enum entry_kind kind, struct table_key key)
{
    const struct holder *h = table_find(st, kind, &key);
    return h == NULL ? NULL : &h->as;
}

struct holder *holder_of_member(const struct state *st, const struct member *m)
{
    struct table_key key = table_key_of_two(m->agency->id, m->id);
    return table_find(st, ENTRY_MEMBER, &key);
}

/* ---- new and free ---- */

struct state *state_new(void)
{
    return mem_new(sizeof(struct state));
}

static void free_table(struct holder **table)
{
    struct holder *h = NULL;
    struct holder *next = NULL;
    HASH_ITER(hh, *table, h, next)
    {
        HASH_DELETE(hh, *table, h);
        mem_free(h->content);
        mem_free(h);
    }
}

static void free_alerts(struct alert_node **alerts)
{
    struct alert_node *n = NULL;
    struct alert_node *next = NULL;
    HASH_ITER(hh, *alerts, n, next)
    {
        HASH_DELETE(hh, *alerts, n);
        mem_free(n->tickets.at);
        mem_free(n);
    }
}

void state_free(struct state *st)
{
    if (st == NULL)
        return;
    free_alerts(&st->alerts);
    HASH_CLEAR(hh_hash, st->invites);
    for (int kind = 0; kind < ENTRY_KIND_COUNT; kind++) {
        free_table(&st->tables[kind]);
        mem_free(st->order[kind].at);
    }
    mem_free(st->members.at);
    mem_free(st->agencies.at);
    mem_free(st->heap.at);
    mem_free(st->ended.at);
    mem_free(st);
}

/* ---- looking up ---- */

const struct agency *state_agency(const struct state *st, struct str id)
{
    const union object *o = find(st, ENTRY_AGENCY, table_key_of(id));
    return o == NULL ? NULL : &o->agency;
}

struct str state_host_id(const struct state *st)
{
    return (struct str){st->host.at, st->host.len};
}

const struct agency *state_host(const struct state *st)
{
    return state_agency(st, state_host_id(st));
}

const struct member *state_member(const struct state *st, struct str agency, struct str id)
{
    const union object *o = find(st, ENTRY_MEMBER, table_key_of_two(agency, id));
    return o == NULL ? NULL : &o->member;
}

const struct source *state_source(const struct state *st, struct str agency, struct str id)
{
    const union object *o = find(st, ENTRY_SOURCE, table_key_of_two(agency, id));
    return o == NULL ? NULL : &o->source;
}

const struct device *state_device(const struct state *st, const struct kid *kid)
{
    const union object *o = find(st, ENTRY_DEVICE, table_key_of(kid_str(kid)));
    return o == NULL ? NULL : &o->device;
}

const struct place *state_place(const struct state *st, struct str id)
{
    const union object *o = find(st, ENTRY_PLACE, table_key_of(id));
    return o == NULL ? NULL : &o->place;
}

const struct category *state_category(const struct state *st, struct str code)
{
    const union object *o = find(st, ENTRY_CATEGORY, table_key_of(code));
    return o == NULL ? NULL : &o->category;
}

/* Versions are few: somebody signed each. */
static const struct policy *find_policy(const struct state *st, struct str id, int64_t seq)
{
    const struct policy *newest = NULL;
    const struct vector *v = &st->order[ENTRY_POLICY];
    for (size_t i = 0; i < v->count; i++) {
        const struct policy *p = &v->at[i]->as.policy;
        if (str_eq(p->id, id) && p->seq <= seq && (newest == NULL || p->seq > newest->seq))
            newest = p;
    }
    return newest;
}

const struct policy *state_policy(const struct state *st, struct str id)
{
    return find_policy(st, id, INT64_MAX);
}

const struct policy *state_policy_at(const struct state *st, struct str id, int64_t seq)
{
    const struct policy *p = find_policy(st, id, seq);
    return p == NULL || p->seq != seq ? NULL : p;
}

const struct rules *state_rules(const struct state *st)
{
    const union object *o = find(st, ENTRY_RULES, table_key_of(STR("rules")));
    return o == NULL ? &st->no_rules : &o->rules;
}

const struct duty *state_duty(const struct state *st, const struct member *member)
{
    const union object *o = find(st, ENTRY_DUTY, table_key_of_two(member->agency->id, member->id));
    return o == NULL ? NULL : &o->duty;
}

const struct invite *state_invite(const struct state *st, struct hash hash)
{
    struct holder *h = NULL;
    HASH_FIND(hh_hash, st->invites, hash.at, sizeof hash.at, h);
    return h == NULL ? NULL : &h->as.invite;
}

const struct invite *state_invite_by_jti(const struct state *st, struct record_id jti)
{
    struct str key = {(const char *)jti.at, sizeof jti.at};
    const union object *o = find(st, ENTRY_INVITE, table_key_of(key));
    return o == NULL ? NULL : &o->invite;
}

const struct ticket *state_ticket(const struct state *st, struct ticket_id id)
{
    struct str key = {(const char *)id.at, sizeof id.at};
    const union object *o = find(st, ENTRY_TICKET, table_key_of(key));
    return o == NULL ? NULL : &o->ticket;
}

/* ---- what follows from entries ---- */

int64_t state_next_no(const struct state *st, bool exercise)
{
    return st->last_no[exercise] + 1;
}

void state_set_last_no(struct state *st, bool exercise, int64_t no)
{
    st->last_no[exercise] = no;
}

bool state_on_duty(const struct state *st, const struct member *member, int64_t at)
{
    const struct duty *d = state_duty(st, member);
    return d != NULL && d->since <= at && at < d->until;
}

bool state_has_device(const struct state *st, const struct member *member)
{
    const struct holder *h = holder_of_member(st, member);
    return h != NULL && h->devices > 0;
}

bool state_place_in(const struct state *st, const struct place *place, struct str in)
{
    for (int depth = 0; place != NULL && depth < PLACE_DEPTH_MAX; depth++) {
        if (str_eq(place->id, in))
            return true;
        if (place->in.len == 0)
            return false;
        place = state_place(st, place->in);
    }
    return false;
}

static bool is_of_agency(const struct holder *h, struct str agency)
{
    return h->key_len > agency.len && memcmp(h->key, agency.at, agency.len) == 0 &&
           h->key[agency.len] == '/';
}

struct range state_members_of(const struct state *st, struct str agency)
{
    const struct vector *v = &st->members;
    struct table_key first = table_key_of_two(agency, STR_NONE);
    size_t low = 0;
    size_t high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct holder *h = v->at[middle];
        if (str_compare((struct str){h->key, h->key_len}, (struct str){first.at, first.len}) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < v->count && is_of_agency(v->at[end], agency))
        end++;
    return (struct range){v->at + low, end - low};
}

struct range state_agencies(const struct state *st)
{
    return (struct range){st->agencies.at, st->agencies.count};
}

const struct entry *state_walk(const struct state *st, enum entry_kind kind, int64_t *after)
{
    const struct vector *v = &st->order[kind];
    size_t i = vector_above(v, *after);
    if (i == v->count)
        return NULL;
    *after = v->at[i]->order;
    return &v->at[i]->entry;
}

int64_t state_newest(const struct state *st, enum entry_kind kind)
{
    return st->newest[kind];
}

size_t state_count(const struct state *st, enum entry_kind kind)
{
    return st->order[kind].count;
}
