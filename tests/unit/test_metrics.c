#include "foreign.h"

#include "base/metrics.h"

static void the_same_name_and_labels_are_the_same_cell(void **unused)
{
    (void)unused;
    struct metrics *m = metrics_new();
    uint64_t *a = metrics_counter(m, "posko_refused_total", "refused", "code=\"closed\"");
    uint64_t *b = metrics_counter(m, "posko_refused_total", "refused", "code=\"busy\"");
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(a, metrics_counter(m, "posko_refused_total", "refused", "code=\"closed\""));
    metrics_free(m);
    metrics_free(NULL);
}

static void metrics_are_written_as_openmetrics(void **unused)
{
    (void)unused;
    struct metrics *m = metrics_new();
    *metrics_counter(m, "posko_refused_total", "refused", "code=\"closed\"") = 3;
    *metrics_gauge(m, "posko_overdue", "overdue", "") = -1;
    struct histogram *h = metrics_histogram(m, "posko_turn_seconds", "turns");
    histogram_add(h, 100);
    histogram_add(h, 101);
    histogram_add(h, 20000000);
    struct buf out;
    buf_init(&out);
    metrics_write(m, &out);
    buf_put_char(&out, '\0');
    static const char *const lines[] = {
        "# TYPE posko_refused counter\n",
        "\nposko_refused_total{code=\"closed\"} 3\n",
        "# TYPE posko_overdue gauge\nposko_overdue -1\n",
        "\nposko_turn_seconds_bucket{le=\"0.0001\"} 1\n",
        "\nposko_turn_seconds_bucket{le=\"0.00025\"} 2\n",
        "\nposko_turn_seconds_bucket{le=\"10\"} 2\n",
        "\nposko_turn_seconds_bucket{le=\"+Inf\"} 3\n",
        "\nposko_turn_seconds_sum 20.000201\n",
        "\nposko_turn_seconds_count 3\n# EOF\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strstr(out.at, lines[i]) == NULL)
            fail_msg("no %s in\n%s", lines[i], out.at);
    buf_deinit(&out);
    metrics_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_name_and_labels_are_the_same_cell),
        cmocka_unit_test(metrics_are_written_as_openmetrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
