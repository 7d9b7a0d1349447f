#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { BUCKETS = 16 };
static const int64_t bucket_us[BUCKETS] = {100,     250,     500,     1000,    2500,   5000,
                                           10000,   25000,   50000,   100000,  250000, 500000,
                                           1000000, 2500000, 5000000, 10000000};

struct histogram {
    uint64_t counts[BUCKETS + 1]; /* the last: above all */
    int64_t sum_us;
};
struct cell {
    struct cell *next;
    struct str labels;
    uint64_t counter;
    int64_t gauge;
    struct histogram histogram;
};
struct family {
    struct family *next;
    enum metric_type type;
    struct str name; /* without _total */
    const char *help;
    struct cell *first, **last;
};
struct metrics {
    struct arena arena;
    struct family *first, **last;
};

struct metrics *metrics_new(void)
{
    struct metrics *m = mem_new(sizeof *m);
    arena_init(&m->arena);
    m->last = &m->first;
    return m;
}

void metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    arena_deinit(&m->arena);
    mem_free(m);
}

/* OpenMetrics names the family without the `_total` that its samples carry. */
static struct str family_name(const char *name, enum metric_type type)
{
    struct str s = str_of(name), total = STR("_total");
    if (type == METRIC_COUNTER && s.len > total.len &&
        str_eq((struct str){s.at + s.len - total.len, total.len}, total))
        s.len -= total.len;
    return s;
}

static struct family *family_get(struct metrics *m, enum metric_type type, const char *name,
                                 const char *help)
{
    struct str wanted = family_name(name, type);
    for (struct family *f = m->first; f != NULL; f = f->next)
        if (str_eq(f->name, wanted)) {
            assert(f->type == type);
            return f;
        }
    struct family *f = ARENA_NEW(&m->arena, struct family);
    *f = (struct family){.type = type, .name = wanted, .help = help};
    f->last = &f->first;
    *m->last = f;
    m->last = &f->next;
    return f;
}

static struct cell *cell_get(struct metrics *m, enum metric_type type, const char *name,
                             const char *help, const char *labels)
{
    struct family *f = family_get(m, type, name, help);
    for (struct cell *c = f->first; c != NULL; c = c->next)
        if (str_eq(c->labels, str_of(labels)))
            return c;
    struct cell *c = ARENA_NEW(&m->arena, struct cell);
    c->labels = arena_dup(&m->arena, str_of(labels));
    *f->last = c;
    f->last = &c->next;
    return c;
}

uint64_t *metrics_counter(struct metrics *m, const char *name, const char *help, const char *labels)
{
    return &cell_get(m, METRIC_COUNTER, name, help, labels)->counter;
}

int64_t *metrics_gauge(struct metrics *m, const char *name, const char *help, const char *labels)
{
    return &cell_get(m, METRIC_GAUGE, name, help, labels)->gauge;
}

struct histogram *metrics_histogram(struct metrics *m, const char *name, const char *help)
{
    return &cell_get(m, METRIC_HISTOGRAM, name, help, "")->histogram;
}

void histogram_add(struct histogram *h, int64_t microseconds)
{
    size_t i = 0;
    while (i < BUCKETS && microseconds > bucket_us[i])
        i++;
    h->counts[i]++;
    h->sum_us += microseconds;
}

static void write_seconds(struct buf *out, int64_t us)
{
    buf_printf(out, "%s%" PRId64 ".%06" PRId64, us < 0 ? "-" : "",
               us < 0 ? -(us / 1000000) : us / 1000000, us < 0 ? -(us % 1000000) : us % 1000000);
}

static void write_histogram(struct buf *out, struct str name, const struct histogram *h)
{
    uint64_t below = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        below += h->counts[i];
        buf_printf(out, STR_FMT "_bucket{le=\"%g\"} %" PRIu64 "\n", STR_ARG(name),
                   (double)bucket_us[i] / 1e6, below);
    }
    below += h->counts[BUCKETS];
    buf_printf(out, STR_FMT "_bucket{le=\"+Inf\"} %" PRIu64 "\n", STR_ARG(name), below);
    buf_printf(out, STR_FMT "_sum ", STR_ARG(name));
    write_seconds(out, h->sum_us);
    buf_printf(out, "\n" STR_FMT "_count %" PRIu64 "\n", STR_ARG(name), below);
}

static void write_cell(struct buf *out, const struct family *f, const struct cell *c)
{
    if (f->type == METRIC_HISTOGRAM) {
        write_histogram(out, f->name, &c->histogram);
        return;
    }
    buf_put(out, f->name);
    if (f->type == METRIC_COUNTER)
        buf_put(out, STR("_total"));
    if (c->labels.len > 0)
        buf_printf(out, "{" STR_FMT "}", STR_ARG(c->labels));
    if (f->type == METRIC_COUNTER)
        buf_printf(out, " %" PRIu64 "\n", c->counter);
    else
        buf_printf(out, " %" PRId64 "\n", c->gauge);
}

void metrics_write(const struct metrics *m, struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    for (const struct family *f = m->first; f != NULL; f = f->next) {
        buf_printf(out, "# HELP " STR_FMT " %s\n", STR_ARG(f->name), f->help);
        buf_printf(out, "# TYPE " STR_FMT " %s\n", STR_ARG(f->name), types[f->type]);
        for (const struct cell *c = f->first; c != NULL; c = c->next)
            write_cell(out, f, c);
    }
    buf_put(out, STR("# EOF\n"));
}
