/* The files that go into a pipeline. */
#ifndef GD_ENGINE_PIPELINE_FILES_H
#define GD_ENGINE_PIPELINE_FILES_H

#include "engine/language/pipeline.h"

/* Called with the path of a file and what it is: "pipeline", "plugin", or the step or section with the name of its
 * parameter, such as "potential.file". Both live for the call. Returns false to end the walk. */
typedef bool gd_file_visit(void *context, const char *use, const char *path);

/* Visits the file of the pipeline, the plugins, and whatever file a parameter names, in the pipelines among its steps
 * too; not those of resources (gd_param.resource), such as stores, which the work changes. Files that these files name
 * are not known. False: a visit has ended it, or memory is short. */
bool gd_pipeline_visit_files(const struct gd_pipeline *pipeline, gd_file_visit *visit, void *context);

/* Visits the words of a text that are names of files in a folder; NULL: the current one. Words end at white space and
 * at quotes. False as above. */
bool gd_words_visit_files(const char *text, const char *folder, const char *use, gd_file_visit *visit, void *context);

#endif
