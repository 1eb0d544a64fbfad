/* Plugins in a registry, by way of the shared library, as programs load them. The shared objects are those of
 * tests/plugins. */
#include <check.h>
#include <godiff/stage.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "unit/physics.h"
#include "unit/scratch.h"

static struct gd_registry *registry;
static struct gd_error error;

static void setup(void)
{
    error = (struct gd_error){0};
    registry = gd_registry_new();
    ck_assert_ptr_nonnull(registry);
    ck_assert_int_eq(gd_stages_register(registry, &error), GD_OK);
}

static void teardown(void)
{
    gd_registry_free(registry);
}

static enum gd_status load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.so", GD_TEST_PLUGINS, name);
    return gd_registry_load(registry, path, &error);
}

START_TEST(a_plugin_adds_to_every_list)
{
    ck_assert_msg(load("parts") == GD_OK, "%s", error.text);
    ck_assert_ptr_nonnull(gd_registry_stage(registry, "trouble"));
    ck_assert_int_ge(gd_registry_slot_index(registry, "troubles"), 0);
    static const char *const added[][2] = {
        {"potential", "flat"}, {"curve", "half"}, {"sampler", "still"}, {"until", "at-once"}, {"guidance", "down"}};
    for (size_t k = 0; k < sizeof added / sizeof *added; k++)
        ck_assert_ptr_nonnull(gd_registry_component(registry, added[k][0], added[k][1]));
}
END_TEST

START_TEST(the_registry_tells_its_plugins)
{
    size_t count;
    gd_registry_plugins(registry, &count);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(load("parts"), GD_OK);
    ck_assert_int_eq(load("bare"), GD_OK);
    const struct gd_plugin_file *files = gd_registry_plugins(registry, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(files[0].plugin->name, "parts");
    ck_assert_str_eq(files[1].plugin->name, "bare");
    ck_assert_int_eq(files[0].path[0], '/');
}
END_TEST

START_TEST(a_file_is_loaded_once)
{
    struct scratch scratch = scratch_make();
    char link[512], *target = realpath(GD_TEST_PLUGINS "/parts.so", NULL);
    size_t count;
    ck_assert_ptr_nonnull(target);
    ck_assert_int_eq(symlink(target, scratch_name(&scratch, "link.so", link)), 0);
    free(target);
    ck_assert_int_eq(load("parts"), GD_OK);
    ck_assert_int_eq(load("parts"), GD_OK);
    ck_assert_int_eq(gd_registry_load(registry, link, &error), GD_OK);
    gd_registry_plugins(registry, &count);
    ck_assert_uint_eq(count, 1);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(two_registries_may_have_the_same_plugin)
{
    struct gd_registry *first = registry;
    ck_assert_int_eq(load("parts"), GD_OK);
    setup();
    ck_assert_int_eq(load("parts"), GD_OK);
    gd_registry_free(first);
    ck_assert_str_eq(gd_registry_stage(registry, "trouble")->summary, "Fails when it is told to.");
}
END_TEST

static int count_libraries(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)size;
    *(int *)count += strstr(info->dlpi_name, "libgodiff") != NULL;
    return 0;
}

START_TEST(plugin_and_program_share_one_library)
{
    int count = 0;
    ck_assert_int_eq(load("parts"), GD_OK);
    dl_iterate_phdr(count_libraries, &count);
    ck_assert_int_eq(count, 1);
}
END_TEST

#define WORDS(text)   #text
#define TEXT_OF(name) WORDS(name)

/* What is refused, and what the one message says besides the name of the file. */
static const struct {
    const char *name, *says;
} refused[] = {
    {"nowhere", "plugin not loaded: No such file or directory"},
    {"unresolved", "undefined symbol: gd_of_another_version"},
    {"none", "not a plugin: it does not define godiff_plugin"},
    {"wrong_abi", "of the plugin interface, this is version " TEXT_OF(GD_PLUGIN_ABI)},
    {"wrong_old", "of the plugin interface, this is version " TEXT_OF(GD_PLUGIN_ABI)},
    {"wrong_name", "not a plugin: godiff_plugin lacks its name"},
    {"wrong_empty", "not a plugin: godiff_plugin lacks its name, version or extend"},
    {"wrong_silent", "the plugin failed without a message"},
    {"wrong_taken", "stage \"train\": the name is already registered"},
    {"wrong_rows", "wrong.size: default: 12 is out of range"},
    {"wrong_slot", "stage \"wrong\": no such slot \"drawer\""},
    {"wrong_kind", "flavour \"hollow\": no such kind"},
    {"wrong_until", "until \"misspelt\": no such slot \"drawer\""},
    {"wrong_callbacks", "potential \"hollow\": it lacks a callback"},
};

START_TEST(what_is_wrong_is_refused_with_a_reason)
{
    ck_assert_int_eq(load(refused[_i].name), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, refused[_i].says), "%s", error.text);
    ck_assert_msg(strstr(error.text, refused[_i].name), "%s", error.text);
}
END_TEST

START_TEST(what_is_no_shared_object_is_refused)
{
    struct scratch scratch = scratch_make();
    char path[512];
    FILE *file = fopen(scratch_name(&scratch, "text.so", path), "w");
    ck_assert_ptr_nonnull(file);
    for (int k = 0; k < 1000; k++)
        fputs("no machine code here\n", file);
    fclose(file);
    ck_assert_int_eq(gd_registry_load(registry, path, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "invalid ELF header"), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_is_no_file_is_not_opened)
{
    struct scratch scratch = scratch_make();
    char path[512];
    ck_assert_int_eq(mkfifo(scratch_name(&scratch, "fifo.so", path), 0600), 0);
    ck_assert_int_eq(gd_registry_load(registry, path, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "not a file"), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_plugin(void);

/* What holds of every potential and curve also holds of those of the examples. */
START_TEST(examples_are_physics)
{
    char names[] = GD_TEST_EXAMPLES, *rest = names, *name;
    int before = physics_check_potentials(registry);
    while ((name = strsep(&rest, ":")))
        ck_assert_msg(load(name) == GD_OK, "%s", error.text);
    ck_assert_int_gt(physics_check_potentials(registry), before);
    physics_check_curves(registry);
}
END_TEST

Suite *suite_plugin(void)
{
    Suite *suite = suite_create("plugin");
    TCase *fixed = tcase_create("registry");
    tcase_add_checked_fixture(fixed, setup, teardown);
    tcase_add_test(fixed, a_plugin_adds_to_every_list);
    tcase_add_test(fixed, the_registry_tells_its_plugins);
    tcase_add_test(fixed, examples_are_physics);
    tcase_add_test(fixed, a_file_is_loaded_once);
    tcase_add_test(fixed, two_registries_may_have_the_same_plugin);
    tcase_add_test(fixed, plugin_and_program_share_one_library);
    tcase_add_loop_test(fixed, what_is_wrong_is_refused_with_a_reason, 0, sizeof refused / sizeof *refused);
    tcase_add_test(fixed, what_is_no_shared_object_is_refused);
    tcase_add_test(fixed, what_is_no_file_is_not_opened);
    suite_add_tcase(suite, fixed);
    return suite;
}
