/* What holds of every potential and curve, of all that there are. */
#include "stages/stages.h"
#include "unit/physics.h"
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

START_TEST(every_potential)
{
    ck_assert_int_gt(physics_check_potentials(registry), 0);
}
END_TEST

START_TEST(every_curve)
{
    ck_assert_int_gt(physics_check_curves(registry), 0);
}
END_TEST

Suite *suite_physics(void)
{
    Suite *suite = suite_create("physics");
    TCase *tcase = tcase_create("physics");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_potential);
    tcase_add_test(tcase, every_curve);
    suite_add_tcase(suite, tcase);
    return suite;
}
