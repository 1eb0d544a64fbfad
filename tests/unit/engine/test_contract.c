/* What a stage declares of the slots is what it touches. */
#include <stdlib.h>
#include <string.h>

#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "unit/engine/toy.h"
#include "unit/suites.h"

/* What the stage does, and what its parameter switches. */
struct touching {
    const char *reads, *writes; /* a slot; NULL: none */
    bool more;
};

static const struct gd_slot slots[] = {
    {.name = "must", .summary = "Read.", .destroy = free},
    {.name = "one", .summary = "Read, or the other.", .destroy = free},
    {.name = "two", .summary = "Read, or the other.", .destroy = free},
    {.name = "may", .summary = "Read when it is there.", .destroy = free},
    {.name = "out", .summary = "Written.", .destroy = free},
    {.name = "extra", .summary = "Read and written with more.", .destroy = free},
    {.name = "other", .summary = "Not declared.", .destroy = free},
};

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    (void)use;
    return ((const struct touching *)self)->more || strcmp(slot, "extra") != 0;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct touching *touching = self;
    if (touching->reads)
        gd_state_get(context->state, touching->reads);
    return touching->writes ? gd_state_put(context->state, touching->writes, calloc(1, 1), context->error) : GD_OK;
}

static const struct gd_stage stage = {.name = "touch",
                                      .summary = "Touches slots.",
                                      .size = sizeof(struct touching),
                                      .reads = SLOTS("must"),
                                      .either = SLOTS("one", "two"),
                                      .may_read = SLOTS("may", "extra"),
                                      .writes = SLOTS("out", "extra"),
                                      .uses = uses,
                                      .run = run};

static struct gd_registry *registry;
static struct gd_state *state;

static void setup(void)
{
    registry = gd_registry_new();
    for (size_t k = 0; k < sizeof slots / sizeof *slots; k++)
        ck_assert_int_eq(gd_registry_add_slot(registry, &slots[k], NULL), GD_OK);
    ck_assert_int_eq(gd_registry_add_stage(registry, &stage, NULL), GD_OK);
    state = gd_state_new(registry);
}

static void teardown(void)
{
    gd_state_free(state);
    gd_registry_free(registry);
}

static const struct {
    struct touching self;
    const char *said; /* NULL: nothing */
} calls[] = {
    {{NULL, NULL, false}, NULL},
    {{"must", NULL, false}, NULL},
    {{"may", "out", false}, NULL},
    {{"one", "out", false}, NULL},
    {{"two", "out", false}, NULL},
    {{NULL, "two", false}, "the stage touch writes the slot \"two\", which it does not declare"},
    {{"out", "out", false}, NULL},
    {{"extra", "extra", true}, NULL},
    {{"other", NULL, true}, "the stage touch reads the slot \"other\", which it does not declare"},
    {{NULL, "other", true}, "the stage touch writes the slot \"other\", which it does not declare"},
    {{NULL, "must", true}, "the stage touch writes the slot \"must\", which it does not declare"},
    {{NULL, "may", true}, "the stage touch writes the slot \"may\", which it does not declare"},
    {{"extra", NULL, false}, "the stage touch reads the slot \"extra\", which it does not declare"},
    {{NULL, "extra", false}, "the stage touch writes the slot \"extra\", which it does not declare"},
};

START_TEST(a_stage_touches_what_it_declares)
{
    struct gd_error error = {0};
    struct gd_context context = {.state = state, .error = &error};
    struct touching self = calls[_i].self;
    enum gd_status status = gd_stage_call(&stage, stage.run, &context, &self);
    ck_assert_int_eq(status, calls[_i].said ? GD_FAILED : GD_OK);
    ck_assert_str_eq(error.text, calls[_i].said ? calls[_i].said : "");
}
END_TEST

/* Nor does what was touched before count, or what others look at. */
START_TEST(each_call_counts_for_itself)
{
    struct gd_error error = {0};
    struct gd_context context = {.state = state, .error = &error};
    struct touching self = {0};
    ck_assert_int_eq(gd_state_put(state, "other", calloc(1, 1), NULL), GD_OK);
    gd_state_get(state, "other");
    ck_assert_int_eq(gd_stage_call(&stage, stage.run, &context, &self), GD_OK);
    ck_assert_ptr_nonnull(gd_state_get_untracked(state, "other"));
    ck_assert_int_eq(gd_state_accesses(state, 4), 0);
}
END_TEST

Suite *suite_contract(void)
{
    Suite *suite = suite_create("contract");
    TCase *tcase = tcase_create("contract");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_stage_touches_what_it_declares, 0, (int)(sizeof calls / sizeof *calls));
    tcase_add_test(tcase, each_call_counts_for_itself);
    suite_add_tcase(suite, tcase);
    return suite;
}
