#include "stages/failed_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/extxyz.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"

/* The words as a value of the comment line, in quotes; NULL when out of memory. */
static char *quote(const char *words)
{
    struct gd_text text = {0};
    gd_text_add(&text, "\"", 1);
    for (; *words; words++)
        if (*words == '\n')
            gd_text_add(&text, "\\n", 2);
        else
            gd_text_print(&text, strchr("\"\\", *words) ? "\\%c" : "%c", (unsigned char)*words < ' ' ? ' ' : *words);
    gd_text_add(&text, "\"", 1);
    return gd_text_take(&text);
}

static enum gd_status write_failed(FILE *file, const struct gd_set *set, size_t k, const char *words,
                                   struct gd_error *error)
{
    char serial[24];
    char *value = quote(words);
    struct gd_info info[] = {{"evaluation", serial}, {"reason", value}};
    const struct gd_frame frame = {.structure = gd_set_view(set, k), .info = info, .info_count = 2};
    snprintf(serial, sizeof serial, "%lld", (long long)set->serials[k]);
    enum gd_status status = value ? gd_extxyz_write(file, &frame, NULL, error) : gd_no_memory(error, "words");
    free(value);
    return status;
}

/* gd_file_filler. */
static enum gd_status fill(int descriptor, void *context, struct gd_error *error)
{
    const struct gd_rejects *rejects = context;
    FILE *file = fdopen(dup(descriptor), "w");
    enum gd_status status = file ? GD_OK : gd_fail(error, GD_FAILED, "failed.extxyz cannot be written");
    for (size_t k = 0, failed = 0; k < rejects->set.count && !status; k++)
        if (rejects->reasons[k] == GD_NO_ENERGY)
            status = write_failed(file, &rejects->set, k, rejects->words[failed++], error);
    if (file && fclose(file) && !status)
        status = gd_fail(error, GD_FAILED, "failed.extxyz cannot be written");
    return status;
}

enum gd_status gd_failed_write(const struct gd_context *context, struct gd_rejects *rejects)
{
    char *path = context->directory ? gd_file_join(context->directory, "failed.extxyz") : NULL;
    if (!path)
        return context->directory ? gd_no_memory(context->error, "failed.extxyz") : GD_OK;
    enum gd_status status = GD_OK;
    if (rejects->failed)
        status = gd_file_fill(path, fill, rejects, context->error);
    else
        unlink(path); /* of failures that were overcome, if there is one */
    free(path);
    return status;
}
