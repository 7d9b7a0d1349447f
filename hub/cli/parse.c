#include "cli/parse.h"

#include "cli/when.h"

#include <string.h>

/* Where parsing stands. */
struct parser {
    struct arena *arena;
    struct args *args;
    struct buf *why;
    int64_t now_ms;
    int argc;
    char *const *argv;
    int next;
    bool only_words; /* after "--" */
};

#define SAY(p, name, ...) buf_printf((p)->why, text_get((p)->args->lang, TEXT_##name), __VA_ARGS__)

struct str args_get(const struct args *args, const char *name)
{
    for (size_t i = 0; args->command != NULL && i < args->command->count; i++) {
        if (strcmp(args->command->fields[i].name, name) == 0)
            return args->values[i];
    }
    return STR_NONE;
}

struct str args_common(const struct args *args, const char *name)
{
    for (size_t i = 0; i < table_common_count; i++) {
        if (strcmp(table_common[i].name, name) == 0)
            return args->common[i];
    }
    return STR_NONE;
}

int64_t args_span(struct str value, int64_t otherwise)
{
    int64_t ms = otherwise;
    return value.at != NULL && when_span(value, &ms) ? ms : otherwise;
}

bool args_member(struct str value, struct str *agency, struct str *member)
{
    return str_cut(value, '/', agency, member) && str_is_id(*agency) && str_is_id(*member);
}

/* Decimal degrees as 1e-7: no floating point, so no digit changes. */
static bool degrees(struct str text, int64_t *out)
{
    struct str whole;
    struct str part;
    int64_t w = 0;
    int64_t scale = 1000000;
    int64_t fraction = 0;
    bool negative = text.len > 0 && text.at[0] == '-';
    if (negative)
        text = (struct str){text.at + 1, text.len - 1};
    bool has_part = str_cut(text, '.', &whole, &part);
    if (!str_to_int(whole, 0, 180, &w) || (has_part && part.len == 0) || part.len > 7)
        return false;
    for (size_t i = 0; i < part.len; i++, scale /= 10) {
        if (part.at[i] < '0' || part.at[i] > '9')
            return false;
        fraction += (part.at[i] - '0') * scale;
    }
    *out = (w * 10000000 + fraction) * (negative ? -1 : 1);
    return true;
}

static void put_words(struct buf *to, const struct words *words)
{
    for (int i = 0; i < words->count; i++)
        buf_printf(to, "%s" STR_FMT, i == 0 ? "" : " ", STR_ARG(words_get(words, i)));
}

/* Is the value of the form that the table asks for?  A word may be replaced by the wire's. */
static bool check(struct parser *p, const struct field *f, struct str *value)
{
    int64_t number = 0;
    struct str agency;
    struct str member;
    enum text form = TEXT_FORM_NUMBER;
    bool good = true;
    switch (f->form) {
    case FORM_WORD:
        if (f->words == &WORDS_SEV)
            *value = text_sev(*value);
        if (words_find(f->words, *value) >= 0)
            return true;
        SAY(p, BAD_WORD, f->name, arena_dup(p->arena, *value).at, "");
        put_words(p->why, f->words);
        return false;
    case FORM_WHEN:
        good = when_future(*value, p->now_ms, &number);
        form = TEXT_FORM_WHEN;
        break;
    case FORM_SPAN:
        good = when_span(*value, &number);
        form = TEXT_FORM_SPAN;
        break;
    case FORM_NUMBER:
        good = str_to_int(*value, 0, INT64_MAX, &number);
        break;
    case FORM_DEGREES:
        good = degrees(*value, &number);
        form = TEXT_FORM_DEGREES;
        break;
    case FORM_MEMBER:
        good = args_member(*value, &agency, &member);
        form = TEXT_FORM_MEMBER;
        break;
    case FORM_TEXT:
    case FORM_LONG:
    case FORM_IDS:
    case FORM_TICKET:
    case FORM_FILE:
    case FORM_FLAG:
        break;
    }
    if (!good)
        SAY(p, BAD_VALUE, f->name, arena_dup(p->arena, *value).at, text_get(p->args->lang, form));
    return good;
}

static bool set(struct parser *p, const struct field *f, struct str *slot, struct str value)
{
    if (!str_utf8(value, NULL)) {
        SAY(p, BAD_VALUE, f->name, "...", text_get(p->args->lang, TEXT_FORM_TEXT));
        return false;
    }
    if (!check(p, f, &value))
        return false;
    if (slot->at != NULL && f->form == FORM_IDS)
        value = arena_printf(p->arena, STR_FMT "," STR_FMT, STR_ARG(*slot), STR_ARG(value));
    else if (slot->at != NULL && f->form != FORM_FLAG) {
        SAY(p, TWICE, f->name);
        return false;
    }
    *slot = value;
    return true;
}

static const struct field *find(struct parser *p, struct str name, struct str **slot)
{
    const struct command *command = p->args->command;
    for (size_t i = 0; command != NULL && i < command->count; i++) {
        if (str_eq(name, str_of(command->fields[i].name))) {
            *slot = &p->args->values[i];
            return &command->fields[i];
        }
    }
    for (size_t i = 0; i < table_common_count; i++) {
        if (str_eq(name, str_of(table_common[i].name))) {
            *slot = &p->args->common[i];
            return &table_common[i];
        }
    }
    return NULL;
}

static bool option(struct parser *p, struct str word)
{
    struct str name;
    struct str value;
    struct str *slot = NULL;
    bool has_value = str_cut(word, '=', &name, &value);
    const struct field *f = find(p, name, &slot);
    if (f == NULL) {
        SAY(p, NO_OPTION, arena_dup(p->arena, name).at);
        return false;
    }
    if (f->form == FORM_FLAG) {
        if (has_value)
            SAY(p, TAKES_NO_VALUE, f->name);
        return !has_value && set(p, f, slot, STR("exercise"));
    }
    if (!has_value) {
        if (p->next >= p->argc) {
            SAY(p, NEEDS_VALUE, f->name);
            return false;
        }
        value = str_of(p->argv[p->next++]);
    }
    return set(p, f, slot, value);
}

/* A word without dashes: the command first, then its arguments in their order. */
static bool word_in_place(struct parser *p, struct str word)
{
    struct args *a = p->args;
    if (a->command == NULL) {
        a->command = table_command(word);
        if (a->command != NULL)
            return true;
        const struct command *near = table_nearest(word);
        SAY(p, NO_COMMAND, arena_dup(p->arena, word).at);
        if (near != NULL) {
            buf_put(p->why, STR("; "));
            SAY(p, DID_YOU_MEAN, near->name);
        }
        return false;
    }
    for (size_t i = 0; i < a->command->count; i++) {
        const struct field *f = &a->command->fields[i];
        if ((f->flags & FIELD_ARGUMENT) != 0 && a->values[i].at == NULL)
            return set(p, f, &a->values[i], word);
    }
    SAY(p, EXTRA_ARGUMENT, arena_dup(p->arena, word).at);
    return false;
}

static bool step(struct parser *p)
{
    struct str word = str_of(p->argv[p->next++]);
    if (p->only_words || word.len < 2 || word.at[0] != '-')
        return word_in_place(p, word);
    if (str_eq(word, STR("--"))) {
        p->only_words = true;
        return true;
    }
    if (str_eq(word, STR("-h"))) {
        p->args->help = true;
        return true;
    }
    if (str_eq(word, STR("--version")) && p->args->command == NULL)
        return word_in_place(p, STR("version"));
    if (word.at[1] != '-') {
        SAY(p, NO_OPTION, arena_dup(p->arena, word).at + 1);
        return false;
    }
    return option(p, (struct str){word.at + 2, word.len - 2});
}

static bool is_complete(struct parser *p)
{
    const struct command *command = p->args->command;
    for (size_t i = 0; command != NULL && i < command->count; i++) {
        const struct field *f = &command->fields[i];
        if ((f->flags & FIELD_REQUIRED) == 0 || p->args->values[i].at != NULL)
            continue;
        struct str name =
            arena_printf(p->arena, "%s%s", (f->flags & FIELD_ARGUMENT) != 0 ? "" : "--", f->name);
        SAY(p, MISSING, name.at);
        return false;
    }
    return true;
}

/* The language counts for complaints about what stands before it, too. */
static enum lang find_lang(int argc, char *const *argv, enum lang otherwise)
{
    enum lang lang = otherwise;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        struct str word = str_of(argv[i]);
        if (str_starts(word, STR("--lang=")))
            (void)text_lang_parse((struct str){word.at + 7, word.len - 7}, &lang);
        else if (str_eq(word, STR("--lang")) && i + 1 < argc)
            (void)text_lang_parse(str_of(argv[i + 1]), &lang);
    }
    return lang;
}

bool args_parse(struct arena *arena, int argc, char *const *argv, enum lang lang, int64_t now_ms,
                struct args *out, struct buf *why)
{
    *out = (struct args){.lang = find_lang(argc, argv, lang)};
    struct parser p = {
        .arena = arena, .args = out, .why = why, .now_ms = now_ms, .argc = argc, .argv = argv};
    while (p.next < argc) {
        if (!step(&p))
            return false;
    }
    out->help = out->help || args_common(out, "help").at != NULL;
    return out->help || is_complete(&p);
}

static void put_ids(struct json_writer *w, const char *name, struct str ids)
{
    struct str head;
    json_begin_array(w, name);
    for (bool more = true; more;) {
        more = str_cut(ids, ',', &head, &ids);
        if (head.len > 0)
            json_put_text(w, NULL, head);
    }
    json_end_array(w);
}

static void put_claim(struct json_writer *w, const struct field *f, struct str value,
                      int64_t now_ms)
{
    int64_t number = 0;
    bool is_number = true;
    switch (f->form) {
    case FORM_IDS:
        put_ids(w, f->claim, value);
        return;
    case FORM_WHEN:
        is_number = when_future(value, now_ms, &number);
        break;
    case FORM_SPAN:
        is_number = when_span(value, &number);
        number += now_ms;
        break;
    case FORM_NUMBER:
        is_number = str_to_int(value, 0, INT64_MAX, &number);
        break;
    case FORM_DEGREES:
        is_number = degrees(value, &number);
        break;
    case FORM_TEXT:
    case FORM_LONG:
    case FORM_WORD:
    case FORM_TICKET:
    case FORM_MEMBER:
    case FORM_FILE:
    case FORM_FLAG:
        is_number = false;
        break;
    }
    if (is_number)
        json_put_int(w, f->claim, number);
    else
        json_put_text(w, f->claim, value);
}

struct str claims_write(struct arena *arena, const struct args *args, int64_t now_ms)
{
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < args->command->count; i++) {
        const struct field *f = &args->command->fields[i];
        if (f->claim != NULL && args->values[i].at != NULL)
            put_claim(&w, f, args->values[i], now_ms);
    }
    json_end_object(&w);
    struct str out = arena_dup(arena, buf_peek(&b));
    buf_deinit(&b);
    return out;
}
