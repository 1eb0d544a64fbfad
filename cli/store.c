/* godiff store FILE: what a store of evaluations has, as a table or as structures, and results from elsewhere into it.
 */
#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atoms/foreign.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/run_structures.h"
#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "potentials/kept.h"

struct values {
    const char *file, *out, *in, *potential;
    bool failed;
    struct gd_list plugins;
};

static const struct gd_option options[] = {
    {.name = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, file),
     .required = true,
     .help = "a store, such as RUN/evaluations.store, or the folder of a run"},
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "writes its structures as extended XYZ, or as the name says, such as .db and .traj of ASE"},
    {.name = "--failed",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, failed),
     .help = "with --out: those that have failed, with the reason"},
    {.name = "--import",
     .value = "IN",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, in),
     .help = "adds structures with energies and forces, as results of --potential"},
    {.name = "--potential",
     .value = "NAME[:KEY=VALUE,...]",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, potential),
     .help = "with --import: whose results they are, without its store"},
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* The results of one potential. */
struct part {
    struct gd_store_key key;
    char *text; /* NULL: not known */
    size_t results, failures, fewest, most;
    double lowest, highest;
};

struct listing {
    struct gd_store *store;
    struct part *parts; /* [count] in the order in which they came */
    size_t count, capacity;
    FILE *stream; /* where structures go; NULL: nowhere */
    bool failed;  /* they are those that have failed */
};

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* The part of a potential, a new one where there is none; NULL when out of memory. */
static struct part *find_part(struct listing *listing, const struct gd_store_key *key)
{
    for (size_t k = 0; k < listing->count; k++)
        if (!memcmp(&listing->parts[k].key, key, sizeof *key))
            return &listing->parts[k];
    if (!gd_grow(&listing->parts, &listing->capacity, listing->count + 1, sizeof *listing->parts))
        return NULL;
    struct part *part = &listing->parts[listing->count++];
    *part = (struct part){.key = *key, .fewest = SIZE_MAX, .lowest = INFINITY, .highest = -INFINITY};
    return part;
}

/* Whether a structure that failed has had a result since. */
static enum gd_status is_mended(struct listing *listing, const struct part *part, const struct gd_structure *structure,
                                bool *mended, struct gd_error *error)
{
    size_t length;
    void *found = NULL;
    enum gd_status status = GD_OK;
    if (part->text) {
        const struct gd_store_key key = gd_kept_key(part->text, structure);
        status = gd_store_find(listing->store, &key, &found, &length, error);
    }
    *mended = found != NULL;
    free(found);
    return status;
}

static void count_result(struct part *part, const struct gd_kept_value *value)
{
    const size_t atoms = value->structure.count;
    part->results += !value->failed;
    part->failures += value->failed;
    part->fewest = atoms < part->fewest ? atoms : part->fewest;
    part->most = atoms > part->most ? atoms : part->most;
    if (!value->failed) {
        part->lowest = fmin(part->lowest, value->structure.energy);
        part->highest = fmax(part->highest, value->structure.energy);
    }
}

/* The structure, with the reason of its failure as a word of the comment line. */
static enum gd_status write_value(FILE *stream, const struct gd_kept_value *value, struct gd_error *error)
{
    struct gd_text quoted = {0};
    gd_text_add(&quoted, "\"", 1);
    for (const char *c = value->text ? value->text : ""; *c; c++)
        gd_text_add(&quoted, *c == '"' || *c == '\\' ? "'" : (unsigned char)*c < ' ' ? " " : c, 1);
    gd_text_add(&quoted, "\"", 1);
    struct gd_info reason = {"reason", quoted.data};
    const struct gd_frame frame = {.structure = value->structure, .info = &reason, .info_count = value->failed};
    enum gd_status status =
        quoted.failed ? gd_no_memory(error, "a reason") : gd_extxyz_write(stream, &frame, NULL, error);
    free(quoted.data);
    return status;
}

static enum gd_status take_value(struct listing *listing, const struct gd_kept_value *value, struct gd_error *error)
{
    bool mended = false;
    struct part *part = find_part(listing, &value->potential);
    enum gd_status status = part ? GD_OK : gd_no_memory(error, "a list");
    if (!status && value->failed)
        status = is_mended(listing, part, &value->structure, &mended, error);
    if (status || mended)
        return status;
    count_result(part, value);
    return listing->stream && value->failed == listing->failed ? write_value(listing->stream, value, error) : GD_OK;
}

static enum gd_status visit(void *context, const struct gd_store_key *key, const void *bytes, size_t length,
                            struct gd_error *error)
{
    struct listing *listing = context;
    struct gd_kept_value value;
    enum gd_status status = gd_kept_read(bytes, length, &value, error);
    if (!status && value.structure.count) {
        status = take_value(listing, &value, error);
    } else if (!status) {
        struct part *part = find_part(listing, key);
        status = part ? GD_OK : gd_no_memory(error, "a list");
        if (part) {
            free(part->text);
            part->text = value.text;
            value.text = NULL;
        }
    }
    gd_kept_clear(&value);
    return status;
}

/* --- Commands ----------------------------------------------------------------------------------------------------- */

static void print_line(const char *label, const char *text, size_t length)
{
    enum { WIDTH = 400 };
    char *line = gd_format("%.*s", (int)(length < INT_MAX ? length : INT_MAX), text);
    printf("%-14s", label);
    gd_print_escaped(stdout, line ? line : text, WIDTH);
    putchar('\n');
    free(line);
}

/* The file of a function of Python, by its name, checksum and length. */
static void print_script(const cJSON *settings, const char *text, size_t length)
{
    const char *calculator = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "calculator"));
    const char *end = calculator ? strstr(calculator, ".py:") : NULL;
    const char *slash = end ? memrchr(calculator, '/', (size_t)(end - calculator)) : NULL;
    const char *name = slash ? slash + 1 : calculator;
    char digest[GD_DIGEST_SIZE];
    size_t lines = 0;
    for (size_t k = 0; k < length; k++)
        lines += text[k] == '\n' || k + 1 == length;
    gd_bytes_digest(text, length, digest);
    char *line =
        gd_format("%.*s, sha256 %.16s..., %zu lines", end ? (int)(end + 3 - name) : 0, end ? name : "", digest, lines);
    print_line("script", line ? line : "", line ? strlen(line) : 0);
    free(line);
}

/* The text of a potential (gd_kept_new): its name, what it says of itself, and the version. What `ase` says of itself
 * is settings in JSON, a space, and the text of the file, which ends a line where a version follows. */
static void print_potential(const char *text)
{
    static const char name[] = "ase ";
    const char *settings = text + strlen(name), *end = NULL;
    cJSON *json = strncmp(text, name, strlen(name)) ? NULL : cJSON_ParseWithOpts(settings, &end, false);
    if (!json) {
        print_line("potential", text, strlen(text));
        return;
    }
    const char *script = *end ? end + 1 : end, *last = strrchr(script, '\n');
    const char *rest = last ? last + 1 : script;
    const bool has_version = *rest == ' ';
    const size_t length = has_version ? (size_t)(rest - script) : strlen(script);
    print_line("potential", text, (size_t)(end - text));
    if (length)
        print_script(json, script, length);
    if (has_version)
        print_line("version", rest + 1, strlen(rest + 1));
    cJSON_Delete(json);
}

static void print_parts(const struct listing *listing)
{
    for (size_t k = 0; k < listing->count; k++) {
        const struct part *part = &listing->parts[k];
        print_potential(part->text ? part->text : "not known");
        printf("results       %zu\n", part->results);
        if (part->failures)
            printf("failed        %zu\n", part->failures);
        if (part->results + part->failures)
            printf(part->fewest < part->most ? "atoms         %zu to %zu\n" : "atoms         %zu\n", part->fewest,
                   part->most);
        if (part->results)
            printf("energies      %.10g to %.10g eV\n", part->lowest, part->highest);
    }
    if (!listing->count)
        puts("empty");
}

static enum gd_status open_output(struct gd_output *output, const char *path, struct gd_error *error)
{
    return gd_foreign_name(path) ? gd_output_open_foreign(output, path, NULL, error)
                                 : gd_output_open(output, path, error);
}

static void warn_of_damage(const struct gd_store *store, const char *path)
{
    char text[1000];
    const size_t damaged = gd_store_damaged(store);
    if (damaged)
        gd_print_message("warning",
                         gd_print(text, sizeof text,
                                  "%s: damaged in %zu %s; what was there is not listed, and a run evaluates it "
                                  "again when it is needed",
                                  path, damaged, damaged == 1 ? "place" : "places"));
}

/* The store of the folder of a run, or the file itself; a new string, NULL when out of memory. */
static char *store_path(const char *file)
{
    struct stat about;
    return stat(file, &about) == 0 && S_ISDIR(about.st_mode) ? gd_file_join(file, "evaluations.store")
                                                             : gd_string(file);
}

static enum gd_status open_store(const char *file, const char *path, struct gd_store **store, struct gd_error *error)
{
    if (strcmp(file, path) != 0 && access(path, F_OK) != 0)
        return gd_fail(
            error, GD_BAD_INPUT,
            "%s has no results of its own: its potential costs nothing, or keeps them in the `store` that it "
            "names",
            file);
    return gd_store_open(store, path, GD_STORE_READ, error);
}

static enum gd_status list_store(const struct values *values, struct gd_error *error)
{
    struct listing listing = {.failed = values->failed};
    struct gd_output output = {0};
    char *path = store_path(values->file);
    enum gd_status status =
        path ? open_store(values->file, path, &listing.store, error) : gd_no_memory(error, values->file);
    if (!status && values->out)
        status = open_output(&output, values->out, error);
    listing.stream = values->out ? output.stream : NULL;
    if (!status)
        status = gd_store_each(listing.store, visit, &listing, error);
    if (!status && !values->out)
        print_parts(&listing);
    if (!status)
        warn_of_damage(listing.store, values->file);
    if (values->out)
        status = gd_output_close(&output, status, error);
    for (size_t k = 0; k < listing.count; k++)
        free(listing.parts[k].text);
    free(listing.parts);
    gd_store_close(listing.store);
    free(path);
    return status;
}

static enum gd_status add_frames(const struct values *values, const struct gd_potential *potential,
                                 const struct gd_frames *frames, struct gd_error *error)
{
    struct gd_error why = {0};
    for (size_t k = 0; k < frames->count; k++) {
        const struct gd_structure *structure = &frames->items[k].structure;
        enum gd_status status = GD_OK;
        if (!structure->forces)
            status = gd_fail(&why, GD_BAD_INPUT, "it has no forces");
        if (!status)
            status = gd_potential_check_finite(potential, structure, &why);
        if (status)
            return gd_fail(error, GD_BAD_INPUT, "%s: structure %zu: %s", values->in, k + 1, why.text);
    }
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < frames->count && !status; k++)
        status = gd_kept_add(potential, &frames->items[k].structure, error);
    return status;
}

/* "ase:calculator=emt" with the store, whose name is quoted as in YAML. A new string; NULL when out of memory. */
static char *with_store(const char *potential, const char *store)
{
    struct gd_text text = {0};
    gd_text_print(&text, "%s%sstore=\"", potential, strchr(potential, ':') ? "," : ":");
    for (const char *c = store; *c; c++)
        if ((unsigned char)*c < ' ')
            gd_text_print(&text, "\\x%02X", *c);
        else
            gd_text_print(&text, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    gd_text_add(&text, "\"", 1);
    return gd_text_take(&text);
}

/* Whether the potential named in "NAME:..." can have a store; one that does not exist is refused later. */
static enum gd_status check_keeps(const char *potential, const struct gd_registry *registry, struct gd_error *error)
{
    char *name = gd_format("%.*s", (int)strcspn(potential, ":"), potential);
    const struct gd_component *component = name ? gd_registry_component(registry, "potential", name) : NULL;
    enum gd_status status = name ? GD_OK : gd_no_memory(error, "--potential");
    if (component && !gd_param_find(component->params, "store"))
        status =
            gd_fail(error, GD_BAD_INPUT, "--potential %s: results of this potential are not kept in a store", name);
    free(name);
    return status;
}

static enum gd_status import(const struct values *values, struct gd_error *error)
{
    struct gd_potential *potential = NULL;
    struct gd_frames frames = {0};
    char *path = store_path(values->file), *text = path ? with_store(values->potential, path) : NULL;
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = !registry ? error->status
                            : text    ? check_keeps(values->potential, registry, error)
                                      : gd_no_memory(error, "--potential");
    if (!status)
        status = gd_input_read(values->in, registry, &frames, error);
    if (!status)
        status = gd_potential_open(text, registry, &potential, error);
    if (!status)
        status = add_frames(values, potential, &frames, error);
    if (!status)
        printf("%zu structures are in %s\n", frames.count, path);
    gd_frames_clear(&frames);
    gd_potential_free(potential);
    gd_registry_free(registry);
    free(path);
    free(text);
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    if (!values->in != !values->potential)
        return gd_fail(error, GD_BAD_INPUT, "--import and --potential go together");
    if (values->in && (values->out || values->failed))
        return gd_fail(error, GD_BAD_INPUT, "--import does not go together with --out and --failed");
    if (values->failed && !values->out)
        return gd_fail(error, GD_BAD_INPUT, "--failed needs --out");
    return values->in ? import(values, error) : list_store(values, error);
}

const struct gd_command gd_command_store = {
    .name = "store",
    .summary = "list, export or fill a store of evaluations",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
