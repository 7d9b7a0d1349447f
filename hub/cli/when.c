#include "cli/when.h"

#include <stdio.h>
#include <time.h>

enum { SECOND_MS = 1000, WITA_MS = 8 * 3600 * SECOND_MS };
static const int64_t day_ms = 86400LL * SECOND_MS;

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return SECOND_MS;
    case 'm':
        return 60LL * SECOND_MS;
    case 'h':
        return 3600LL * SECOND_MS;
    case 'd':
        return day_ms;
    default:
        return 0;
    }
}

bool when_span(struct str text, int64_t *ms)
{
    int64_t sum = 0;
    int64_t smaller_than = INT64_MAX;
    size_t i = 0;
    if (text.len == 0)
        return false;
    while (i < text.len) {
        size_t start = i;
        int64_t number = 0;
        while (i < text.len && text.at[i] >= '0' && text.at[i] <= '9')
            i++;
        if (i == start || i == text.len || i - start > 8)
            return false;
        for (size_t d = start; d < i; d++)
            number = number * 10 + (text.at[d] - '0');
        int64_t unit = unit_ms(text.at[i++]);
        if (unit == 0 || unit >= smaller_than) /* "30m1h" is a slip of the hand */
            return false;
        smaller_than = unit;
        sum += number * unit;
    }
    if (sum < SECOND_MS || sum > 366 * day_ms)
        return false;
    *ms = sum;
    return true;
}

static bool two_digits(struct str s, int64_t max, int64_t *out)
{
    if (s.len < 1 || s.len > 2)
        return false;
    if (s.len == 2 && s.at[0] == '0')
        s = (struct str){s.at + 1, 1};
    return str_to_int(s, 0, max, out);
}

/* "14:30" in WITA, the next one. */
static bool clock_time(struct str text, int64_t now_ms, int64_t *ms)
{
    struct str hour;
    struct str minute;
    int64_t h = 0;
    int64_t m = 0;
    if (!str_cut(text, ':', &hour, &minute) || minute.len != 2 || !two_digits(hour, 23, &h) ||
        !two_digits(minute, 59, &m))
        return false;
    int64_t midnight = (now_ms + WITA_MS) / day_ms * day_ms - WITA_MS;
    int64_t at = midnight + h * unit_ms('h') + m * unit_ms('m');
    *ms = at > now_ms ? at : at + day_ms;
    return true;
}

bool when_future(struct str text, int64_t now_ms, int64_t *ms)
{
    int64_t span = 0;
    if (when_span(text, &span)) {
        *ms = now_ms + span;
        return true;
    }
    if (clock_time(text, now_ms, ms))
        return true;
    return str_to_int(text, 1000000000000, 9999999999999, ms);
}

struct when_text when_show(int64_t ms, int64_t now_ms)
{
    struct when_text out = {{0}};
    struct tm t;
    bool today = (ms + WITA_MS) / day_ms == (now_ms + WITA_MS) / day_ms;
    time_t local = (time_t)((ms + WITA_MS) / SECOND_MS);
    if (gmtime_r(&local, &t) == NULL)
        (void)snprintf(out.at, sizeof(out.at), "%lld", (long long)ms);
    else if (strftime(out.at, sizeof(out.at), today ? "%H:%M:%S WITA" : "%d/%m %H:%M WITA", &t) ==
             0)
        out.at[0] = '\0';
    return out;
}
