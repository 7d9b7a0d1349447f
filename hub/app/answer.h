/* The JSON that refuses an HTTP request (protocol.md section 4). */
#ifndef POSKO_APP_ANSWER_H
#define POSKO_APP_ANSWER_H

#include "app/hub.h"

/* id: the record's jti, or empty. */
void answer_refuse(struct hub *hub, struct session_id from, struct str id,
                   const struct fault *fault);

#endif
