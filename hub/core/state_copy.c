/* One block for all that an entry points to: measured first, then copied.  Not its id: that is in
 * the holder's key, which outlives every put. */
#include "core/state_inside.h"

enum { COPY_ALIGN = 8 };

struct pack {
    char *at; /* NULL while measuring */
    size_t used;
};

/* The copy; while measuring: NULL. */
static void *pack_put(struct pack *p, const void *from, size_t size)
{
    size_t start = p->used;
    p->used += (size + COPY_ALIGN - 1) / COPY_ALIGN * COPY_ALIGN;
    if (p->at == NULL || size == 0)
        return NULL;
    return memcpy(p->at + start, from, size);
}

static void pack_str(struct pack *p, struct str *s)
{
    s->at = pack_put(p, s->at, s->len);
}

static void pack_list(struct pack *p, struct str_list *list)
{
    const struct str *from = list->at;
    struct str *copy = pack_put(p, from, list->count * sizeof *copy);
    for (size_t i = 0; i < list->count; i++) {
        struct str s = from[i];
        pack_str(p, &s);
        if (copy != NULL)
            copy[i] = s;
    }
    list->at = copy;
}

static const struct target *pack_targets(struct pack *p, const struct target *from, size_t count)
{
    struct target *copy = pack_put(p, from, count * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        struct target target = from[i];
        pack_str(p, &target.agency);
        pack_str(p, &target.member);
        if (copy != NULL)
            copy[i] = target;
    }
    return copy;
}

static const struct policy_step *pack_steps(struct pack *p, const struct policy_step *from,
                                            size_t count)
{
    struct policy_step *copy = pack_put(p, from, count * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        const struct target *tell = pack_targets(p, from[i].tell, from[i].tell_count);
        if (copy != NULL)
            copy[i].tell = tell;
    }
    return copy;
}

static void pack_policy(struct pack *p, struct policy *policy)
{
    const struct policy_row *from = policy->rows;
    pack_str(p, &policy->id);
    struct policy_row *copy = pack_put(p, from, policy->row_count * sizeof *copy);
    for (size_t i = 0; i < policy->row_count; i++) {
        const struct target *open = pack_targets(p, from[i].open, from[i].open_count);
        const struct policy_step *steps = pack_steps(p, from[i].steps, from[i].step_count);
        if (copy != NULL) {
            copy[i].open = open;
            copy[i].steps = steps;
        }
    }
    policy->rows = copy;
}

static void pack_rules(struct pack *p, struct rules *rules)
{
    const struct rule *from = rules->rules;
    struct rule *copy = pack_put(p, from, rules->count * sizeof *copy);
    for (size_t i = 0; i < rules->count; i++) {
        struct rule rule = from[i];
        pack_list(p, &rule.to);
        pack_str(p, &rule.cat);
        pack_str(p, &rule.place);
        pack_str(p, &rule.source);
        pack_str(p, &rule.policy);
        if (copy != NULL)
            copy[i] = rule;
    }
    rules->rules = copy;
}

static void pack_ticket(struct pack *p, struct ticket *t)
{
    pack_str(p, &t->title);
    const struct answer *answers = t->answers;
    t->answers = pack_put(p, answers, t->answer_count * sizeof *answers);
    for (size_t i = 0; i < t->answer_count; i++) {
        struct answer a = answers[i];
        pack_str(p, &a.got.member);
        pack_str(p, &a.shown.member);
        if (t->answers != NULL)
            t->answers[i] = a;
    }
    const struct alert_key *keys = t->keys;
    t->keys = pack_put(p, keys, t->key_count * sizeof *keys);
    for (size_t i = 0; i < t->key_count; i++) {
        struct alert_key k = keys[i];
        pack_str(p, &k.key);
        if (t->keys != NULL)
            t->keys[i] = k;
    }
    t->owed = pack_put(p, t->owed, t->owed_count * sizeof *t->owed);
    t->readers = pack_put(p, (const void *)t->readers, t->reader_count * sizeof(struct agency *));
    t->told = pack_put(p, (const void *)t->told, t->told_count * sizeof(struct member *));
}

static void pack_category(struct pack *p, struct category *category)
{
    pack_str(p, &category->id);
    pack_str(p, &category->en);
    pack_str(p, &category->maps);
    pack_list(p, &category->ask);
}

static void pack_party(struct pack *p, struct str *name, struct str_list *list)
{
    pack_str(p, name);
    pack_list(p, list);
}

static void pack_object(struct pack *p, enum entry_kind kind, union object *o)
{
    switch (kind) {
    case ENTRY_AGENCY:
        pack_party(p, &o->agency.name, &o->agency.phones);
        pack_str(p, &o->agency.superior);
        return;
    case ENTRY_MEMBER:
        pack_party(p, &o->member.name, &o->member.phones);
        return;
    case ENTRY_SOURCE:
        pack_party(p, &o->source.name, &o->source.cats);
        pack_str(p, &o->source.place);
        return;
    case ENTRY_DEVICE:
        pack_str(p, &o->device.host);
        return;
    case ENTRY_PLACE:
        pack_str(p, &o->place.name);
        pack_str(p, &o->place.in);
        return;
    case ENTRY_CATEGORY:
        pack_category(p, &o->category);
        return;
    case ENTRY_POLICY:
        pack_policy(p, &o->policy);
        return;
    case ENTRY_RULES:
        pack_rules(p, &o->rules);
        return;
    case ENTRY_DUTY:
    case ENTRY_INVITE:
        return;
    case ENTRY_TICKET:
        pack_ticket(p, &o->ticket);
        return;
    case ENTRY_KIND_COUNT:
        break;
    }
    assert(!"no such kind of entry");
}

void *state_copy(enum entry_kind kind, union object *object)
{
    struct pack pack = {0};
    union object measured = *object;
    pack_object(&pack, kind, &measured);
    if (pack.used == 0)
        return NULL;
    pack = (struct pack){.at = mem_new(pack.used)};
    pack_object(&pack, kind, object);
    return pack.at;
}

size_t state_object_size(enum entry_kind kind)
{
    static const size_t sizes[ENTRY_KIND_COUNT] = {
        [ENTRY_AGENCY] = sizeof(struct agency), [ENTRY_MEMBER] = sizeof(struct member),
        [ENTRY_SOURCE] = sizeof(struct source), [ENTRY_DEVICE] = sizeof(struct device),
        [ENTRY_PLACE] = sizeof(struct place),   [ENTRY_CATEGORY] = sizeof(struct category),
        [ENTRY_POLICY] = sizeof(struct policy), [ENTRY_RULES] = sizeof(struct rules),
        [ENTRY_DUTY] = sizeof(struct duty),     [ENTRY_INVITE] = sizeof(struct invite),
        [ENTRY_TICKET] = sizeof(struct ticket),
    };
    return sizes[kind];
}
