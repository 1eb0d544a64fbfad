/* Pipelines as runs have written them down: in pipeline.yaml, and in run.h5 one after another. */
#ifndef GD_ENGINE_WRITTEN_H
#define GD_ENGINE_WRITTEN_H

#include "engine/language/compare.h"
#include "engine/language/registry.h"
#include "engine/language/tree.h"
#include "engine/run/inputs.h"

/* One of them. */
struct gd_written {
    const char *file, *text; /* the file is named in messages; the text may go on with other pipelines */
    const char *lead, *rule; /* as in struct gd_compare_options; rule NULL: that of gd_written_compare */
    const char *directory;   /* of the run, whose summary.json knows the files that went in; NULL: none has moved */
    bool contents;           /* the files of sections must also have what that summary says of them, */
    bool scripts;            /* and so must scripts, such as those of calculators */
    const struct gd_paths *among; /* as in struct gd_compare_options */
    struct gd_paths *found;
};

/* The part of it that is compared. */
enum gd_written_part { GD_WRITTEN_ALL, GD_WRITTEN_SECTIONS };

/* Where the next pipeline of a text begins; NULL: there is none. */
const char *gd_written_next(const char *text);

/* Whether the first pipeline of a text is the other text, byte by byte. */
bool gd_written_is(const char *texts, const char *text);

/* GD_BAD_INPUT with the first difference from the pipeline at hand, the root of a gd_pipeline_tree; that files are
 * elsewhere now is none, when the checksum of what is there is that of what the run was given. */
enum gd_status gd_written_compare(const struct gd_written *written, enum gd_written_part part,
                                  const struct gd_registry *registry, const struct gd_node *now,
                                  struct gd_error *error);

/* The same of another text, whatever the seeds. */
enum gd_status gd_written_compare_text(const struct gd_written *written, const struct gd_registry *registry,
                                       const char *text, struct gd_error *error);

/* Reports every file but the pipeline's own whose content is another one than the summary of the run says. */
typedef void gd_changed_fn(void *context, const struct gd_input *input);
enum gd_status gd_written_changes(const char *directory, const struct gd_inputs *now, gd_changed_fn *report,
                                  void *context, struct gd_error *error);

/* Whether it is the same, or one of its sections (NULL: all), in another text; `why` gets the first difference, if
 * there is one. GD_NO_MEMORY alone is a failure. */
enum gd_status gd_written_same(const struct gd_written *written, const char *section,
                               const struct gd_registry *registry, const char *text, bool *same, struct gd_error *why,
                               struct gd_error *error);

#endif
