/* What went into a run: its files, with their checksums. */
#ifndef GD_ENGINE_INPUTS_H
#define GD_ENGINE_INPUTS_H

#include <cjson/cJSON.h>

#include "engine/base/digest.h"
#include "engine/base/memory.h"
#include "engine/language/pipeline.h"

/* A file; of one that cannot be read the checksum is "". */
struct gd_input {
    const char *use, *path; /* as gd_pipeline_visit_files says; the path absolute where it is known */
    char digest[GD_DIGEST_SIZE];
    double bytes;
};

/* The checksum of a file, or for the folder of a run of its run.h5; FILE.journal (h5_journal.h) counts as the rest of
 * FILE. GD_BAD_INPUT when it cannot be read. */
enum gd_status gd_input_digest(const char *path, char digest[GD_DIGEST_SIZE], double *bytes);

/* Zero-initialise. */
struct gd_inputs {
    struct gd_arena arena;
    struct gd_input *list;
    size_t count, capacity;
};

/* Those of a pipeline, as they are now, and the state of the run `from` (NULL: none) whose values it takes. Free with
 * gd_inputs_clear in any case. */
enum gd_status gd_inputs_find(struct gd_inputs *inputs, const struct gd_pipeline *pipeline, const char *from,
                              struct gd_error *error);
void gd_inputs_clear(struct gd_inputs *inputs);

/* Adds them as the list "inputs" to a JSON object. False when out of memory. */
bool gd_inputs_add(const struct gd_inputs *inputs, cJSON *object);

#endif
