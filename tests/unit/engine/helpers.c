#include "unit/engine/helpers.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"

char *problems_text(const struct gd_problems *problems)
{
    struct gd_text text = {0};
    char place[512];
    for (size_t k = 0; k < problems->count; k++)
        gd_text_print(&text, "%s: %s\n", gd_place_text(problems->items[k].place, place, sizeof place),
                      problems->items[k].text);
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
