/* Policy rows and rules: the claims that have members of their own. */
#include "ledger/codec.h"

#include <inttypes.h>
#include <stdio.h>

/* A year: seconds times 1000 added to a time stay far from overflow. */
static const int64_t SECONDS_MAX = INT64_C(366) * 86400;

/* Where we are, for the fault's field: "rows[2].steps[0]". */
struct spot {
    struct arena *arena;
    struct fault *fault;
    char path[64];
};

static enum err fault_at(const struct spot *spot, const char *name, const char *demand)
{
    char field[128];
    (void)snprintf(field, sizeof field, "%s%s%s", spot->path, *name == '\0' ? "" : ".", name);
    return fault_set(spot->fault, ERR_BAD_CLAIM, field, "`%s` must be %s", field, demand);
}

static bool is_name(const char *const *names, struct str name)
{
    for (; *names != NULL; names++)
        if (str_eq(str_of(*names), name))
            return true;
    return false;
}

/* An object with no other members than these; the first `needed` must be there. */
static enum err check_members(const struct spot *spot, const struct node *object,
                              const char *const *names, size_t needed)
{
    if (object->type != NODE_OBJECT)
        return fault_at(spot, "", "an object");
    for (const struct node *n = object->first; n != NULL; n = n->next)
        if (!is_name(names, n->key)) {
            struct str field =
                arena_printf(spot->arena, "%s." STR_FMT, spot->path, STR_ARG(n->key));
            return fault_set(spot->fault, ERR_UNKNOWN_FIELD, field.at,
                             "`%s`: there is no such member; leave it out", field.at);
        }
    for (size_t i = 0; i < needed; i++)
        if (node_get(object, str_of(names[i])) == NULL)
            return fault_at(spot, names[i], "there");
    return OK;
}

static enum err read_seconds(const struct spot *spot, const struct node *object, const char *name,
                             int64_t min, int64_t *out)
{
    int64_t value = node_int(object, name, -1);
    if (value < min || value > SECONDS_MAX)
        return fault_at(spot, name,
                        min == 0 ? "seconds from 0 to 31622400" : "seconds from 1 to 31622400");
    *out = value;
    return OK;
}

static enum err read_word(const struct spot *spot, const struct node *object, const char *name,
                          const struct words *words, const char *demand, int *out)
{
    int i = words_find(words, node_text(object, name));
    if (i < 0)
        return fault_at(spot, name, demand);
    *out = i;
    return OK;
}

/* ---- targets ---- */
static const char *const target_names[] = {
    [TARGET_DUTY] = "duty",   [TARGET_AGENCY] = "agency",     [TARGET_CHIEF] = "chief",
    [TARGET_OWNER] = "owner", [TARGET_SUPERIOR] = "superior",
};

static bool target_parse(struct str text, struct target *out)
{
    struct str head, tail;
    if (!str_cut(text, ':', &head, &tail)) {
        for (int i = TARGET_DUTY; i <= TARGET_SUPERIOR; i++)
            if (str_eq(text, str_of(target_names[i]))) {
                *out = (struct target){.kind = (enum target_kind)i};
                return true;
            }
        return false;
    }
    struct target target = {.kind = TARGET_AGENCY_ID, .agency = tail};
    if (str_eq(head, STR("member"))) {
        target.kind = TARGET_MEMBER;
        if (!str_cut(tail, '/', &target.agency, &target.member) || !str_is_id(target.member))
            return false;
    } else if (!str_eq(head, STR("agency"))) {
        return false;
    }
    *out = target;
    return str_is_id(target.agency);
}

static enum err read_targets(const struct spot *spot, const struct node *object, const char *name,
                             size_t min, const struct target **out, size_t *count)
{
    const struct node *array = node_get(object, str_of(name));
    if (array->type != NODE_ARRAY || array->count < min || array->count > POLICY_TARGETS_MAX)
        return fault_at(spot, name,
                        min == 0 ? "an array of at most 32 targets"
                                 : "an array of 1 to 32 targets");
    struct target *targets = ARENA_ARRAY(spot->arena, struct target, array->count);
    size_t i = 0;
    for (const struct node *n = array->first; n != NULL; n = n->next)
        if (n->type != NODE_TEXT || !target_parse(n->text, &targets[i++]))
            return fault_at(spot, name,
                            "of duty agency chief owner superior agency:ID member:AGENCY/ID");
    *out = array->count == 0 ? NULL : targets;
    *count = array->count;
    return OK;
}

static void put_targets(struct json_writer *w, const char *key, const struct target *targets,
                        size_t count)
{
    struct arena arena;
    arena_init(&arena);
    json_begin_array(w, key);
    for (size_t i = 0; i < count; i++) {
        const struct target *t = &targets[i];
        struct str text;
        if (t->kind == TARGET_MEMBER)
            text = arena_printf(&arena, "member:" STR_FMT "/" STR_FMT, STR_ARG(t->agency),
                                STR_ARG(t->member));
        else if (t->kind == TARGET_AGENCY_ID)
            text = arena_printf(&arena, "agency:" STR_FMT, STR_ARG(t->agency));
        else
            text = str_of(target_names[t->kind]);
        json_put_text(w, NULL, text);
    }
    json_end_array(w);
    arena_deinit(&arena);
}

/* ---- rows ---- */
static enum err read_step(struct spot *spot, const struct node *node, struct policy_step *step)
{
    static const char *const names[] = {"after", "tell", NULL};
    enum err e = check_members(spot, node, names, 2);
    if (e == OK)
        e = read_seconds(spot, node, "after", 0, &step->after_s);
    if (e == OK)
        e = read_targets(spot, node, "tell", 1, &step->tell, &step->tell_count);
    return e;
}

static enum err read_steps(const struct spot *spot, const struct node *array,
                           struct policy_row *row)
{
    if (array->type != NODE_ARRAY || array->count < 1 || array->count > POLICY_STEPS_MAX)
        return fault_at(spot, "steps", "an array of 1 to 8 steps");
    struct policy_step *steps = ARENA_ARRAY(spot->arena, struct policy_step, array->count);
    size_t i = 0;
    for (const struct node *n = array->first; n != NULL; n = n->next, i++) {
        struct spot inner = {.arena = spot->arena, .fault = spot->fault};
        (void)snprintf(inner.path, sizeof inner.path, "%.16s.steps[%zu]", spot->path, i);
        enum err e = read_step(&inner, n, &steps[i]);
        if (e != OK)
            return e;
        if (i > 0 && steps[i].after_s < steps[i - 1].after_s)
            return fault_at(&inner, "after", "no less than that of the step before");
    }
    row->steps = steps;
    row->step_count = array->count;
    return OK;
}

static enum err read_row(const struct spot *spot, const struct node *node, struct policy_row *row)
{
    static const char *const names[] = {"what", "sev", "within", "open", "steps", "repeat", NULL};
    int what = 0, sev = 0;
    enum err e = check_members(spot, node, names, 6);
    if (e == OK)
        e = read_word(spot, node, "what", &WORDS_WHAT,
                      "one of ack accept arrive update take reassign resolve close", &what);
    if (e == OK)
        e = read_word(spot, node, "sev", &WORDS_SEV, "one of minor moderate severe extreme", &sev);
    if (e == OK)
        e = read_seconds(spot, node, "within", 0, &row->within_s);
    if (e == OK)
        e = read_targets(spot, node, "open", 0, &row->open, &row->open_count);
    if (e == OK)
        e = read_steps(spot, node_get(node, STR("steps")), row);
    if (e == OK)
        e = read_seconds(spot, node, "repeat", 1, &row->repeat_s);
    row->what = (enum what)what;
    row->sev = (enum sev)sev;
    return e;
}

enum err codec_read_rows(struct arena *arena, const struct node *node, struct fault *fault,
                         const struct policy_row **rows, size_t *count)
{
    struct spot top = {arena, fault, "rows"};
    if (node->type != NODE_ARRAY || node->count < 1 || node->count > POLICY_ROWS_MAX)
        return fault_at(&top, "", "an array of 1 to 32 policy rows");
    struct policy_row *list = ARENA_ARRAY(arena, struct policy_row, node->count);
    unsigned seen[WHAT_COUNT] = {0};
    size_t i = 0;
    for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
        struct spot spot = {.arena = arena, .fault = fault};
        (void)snprintf(spot.path, sizeof spot.path, "rows[%zu]", i);
        enum err e = read_row(&spot, n, &list[i]);
        if (e != OK)
            return e;
        if ((seen[list[i].what] >> list[i].sev & 1) != 0)
            return fault_at(&spot, "", "the only row of its `what` and `sev`");
        seen[list[i].what] |= 1u << list[i].sev;
    }
    *rows = list;
    *count = node->count;
    return OK;
}

void codec_put_rows(struct json_writer *w, const char *key, const struct policy_row *rows,
                    size_t count)
{
    json_begin_array(w, key);
    for (size_t i = 0; i < count; i++) {
        const struct policy_row *row = &rows[i];
        json_begin_object(w, NULL);
        json_put_text(w, "what", words_get(&WORDS_WHAT, (int)row->what));
        json_put_text(w, "sev", words_get(&WORDS_SEV, (int)row->sev));
        json_put_int(w, "within", row->within_s);
        put_targets(w, "open", row->open, row->open_count);
        json_begin_array(w, "steps");
        for (size_t k = 0; k < row->step_count; k++) {
            json_begin_object(w, NULL);
            json_put_int(w, "after", row->steps[k].after_s);
            put_targets(w, "tell", row->steps[k].tell, row->steps[k].tell_count);
            json_end_object(w);
        }
        json_end_array(w);
        json_put_int(w, "repeat", row->repeat_s);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- rules ---- */
static enum err read_rule_to(const struct spot *spot, const struct node *array,
                             struct str_list *out)
{
    static const char demand[] = "at most 32 distinct agencies";
    if (array->type != NODE_ARRAY || array->count > POSKO_AGENCIES_MAX)
        return fault_at(spot, "to", demand);
    struct str *list = ARENA_ARRAY(spot->arena, struct str, array->count);
    size_t count = 0;
    for (const struct node *n = array->first; n != NULL; n = n->next) {
        if (n->type != NODE_TEXT || !str_is_id(n->text))
            return fault_at(spot, "to", demand);
        for (size_t i = 0; i < count; i++)
            if (str_eq(list[i], n->text))
                return fault_at(spot, "to", demand);
        list[count++] = n->text;
    }
    *out = (struct str_list){count == 0 ? NULL : list, count};
    return OK;
}

static enum err read_rule_id(const struct spot *spot, const struct node *rule, const char *name,
                             struct str *out)
{
    const struct node *n = node_get(rule, str_of(name));
    if (n == NULL)
        return OK;
    if (n->type != NODE_TEXT || !str_is_id(n->text))
        return fault_at(spot, name, "an identifier");
    *out = n->text;
    return OK;
}

static enum err read_rule(const struct spot *spot, const struct node *node, struct rule *rule)
{
    static const char *const names[] = {"to", "cat", "sev", "place", "source", "policy", NULL};
    *rule = (struct rule){.sev = -1};
    enum err e = check_members(spot, node, names, 1);
    if (e == OK)
        e = read_rule_to(spot, node_get(node, STR("to")), &rule->to);
    if (e == OK)
        e = read_rule_id(spot, node, "cat", &rule->cat);
    if (e == OK)
        e = read_rule_id(spot, node, "place", &rule->place);
    if (e == OK)
        e = read_rule_id(spot, node, "source", &rule->source);
    if (e == OK)
        e = read_rule_id(spot, node, "policy", &rule->policy);
    if (e == OK && node_get(node, STR("sev")) != NULL)
        e = read_word(spot, node, "sev", &WORDS_SEV, "one of minor moderate severe extreme",
                      &rule->sev);
    return e;
}

enum err codec_read_rules(struct arena *arena, const struct node *node, struct fault *fault,
                          const struct rule **rules, size_t *count)
{
    struct spot top = {arena, fault, "rules"};
    if (node->type != NODE_ARRAY || node->count > POSKO_ITEMS_MAX)
        return fault_at(&top, "", "an array of at most 256 rules");
    struct rule *list = ARENA_ARRAY(arena, struct rule, node->count);
    size_t i = 0;
    for (const struct node *n = node->first; n != NULL; n = n->next, i++) {
        struct spot spot = {.arena = arena, .fault = fault};
        (void)snprintf(spot.path, sizeof spot.path, "rules[%zu]", i);
        enum err e = read_rule(&spot, n, &list[i]);
        if (e != OK)
            return e;
    }
    *rules = node->count == 0 ? NULL : list;
    *count = node->count;
    return OK;
}

static void put_optional(struct json_writer *w, const char *key, struct str value)
{
    if (value.at != NULL)
        json_put_text(w, key, value);
}

void codec_put_rules(struct json_writer *w, const char *key, const struct rule *rules, size_t count)
{
    json_begin_array(w, key);
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];
        json_begin_object(w, NULL);
        json_put_list(w, "to", rule->to);
        put_optional(w, "cat", rule->cat);
        if (rule->sev >= 0)
            json_put_text(w, "sev", words_get(&WORDS_SEV, rule->sev));
        put_optional(w, "place", rule->place);
        put_optional(w, "source", rule->source);
        put_optional(w, "policy", rule->policy);
        json_end_object(w);
    }
    json_end_array(w);
}
