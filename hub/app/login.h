/* `auth` and `enrol`: protocol.md section 5. */
#ifndef POSKO_APP_LOGIN_H
#define POSKO_APP_LOGIN_H

#include "app/peer.h"

/* Checks off the loop; answers `welcome`, hands over to intake_enrol, or refuses and closes. */
void login_begin(struct peer *p, const struct frame *frame, bool enrol);

#endif
