/* The pipelines of a run: the outermost in the run's directory, and every other in a folder there, named by its step.
 */
#ifndef GD_ENGINE_PARTS_H
#define GD_ENGINE_PARTS_H

#include <sys/types.h>

#include "engine/language/pipeline.h"
#include "engine/run/written.h"

/* A file of a slot that this process has written. */
struct gd_slot_file {
    char *path;
    size_t entries;    /* of a value that grows */
    uint64_t compared; /* comparisons of the state until then */
    dev_t device;
    ino_t number;
    off_t size;
    bool written;
};

/* A pipeline of the run, and the folder of what it leaves. */
struct gd_part {
    const struct gd_pipeline *pipeline;
    struct gd_tree tree;    /* the pipeline as it is written down */
    char *directory, *text; /* text: the same, of pipeline.yaml */
    char *pipeline_path, *script_path, *summary_path;
    struct gd_slot_file *outputs; /* by slot */
    double saving; /* seconds of its outputs, those before a resume included; of the outermost, of all saving */
};

struct gd_parts {
    struct gd_part *list; /* the outermost pipeline first */
    size_t count, capacity;
    char *text; /* of all of them */
};

/* Those of a pipeline that runs in `directory`; writes nothing. Free with gd_parts_clear in any case. */
enum gd_status gd_parts_make(struct gd_parts *parts, const struct gd_pipeline *pipeline, const char *directory,
                             struct gd_error *error);
void gd_parts_clear(struct gd_parts *parts);

/* The part of a pipeline that is one of them. */
struct gd_part *gd_parts_find(const struct gd_parts *parts, const struct gd_pipeline *pipeline);

/* Whether there is such a file in the part's folder. */
bool gd_part_has(const struct gd_part *part, const char *name);

/* GD_BAD_INPUT when what is in the folders, as far as it is there, is of other pipelines or scripts. `former`: those
 * that it may be of too; NULL: none. `begun`: steps have been saved, so that a script must be there. */
enum gd_status gd_parts_compare(const struct gd_parts *parts, const struct gd_parts *former, bool begun,
                                struct gd_error *error);

/* Writes pipelines and scripts into their folders, where they are missing or others; the outermost first, because it
 * shows that a run has begun. The names of those that were missing are added to `restored`; NULL: not to be said. */
enum gd_status gd_parts_write(const struct gd_parts *parts, struct gd_text *restored, struct gd_error *error);

/* GD_BAD_INPUT with the first difference between pipelines that a run has
 * written down, one after another, and the parts. */
enum gd_status gd_parts_compare_texts(const struct gd_parts *parts, const struct gd_written *written,
                                      struct gd_error *error);

#endif
