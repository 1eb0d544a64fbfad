/* What a directory says of its sweep. */
#include <string.h>
#include <sys/stat.h>

#include "engine/base/files.h"
#include "engine/language/registry.h"
#include "sweep/manifest.h"
#include "sweep/state.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static const struct gd_place nowhere = {0};

/* Variants a, b, ... of one parameter, and seeds. */
static void make(struct gd_sweep *sweep, size_t count, const char *seeds)
{
    static const char *const names[] = {"a", "b", "c"};
    struct gd_problems problems = {0};
    *sweep = (struct gd_sweep){0};
    sweep->name = "it";
    sweep->file = "/somewhere/it.yaml";
    for (size_t k = 0; k < count; k++) {
        const struct gd_override set = {"train.steps", names[k], NULL};
        ck_assert_int_eq(gd_sweep_add_variant(sweep, names[k], sweep->file, &set, 1, nowhere, &problems), GD_OK);
        sweep->variants[k].steps = 7;
    }
    ck_assert_int_eq(gd_sweep_add_seeds(sweep, seeds, nowhere, &problems), GD_OK);
    ck_assert_int_eq(gd_sweep_add_runs(sweep), GD_OK);
}

static enum gd_status open_as(const char *directory, size_t count, const char *seeds, const char *pipeline,
                              size_t *added, struct gd_error *error)
{
    struct gd_sweep sweep;
    char *pipelines[3] = {(char *)pipeline, (char *)pipeline, (char *)pipeline};
    struct gd_registry *registry = gd_registry_new();
    make(&sweep, count, seeds);
    sweep.registry = registry;
    *error = (struct gd_error){0};
    enum gd_status status = gd_manifest_open(directory, &sweep, pipelines, added, error);
    gd_sweep_clear(&sweep);
    gd_registry_free(registry);
    return status;
}

START_TEST(read_as_written)
{
    struct scratch scratch = scratch_make();
    struct gd_sweep sweep;
    struct gd_error error;
    size_t added;
    ck_assert(!gd_manifest_exists(scratch.path));
    ck_assert_int_eq(open_as(scratch.path, 2, "0,18446744073709551615", "x: 1\n", &added, &error), GD_OK);
    ck_assert_uint_eq(added, 4);
    ck_assert(gd_manifest_exists(scratch.path));
    ck_assert_int_eq(gd_manifest_read(scratch.path, &sweep, &error), GD_OK);
    ck_assert_uint_eq(sweep.run_count, 4);
    ck_assert_uint_eq(sweep.seeds[1], UINT64_MAX);
    ck_assert_str_eq(sweep.runs[3].folder, "runs/b/18446744073709551615");
    ck_assert_str_eq(sweep.variants[1].sets[0].value, "b");
    ck_assert(sweep.variants[1].steps == 7);
    gd_sweep_clear(&sweep);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(grows_and_never_changes)
{
    struct scratch scratch = scratch_make();
    struct gd_error error;
    size_t added;
    ck_assert_int_eq(open_as(scratch.path, 2, "0..1", "x: 1\nseed: 0\n", &added, &error), GD_OK);
    ck_assert_int_eq(open_as(scratch.path, 2, "0..1", "x: 1\nseed: 5\n", &added, &error), GD_OK);
    ck_assert_uint_eq(added, 0);
    ck_assert_int_eq(open_as(scratch.path, 3, "0..2", "x: 1\nseed: 0\n", &added, &error), GD_OK);
    ck_assert_uint_eq(added, 5);
    ck_assert_int_eq(open_as(scratch.path, 2, "0..2", "x: 1\nseed: 0\n", &added, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "variant c"));
    ck_assert_int_eq(open_as(scratch.path, 3, "0..1", "x: 1\nseed: 0\n", &added, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "seed 2"));
    ck_assert_int_eq(open_as(scratch.path, 3, "0..2", "x: 2\nseed: 0\n", &added, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(
        strstr(error.text, "/variants/a.yaml is of another pipeline: x is 1 in its line 1, here it is 2"));
    scratch_remove(&scratch);
}
END_TEST

static void put(const char *folder, const char *name, const char *text)
{
    char *path = gd_file_join(folder, name);
    ck_assert_int_eq(gd_file_write(path, text, strlen(text), NULL), GD_OK);
    free(path);
}

static const char *const damages[] = {
    "",
    "{",
    "[]",
    "{}",
    "{\"name\":\"a\",\"file\":\"b\",\"seeds\":\"0\",\"variants\":[]}",
    "{\"name\":\"a\",\"file\":\"b\",\"seeds\":\"0\",\"variants\":[{\"name\":5}]}",
    "{\"name\":\"a\",\"file\":\"b\",\"seeds\":\"0\",\"variants\":[{\"name\":\"a\",\"file\":\"b\",\"set\":[[\"x\"]]}]}",
    "{\"name\":\"a\",\"file\":\"b\",\"seeds\":\"1..0\",\"variants\":[{\"name\":\"a\",\"file\":\"b\",\"set\":[]}]}",
};

START_TEST(damaged_manifests)
{
    struct scratch scratch = scratch_make();
    struct gd_sweep sweep;
    struct gd_error error = {0};
    put(scratch.path, GD_MANIFEST_NAME, damages[_i]);
    ck_assert_int_eq(gd_manifest_read(scratch.path, &sweep, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "/" GD_MANIFEST_NAME " is damaged"));
    gd_sweep_clear(&sweep);
    scratch_remove(&scratch);
}
END_TEST

static enum gd_run_state state_of(const char *directory, const struct gd_sweep_run *run, char *reason)
{
    struct gd_run_status status;
    ck_assert_int_eq(gd_run_status_read(directory, run, &status), GD_OK);
    strcpy(reason, status.reason);
    return status.state;
}

START_TEST(states_of_a_run)
{
    struct scratch scratch = scratch_make();
    struct gd_sweep sweep;
    struct gd_error error;
    size_t added;
    char folder[512], reason[512];
    make(&sweep, 1, "0");
    const struct gd_sweep_run *run = &sweep.runs[0];
    ck_assert_int_eq(open_as(scratch.path, 1, "0", "x: 1\n", &added, &error), GD_OK);
    scratch_name(&scratch, run->folder, folder);
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_NEW);
    ck_assert_int_eq(gd_directory_make(folder, &error), GD_OK);
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_NEW);
    put(folder, "pipeline.yaml", "x: 1\n");
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_BEGUN);
    put(folder, "summary.json", "{\"status\":\"interrupted\"}");
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_BEGUN);
    put(folder, "summary.json", "{\"status\":\"finished\"}");
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_FINISHED);
    put(folder, "summary.json", "{\"status\":\"failed\",\"message\":\"it broke\"}");
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_FAILED);
    ck_assert_str_eq(reason, "it broke");
    put(folder, "summary.json", "{\"status\":");
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(reason, "summary.json: not JSON"));
    put(folder, "summary.json", "{\"status\":\"interrupted\"}");
    ck_assert_int_eq(gd_run_failure_write(scratch.path, run, "killed", &error), GD_OK);
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_FAILED);
    ck_assert_str_eq(reason, "killed");
    ck_assert_int_eq(gd_run_failure_remove(scratch.path, run, &error), GD_OK);
    ck_assert_int_eq(gd_run_failure_remove(scratch.path, run, &error), GD_OK);
    ck_assert_int_eq(state_of(scratch.path, run, reason), GD_RUN_BEGUN);
    gd_sweep_clear(&sweep);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_sweep_manifest(void)
{
    Suite *suite = suite_create("sweep_manifest");
    TCase *tests = tcase_create("manifest");
    tcase_add_test(tests, read_as_written);
    tcase_add_test(tests, grows_and_never_changes);
    tcase_add_loop_test(tests, damaged_manifests, 0, sizeof damages / sizeof *damages);
    tcase_add_test(tests, states_of_a_run);
    suite_add_tcase(suite, tests);
    return suite;
}
