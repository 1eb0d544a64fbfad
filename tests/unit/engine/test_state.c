/* The state: values come and go by slot, and a file holds all of them or leaves the state as it was. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "engine/run/state.h"
#include "unit/engine/helpers.h"
#include "unit/engine/toy.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static struct scratch scratch;
static char path[512];
static struct gd_error error;
static struct gd_registry *registry;
static struct gd_state *state;
static int destroyed;

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

static void destroy(void *value)
{
    destroyed++;
    free(value);
}

static enum gd_status refuse_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *failure)
{
    (void)value, (void)file;
    return gd_fail(failure, GD_FAILED, "%s refused", name);
}

static enum gd_status refuse_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *known,
                                  struct gd_error *failure)
{
    (void)file, (void)known;
    *value = NULL;
    return gd_fail(failure, GD_BAD_INPUT, "%s refused", name);
}

/* Made by a section: never saved. */
static const struct gd_slot made = {.name = "made", .summary = "made anew", .destroy = destroy};
static const struct gd_slot broken = {.name = "broken",
                                      .summary = "cannot be loaded",
                                      .save = refuse_save,
                                      .load = refuse_load,
                                      .check = accept_value,
                                      .destroy = destroy};

static void setup(void)
{
    scratch = scratch_make();
    scratch_name(&scratch, "state.h5", path);
    error = (struct gd_error){0};
    destroyed = 0;
    registry = gd_registry_new();
    OK(gd_registry_add_slot(registry, &toy_temperature, &error));
    OK(gd_registry_add_slot(registry, &made, &error));
    OK(gd_registry_add_slot(registry, &toy_evaluations, &error));
    state = gd_state_new(registry);
    ck_assert_ptr_nonnull(state);
}

static void teardown(void)
{
    gd_state_free(state);
    gd_registry_free(registry);
    scratch_remove(&scratch);
}

static void save(void)
{
    struct gd_h5 *file;
    OK(gd_h5_create(path, &file, &error));
    OK(gd_state_save(state, file, &error));
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
}

static enum gd_status load(struct gd_state *into)
{
    struct gd_h5 *file;
    OK(gd_h5_open(path, &file, &error));
    enum gd_status status = gd_state_load(into, file, &error);
    gd_h5_close(file);
    return status;
}

START_TEST(slots_own_their_values)
{
    int *first = gd_array(1, sizeof *first), *second = gd_array(1, sizeof *second);
    ck_assert_ptr_null(gd_state_get(state, "made"));
    OK(gd_state_put(state, "made", first, &error));
    ck_assert_ptr_eq(gd_state_get(state, "made"), first);
    OK(gd_state_put(state, "made", first, &error));
    ck_assert_int_eq(destroyed, 0);
    OK(gd_state_put(state, "made", second, &error));
    ck_assert_int_eq(destroyed, 1);
    OK(gd_state_put(state, "made", NULL, &error));
    ck_assert_int_eq(destroyed, 2);
    ck_assert_ptr_null(gd_state_get(state, "made"));
}
END_TEST

START_TEST(unknown_slots)
{
    int value;
    ck_assert_ptr_null(gd_state_get(state, "nonsense"));
    ck_assert_int_eq(gd_state_put(state, "nonsense", &value, &error), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "nonsense"));
    ck_assert_int_eq(gd_state_put_real(state, "nonsense", 1, NULL), GD_FAILED);
    ck_assert_int_eq(gd_state_put_integer(state, "nonsense", 1, NULL), GD_FAILED);
    /* as if something had been written before the first slot */
    const bool flags[32] = {true};
    const struct gd_check check = {.state = state, .stepped = flags + 1};
    ck_assert(!gd_check_stepped(&check, "nowhere"));
}
END_TEST

START_TEST(numbers)
{
    ck_assert_double_eq(gd_state_real(state, "temperature", 7.5), 7.5);
    ck_assert_int_eq(gd_state_integer(state, "evaluations", -1), -1);
    OK(gd_state_put_real(state, "temperature", 0.02, &error));
    OK(gd_state_put_integer(state, "evaluations", INT64_MAX, &error));
    ck_assert_double_eq(gd_state_real(state, "temperature", 7.5), 0.02);
    ck_assert_int_eq(gd_state_integer(state, "evaluations", -1), INT64_MAX);
    ck_assert_double_eq(toy_temperature.read_figure(gd_state_get(state, "temperature")), 0.02);
    ck_assert_double_eq(toy_evaluations.read_figure(gd_state_get(state, "evaluations")), 0x1p63);
}
END_TEST

START_TEST(what_is_saved_comes_back)
{
    OK(gd_state_put_real(state, "temperature", 1.0 / 3, &error));
    OK(gd_state_put_integer(state, "evaluations", 320, &error));
    save();
    struct gd_state *other = gd_state_new(registry);
    OK(load(other));
    ck_assert_double_eq(gd_state_real(other, "temperature", 0), 1.0 / 3);
    ck_assert_int_eq(gd_state_integer(other, "evaluations", 0), 320);
    gd_state_free(other);
}
END_TEST

START_TEST(loading_empties_what_was_empty_and_keeps_what_is_not_saved)
{
    int *value = gd_array(1, sizeof *value);
    save();
    OK(gd_state_put_real(state, "temperature", 1, &error));
    OK(gd_state_put(state, "made", value, &error));
    OK(load(state));
    ck_assert_ptr_null(gd_state_get(state, "temperature"));
    ck_assert_ptr_eq(gd_state_get(state, "made"), value);
}
END_TEST

START_TEST(a_slot_that_fails_leaves_the_state_as_it_was)
{
    OK(gd_state_put_real(state, "temperature", 1, &error));
    save();
    struct gd_registry *larger = gd_registry_new();
    OK(gd_registry_add_slot(larger, &toy_temperature, &error));
    OK(gd_registry_add_slot(larger, &broken, &error));
    struct gd_state *other = gd_state_new(larger);
    OK(gd_state_put_real(other, "temperature", 2, &error));
    ck_assert_int_eq(load(other), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "state.h5: broken: broken refused"));
    ck_assert_double_eq(gd_state_real(other, "temperature", 0), 2);
    gd_state_free(other);
    gd_registry_free(larger);
}
END_TEST

START_TEST(no_state_is_freed)
{
    gd_state_free(NULL);
}
END_TEST

Suite *suite_state(void)
{
    Suite *suite = suite_create("state");
    TCase *core = tcase_create("core");
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, slots_own_their_values);
    tcase_add_test(core, unknown_slots);
    tcase_add_test(core, numbers);
    tcase_add_test(core, what_is_saved_comes_back);
    tcase_add_test(core, loading_empties_what_was_empty_and_keeps_what_is_not_saved);
    tcase_add_test(core, a_slot_that_fails_leaves_the_state_as_it_was);
    tcase_add_test(core, no_state_is_freed);
    suite_add_tcase(suite, core);
    return suite;
}
