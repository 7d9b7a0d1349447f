#include "client/url.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

static bool cut_scheme(struct str *text, bool *tls)
{
    static const struct {
        struct str head;
        bool tls;
    } schemes[] = {{{"ws://", 5}, false},
                   {{"http://", 7}, false},
                   {{"wss://", 6}, true},
                   {{"https://", 8}, true}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (str_starts(*text, schemes[i].head)) {
            text->at += schemes[i].head.len;
            text->len -= schemes[i].head.len;
            *tls = schemes[i].tls;
            return true;
        }
    }
    return false;
}

static bool copy_host(struct str host, char *out, size_t size)
{
    if (host.len == 0 || !str_to_c(host, out, size))
        return false;
    for (char *c = out; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (*c <= ' ' || *c > '~' || *c == '@' || *c == '"' || *c == '\\')
            return false;
    }
    return true;
}

/* It goes into the first line of a request as it is. */
static bool is_path(struct str path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] <= ' ' || path.at[i] > '~')
            return false;
    return true;
}

bool url_parse(struct str text, struct url *out)
{
    struct url u = {0};
    struct str authority = STR_NONE;
    struct str path = STR_NONE;
    if (!cut_scheme(&text, &u.tls))
        return false;
    bool has_path = str_cut(text, '/', &authority, &path);
    struct str host = authority;
    struct str port = STR_NONE;
    bool bracketed = authority.len > 0 && authority.at[0] == '[';
    if (bracketed) {
        struct str rest;
        authority.at++;
        authority.len--;
        if (!str_cut(authority, ']', &host, &rest))
            return false;
        if (rest.len > 0 && rest.at[0] != ':')
            return false;
        if (rest.len > 0)
            port = (struct str){rest.at + 1, rest.len - 1};
    } else {
        (void)str_cut(authority, ':', &host, &port);
    }
    int64_t number = u.tls ? 443 : 80;
    if (port.len > 0 && !str_to_int(port, 1, 65535, &number))
        return false;
    u.port = (int)number;
    if (!copy_host(host, u.host, sizeof(u.host)))
        return false;
    const char *form = bracketed ? "[%s]" : "%s";
    size_t used = (size_t)snprintf(u.authority, sizeof(u.authority), form, u.host);
    if (used >= sizeof(u.authority))
        return false;
    if (u.port != (u.tls ? 443 : 80))
        (void)snprintf(u.authority + used, sizeof(u.authority) - used, ":%d", u.port);
    if (path.len + 2 > sizeof(u.path) || !is_path(path))
        return false;
    if (has_path && path.len > 0)
        (void)snprintf(u.path, sizeof(u.path), "/" STR_FMT, STR_ARG(path));
    else
        memcpy(u.path, "/ws", 4);
    *out = u;
    return true;
}

bool url_is_loopback(const struct url *url)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcmp(url->host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, url->host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, url->host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}
