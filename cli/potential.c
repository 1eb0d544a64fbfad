/* What the commands that take --potential and structures share. */
#include <stdlib.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "cli/cli.h"
#include "engine/base/memory.h"
#include "potentials/kept.h"

/* The bytes of the text in quotes that begins here, with them; without a second one, of all that is left. */
static size_t quoted_length(const char *text)
{
    const char *c = text + 1;
    for (; *c && (*c != *text || (*c == '\'' && c[1] == '\'')); c++)
        c += *text == '"' ? *c == '\\' && c[1] : *c == '\''; /* what follows is no end */
    return (size_t)(c - text) + (*c != '\0');
}

/* Adds "epsilon=0.5,pair=[1, 2]" as "epsilon: 0.5,pair: [1, 2]": the first = of a pair stands behind its key, and
 * another one belongs to the value. Quotes are those that a value or an item begins with. */
static void add_pairs(struct gd_text *value, const char *text)
{
    char before = ','; /* without spaces */
    bool key = true;
    int depth = 0;
    for (size_t length; *text; text += length) {
        const bool quotes = (*text == '"' || *text == '\'') && strchr("=:,[{", before);
        const bool ends = key && depth == 0 && *text == '=';
        length = quotes ? quoted_length(text) : 1;
        depth += (*text == '[' || *text == '{') - (*text == ']' || *text == '}');
        gd_text_add(value, ends ? ": " : text, ends ? 2 : length);
        if (depth == 0 && strchr("=:,", *text))
            key = *text == ',';
        before = *text == ' ' ? before : *text;
    }
}

/* "lj:epsilon=0.5,pair=[1, 2]" as a value of the pipeline language: "{lj: {epsilon: 0.5,pair: [1, 2]}}". */
static char *as_value(const char *text)
{
    const size_t name = strcspn(text, ":");
    struct gd_text value = {0};
    if (!text[name])
        return gd_string(text);
    gd_text_print(&value, "{%.*s: {", (int)name, text);
    add_pairs(&value, text + name + 1);
    gd_text_add(&value, "}}", 2);
    return gd_text_take(&value);
}

static enum gd_status parse_potential(const char *text, const struct gd_registry *registry, struct gd_arena *arena,
                                      struct gd_tree *tree, struct gd_choice *choice, struct gd_error *error)
{
    struct gd_problems problems = {0};
    char *value = as_value(text), *shown = gd_format("--potential %s", text);
    const char *origin = shown ? gd_arena_string(arena, shown, strlen(shown)) : NULL;
    const bool memory = value && origin;
    enum gd_status status =
        memory ? gd_tree_parse_value(tree, origin, value, &problems) : gd_no_memory(error, "--potential");
    if (!status)
        status = gd_component_parse("potential", registry, tree->root, choice, arena, &problems);
    gd_print_problems(&problems);
    gd_problems_clear(&problems);
    free(value);
    free(shown);
    return status == GD_NO_MEMORY ? gd_no_memory(error, "--potential") : status;
}

enum gd_status gd_potential_open(const char *text, const struct gd_registry *registry, struct gd_potential **potential,
                                 struct gd_error *error)
{
    struct gd_arena arena = {0};
    struct gd_tree tree = {0};
    struct gd_choice choice = {0};
    enum gd_status status = parse_potential(text, registry, &arena, &tree, &choice, error);
    if (!status)
        status = gd_kept_make(&choice, potential, error);
    gd_tree_clear(&tree);
    gd_arena_clear(&arena);
    return status;
}

void gd_potential_print_warning(const struct gd_potential *potential)
{
    char text[512];
    if (gd_potential_warning(potential, text, sizeof text))
        gd_print_message("warning", text);
}

enum gd_status gd_potential_check_frames(const struct gd_potential *potential, const char *path,
                                         const struct gd_frames *frames, struct gd_error *error)
{
    for (size_t k = 0; k < frames->count; k++) {
        struct gd_error why = {0};
        const struct gd_structure *structure = &frames->items[k].structure;
        enum gd_status status = gd_potential_supports(potential, structure, &why);
        if (status)
            return gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text);
    }
    return GD_OK;
}

/* What another potential may have left in the file: ASE's names of results, and godiff's own. Beside the new energy it
 * would be stale. */
static const char *const stale[] = {"energy",   "free_energy", "energies", "force",  "forces",  "stress",
                                    "stresses", "virial",      "virials",  "dipole", "charges", "magmom",
                                    "magmoms",  "reason",      "words",    NULL};

enum gd_status gd_frames_write_results(struct gd_frames *frames, FILE *stream, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < frames->count && !status; k++) {
        gd_frame_drop(&frames->items[k], stale);
        status = gd_extxyz_write(stream, &frames->items[k], NULL, error);
    }
    return status;
}
