#include "unit/engine/helpers.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static void add_list(struct gd_text *text, const struct gd_problem *items, size_t count, const char *label)
{
    char place[512];
    for (size_t k = 0; k < count; k++)
        gd_text_print(text, "%s: %s%s\n", gd_format_place(items[k].place, place, sizeof place), label, items[k].text);
}

char *problems_text(const struct gd_problems *problems)
{
    struct gd_text text = {0};
    if (!problems->count)
        add_list(&text, problems->warnings.items, problems->warnings.count, "warning: ");
    add_list(&text, problems->items, problems->count, "");
    char *all = gd_text_take(&text);
    ck_assert_ptr_nonnull(all);
    return all;
}

void expect_text(const char *label, const char *found, const char *expected)
{
    ck_assert_msg(found && !strcmp(found, expected), "%s\n--- found\n%s--- expected\n%s", label,
                  found ? found : "nothing", expected);
}

void expect_problems(const char *label, struct gd_problems *problems, const char *expected)
{
    char *found = problems_text(problems);
    expect_text(label, found, expected);
    free(found);
    gd_problems_clear(problems);
}

enum gd_status accept_value(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    (void)value, (void)pipeline, (void)error;
    return GD_OK;
}
