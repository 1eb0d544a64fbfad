/* What users say of the processes and clients that evaluate: rows that all external potentials have alike. Results do
 * not depend on them, so that a run goes on with others. */
#ifndef GD_POTENTIALS_EXTERNAL_RESOURCES_H
#define GD_POTENTIALS_EXTERNAL_RESOURCES_H

#include <stddef.h>
#include <stdint.h>

/* How long an evaluation may take, and what becomes of it then. */
struct gd_patience {
    double timeout; /* s */
    int64_t retries;
};

/* Rows of a struct gd_patience at `place`. evaluator, late: words for who evaluates, and what happens to it. */
#define GD_PATIENCE_ROWS(place, evaluator, late)                                                                       \
    {.name = "timeout",                                                                                                \
     .type = GD_FLOAT,                                                                                                 \
     .offset = (place) + offsetof(struct gd_patience, timeout),                                                        \
     .initial = "3600",                                                                                                \
     .max = 1e9,                                                                                                       \
     .above_min = true,                                                                                                \
     .unit = "s",                                                                                                      \
     .resource = true,                                                                                                 \
     .help = "Longest time of an evaluation; a " evaluator " that takes longer is " late "."},                         \
    {                                                                                                                  \
        .name = "retries", .type = GD_INT, .offset = (place) + offsetof(struct gd_patience, retries), .initial = "1",  \
        .max = 1000, .resource = true,                                                                                 \
        .help = "How often an evaluation is tried again when its " evaluator " has gone or took too long."             \
    }

/* The row of an int64_t at `place`. */
#define GD_WORKERS_ROW(place)                                                                                          \
    {                                                                                                                  \
        .name = "workers", .type = GD_INT, .offset = (place), .initial = "1", .min = 1, .max = 1024, .resource = true, \
        .help = "Processes that evaluate at the same time."                                                            \
    }

#endif
