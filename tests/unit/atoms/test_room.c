/* Warnings about places without room, on systems whose answer is known by geometry. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/room.h"
#include "unit/suites.h"

enum { CU = 29, MOST = 64 };

/* `mobile` copper atoms in a sphere, over `fixed` template atoms of a cubic cell with this edge. */
static bool warn(double edge, bool periodic, const double (*template_)[3], size_t fixed, size_t mobile,
                 const double centre[3], double radius, char text[512])
{
    double positions[4][3] = {{0}};
    int species[MOST];
    for (size_t k = 0; k < MOST; k++)
        species[k] = CU;
    if (fixed)
        memcpy(positions, template_, fixed * sizeof *positions);
    const struct gd_structure structure = {
        .count = fixed,
        .species = species,
        .positions = positions,
        .cell = {{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}, {periodic, periodic, periodic}}};
    struct gd_region region = {.count = 1, .parts = {{.count = 1, .balls = {{.axes = GD_ALL_AXES, .radius = radius}}}}};
    for (int axis = 0; axis < 3; axis++)
        region.parts[0].balls[0].centre[axis] = centre[axis];
    struct gd_system system;
    struct gd_error error = {0};
    ck_assert_msg(gd_system_make_in(&system, &structure, species, mobile, &region, &error) == GD_OK, "%s", error.text);
    const bool doubt = gd_room_warning(&system, text, 512);
    gd_system_clear(&system);
    ck_assert_int_eq(doubt, *text != '\0');
    return doubt;
}

START_TEST(regions_out_of_the_cell)
{
    char text[512];
    const double face[3] = {5, 5, 10}, middle[3] = {5, 5, 5}, outside[3] = {5, 5, 20}, corner[3] = {0, 0, 0};
    ck_assert(!warn(10, false, &corner, 1, 1, middle, 4, text));
    ck_assert(warn(10, false, &corner, 1, 1, outside, 3, text) &&
              strstr(text, "100 % of the region is out of the cell"));
    ck_assert(!warn(10, false, NULL, 0, 1, outside, 3, text)); /* nothing is in the cell */
    ck_assert(warn(10, false, &corner, 1, 1, face, 3, text)); /* one half is, but for the draw: 5 standard deviations */
    ck_assert_msg(fabs(atof(text) - 50) < 5 * 100 * sqrt(0.25 / 1000) + 1, "%s", text);
    ck_assert(!warn(10, true, NULL, 0, 1, face, 3, text)); /* a periodic cell does not end */
}
END_TEST

START_TEST(regions_under_the_surface)
{
    char text[512];
    const double slab[2][3] = {{0, 0, 1}, {0, 0, 9}}, inside[3] = {5, 5, 5}, above[3] = {5, 5, 11},
                 half[3] = {5, 5, 9.5};
    ck_assert(warn(30, true, slab, 2, 1, inside, 2, text) && strstr(text, "100 % of the region is between"));
    ck_assert(!warn(30, true, slab, 2, 1, above, 2, text));
    ck_assert(!warn(30, true, slab, 2, 1, half, 2, text));    /* less than half of it is */
    ck_assert(!warn(30, false, slab, 2, 1, inside, 2, text)); /* not a slab */
}
END_TEST

/* Two atoms cannot be farther apart than the diameter; one beside a template atom in the middle no farther than the
 * radius. */
START_TEST(regions_without_room)
{
    char text[512];
    const double middle[3] = {5, 5, 5}, least = 0.4 * 2 * gd_element_radius(CU);
    ck_assert(warn(10, true, NULL, 0, 2, middle, 0.49 * least, text) && strstr(text, "1 of 2 found a place"));
    ck_assert(!warn(10, true, NULL, 0, 2, middle, 1.5 * least, text));
    ck_assert(warn(10, false, &middle, 1, 1, middle, 0.99 * least, text) && strstr(text, "0 of 1 found a place"));
    ck_assert(!warn(10, false, &middle, 1, 1, middle, 1.2 * least, text));
    ck_assert(warn(10, true, NULL, 0, 60, middle, 1.5 * least, text));
}
END_TEST

Suite *suite_room(void)
{
    Suite *suite = suite_create("room");
    TCase *tcase = tcase_create("room");
    tcase_add_test(tcase, regions_out_of_the_cell);
    tcase_add_test(tcase, regions_under_the_surface);
    tcase_add_test(tcase, regions_without_room);
    suite_add_tcase(suite, tcase);
    return suite;
}
