#include "cli/invitation.h"

#include "client/url.h"

bool invitation_parse(struct arena *arena, struct str text, struct invitation *out)
{
    struct str address;
    struct str rest;
    struct str secret;
    struct str hub = STR_NONE;
    struct kid kid;
    struct invitation i = {.url = STR_NONE, .hub = STR_NONE};
    struct str told = text;
    if (str_cut(text, '#', &address, &rest)) {
        struct url url;
        if (!url_parse(address, &url) || !str_starts(rest, STR("enrol=")))
            return false;
        i.url = arena_printf(arena, "%s://%s", url.tls ? "wss" : "ws", url.authority);
        told = (struct str){rest.at + 6, rest.len - 6};
    }
    bool names_hub = str_cut(told, '.', &secret, &hub);
    if (!crypt_secret_parse(secret, &i.secret))
        return false;
    if (names_hub) {
        if (!kid_parse(hub, &kid))
            return false;
        i.hub = arena_dup(arena, hub);
    }
    *out = i;
    return true;
}

struct str invitation_link(struct arena *arena, struct str url, const struct secret_text *secret,
                           struct str hub)
{
    struct url u;
    if (!url_parse(url, &u))
        return STR_NONE;
    const char *scheme = u.tls ? "https" : "http";
    if (hub.at == NULL)
        return arena_printf(arena, "%s://%s/#enrol=%s", scheme, u.authority, secret->at);
    return arena_printf(arena, "%s://%s/#enrol=%s." STR_FMT, scheme, u.authority, secret->at,
                        STR_ARG(hub));
}
