#include "net/peer.h"

#include <string.h>
#include <strings.h>

enum { HEADER_BYTES_MAX = 512 };

bool gate_header(struct lws *wsi, enum lws_token_indexes which, char *to, size_t size,
                 struct str *out)
{
    *out = (struct str){to, 0};
    if (lws_hdr_total_length(wsi, which) == 0)
        return true;
    if (lws_hdr_fragment_length(wsi, which, 1) != 0)
        return false;
    int n = lws_hdr_copy(wsi, to, (int)size, which);
    if (n < 0)
        return false;
    out->len = (size_t)n;
    return true;
}

static bool eq_no_case(struct str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.at, b, a.len) == 0;
}

static struct str trim(struct str s)
{
    while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = (struct str){s.at + 1, s.len - 1};
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Is `token` in a comma-separated list?  The list may be spread over repeated headers. */
static bool has_token(struct lws *wsi, enum lws_token_indexes which, const char *token,
                      bool no_case)
{
    char value[HEADER_BYTES_MAX];
    int n = lws_hdr_copy(wsi, value, sizeof value, which);
    if (n <= 0)
        return false;
    struct str rest = {value, (size_t)n}, item;
    do {
        (void)str_cut(rest, ',', &item, &rest);
        item = trim(item);
        if (no_case ? eq_no_case(item, token) : str_eq(item, str_of(token)))
            return true;
    } while (rest.len > 0);
    return false;
}

bool gate_takes_gzip(struct lws *wsi)
{
    return has_token(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, "gzip", true);
}

/* A page of another site must not speak for whoever looks at it.  Programs send no Origin. */
static bool origin_is_ours(const struct peer *p)
{
    char value[HEADER_BYTES_MAX];
    struct str origin;
    if (!gate_header(p->wsi, WSI_TOKEN_ORIGIN, value, sizeof value, &origin))
        return false;
    if (origin.len == 0)
        return true;
    size_t scheme = str_starts(origin, STR("https://")) ? 8 : 7;
    if (scheme == 7 && !str_starts(origin, STR("http://")))
        return false;
    struct str authority = {origin.at + scheme, origin.len - scheme};
    for (size_t i = 0; i < p->net->config.host_count; i++) {
        if (str_eq(authority, str_of(p->net->config.hosts[i])))
            return true;
    }
    return false;
}

int gate_upgrade(struct peer *p)
{
    char value[HEADER_BYTES_MAX];
    struct str header;
    /* h2c would lead into an HTTP/2 parser that is known to be broken (CVE-2026-19773). */
    if (p->metrics || !gate_header(p->wsi, WSI_TOKEN_UPGRADE, value, sizeof value, &header) ||
        !eq_no_case(header, "websocket") ||
        !has_token(p->wsi, WSI_TOKEN_CONNECTION, "upgrade", true))
        return HTTP_STATUS_BAD_REQUEST;
    if (!origin_is_ours(p))
        return HTTP_STATUS_FORBIDDEN;
    if (!gate_header(p->wsi, WSI_TOKEN_GET_URI, value, sizeof value, &header) ||
        !str_eq(header, STR("/ws")))
        return HTTP_STATUS_NOT_FOUND;
    if (!gate_header(p->wsi, WSI_TOKEN_VERSION, value, sizeof value, &header) ||
        !str_eq(header, STR("13")))
        return 426;
    if (!has_token(p->wsi, WSI_TOKEN_PROTOCOL, POSKO_SUBPROTOCOL, false))
        return HTTP_STATUS_BAD_REQUEST;
    return 0;
}

/* libwebsockets reads the length with atoll and believes a negative one, and grants 100 MiB where
 * there is none: only plain digits come through here. */
static int gate_length(struct peer *p, bool post)
{
    char value[32];
    struct str header;
    int64_t length = 0;
    if (!gate_header(p->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, value, sizeof value, &header))
        return HTTP_STATUS_BAD_REQUEST;
    if (header.len == 0)
        return post ? 411 : 0;
    for (size_t i = 0; i < header.len; i++) {
        if (header.at[i] < '0' || header.at[i] > '9')
            return HTTP_STATUS_BAD_REQUEST;
    }
    if (!str_to_int(header, 0, POSKO_CLIENT_BYTES_MAX, &length))
        return HTTP_STATUS_REQ_ENTITY_TOO_LARGE;
    return length > 0 && !post ? HTTP_STATUS_BAD_REQUEST : 0;
}

int gate_request(struct peer *p)
{
    struct lws *wsi = p->wsi;
    bool post = lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) != 0;
    if (!post && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) == 0 &&
        lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) == 0)
        return HTTP_STATUS_METHOD_NOT_ALLOWED;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) != 0)
        return HTTP_STATUS_BAD_REQUEST;
    if (!p->metrics && !origin_is_ours(p))
        return HTTP_STATUS_FORBIDDEN;
    return gate_length(p, post);
}
