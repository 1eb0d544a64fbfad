/* What holds of the rows of all stages and components. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"
#include "engine/language/stage.h"
#include "stages/stages.h"
#include "unit/suites.h"

static struct gd_registry *registry;

static void setup(void)
{
    registry = gd_registry_new();
    ck_assert_int_eq(gd_stages_register(registry, NULL), GD_OK);
}

static void teardown(void)
{
    gd_registry_free(registry);
}

/* Calls `visit` with the rows of every stage and component, and of the groups in them. */
static void visit_rows(const struct gd_param *rows, void (*visit)(const struct gd_param *rows))
{
    if (!rows)
        return;
    visit(rows);
    for (const struct gd_param *row = rows; row->name; row++)
        if (row->type == GD_GROUP)
            visit_rows(row->rows, visit);
}

static void visit_all(void (*visit)(const struct gd_param *rows))
{
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++)
        visit_rows((*stage)->params, visit);
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        for (const struct gd_component *const *component = gd_registry_components(registry, (*kind)->name); *component;
             component++)
            visit_rows((*component)->params, visit);
}

/* Reads rows from `text`; the number of problems. `values` must be zeroed. */
static size_t read_rows(const struct gd_param *rows, const char *text, void *values, size_t *warnings)
{
    struct gd_tree tree = {0};
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_value(&tree, "here", text, &problems), GD_OK);
    gd_params_parse(rows, registry, tree.root, tree.root->place, values, &arena, &problems);
    const size_t count = problems.count;
    if (warnings)
        *warnings = problems.warnings.count;
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    gd_tree_clear(&tree);
    return count;
}

static size_t switched_off; /* rows that a word has switched off */

/* A word in place of an optional value leaves it out. Beside it nothing is written, so that the other problems are
 * those of what is required. */
static void switch_off(const struct gd_param *rows)
{
    static const char nothing[] = "null";
    const char *const words[] = {gd_off_words[0], gd_off_words[1], nothing};
    const size_t size = gd_params_extent(rows);
    for (const struct gd_param *row = rows; row->name; row++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            char *text = gd_format("{%s: %s}", row->name, words[k]);
            void *without = gd_array(size, 1), *with = gd_array(size, 1);
            const size_t problems = read_rows(rows, "{}", without, NULL), more = read_rows(rows, text, with, NULL);
            const bool name = row->type == GD_STRING || row->type == GD_PATH || row->type == GD_PATHS;
            if (gd_row_dispensable(row) && (!name || words[k] == nothing)) {
                ck_assert_msg(more == problems, "%s is a problem", text);
                ck_assert_msg(!memcmp((char *)without + row->offset, (char *)with + row->offset,
                                      row->type == GD_GROUP ? gd_params_extent(row->rows) : gd_type_size(row->type)),
                              "%s leaves a value", text);
                switched_off++;
            }
            free(text);
            free(without);
            free(with);
        }
}

START_TEST(words_switch_off_what_is_optional)
{
    switched_off = 0;
    visit_all(switch_off);
    ck_assert_uint_gt(switched_off, 20);
}
END_TEST

/* A value that a row accepts and that is not its default, as it would be written; "" where none is simple. */
static void write_other(const struct gd_param *row, char text[64])
{
    double initial = NAN;
    *text = '\0';
    if (!row->initial)
        return;
    if (row->type == GD_BOOL)
        snprintf(text, 64, "%s", strcmp(row->initial, "true") ? "true" : "false");
    if (row->type == GD_CHOICE)
        snprintf(text, 64, "%s", row->choices[!strcmp(row->choices[0], row->initial)]);
    if ((row->type != GD_INT && row->type != GD_FLOAT) || row->count > 1)
        return;
    ck_assert(gd_parse_float(row->initial, &initial));
    snprintf(text, 64, "%.17g", initial == row->max ? fmax(row->min, 1) : row->max);
}

static size_t warned; /* values that were found to be for nothing */

/* Defaults meet a need or not; a value that is written beside them gives a warning only when they do not. */
static void write_for_nothing(const struct gd_param *rows)
{
    const size_t size = gd_params_extent(rows);
    for (const struct gd_param *row = rows; row->name; row++) {
        char value[64];
        write_other(row, value);
        if (!row->needs || !*value)
            continue;
        char *text = gd_format("{%s: %s}", row->name, value);
        void *values = gd_array(size, 1);
        size_t warnings;
        if (read_rows(rows, text, values, &warnings) == 0) {
            const struct gd_param *other = rows;
            const size_t length = strcspn(row->needs + (*row->needs == '!'), "=|.");
            while (other->name && (strlen(other->name) != length ||
                                   strncmp(other->name, row->needs + (*row->needs == '!'), length) != 0))
                other++;
            const bool zero = other->initial ? !strcmp(other->initial, "0") || !strcmp(other->initial, "0.0")
                                             : other->optional && other->type != GD_GROUP;
            if (!strpbrk(row->needs, "=|.!"))
                ck_assert_msg(warnings == zero, "%s: %zu warnings", text, warnings);
            warned += warnings;
        }
        free(text);
        free(values);
    }
}

START_TEST(values_without_effect_give_warnings)
{
    warned = 0;
    visit_all(write_for_nothing);
    ck_assert_uint_gt(warned, 8);
}
END_TEST

/* What the rows need is there, the components included, which no row can know when it is registered. */
static void find_needs(const struct gd_param *rows)
{
    for (const struct gd_param *row = rows; row->name; row++) {
        const char *equals = row->needs ? strchr(row->needs, '=') : NULL, *name = row->needs;
        ck_assert_ptr_null(gd_needs_fault(rows, row->needs));
        name += equals && *name == '!';
        for (const struct gd_param *other = rows; equals && other->name; other++)
            if (other->type == GD_COMPONENT && strlen(other->name) == (size_t)(equals - name) &&
                strncmp(other->name, name, (size_t)(equals - name)) == 0)
                ck_assert_ptr_nonnull(gd_registry_component(registry, other->kind, equals + 1));
    }
}

START_TEST(needs_name_what_exists)
{
    visit_all(find_needs);
}
END_TEST

/* Who evaluates, and how patiently, does not make another pipeline: a run goes on with more workers. */
START_TEST(workers_and_patience_are_resources)
{
    static const char *const names[] = {"workers", "threads", "batch", "timeout", "retries", "wait", "python", "store"};
    size_t found = 0;
    const struct gd_component *const *component = gd_registry_components(registry, "potential");
    for (; *component; component++)
        for (const struct gd_param *row = (*component)->params; row && row->name; row++)
            for (size_t k = 0; k < sizeof names / sizeof *names; k++)
                if (strcmp(row->name, names[k]) == 0) {
                    ck_assert_msg(row->resource, "%s: %s", (*component)->name, row->name);
                    found++;
                }
    ck_assert_uint_gt(found, 8);
}
END_TEST

Suite *suite_rows(void)
{
    Suite *suite = suite_create("rows");
    TCase *tcase = tcase_create("rows");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, values_without_effect_give_warnings);
    tcase_add_test(tcase, needs_name_what_exists);
    tcase_add_test(tcase, workers_and_patience_are_resources);
    tcase_add_test(tcase, words_switch_off_what_is_optional);
    suite_add_tcase(suite, tcase);
    return suite;
}
