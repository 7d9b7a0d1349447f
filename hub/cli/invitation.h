/* Invitation links: https://HOST/#enrol=SECRET.HUBKID.  Pure. */
#ifndef POSKO_CLI_INVITATION_H
#define POSKO_CLI_INVITATION_H

#include "base/crypt.h"

struct invitation {
    struct str url; /* wss://HOST or ws://HOST; NONE when only the secret was given */
    struct secret_text secret;
    struct str hub; /* kid; NONE when it is told on the phone */
};

/* A link, or a secret as typed (also with ".HUBKID").  False when it is neither. */
MUST_CHECK bool invitation_parse(struct arena *arena, struct str text, struct invitation *out);

/* The link for a hub's address.  NONE when `url` is not one. */
struct str invitation_link(struct arena *arena, struct str url, const struct secret_text *secret,
                           struct str hub);

#endif
