/* Inside net: the listening sockets.  listen.c opens them, accept.c takes what comes. */
#ifndef POSKO_NET_LISTEN_H
#define POSKO_NET_LISTEN_H

#include "net/peer.h"

struct listener {
    struct listener *next;
    struct net *net;
    int fd;
    struct loop_watch *watch;
    char *path; /* of the Unix socket that is ours to remove; NULL: none */
    bool unix_socket;
    bool tls;
    bool metrics;
    bool proxies_only; /* plain, and others than this machine can reach it */
};

/* Takes all that wait at the listener. */
void accept_ready(struct listener *l);
/* Peers of trusted proxies that have not said yet for whom they speak. */
void accept_sweep(struct net *net, int64_t now);
void accept_close(struct net *net);

#endif
