/* A small run to try one stage in: a registry with the real slots, a state, and a context. */
#ifndef GD_TESTS_STAGES_BENCH_H
#define GD_TESTS_STAGES_BENCH_H

#include "atoms/system.h"
#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "potentials/potential.h"

enum { BENCH_FIGURES = 32 };

struct bench {
    struct gd_registry *registry;
    struct gd_state *state;
    struct gd_error error;
    struct gd_events events;
    struct gd_sink sink;
    struct gd_context context;
    struct {
        char name[32];
        double value;
    } figures[BENCH_FIGURES]; /* what the stage reported */
    int figure_count;
    char message[1024]; /* what it said last */
    int warnings;       /* how often it has warned */
};

void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

/* The figure that the stage reported last under this name; fails the test when there is none. */
double bench_figure(const struct bench *bench, const char *name);

/* `mobile` platinum atoms in an empty periodic box of 12 Å, put into the slot `system`. */
struct gd_system *bench_system(struct bench *bench, size_t mobile);

/* A new set for the system, with `count` structures of the given positions [count][mobile][3]. */
struct gd_set *bench_set(const struct gd_system *system, size_t count, const double *positions);

/* Parses parameters of a stage ("{size: 5}") into new memory of the stage's size. */
void *bench_params(struct bench *bench, const struct gd_stage *stage, const char *yaml, struct gd_arena *arena);

/* Parses a component of a kind ("distances", "{bonds: {scale: 2}}"). */
struct gd_choice bench_choice(struct bench *bench, const char *kind, const char *yaml, struct gd_arena *arena);

#endif
