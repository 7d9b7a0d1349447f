#include "net/proxy.h"

#include "net/address.h"

#include <string.h>

static const uint8_t signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                      0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

enum { VERSION_LOCAL = 0x20, VERSION_PROXY = 0x21 };
enum { FAMILY_NONE = 0x00, FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21, FAMILY_UNIX = 0x31 };
enum { TCP4_BYTES = 12, TCP6_BYTES = 36, UNIX_BYTES = 216 };

static enum proxy_step read_addresses(uint8_t family, const uint8_t *at, size_t len,
                                      struct address *out)
{
    switch (family) {
    case FAMILY_NONE:
        return PROXY_LOCAL;
    case FAMILY_UNIX:
        return len >= UNIX_BYTES ? PROXY_LOCAL : PROXY_BAD;
    case FAMILY_TCP4:
        if (len < TCP4_BYTES)
            return PROXY_BAD;
        *out = address_from_v4(at);
        return PROXY_PEER;
    case FAMILY_TCP6:
        if (len < TCP6_BYTES)
            return PROXY_BAD;
        memcpy(out->at, at, sizeof out->at);
        return PROXY_PEER;
    default:
        return PROXY_BAD; /* datagrams, and families that the protocol does not have */
    }
}

enum proxy_step proxy_read(const uint8_t *at, size_t len, size_t *need, struct address *out)
{
    size_t known = len < sizeof signature ? len : sizeof signature;
    if (memcmp(at, signature, known) != 0)
        return PROXY_BAD;
    *need = PROXY_HEAD_BYTES;
    if (len < PROXY_HEAD_BYTES)
        return PROXY_MORE;

    uint8_t version = at[12];
    size_t rest = (size_t)at[14] << 8 | at[15];
    if ((version != VERSION_LOCAL && version != VERSION_PROXY) ||
        rest > PROXY_BYTES_MAX - PROXY_HEAD_BYTES)
        return PROXY_BAD;
    *need = PROXY_HEAD_BYTES + rest;
    if (len < *need)
        return PROXY_MORE;
    if (version == VERSION_LOCAL)
        return PROXY_LOCAL;
    return read_addresses(at[13], at + PROXY_HEAD_BYTES, rest, out);
}
