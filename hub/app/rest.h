/* The few HTTP answers: POST /v1/records, GET /v1/readers, /healthz, /readyz, /metrics, the page.
 */
#ifndef POSKO_APP_REST_H
#define POSKO_APP_REST_H

#include "app/hub.h"

void rest_request(void *app, const struct http_request *q); /* net_ops.http */
void rest_settled(struct hub *hub);                         /* previews that waited */
void rest_drop(struct hub *hub);

#endif
