#include "net/times.h"

#include <posko/wire.h>

const struct net_times net_times = {
    .sweep_ms = 500,
    .greeting_ms = 2000,
    .handshake_ms = 5000,
    .body_ms = 5000,
    .reply_ms = 60000,
    .linger_ms = 1000,
    .close_ms = 2000,
    .ping_ms = POSKO_PING_MS,
    .silent_ms = POSKO_SILENT_MS - 1000, /* the sweep that finds it comes later */
};
