/* Help, completion and the manual page, written from the table.  Pure. */
#ifndef POSKO_CLI_HELP_H
#define POSKO_CLI_HELP_H

#include "base/mem.h"
#include "cli/table.h"

void help_all(struct buf *to, enum lang lang);
void help_command(struct buf *to, enum lang lang, const struct command *command);
void help_completion(struct buf *to);          /* bash */
void help_man(struct buf *to, enum lang lang); /* scdoc(5) */

/* "TICKET [NOTE]" as it stands in usage lines. */
void help_put_arguments(struct buf *to, const struct command *command);
/* "--sev=extreme|..." likewise: the option's name and what it takes. */
void help_put_option(struct buf *to, const struct field *field);

#endif
