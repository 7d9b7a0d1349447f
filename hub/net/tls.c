#include "net/peer.h"

#include <openssl/err.h>

/* TLS 1.2 with forward secrecy and authenticated encryption only, and 1.3.  Idle connections give
 * their buffers back.  No tickets, no session cache: nothing to keep secret between connections. */
void tls_settings(SSL_CTX *context)
{
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_num_tickets(context, 0);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

static enum err fault_tls(struct fault *fault, const char *field, const char *path)
{
    char why[128];
    ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
    ERR_clear_error();
    return fault_set(fault, ERR_SYSTEM, field, "cannot use %s: %s", path, why);
}

enum err tls_load(SSL_CTX *context, const char *cert, const char *key, struct fault *fault)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        return fault_tls(fault, "tls_cert", cert);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return fault_tls(fault, "tls_key", key);
    if (SSL_CTX_check_private_key(context) != 1)
        return fault_tls(fault, "tls_key", key);
    return OK;
}

enum err tls_check(const char *cert, const char *key, struct fault *fault)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return fault_tls(fault, "tls_cert", cert);
    enum err e = tls_load(context, cert, key, fault);
    SSL_CTX_free(context);
    return e;
}

enum err net_reload_tls(struct net *net, struct fault *fault)
{
    const char *cert = net->config.tls_cert, *key = net->config.tls_key;
    if (net->tls_context == NULL)
        return OK;
    /* First elsewhere: a bad file must not spoil the certificate in use. */
    enum err e = tls_check(cert, key, fault);
    if (e == OK)
        e = tls_load(net->tls_context, cert, key, fault);
    if (e == OK)
        log_info(net->log, "tls.loaded", F_TEXT("cert", cert));
    return e;
}
