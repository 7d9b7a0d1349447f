/* Counters, gauges and histograms as OpenMetrics text.  Names posko_*; no user or ticket in a
 * label.  Loop thread only. */
#ifndef POSKO_BASE_METRICS_H
#define POSKO_BASE_METRICS_H

#include "base/mem.h"

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* The cell lives as long as `m`; asked twice with the same name and labels, it is the same cell.
 * labels: "" or `code="closed",kind="x"`.  name, help: static text. */
uint64_t *metrics_counter(struct metrics *m, const char *name, const char *help,
                          const char *labels);
int64_t *metrics_gauge(struct metrics *m, const char *name, const char *help, const char *labels);

struct histogram; /* seconds, buckets 100 us .. 10 s */
struct histogram *metrics_histogram(struct metrics *m, const char *name, const char *help);
void histogram_add(struct histogram *h, int64_t microseconds);

void metrics_write(const struct metrics *m, struct buf *out);

#endif
