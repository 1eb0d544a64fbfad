/* The registry: what it refuses, and what it gives back. */
#include <stdlib.h>

#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "unit/engine/toy.h"
#include "unit/suites.h"

static enum gd_status nothing(struct gd_context *context, void *self)
{
    (void)context, (void)self;
    return GD_OK;
}

static const char *const unknown_slots[] = {"world", "wrold", NULL};
static const struct gd_param number_rows[] = {
    {.name = "number", .type = GD_INT, .offset = 8, .optional = true, .help = "A number."}, {0}};
static const struct gd_param faulty_rows[] = {{.name = "number"}, {0}};

START_TEST(stages_are_verified)
{
    static const struct {
        struct gd_stage stage;
        const char *text;
    } cases[] = {
        {{.name = "Bad", .summary = "s", .run = nothing},
         "stage \"Bad\": a name must consist of lower-case letters, digits, _ and -"},
        {{.summary = "s", .run = nothing}, "stage \"\": a name must consist of lower-case letters, digits, _ and -"},
        {{.name = "train", .summary = "s", .run = nothing}, "stage \"train\": the name is already registered"},
        {{.name = "new", .run = nothing}, "stage \"new\": it has no summary"},
        {{.name = "new", .summary = "s"}, "stage \"new\": no run callback"},
        {{.name = "loop", .summary = "s", .run = nothing}, "stage \"loop\": the name is a keyword"},
        {{.name = "id", .summary = "s", .run = nothing}, "stage \"id\": the name is a keyword"},
        {{.name = "steps", .summary = "s", .section = true, .run = nothing}, "stage \"steps\": the name is a keyword"},
        {{.name = "new", .summary = "s", .run = nothing, .params = faulty_rows, .size = 8}, "new.number: no help text"},
        {{.name = "new", .summary = "s", .run = nothing, .params = number_rows, .size = 15},
         "new: its rows exceed its 15 bytes"},
        {{.name = "new", .summary = "s", .run = nothing, .reads = unknown_slots},
         "stage \"new\": no such slot \"wrold\""},
        {{.name = "new", .summary = "s", .run = nothing, .writes = unknown_slots},
         "stage \"new\": no such slot \"wrold\""},
        {{.name = "new", .summary = "s", .run = nothing, .self = "field", .size = sizeof(struct gd_choice)},
         "stage \"new\": only a section without rows can be a field"},
        {{.name = "new",
          .summary = "s",
          .section = true,
          .run = nothing,
          .self = "fild",
          .size = sizeof(struct gd_choice)},
         "stage \"new\": only a section without rows can be a fild"},
        {{.name = "new", .summary = "s", .section = true, .run = nothing, .self = "field", .size = 4},
         "stage \"new\": only a section without rows can be a field"},
    };
    struct gd_registry *registry = toy_registry();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_error error = {0};
        ck_assert_int_eq(gd_registry_add_stage(registry, &cases[k].stage, &error), GD_BAD_INPUT);
        ck_assert_str_eq(error.text, cases[k].text);
    }
    ck_assert_ptr_null(gd_registry_stage(registry, "new"));
    gd_registry_free(registry);
}
END_TEST

static enum gd_status save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    (void)value, (void)file, (void)name, (void)error;
    return GD_OK;
}

START_TEST(slots_are_verified)
{
    static const struct {
        struct gd_slot slot;
        const char *text;
    } cases[] = {
        {{.name = "world", .summary = "s", .destroy = free}, "slot \"world\": the name is already registered"},
        {{.name = "new", .summary = "", .destroy = free}, "slot \"new\": it has no summary"},
        {{.name = "new", .summary = "s"}, "slot \"new\": no destroy callback"},
        {{.name = "new", .summary = "s", .destroy = free, .save = save},
         "slot \"new\": it needs both save and load, or neither"},
        {{.name = "new", .summary = "s", .destroy = free, .check = gd_integer_check},
         "slot \"new\": it needs both load and check, or neither"},
        {{.name = "new", .summary = "s", .destroy = free, .save = save, .load = gd_integer_load},
         "slot \"new\": it needs both load and check, or neither"},
    };
    struct gd_registry *registry = toy_registry();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_error error = {0};
        ck_assert_int_eq(gd_registry_add_slot(registry, &cases[k].slot, &error), GD_BAD_INPUT);
        ck_assert_str_eq(error.text, cases[k].text);
    }
    gd_registry_free(registry);
}
END_TEST

START_TEST(kinds_and_components_are_verified)
{
    static const struct gd_kind taken = {"field", "Forces.", GD_WRAPPED, NULL, NULL, NULL, 0};
    static const struct gd_kind untagged = {"thing", "Things.", GD_TAGGED, NULL, NULL, NULL, 0};
    static const struct gd_component again = {"spring", "A spring.", NULL, 0};
    static const struct gd_component small = {"small", "Small.", number_rows, 8};
    static const struct gd_component leaderless = {"small", "Small.", number_rows, 16};
    struct gd_registry *registry = toy_registry();
    struct gd_error errors[6] = {0};
    gd_registry_add_kind(registry, &taken, &errors[0]);
    gd_registry_add_kind(registry, &untagged, &errors[1]);
    gd_registry_add_component(registry, "field", &again, &errors[2]);
    gd_registry_add_component(registry, "field", &small, &errors[3]);
    gd_registry_add_component(registry, "goal", &leaderless, &errors[4]);
    gd_registry_add_component(registry, "nothing", &again, &errors[5]);
    ck_assert_str_eq(errors[0].text, "kind \"field\": the name is already registered");
    ck_assert_str_eq(errors[1].text, "kind \"thing\": no tag");
    ck_assert_str_eq(errors[2].text, "field \"spring\": the name is already registered");
    ck_assert_str_eq(errors[3].text, "small: its rows exceed its 8 bytes");
    ck_assert_str_eq(errors[4].text, "goal \"small\": its first row has another name");
    ck_assert_str_eq(errors[5].text, "nothing \"spring\": no such kind");
    for (int k = 0; k < 6; k++)
        ck_assert_int_eq(errors[k].status, GD_BAD_INPUT);
    gd_registry_free(registry);
}
END_TEST

START_TEST(lists_keep_the_order)
{
    static const char *const stages[] = {"world", "field", "goal", "seed", "evaluate", "train", "sample"};
    static const char *const slots[] = {"world", "field", "goal", "batch", "archive", "model"};
    struct gd_registry *registry = toy_registry();
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++) {
        ck_assert_str_eq(gd_registry_stages(registry)[k]->name, stages[k]);
        ck_assert_ptr_eq(gd_registry_stage(registry, stages[k]), gd_registry_stages(registry)[k]);
    }
    for (size_t k = 0; k < sizeof slots / sizeof *slots; k++) {
        ck_assert_str_eq(gd_registry_slots(registry)[k]->name, slots[k]);
        ck_assert_int_eq(gd_registry_slot_index(registry, slots[k]), (int)k);
    }
    ck_assert_ptr_null(gd_registry_stages(registry)[7]);
    ck_assert_ptr_null(gd_registry_slots(registry)[6]);
    ck_assert_int_eq(gd_registry_slot_index(registry, "other"), -1);
    ck_assert_str_eq(gd_registry_kinds(registry)[1]->name, "shape");
    ck_assert_ptr_null(gd_registry_kinds(registry)[5]);
    ck_assert_str_eq(gd_registry_components(registry, "shape")[1]->name, "file");
    ck_assert_ptr_null(gd_registry_components(registry, "shape")[2]);
    ck_assert_ptr_null(gd_registry_components(registry, "other"));
    ck_assert_ptr_null(gd_registry_component(registry, "shape", "zero"));
    ck_assert_ptr_null(gd_registry_kind(registry, "other"));
    gd_registry_free(registry);
    gd_registry_free(NULL);
}
END_TEST

START_TEST(empty_registry_has_empty_lists)
{
    struct gd_registry *registry = gd_registry_new();
    ck_assert_ptr_null(gd_registry_stages(registry)[0]);
    ck_assert_ptr_null(gd_registry_slots(registry)[0]);
    ck_assert_ptr_null(gd_registry_kinds(registry)[0]);
    gd_registry_free(registry);
}
END_TEST

Suite *suite_registry(void)
{
    Suite *suite = suite_create("registry");
    TCase *tcase = tcase_create("registry");
    tcase_add_test(tcase, stages_are_verified);
    tcase_add_test(tcase, slots_are_verified);
    tcase_add_test(tcase, kinds_and_components_are_verified);
    tcase_add_test(tcase, lists_keep_the_order);
    tcase_add_test(tcase, empty_registry_has_empty_lists);
    suite_add_tcase(suite, tcase);
    return suite;
}
