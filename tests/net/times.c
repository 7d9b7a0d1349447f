/* The times of hub/net/times.c, short enough for a test to wait for each. */
#include "net/times.h"

const struct net_times net_times = {
    .sweep_ms = 50,
    .greeting_ms = 300,
    .handshake_ms = 1500,
    .body_ms = 1500,
    .reply_ms = 5000,
    .linger_ms = 300,
    .close_ms = 500,
    .ping_ms = 400,
    .silent_ms = 1000,
};
