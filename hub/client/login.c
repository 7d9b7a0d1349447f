#include "base/keyfile.h"
#include "client/client.h"
#include "ledger/codec.h"

#include <unistd.h>

/* What `hello` asks for: the log-in, or, once, the enrolment of this key. */
void login_start(struct posko_client *c, struct str aud, struct str nonce)
{
    struct login login = {.aud = aud,
                          .nonce = nonce,
                          .host = str_of(c->url.authority),
                          .iat = client_wall_ms(),
                          .has_jwk = c->enrolling,
                          .jwk = crypt_public(&c->key)};
    struct str jws =
        jws_sign(&c->session, TYP_AUTH, &c->key, codec_write_login(&c->session, &login));
    struct buf b;
    buf_init(&b);
    if (c->enrolling) {
        buf_printf(&b, "{\"op\":\"enrol\",\"secret\":\"%s\",\"jws\":\"" STR_FMT "\"}", c->secret.at,
                   STR_ARG(jws));
    } else
        buf_printf(&b, "{\"op\":\"auth\",\"jws\":\"" STR_FMT "\"}", STR_ARG(jws));
    link_send(c->link, buf_peek(&b));
    buf_deinit(&b);
    c->phase = PHASE_LOGIN;
}

bool posko_client_enrol(struct posko_client *c, const char *secret, const char *key_file,
                        struct posko_fault *fault)
{
    struct fault found = {0};
    struct secret_key key;
    bool again = access(key_file, F_OK) == 0;
    if (!crypt_secret_parse(str_of(secret), &c->secret)) {
        client_fault_system(fault, "an enrolment secret has %d letters and digits",
                            POSKO_SECRET_CHARS);
        return false;
    }
    /* The key is on the disk before the hub hears of it: the secret works only once. */
    enum err e = OK;
    if (again) {
        e = keyfile_read(key_file, &found, &key);
    } else {
        key = crypt_key_new();
        e = keyfile_write(key_file, &key, &found);
    }
    if (e != OK) {
        client_fault(fault, &found);
        return false;
    }
    struct public_key public = crypt_public(&key);
    c->key = key;
    c->has_key = true;
    c->kid = crypt_thumbprint(&public);
    c->enrolling = true;
    c->enrol_in_doubt = again;
    return true;
}
