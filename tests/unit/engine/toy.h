/* A small made-up registry for tests of the engine: every type of parameter, every form of a component. */
#ifndef GD_TESTS_TOY_H
#define GD_TESTS_TOY_H

#include "engine/language/pipeline.h"

/* The NULL-ended list of slots of a stage. */
#define SLOTS(...)                                                                                                     \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

struct toy_window {
    double above[2];
    bool hard;
};

struct toy_world {
    struct gd_choice shape;
    struct toy_window window;
    const char *add;
    int64_t size[3];
    int mode;
    struct gd_choice edge;
};

struct toy_spring {
    double stiffness;
    double centre[3];
};

struct toy_train {
    int64_t steps, batch;
    double rate;
    const char *log;
    struct gd_choice curve;
};

/* Slots of one number each, a double and an int64, both with a figure. */
extern const struct gd_slot toy_temperature, toy_evaluations;

/* NULL when out of memory. */
struct gd_registry *toy_registry(void);

/* Reads and builds a pipeline from text; `file` is the name in its messages. */
enum gd_status toy_build(struct gd_pipeline *pipeline, const struct gd_registry *registry, const char *file,
                         const char *text, const struct gd_override *overrides, size_t override_count,
                         struct gd_problems *problems);

/* Builds a pipeline that may give warnings; fails the running test when there is a problem. */
struct gd_pipeline toy_pipeline(const struct gd_registry *registry, const char *text,
                                const struct gd_override *overrides, size_t count);

/* The section `world`, and the lines before the steps of a pipeline without mistakes: 5 lines. */
#define TOY_WORLD "world: {shape: {file: a}, window: {above: [1, 2]}}\n"
#define TOY_HEAD  "godiff: 1\nname: toy\n" TOY_WORLD "field: zero\nsteps:\n"

/* A pipeline that uses all of it. */
extern const char *const toy_text;

#endif
