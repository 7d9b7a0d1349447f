#include "cli/help.h"

/* ---- bash completion ---- */

static void put_choices(struct buf *to, const char *command, const struct field *f)
{
    if (f->form == FORM_FILE)
        buf_printf(to, "    %s,--%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", command,
                   f->name);
    if (f->words == NULL)
        return;
    buf_printf(to, "    %s,--%s) words='", command, f->name);
    for (int i = 0; i < f->words->count; i++)
        buf_printf(to, "%s" STR_FMT, i == 0 ? "" : " ", STR_ARG(words_get(f->words, i)));
    buf_put(to, STR("' ;;\n"));
}

static void put_names(struct buf *to, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &fields[i];
        buf_printf(to, " --%s", f->name);
        if ((f->flags & FIELD_ARGUMENT) == 0 || f->words == NULL)
            continue;
        for (int w = 0; w < f->words->count; w++)
            buf_printf(to, " " STR_FMT, STR_ARG(words_get(f->words, w)));
    }
}

static void put_commands(struct buf *to, const char *between)
{
    for (size_t i = 0; i < table_count; i++)
        buf_printf(to, "%s%s", i == 0 ? "" : between, table_commands[i].name);
}

void help_completion(struct buf *to)
{
    buf_put(to, STR("# bash completion for posko; load it with: . <(posko completion bash)\n"
                    "_posko() {\n"
                    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    local cmd= words= i\n"
                    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                    "        case ${COMP_WORDS[i]} in\n        "));
    put_commands(to, "|");
    buf_put(to, STR(") cmd=${COMP_WORDS[i]}; break ;;\n"
                    "        esac\n"
                    "    done\n"
                    "    case $cmd,$prev in\n"));
    for (size_t i = 0; i < table_count; i++) {
        for (size_t f = 0; f < table_commands[i].count; f++)
            put_choices(to, table_commands[i].name, &table_commands[i].fields[f]);
    }
    for (size_t f = 0; f < table_common_count; f++)
        put_choices(to, "*", &table_common[f]);
    buf_put(to, STR("    put,put) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
                    "    esac\n"
                    "    if [ -z \"$words\" ]; then\n"
                    "        case $cmd in\n"
                    "        '') words='"));
    put_commands(to, " ");
    buf_put(to, STR("' ;;\n        help) words='"));
    put_commands(to, " ");
    buf_put(to, STR("' ;;\n"));
    for (size_t i = 0; i < table_count; i++) {
        if (table_commands[i].count == 0 || table_commands[i].action == ACTION_HELP)
            continue;
        buf_printf(to, "        %s) words='", table_commands[i].name);
        put_names(to, table_commands[i].fields, table_commands[i].count);
        buf_put(to, STR("' ;;\n"));
    }
    buf_put(to, STR("        esac\n        words+='"));
    put_names(to, table_common, table_common_count);
    buf_put(to, STR("'\n    fi\n"
                    "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                    "}\n"
                    "complete -F _posko posko\n"));
}

/* ---- manual page ---- */

/* What scdoc would read as markup. */
static void put_escaped(struct buf *to, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '*' || *c == '_' || *c == '\\' || *c == '#')
            buf_put_char(to, '\\');
        buf_put_char(to, *c);
    }
}

static void put_section(struct buf *to, enum lang lang, enum text text)
{
    buf_printf(to, "\n# %s\n\n", text_get(lang, text));
}

static void put_man_field(struct buf *to, enum lang lang, const struct field *f, const char *indent)
{
    buf_printf(to, "%s", indent);
    struct buf name;
    buf_init(&name);
    help_put_option(&name, f);
    buf_put_char(&name, '\0');
    buf_put_char(to, '*');
    put_escaped(to, name.at);
    buf_put(to, STR("*"));
    buf_deinit(&name);
    buf_printf(to, "\n%s\t", indent);
    put_escaped(to, f->help.in[lang]);
    if (f->words != NULL) {
        buf_put(to, STR("; "));
        put_escaped(to, text_get(lang, TEXT_HELP_ONE_OF));
        for (int i = 0; i < f->words->count; i++) {
            struct str word = words_get(f->words, i);
            for (size_t k = 0; k < word.len; k++) {
                if (word.at[k] == '_')
                    buf_put_char(to, '\\');
                buf_put_char(to, word.at[k]);
            }
            buf_put(to, i + 1 < f->words->count ? STR(" ") : STR(""));
        }
    }
    if ((f->flags & FIELD_REQUIRED) != 0)
        buf_printf(to, " (%s)", text_get(lang, TEXT_HELP_REQUIRED));
    buf_put(to, STR("\n\n"));
}

static void put_man_command(struct buf *to, enum lang lang, const struct command *c)
{
    struct buf arguments;
    buf_init(&arguments);
    help_put_arguments(&arguments, c);
    buf_put_char(&arguments, '\0');
    buf_printf(to, "*%s*", c->name);
    put_escaped(to, arguments.at);
    buf_deinit(&arguments);
    buf_put(to, STR("\n\t"));
    put_escaped(to, c->help.in[lang]);
    buf_put(to, STR("\n\n"));
    for (size_t i = 0; i < c->count; i++)
        put_man_field(to, lang, &c->fields[i], "\t");
}

static void put_examples(struct buf *to)
{
    static const char *const examples[] = {
        "posko enrol 'https://HOST/#enrol=SECRET.HUBKID'",
        "posko report --cat physical.crowd --sev extreme --to polres,pemkot \"Massa di gudang\"",
        "posko accept 42 --eta 15m", "posko close 42 handled",
        "posko alert --key www.pem --cat cyber.ddos --dedup www \"DDoS\" --retry-for 10m"};
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        buf_printf(to, "```\n%s\n```\n\n", examples[i]);
}

static void put_environment(struct buf *to, enum lang lang)
{
    static const struct {
        const char *name;
        enum text text;
    } variables[] = {{"LC_ALL, LC_MESSAGES, LANG", TEXT_MAN_LANG_TEXT},
                     {"POSKO_AS", TEXT_MAN_AS_TEXT},
                     {"NO_COLOR", TEXT_MAN_COLOR_TEXT}};
    put_section(to, lang, TEXT_MAN_ENVIRONMENT);
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        buf_put_char(to, '*');
        put_escaped(to, variables[i].name);
        buf_put(to, STR("*\n\t"));
        put_escaped(to, text_get(lang, variables[i].text));
        buf_put(to, STR("\n\n"));
    }
}

void help_man(struct buf *to, enum lang lang)
{
    buf_put(to, STR("posko(1)\n"));
    put_section(to, lang, TEXT_MAN_NAME);
    buf_printf(to, "posko - %s\n", text_get(lang, TEXT_HELP_TITLE));
    put_section(to, lang, TEXT_MAN_SYNOPSIS);
    buf_printf(to, "*posko* %s [%s]\n", text_get(lang, TEXT_HELP_COMMAND_WORD),
               text_get(lang, TEXT_HELP_OPTIONS_WORD));
    put_section(to, lang, TEXT_MAN_DESCRIPTION);
    put_escaped(to, text_get(lang, TEXT_MAN_ABOUT));
    buf_put_char(to, '\n');
    put_section(to, lang, TEXT_MAN_COMMANDS);
    for (size_t i = 0; i < table_count; i++)
        put_man_command(to, lang, &table_commands[i]);
    put_section(to, lang, TEXT_MAN_COMMON);
    for (size_t i = 0; i < table_common_count; i++)
        put_man_field(to, lang, &table_common[i], "");
    put_section(to, lang, TEXT_MAN_EXIT);
    put_escaped(to, text_get(lang, TEXT_HELP_EXIT));
    buf_put_char(to, '\n');
    put_environment(to, lang);
    put_section(to, lang, TEXT_MAN_FILES);
    buf_put(to, STR("_~/.config/posko/AGENCY.MEMBER.pem_, _.json_\n\t"));
    put_escaped(to, text_get(lang, TEXT_MAN_FILES_TEXT));
    buf_put_char(to, '\n');
    put_section(to, lang, TEXT_MAN_EXAMPLES);
    put_examples(to);
}
