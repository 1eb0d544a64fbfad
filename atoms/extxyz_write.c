#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "engine/base/decimal.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

#define REAL "%.17g"

/* True when there are forces and all are known. */
static bool known(const struct gd_structure *structure)
{
    for (size_t i = 0; i < structure->count && structure->forces; i++)
        for (int axis = 0; axis < 3; axis++)
            if (!isfinite(structure->forces[i][axis]))
                return false;
    return structure->forces != NULL;
}

static void write_cell(FILE *file, const struct gd_cell *cell)
{
    bool any = false;
    for (int k = 0; k < 9; k++)
        any |= cell->vectors[k / 3][k % 3] != 0;
    for (int k = 0; k < 9 && any; k++)
        fprintf(file, "%s" REAL, k ? " " : "Lattice=\"", cell->vectors[k / 3][k % 3]);
    fprintf(file, "%s", any ? "\" " : "");
    fprintf(file, "pbc=\"%c %c %c\" ", cell->periodic[0] ? 'T' : 'F', cell->periodic[1] ? 'T' : 'F',
            cell->periodic[2] ? 'T' : 'F');
}

/* Free text as a quoted word. */
static void write_quoted(FILE *file, const char *text)
{
    fputs(" comment=\"", file);
    for (; *text; text++) {
        if (strchr("\"\\", *text))
            fputc('\\', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void write_info(FILE *file, const struct gd_info *info)
{
    if (!info->key)
        write_quoted(file, info->value);
    else if (info->value)
        fprintf(file, " %s=%s", info->key, info->value);
    else
        fprintf(file, " %s", info->key);
}

static bool named(const char *const *names, const char *name)
{
    for (; name && *names; names++)
        if (strcasecmp(*names, name) == 0)
            return true;
    return false;
}

/* The columns that are written: `score` takes the place of one of that name; where forces are left out, another column
 * of that name would be taken for them. */
static bool keeps(const struct gd_frame *frame, const struct gd_extra_column *column, bool score)
{
    static const char *const forces[] = {"forces", "force", NULL};
    if (score && strcmp(column->name, "score") == 0)
        return false;
    return !named(forces, column->name) || !frame->structure.forces || known(&frame->structure);
}

static void write_comment(FILE *file, const struct gd_frame *frame, bool forces, bool score)
{
    write_cell(file, &frame->structure.cell);
    fprintf(file, "Properties=species:S:1:pos:R:3%s%s", forces ? ":forces:R:3" : "", score ? ":score:R:3" : "");
    for (size_t k = 0; k < frame->column_count; k++) {
        const struct gd_extra_column *column = &frame->columns[k];
        if (keeps(frame, column, score))
            fprintf(file, ":%s:%c:%d", column->name, column->type, column->width);
    }
    if (isfinite(frame->structure.energy))
        fprintf(file, " energy=" REAL, frame->structure.energy);
    for (size_t k = 0; k < frame->info_count; k++)
        write_info(file, &frame->info[k]);
    fputc('\n', file);
}

/* A vector as it was written last. */
struct written {
    double vector[3];
    size_t length; /* 0: none so far */
    char text[3 * (GD_DECIMAL_SIZE + 1)];
};

static void write_vector(FILE *file, const double vector[3], struct written *written)
{
    if (written->length == 0 || memcmp(written->vector, vector, sizeof written->vector) != 0) {
        written->length = 0;
        for (int axis = 0; axis < 3; axis++) {
            written->text[written->length++] = ' ';
            written->length += gd_decimal_write(written->text + written->length, vector[axis]);
        }
        memcpy(written->vector, vector, sizeof written->vector);
    }
    fwrite(written->text, 1, written->length, file);
}

static void write_extra(FILE *file, const struct gd_extra_column *column, size_t atom)
{
    size_t width = (size_t)column->width;
    for (size_t k = 0; k < width; k++)
        fprintf(file, " %s", column->cells[atom * width + k]);
}

/* `former`: position and force of each atom in the frame before, many of which are the same; NULL: none are. */
static enum gd_status write_frame(FILE *file, const struct gd_frame *frame, const double (*score)[3],
                                  struct written (*former)[2], struct gd_error *error)
{
    const struct gd_structure *structure = &frame->structure;
    bool forces = known(structure);
    locale_t locale = gd_c_locale_begin();
    fprintf(file, "%zu\n", structure->count);
    write_comment(file, frame, forces, score != NULL);
    for (size_t i = 0; i < structure->count; i++) {
        struct written none[3] = {{.length = 0}, {.length = 0}, {.length = 0}}, *vectors = former ? former[i] : none;
        fputs(gd_element_symbol(structure->species[i]), file);
        write_vector(file, structure->positions[i], &vectors[0]);
        if (forces)
            write_vector(file, structure->forces[i], &vectors[1]);
        if (score)
            write_vector(file, score[i], &none[2]);
        for (size_t k = 0; k < frame->column_count; k++)
            if (keeps(frame, &frame->columns[k], score != NULL))
                write_extra(file, &frame->columns[k], i);
        fputc('\n', file);
    }
    gd_c_locale_end(locale);
    return ferror(file) ? gd_fail(error, GD_FAILED, "cannot write structures: %s", strerror(errno)) : GD_OK;
}

enum gd_status gd_extxyz_write(FILE *file, const struct gd_frame *frame, const double (*score)[3],
                               struct gd_error *error)
{
    return write_frame(file, frame, score, NULL, error);
}

void gd_frame_drop(struct gd_frame *frame, const char *const *names)
{
    size_t columns = 0, words = 0;
    for (size_t k = 0; k < frame->column_count; k++)
        if (named(names, frame->columns[k].name))
            free(frame->columns[k].cells);
        else
            frame->columns[columns++] = frame->columns[k];
    for (size_t k = 0; k < frame->info_count; k++)
        if (!named(names, frame->info[k].key))
            frame->info[words++] = frame->info[k];
    frame->column_count = columns;
    frame->info_count = words;
}

/* What is written of a set: its structures from `first` on, with NAME=counts[k] unless `name` is NULL. */
struct members {
    const struct gd_set *set;
    size_t first;
    const char *name;
    const int64_t *counts;
};

/* For each atom: its cell of the column, and what was written of it in the structure before. */
struct columns {
    const char **mask;
    struct written (*written)[2];
};

static enum gd_status write_member(FILE *file, const struct members *members, size_t k, const struct columns *columns,
                                   struct gd_error *error)
{
    const struct gd_set *set = members->set;
    char serial[24], count[24], weight[32];
    struct gd_extra_column column = {GD_MOVE_MASK, 'L', 1, columns->mask};
    struct gd_info info[3];
    struct gd_frame frame = {gd_set_view(set, k), &column, set->fixed > 0, info, 0};
    if (set->serials[k] > 0)
        info[frame.info_count++] = (struct gd_info){"evaluation", serial};
    if (set->path_weights && isfinite(set->path_weights[k]))
        info[frame.info_count++] = (struct gd_info){"log_path_weight", weight};
    if (members->name)
        info[frame.info_count++] = (struct gd_info){members->name, count};
    snprintf(serial, sizeof serial, "%" PRId64, set->serials[k]);
    if (set->path_weights)
        snprintf(weight, sizeof weight, REAL, set->path_weights[k]);
    snprintf(count, sizeof count, "%" PRId64, members->name ? members->counts[k] : 0);
    return write_frame(file, &frame, NULL, columns->written, error);
}

static enum gd_status write_members(FILE *file, const struct members *members, struct gd_error *error)
{
    const struct gd_set *set = members->set;
    struct columns columns = {gd_array(set->atoms, sizeof *columns.mask),
                              gd_array(set->atoms, sizeof *columns.written)};
    enum gd_status status = columns.mask && columns.written ? GD_OK : gd_no_memory(error, "a column");
    for (size_t i = 0; i < set->atoms && !status; i++)
        columns.mask[i] = i + set->free_atoms < set->fixed ? "F" : "T";
    for (size_t k = members->first; k < set->count && !status; k++)
        status = write_member(file, members, k, &columns, error);
    free(columns.mask);
    free(columns.written);
    return status;
}

static enum gd_status write_file(const char *path, const char *mode, const struct members *members,
                                 struct gd_error *error)
{
    FILE *file = fopen(path, mode);
    if (!file)
        return gd_fail(error, GD_FAILED, "%s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IOFBF, 1 << 20); /* files of many megabytes */
    enum gd_status status = write_members(file, members, error);
    if (fclose(file) && !status)
        status = gd_fail(error, GD_FAILED, "%s: %s", path, strerror(errno));
    return status;
}

enum gd_status gd_extxyz_write_set(const char *path, const struct gd_set *set, struct gd_error *error)
{
    return write_file(path, "we", &(struct members){.set = set}, error);
}

enum gd_status gd_extxyz_append_set(const char *path, const struct gd_set *set, size_t first, struct gd_error *error)
{
    return write_file(path, "ae", &(struct members){.set = set, .first = first}, error);
}

enum gd_status gd_extxyz_write_counted(const char *path, const struct gd_set *set, const char *name,
                                       const int64_t *counts, struct gd_error *error)
{
    return write_file(path, "we", &(struct members){set, 0, name, counts}, error);
}
