/* The one table of the command: parser, help, completion and manual page are made from it. */
#ifndef POSKO_CLI_TABLE_H
#define POSKO_CLI_TABLE_H

#include "cli/text.h"
#include "core/record.h"

enum form {
    FORM_TEXT,   /* one line */
    FORM_LONG,   /* a text; "-" reads standard input */
    FORM_WORD,   /* one of `words` */
    FORM_IDS,    /* a,b,c; the option may come again */
    FORM_TICKET, /* 42, L42, an id or the start of one */
    FORM_WHEN,   /* a time to come */
    FORM_SPAN,   /* 15m; as a claim: so long from now */
    FORM_NUMBER,
    FORM_DEGREES, /* 1.4404 -> 14404000 */
    FORM_MEMBER,  /* AGENCY/MEMBER */
    FORM_FILE,
    FORM_FLAG /* no value; as a claim: the text "exercise" */
};

enum { FIELD_REQUIRED = 1, FIELD_ARGUMENT = 2 /* also by its place on the line */ };

struct field {
    const char *name;  /* of the option, without -- */
    const char *claim; /* its wire name; NULL: the command itself reads it */
    enum form form;
    int flags;
    const struct words *words;
    struct pair help;
};

enum action {
    ACTION_RECORD, /* sign `kind` with the claims that the fields say */
    ACTION_DUTY,
    ACTION_ENROL,
    ACTION_INVITE,
    ACTION_REVOKE,
    ACTION_PUT,
    ACTION_BEAT,
    ACTION_WATCH,
    ACTION_HISTORY,
    ACTION_TICKETS,
    ACTION_WHO,
    ACTION_DOCTOR,
    ACTION_VERIFY,
    ACTION_EXPORT,
    ACTION_READY,
    ACTION_COMPLETION,
    ACTION_MAN,
    ACTION_HELP,
    ACTION_VERSION
};

struct command {
    const char *name;
    enum action action;
    const char *kind; /* ACTION_RECORD */
    struct pair help;
    const struct field *fields;
    size_t count;
};

enum { FIELDS_MAX = 24 };

extern const struct command table_commands[];
extern const size_t table_count;
extern const struct field table_common[]; /* options of every command */
extern const size_t table_common_count;

const struct command *table_command(struct str name); /* NULL */
/* The nearest command for a mistyped name, or NULL. */
const struct command *table_nearest(struct str name);

#endif
