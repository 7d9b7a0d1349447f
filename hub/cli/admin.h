/* Invitations made by a session: shared by `invite` and `put`. */
#ifndef POSKO_CLI_ADMIN_H
#define POSKO_CLI_ADMIN_H

#include "cli/session.h"

/* Posts device.invite for the member and prints the link. */
enum exit_code admin_invite(struct session *s, struct str agency, struct str member,
                            int64_t for_ms);

enum { INVITE_MS = 3 * 86400 * 1000 };

#endif
