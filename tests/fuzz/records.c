/* What a child process sends of an HDF5 file: the input is the records, as if the child were under the control of the
 * file that it reads. What is refused leaves nothing behind; what is accepted is a tree that the reader of models can
 * be asked about, and that is in order. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/h5_priv.h"
#include "fuzz/fuzz.h"
#include "model/model.h"

#define MOST (1 << 20)

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* What every tree keeps: names in order, and as many bytes as the sizes say. */
static void check_list(const struct gd_h5 *list, const struct gd_h5 *owner, bool attributes)
{
    for (const struct gd_h5 *item = list; item; item = item->next) {
        size_t count;
        demand(item->parent == owner && *item->name && (!item->next || strcmp(item->name, item->next->name) < 0));
        demand(item->rank >= 0 && item->rank <= GD_H5_RANK && (attributes || !strchr(item->name, '/')));
        if (item->kind == GD_H5_VALUES)
            demand(gd_h5_count(item, &count) && item->size == count * gd_h5_sizes[item->type]);
        demand(item->kind == GD_H5_GROUP || !item->children);
        check_list(item->attributes, item, true);
        check_list(item->children, item, false);
    }
}

static void ask(struct gd_h5 *file)
{
    char digest[GD_DIGEST_SIZE], **texts, *text;
    size_t count = GD_H5_ANY;
    void *model = NULL;
    gd_h5_digest(file, digest);
    if (gd_model_load(&model, file, "parameters", NULL, NULL) == GD_OK)
        gd_model_free(model);
    for (const struct gd_h5 *at = file->children; at; at = at->next) {
        if (gd_h5_load_strings(file, at->name, &count, &texts, NULL) == GD_OK)
            gd_h5_free_strings(texts, count);
        if (gd_h5_load_text(file, at->name, &text, NULL) == GD_OK)
            free(text);
        count = GD_H5_ANY;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_h5 *file;
    struct gd_error error = {0};
    int records = memfd_create("records", MFD_CLOEXEC);
    demand(records >= 0 && write(records, data, size) == (ssize_t)size && lseek(records, 0, SEEK_SET) == 0);
    demand(gd_h5_create("records.h5", &file, NULL) == GD_OK);
    enum gd_status status = gd_h5_receive(records, MOST, file, &error);
    demand(!status || status == GD_FAILED || (status == GD_BAD_INPUT && *error.text));
    check_list(file->attributes, file, true);
    check_list(file->children, file, false);
    if (!status)
        ask(file);
    gd_h5_close(file);
    close(records);
    return 0;
}
