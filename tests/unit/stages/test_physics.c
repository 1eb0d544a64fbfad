/* What holds of every potential and curve, of all that there are. */
#include <stdio.h>

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

START_TEST(a_model)
{
    physics_check_model(registry);
}
END_TEST

START_TEST(every_curve)
{
    ck_assert_int_gt(physics_check_curves(registry), 0);
}
END_TEST

/* Models of other kinds than the example: tables, two- and three-body terms, bond orders, and neighbours of images. */
static const char *const kim_models[] = {
    "EAM_Dynamo_FoilesBaskesDaw_1986Universal3_Pt__MO_757342646688_000",
    "EDIP_JustoBazantKaxiras_1998_Si__MO_958932894036_002",
    "MEAM_LAMMPS_KimSeolJi_2017_PtCu__MO_070797404269_000",
    "Morse_Shifted_GirifalcoWeizer_1959LowCutoff_Cu__MO_673777079812_004",
    "SW_StillingerWeber_1985_Si__MO_405512056662_005",
    "Tersoff_LAMMPS_AlbeNordlundAverback_2002_PtC__MO_500121566391_003",
};

START_TEST(kim)
{
    char text[200];
    snprintf(text, sizeof text, "{model: %s}", kim_models[_i]);
    physics_check_potential(registry, "kim", text);
}
END_TEST

Suite *suite_physics(void)
{
    Suite *suite = suite_create("physics");
    TCase *tcase = tcase_create("physics");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_potential);
    tcase_add_test(tcase, a_model);
    tcase_add_test(tcase, every_curve);
    tcase_add_loop_test(tcase, kim, 0, sizeof kim_models / sizeof *kim_models);
    suite_add_tcase(suite, tcase);
    return suite;
}
