/* Which key speaks: the folder of keys, and the choice among them. */
#ifndef POSKO_CLI_IDENTITY_H
#define POSKO_CLI_IDENTITY_H

#include "cli/parse.h"

struct identity {
    struct str key;                          /* path of the PEM */
    struct str url, aud, hub, iss, act, kid; /* absent: STR_NONE; NUL-terminated */
};

/* $XDG_CONFIG_HOME/posko or ~/.config/posko. */
struct str identity_folder(struct arena *arena);

/* --key, --as, POSKO_AS, or the only key; --url --aud --iss --act stand above what is stored.
 * False with a sentence in `why`. */
MUST_CHECK bool identity_choose(struct arena *arena, const struct args *args, struct identity *out,
                                struct buf *why);

/* Writes the JSON beside `pem` (0600).  False with a sentence in `why`. */
MUST_CHECK bool identity_write(struct arena *arena, struct str pem, const struct identity *id,
                               struct buf *why);

#endif
