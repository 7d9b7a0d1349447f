#include "base/log.h"

#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void put_time(struct json_writer *w)
{
    struct timespec now;
    struct tm utc;
    char text[64];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900,
                   utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                   now.tv_nsec / 1000000);
    json_put_text(w, "ts", str_of(text));
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARN:
        return "warn";
    case LOG_INFO:
        return "info";
    case LOG_DEBUG:
        return "debug";
    }
    return "error";
}

static void put_field(struct json_writer *w, const struct log_field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        json_put_text(w, field->name, field->text);
        return;
    case FIELD_INT:
        json_put_int(w, field->name, field->number);
        return;
    case FIELD_BOOL:
        json_put_bool(w, field->name, field->number != 0);
        return;
    case FIELD_END:
        return;
    }
}

/* One write a line, so that lines of several processes do not mix.  A log that cannot be written
 * must not stop the hub, and one that nobody reads must not hold it. */
static bool put_line(int fd, struct str line)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    ssize_t put = -1;
    do {
        if (poll(&room, 1, 0) != 1 || line.len > PIPE_BUF) /* so much fits into a pipe with room */
            return false;
        put = write(fd, line.at, line.len);
    } while (put < 0 && errno == EINTR);
    return put == (ssize_t)line.len;
}

void log_event(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields)
{
    if (level > log->level)
        return;
    struct buf line;
    buf_init(&line);
    struct json_writer w = {&line, false};
    json_begin_object(&w, NULL);
    put_time(&w);
    json_put_text(&w, "level", str_of(level_name(level)));
    json_put_text(&w, "event", str_of(event));
    for (const struct log_field *field = fields; field->type != FIELD_END; field++)
        put_field(&w, field);
    json_end_object(&w);
    buf_put_char(&line, '\n');
    if (!put_line(log->fd, buf_peek(&line)) && log->lost)
        ++*log->lost;
    buf_deinit(&line);
}
