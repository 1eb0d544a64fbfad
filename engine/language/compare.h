/* Whether a pipeline that was written down, maybe by another build, is the one at hand. They are compared parameter by
 * parameter, as the rows of this build say: resources (gd_param.resource) do not matter, a parameter that is not in the
 * former one has its default there, and numbers are the same however they are written. */
#ifndef GD_ENGINE_COMPARE_H
#define GD_ENGINE_COMPARE_H

#include "engine/language/registry.h"
#include "engine/language/tree.h"

/* Paths of parameters, as messages name them. Zero-initialise; free with gd_paths_clear. */
struct gd_paths {
    char **list;
    size_t count, capacity;
};

void gd_paths_clear(struct gd_paths *paths);

/* What is compared, and how. */
struct gd_compare_options {
    const struct gd_registry *registry;
    const char *file;    /* that the former one is from, for messages */
    const char *section; /* this one alone; NULL: all */
    bool without_steps;  /* but for the steps */
    bool without_seed;
    const char *lead; /* to begin the message with; NULL: that the file is of another pipeline */
    const char *rule; /* to end it with; NULL: none */

    const struct gd_paths *among; /* values differ only at one of these paths, above or below it; NULL: anywhere */
    struct gd_paths *found; /* gets the paths at which values differ, and these are none; NULL: the first is one */

    /* Whether the file at the path `now` is what was at the path `former`, which may be the same path; as it is not
     * known, *same stays as it is. Of steps files are compared only when they have moved: what a step has read is not
     * read again. NULL: no file has moved, or changed. */
    enum gd_status (*moved)(const void *context, const char *former, const char *now, bool *same,
                            struct gd_error *error);
    const void *context;
    bool scripts; /* the same for scripts, of which a path is a part (gd_param.path_with), where they have stayed */
};

/* Compares the root of a tree that was read from a text of gd_pipeline_yaml with that of the one at hand, made by
 * gd_pipeline_tree or read from such a text. GD_BAD_INPUT with the first difference: the parameter, both values, and
 * where they are. */
enum gd_status gd_pipelines_compare(const struct gd_compare_options *comparison, const struct gd_node *former,
                                    const struct gd_node *now, struct gd_error *error);

#endif
