/* The line before the turn. */
#include "foreign.h"

#include "app/line.h"

enum { MANY = LINE_FEW + 8 };

struct waiting {
    struct line line;
    struct submission s[MANY];
    size_t answered;
};

static void done(struct submission *s, void *owner)
{
    struct waiting *w = owner;
    assert_true(s >= w->s && s < w->s + MANY);
    w->answered++;
}

static void line_of(struct waiting *w, size_t count)
{
    *w = (struct waiting){0};
    line_init(&w->line);
    for (size_t i = 0; i < MANY; i++) {
        w->s[i].done = done;
        w->s[i].owner = w;
        w->s[i].envelope.jws = STR("0123456789");
    }
    for (size_t i = 0; i < count; i++)
        line_push(&w->line, &w->s[i]);
}

/* The list is exactly s[first] .. s[end - 1]. */
static void assert_list(const struct waiting *w, const struct submission *list, size_t first,
                        size_t end)
{
    for (size_t i = first; i < end; i++, list = list->next)
        assert_ptr_equal(list, &w->s[i]);
    assert_null(list);
}

static void who_came_first_goes_first(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 5);
    assert_list(&w, line_take(&w.line, 3, 1000), 0, 3);
    assert_int_equal(w.line.count, 2);
    assert_list(&w, line_take(&w.line, 3, 1000), 3, 5);
    assert_int_equal(w.line.count, 0);
    assert_null(line_take(&w.line, 3, 1000));
}

static void a_turn_takes_no_more_text_than_it_may_but_always_one(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 5);
    assert_list(&w, line_take(&w.line, 100, 29), 0, 2);
    assert_list(&w, line_take(&w.line, 100, 1), 2, 3);
    assert_list(&w, line_take(&w.line, 100, 20), 3, 5);
}

static void those_of_a_refused_turn_go_by_few_and_then_by_themselves(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, LINE_FEW + 6);
    for (size_t i = 1; i < LINE_FEW + 3; i++)
        w.s[i].suspect = 1;
    w.s[LINE_FEW + 3].suspect = w.s[LINE_FEW + 4].suspect = 2;
    assert_false(line_is_suspect(&w.line));
    assert_list(&w, line_take(&w.line, 100, 1000), 0, 1);
    assert_true(line_is_suspect(&w.line));
    assert_list(&w, line_take(&w.line, 100, 1000), 1, LINE_FEW + 1);
    assert_list(&w, line_take(&w.line, 100, 1000), LINE_FEW + 1, LINE_FEW + 3);
    assert_list(&w, line_take(&w.line, 100, 1000), LINE_FEW + 3, LINE_FEW + 4);
    assert_list(&w, line_take(&w.line, 100, 1000), LINE_FEW + 4, LINE_FEW + 5);
    assert_list(&w, line_take(&w.line, 100, 1000), LINE_FEW + 5, LINE_FEW + 6);
}

static void a_genesis_goes_whole_whatever_its_size(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 6);
    for (size_t i = 1; i < 5; i++)
        w.s[i].together = true;
    assert_list(&w, line_take(&w.line, 2, 20), 0, 1);
    assert_list(&w, line_take(&w.line, 2, 20), 1, 5);
    assert_list(&w, line_take(&w.line, 2, 20), 5, 6);
}

static void what_comes_back_stands_before_what_came_since(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 4);
    struct submission *out = line_take(&w.line, 2, 1000);
    line_push(&w.line, &w.s[4]);
    line_put_back(&w.line, out);
    line_put_back(&w.line, NULL);
    assert_int_equal(w.line.count, 5);
    line_push(&w.line, &w.s[5]);
    assert_list(&w, line_take(&w.line, 100, 1000), 0, 6);

    line_of(&w, 2); /* also into an empty one */
    line_put_back(&w.line, line_take(&w.line, 100, 1000));
    line_push(&w.line, &w.s[2]);
    assert_list(&w, line_take(&w.line, 100, 1000), 0, 3);
}

static void who_waited_too_long_hears_that_nothing_was_stored(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 3);
    for (size_t i = 0; i < 3; i++)
        w.s[i].waits_since = (int64_t)(100 * i);
    line_expire(&w.line, 150);
    assert_int_equal(w.answered, 2);
    assert_int_equal(w.s[0].fault.code, ERR_NOT_STORED);
    assert_true(w.s[0].fault.retry_ms > 0); /* it may come again */
    assert_int_equal(w.s[1].fault.code, ERR_NOT_STORED);
    assert_list(&w, line_take(&w.line, 100, 1000), 2, 3);
}

/* Of it only `posted` may be said. */
static void who_is_in_doubt_waits_on(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 3);
    w.s[0].in_doubt = true;
    w.s[2].in_doubt = true;
    line_expire(&w.line, 1000);
    assert_int_equal(w.answered, 1);
    assert_int_equal(w.line.count, 2);
    line_push(&w.line, &w.s[3]);
    struct submission *list = line_take(&w.line, 100, 1000);
    assert_ptr_equal(list, &w.s[0]);
    assert_ptr_equal(list->next, &w.s[2]);
    assert_ptr_equal(list->next->next, &w.s[3]);
    assert_null(list->next->next->next);
}

static void when_the_hub_stops_everybody_is_sent_away(void **unused)
{
    (void)unused;
    struct waiting w;
    line_of(&w, 3);
    line_refuse_all(&w.line, ERR_DRAINING);
    assert_int_equal(w.answered, 3);
    assert_int_equal(w.line.count, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(w.s[i].fault.code, ERR_DRAINING);
    line_push(&w.line, &w.s[3]);
    assert_list(&w, line_take(&w.line, 100, 1000), 3, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_came_first_goes_first),
        cmocka_unit_test(a_turn_takes_no_more_text_than_it_may_but_always_one),
        cmocka_unit_test(those_of_a_refused_turn_go_by_few_and_then_by_themselves),
        cmocka_unit_test(a_genesis_goes_whole_whatever_its_size),
        cmocka_unit_test(what_comes_back_stands_before_what_came_since),
        cmocka_unit_test(who_waited_too_long_hears_that_nothing_was_stored),
        cmocka_unit_test(who_is_in_doubt_waits_on),
        cmocka_unit_test(when_the_hub_stops_everybody_is_sent_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
