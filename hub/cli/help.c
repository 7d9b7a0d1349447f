#include "cli/help.h"

#include <ctype.h>
#include <string.h>

enum { NAME_COLUMN = 36 };

static void put_upper(struct buf *to, const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        buf_put_char(to, (char)toupper((unsigned char)*c));
}

void help_put_arguments(struct buf *to, const struct command *command)
{
    for (size_t i = 0; i < command->count; i++) {
        const struct field *f = &command->fields[i];
        bool must = (f->flags & FIELD_REQUIRED) != 0;
        if ((f->flags & FIELD_ARGUMENT) == 0)
            continue;
        buf_put(to, must ? STR(" ") : STR(" ["));
        put_upper(to, f->name);
        if (!must)
            buf_put_char(to, ']');
    }
}

static const char *value_name(const struct field *f)
{
    switch (f->form) {
    case FORM_TEXT:
    case FORM_LONG:
        return "TEXT";
    case FORM_WORD:
        return "WORD";
    case FORM_IDS:
        return "A,B";
    case FORM_TICKET:
        return "TICKET";
    case FORM_WHEN:
    case FORM_SPAN:
        return "TIME";
    case FORM_NUMBER:
    case FORM_DEGREES:
        return "N";
    case FORM_MEMBER:
        return "AGENCY/MEMBER";
    case FORM_FILE:
        return "FILE";
    case FORM_FLAG:
        break;
    }
    return NULL;
}

void help_put_option(struct buf *to, const struct field *field)
{
    const char *value = value_name(field);
    buf_printf(to, "--%s%s%s", field->name, value == NULL ? "" : " ", value == NULL ? "" : value);
}

static void put_words(struct buf *to, const struct words *words)
{
    for (int i = 0; i < words->count; i++) {
        buf_put(to, i == 0 ? STR("") : STR(" "));
        buf_put(to, words_get(words, i));
    }
}

static void put_help_of(struct buf *to, enum lang lang, const struct field *f)
{
    buf_put(to, str_of(f->help.in[lang]));
    if (f->words != NULL) {
        buf_put(to, STR("; "));
        buf_put(to, str_of(text_get(lang, TEXT_HELP_ONE_OF)));
        put_words(to, f->words);
    }
    if ((f->flags & FIELD_REQUIRED) != 0 && (f->flags & FIELD_ARGUMENT) == 0)
        buf_printf(to, " (%s)", text_get(lang, TEXT_HELP_REQUIRED));
}

static void pad_to(struct buf *to, size_t line_start, size_t column)
{
    do {
        buf_put_char(to, ' ');
    } while (to->len - line_start < column);
}

static void put_field(struct buf *to, enum lang lang, const struct field *f, bool as_argument)
{
    size_t start = to->len;
    buf_put(to, STR("  "));
    if (as_argument)
        put_upper(to, f->name);
    else
        help_put_option(to, f);
    pad_to(to, start, NAME_COLUMN);
    put_help_of(to, lang, f);
    buf_put_char(to, '\n');
}

static void put_heading(struct buf *to, enum lang lang, enum text text)
{
    buf_printf(to, "\n%s:\n", text_get(lang, text));
}

static void put_common(struct buf *to, enum lang lang)
{
    put_heading(to, lang, TEXT_HELP_COMMON);
    for (size_t i = 0; i < table_common_count; i++)
        put_field(to, lang, &table_common[i], false);
}

void help_all(struct buf *to, enum lang lang)
{
    buf_printf(to, "%s\n\n%s: posko %s [%s]\n", text_get(lang, TEXT_HELP_TITLE),
               text_get(lang, TEXT_HELP_USAGE), text_get(lang, TEXT_HELP_COMMAND_WORD),
               text_get(lang, TEXT_HELP_OPTIONS_WORD));
    put_heading(to, lang, TEXT_HELP_COMMANDS);
    for (size_t i = 0; i < table_count; i++) {
        const struct command *c = &table_commands[i];
        size_t start = to->len;
        buf_printf(to, "  %s", c->name);
        help_put_arguments(to, c);
        pad_to(to, start, NAME_COLUMN);
        buf_printf(to, "%s\n", c->help.in[lang]);
    }
    put_common(to, lang);
    buf_printf(to, "\n%s\n", text_get(lang, TEXT_HELP_EXIT));
}

static size_t count_fields(const struct command *c, bool arguments)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += ((c->fields[i].flags & FIELD_ARGUMENT) != 0) == arguments;
    return n;
}

void help_command(struct buf *to, enum lang lang, const struct command *command)
{
    buf_printf(to, "%s: posko %s", text_get(lang, TEXT_HELP_USAGE), command->name);
    help_put_arguments(to, command);
    buf_printf(to, " [%s]\n%s\n", text_get(lang, TEXT_HELP_OPTIONS_WORD), command->help.in[lang]);
    for (int arguments = 1; arguments >= 0; arguments--) {
        if (count_fields(command, arguments != 0) == 0)
            continue;
        put_heading(to, lang, arguments != 0 ? TEXT_HELP_ARGUMENTS : TEXT_HELP_OPTIONS);
        for (size_t i = 0; i < command->count; i++) {
            bool is_argument = (command->fields[i].flags & FIELD_ARGUMENT) != 0;
            if (is_argument == (arguments != 0))
                put_field(to, lang, &command->fields[i], is_argument);
        }
    }
    put_common(to, lang);
}
