/* Every guidance of gd_guidances, and the relaxation at the end of a draw, with springs in place of a network's forces.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/sort.h"
#include "model/noise_ve.h"
#include "unit/model/mixture.h"
#include "unit/suites.h"

#define STIFFNESS 5.0 /* eV/Å² */
#define STEPS     60

static struct gd_system system_;
static struct gd_process process;
static struct gd_error error;
static struct gd_arena arena;
static struct mixture mixture;
static struct gd_guidance_counts counts;

static void setup(void)
{
    error = (struct gd_error){0};
    arena = (struct gd_arena){0};
    mixture = (struct mixture){&process, {0.20, 0.15}};
    counts = (struct gd_guidance_counts){0};
    ck_assert_int_eq(mixture_system(&system_, 2, &error), GD_OK);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 2}, &error),
                     GD_OK);
}

static void teardown(void)
{
    gd_system_clear(&system_);
    gd_arena_clear(&arena);
}

/* Where the spring of mobile atom i holds it: one inside the window, one on its wall. */
static void centre_of(size_t i, double centre[3])
{
    centre[0] = 0.7 + (double)i;
    centre[1] = 1.1;
    centre[2] = i ? mixture_window[1] : 0.5 * (mixture_window[0] + mixture_window[1]);
}

static void displacement(const struct gd_set *set, size_t k, size_t i, double way[3])
{
    const double *point = set->positions + 3 * (set->atoms * k + set->fixed + i);
    double centre[3];
    centre_of(i, centre);
    for (int axis = 0; axis < 3; axis++)
        way[axis] = centre[axis] - point[axis];
    gd_minimum_image(&system_.basis, way);
}

static enum gd_status springs(void *self, const struct gd_set *set, float *forces, struct gd_error *unused)
{
    (void)self, (void)unused;
    size_t mobile = set->atoms - set->fixed;
    for (size_t k = 0; k < set->count; k++)
        for (size_t i = 0; i < mobile; i++) {
            double way[3];
            displacement(set, k, i, way);
            for (size_t axis = 0; axis < 3; axis++)
                forces[3 * (k * mobile + i) + axis] = (float)(STIFFNESS * way[axis]);
        }
    return GD_OK;
}

static struct gd_guide guide_of(const struct gd_guidance_class *class)
{
    struct gd_problems problems = {0};
    void *params = gd_arena_alloc(&arena, 1, class->base.size + 1);
    ck_assert_int_eq(gd_params_parse(class->base.params, NULL, NULL, (struct gd_place){0}, params, &arena, &problems),
                     GD_OK);
    gd_problems_clear(&problems);
    return (struct gd_guide){.type = class,
                             .params = params,
                             .forces = {.evaluate = springs},
                             .limit = 1000,
                             .finish = {.fmax = 1e-3, .cap = 0.1, .reach = 100, .clash = 0},
                             .counts = &counts};
}

static const struct gd_guidance_class *guidance_named(const char *name)
{
    for (size_t k = 0; gd_guidances[k]; k++)
        if (strcmp(gd_guidances[k]->base.name, name) == 0)
            return gd_guidances[k];
    ck_abort_msg("no guidance '%s'", name);
}

static struct gd_set draw(const struct gd_guide *guide, size_t first, size_t count)
{
    struct gd_sampling sampling = {.name = "sample",
                                   .stream = gd_stream_make(3, gd_stream_hash("sample"), 0, 0),
                                   .system = &system_,
                                   .process = &process,
                                   .score = {.evaluate = mixture_score, .self = &mixture},
                                   .guide = guide,
                                   .first = (uint32_t)first,
                                   .steps = STEPS,
                                   .end = 0.005};
    struct gd_set set;
    ck_assert_int_eq(gd_set_init(&set, &system_.structure, system_.fixed, &error), GD_OK);
    enum gd_status status = gd_sample(&sampling, gd_samplers[0], NULL, count, &set, &error);
    ck_assert_msg(!status, "%s", error.text);
    return set;
}

static double mean_distance(const struct gd_set *set)
{
    double sum = 0;
    for (size_t k = 0; k < set->count; k++)
        for (size_t i = 0; i < set->atoms - set->fixed; i++) {
            double way[3];
            displacement(set, k, i, way);
            sum += gd_length(way);
        }
    return sum / (double)(set->count * (set->atoms - set->fixed));
}

static int count_guidances(void)
{
    int count = 0;
    while (gd_guidances[count])
        count++;
    return count;
}

static void ck_same(const struct gd_set *one, size_t first, const struct gd_set *other, size_t begin, size_t count)
{
    size_t each = 3 * one->atoms;
    ck_assert_mem_eq(one->positions + each * first, other->positions + each * begin,
                     count * each * sizeof *one->positions);
}

/* The draws come to lie nearer to the springs' ends, by guidance that guides; the others are as without any. */
START_TEST(guidance_follows_the_forces)
{
    struct gd_guide guide = guide_of(gd_guidances[_i]);
    struct gd_set plain = draw(NULL, 0, 40), guided = draw(&guide, 0, 40);
    bool guides = gd_guidances[_i]->strength(guide.params, 0) >= GD_GUIDANCE_MIN;
    ck_assert_int_eq(counts.calls > 0, guides);
    if (guides)
        ck_assert_double_lt(mean_distance(&guided), mean_distance(&plain));
    else
        ck_same(&plain, 0, &guided, 0, 40);
    for (size_t k = 0; k < guided.count; k++)
        for (size_t i = guided.fixed; i < guided.atoms; i++) {
            double z = guided.positions[3 * (guided.atoms * k + i) + 2];
            ck_assert(z >= mixture_window[0] && z <= mixture_window[1]);
        }
    gd_set_clear(&plain);
    gd_set_clear(&guided);
}
END_TEST

START_TEST(chunks_do_not_matter)
{
    struct gd_guide guide = guide_of(gd_guidances[_i]);
    guide.finish.steps = 7;
    struct gd_set whole = draw(&guide, 0, 7), first = draw(&guide, 0, 3), rest = draw(&guide, 3, 4);
    ck_same(&whole, 0, &first, 0, 3);
    ck_same(&whole, 3, &rest, 0, 4);
    gd_set_clear(&whole);
    gd_set_clear(&first);
    gd_set_clear(&rest);
}
END_TEST

/* Structures on which a force is longer than the limit stay where the sampler puts them. */
START_TEST(forces_beyond_the_limit_are_not_followed)
{
    struct gd_guide guide = guide_of(gd_guidances[_i]);
    guide.limit = 1e-6;
    guide.finish.steps = 5;
    guide.finish.fmax = 1e-9;
    struct gd_set plain = draw(NULL, 0, 10), guided = draw(&guide, 0, 10);
    ck_same(&plain, 0, &guided, 0, 10);
    ck_assert_int_ge(counts.held, 10);
    gd_set_clear(&plain);
    gd_set_clear(&guided);
}
END_TEST

/* How far structure `positions` is from where the springs hold it, as the largest distance of its atoms. */
static enum gd_status from_centres(void *self, const double *positions, double *distance, struct gd_error *unused)
{
    (void)self, (void)unused;
    *distance = 0;
    for (size_t i = 0; i < 2; i++) {
        double centre[3], way[3];
        centre_of(i, centre);
        for (size_t axis = 0; axis < 3; axis++)
            way[axis] = centre[axis] - positions[3 * (system_.fixed + i) + axis];
        *distance = fmax(*distance, gd_minimum_image(&system_.basis, way));
    }
    return GD_OK;
}

/* Structures that are far from all that is known stay where the sampler puts them; the others relax as without that
 * guard. */
START_TEST(what_is_not_known_is_not_moved)
{
    struct gd_guide guide = guide_of(guidance_named("off"));
    guide.finish.steps = 200;
    struct gd_set plain = draw(NULL, 0, 40), free_ = draw(&guide, 0, 40);
    double distances[40], sorted[40];
    for (size_t k = 0; k < 40; k++)
        from_centres(NULL, plain.positions + 3 * plain.atoms * k, &distances[k], &error);
    memcpy(sorted, distances, sizeof sorted);
    gd_sort(sorted, 40);
    counts = (struct gd_guidance_counts){0};
    guide.known = (struct gd_known){0.5 * (sorted[9] + sorted[10]), from_centres, NULL};
    struct gd_set guarded = draw(&guide, 0, 40);
    for (size_t k = 0; k < 40; k++)
        ck_same(distances[k] > guide.known.most ? &plain : &free_, k, &guarded, k, 1);
    ck_assert_int_eq(counts.strayed, 30);
    ck_assert_int_eq(counts.finished, 10);
    gd_set_clear(&plain);
    gd_set_clear(&free_);
    gd_set_clear(&guarded);
}
END_TEST

/* The paper's corrector cannot move an atom farther than 0.1 Å times the sum of α Δt (1 - t)^ζ, which is 0.005 Å. */
START_TEST(the_published_corrector_hardly_moves)
{
    struct gd_guide guide = guide_of(guidance_named("paper"));
    struct gd_set plain = draw(NULL, 0, 20), guided = draw(&guide, 0, 20);
    double most = 0;
    for (size_t c = 0; c < 3 * plain.atoms * plain.count; c++)
        most = fmax(most, fabs(plain.positions[c] - guided.positions[c]));
    ck_assert_double_gt(most, 0);
    ck_assert_double_lt(most, 0.05); /* the score answers to a move */
    gd_set_clear(&plain);
    gd_set_clear(&guided);
}
END_TEST

/* The relaxation ends where the springs do. */
START_TEST(the_relaxation_finds_the_minimum)
{
    struct gd_guide guide = guide_of(guidance_named("off"));
    guide.finish.steps = 200;
    struct gd_set set = draw(&guide, 0, 20);
    ck_assert_int_eq(counts.finished, 20);
    ck_assert_int_eq(counts.put_back, 0);
    ck_assert_int_lt(counts.calls, 20 * 200);
    for (size_t k = 0; k < set.count; k++)
        for (size_t i = 0; i < 2; i++) {
            double way[3];
            displacement(&set, k, i, way);
            ck_assert_double_le(gd_length(way), 1.01 * guide.finish.fmax / STIFFNESS);
        }
    gd_set_clear(&set);
}
END_TEST

/* A relaxation that takes an atom too far, or two too close together, is undone, structure by structure. */
START_TEST(misled_structures_are_put_back)
{
    struct gd_guide guide = guide_of(guidance_named("off"));
    guide.finish.steps = 200;
    if (_i == 0)
        guide.finish.reach = 0.9;
    else
        guide.finish.clash = 1e3; /* images of an atom are always closer */
    struct gd_set plain = draw(NULL, 0, 30), set = draw(&guide, 0, 30);
    int64_t back = 0;
    for (size_t k = 0; k < set.count; k++)
        back += memcmp(plain.positions + 3 * plain.atoms * k, set.positions + 3 * set.atoms * k,
                       3 * set.atoms * sizeof *set.positions) == 0;
    ck_assert_int_eq(back, counts.put_back);
    ck_assert_int_gt(back, 0);
    ck_assert_int_eq(back == 30, _i == 1);
    gd_set_clear(&plain);
    gd_set_clear(&set);
}
END_TEST

Suite *suite_guidance(void);

Suite *suite_guidance(void)
{
    Suite *suite = suite_create("guidance");
    TCase *tests = tcase_create("guidance");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, guidance_follows_the_forces, 0, count_guidances());
    tcase_add_loop_test(tests, chunks_do_not_matter, 0, count_guidances());
    tcase_add_loop_test(tests, forces_beyond_the_limit_are_not_followed, 0, count_guidances());
    tcase_add_test(tests, what_is_not_known_is_not_moved);
    tcase_add_test(tests, the_published_corrector_hardly_moves);
    tcase_add_test(tests, the_relaxation_finds_the_minimum);
    tcase_add_loop_test(tests, misled_structures_are_put_back, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
