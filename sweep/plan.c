#include "sweep/plan.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/plan_priv.h"

/* --- Names -------------------------------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("._=,+-", c));
}

/* FNV-1a of 64 bits. */
static uint64_t hash(const char *text)
{
    uint64_t sum = 14695981039346656037ULL;
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 1099511628211ULL;
    return sum;
}

/* A name of plain characters is the name of its files. Of any other these are kept, and its hash follows after '~',
 * which no plain name has. */
static const char *make_slug(struct gd_arena *arena, const char *name)
{
    enum { MOST = 80 };
    char kept[MOST + 1], text[MOST + 32];
    size_t length = 0;
    bool plain = name[0] && !strchr(".-", name[0]);
    for (const char *c = name; *c; c++) {
        plain = plain && is_plain(*c) && length < MOST;
        if (length < MOST)
            kept[length++] = is_plain(*c) ? *c : '_';
    }
    kept[length] = '\0';
    if (!plain && length > 40)
        kept[40] = '\0';
    if (plain)
        snprintf(text, sizeof text, "%s", kept);
    else
        snprintf(text, sizeof text, "_%s~%016" PRIx64, kept, hash(name));
    return gd_arena_string(arena, text, strlen(text));
}

/* --- Variants ----------------------------------------------------------------------------------------------------- */

/* A copy of overrides in the arena. */
static enum gd_status copy_sets(struct gd_arena *arena, const struct gd_override *sets, size_t count,
                                const struct gd_override **copy)
{
    struct gd_override *all = gd_arena_alloc(arena, count + 1, sizeof *all);
    bool fine = all != NULL;
    for (size_t k = 0; k < count && fine; k++) {
        all[k].path = gd_arena_string(arena, sets[k].path, strlen(sets[k].path));
        all[k].value = gd_arena_string(arena, sets[k].value, strlen(sets[k].value));
        fine = all[k].path && all[k].value;
    }
    *copy = all;
    return fine ? GD_OK : GD_NO_MEMORY;
}

enum gd_status gd_sweep_add_variant(struct gd_sweep *sweep, const char *name, const char *file,
                                    const struct gd_override *sets, size_t set_count, struct gd_place place,
                                    struct gd_problems *problems)
{
    struct gd_variant new = {.set_count = set_count};
    for (size_t k = 0; k < sweep->count; k++)
        if (!strcmp(sweep->variants[k].name, name)) {
            gd_problem_add(problems, place, "there are two variants \"%s\"", name);
            return GD_BAD_INPUT;
        }
    new.name = gd_arena_string(&sweep->arena, name, strlen(name));
    new.file = gd_arena_string(&sweep->arena, file, strlen(file));
    new.slug = make_slug(&sweep->arena, name);
    enum gd_status status = copy_sets(&sweep->arena, sets, set_count, &new.sets);
    struct gd_variant *more = gd_arena_append(&sweep->arena, sweep->variants, &sweep->count, sizeof *more);
    if (status || !new.name || !new.file || !new.slug || !more)
        return GD_NO_MEMORY;
    more[sweep->count - 1] = new;
    sweep->variants = more;
    return GD_OK;
}

/* --- Seeds -------------------------------------------------------------------------------------------------------- */

static bool read_seed(const char **text, uint64_t *seed)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    const unsigned long long value = strtoull(*text, &end, 10);
    *text = end;
    *seed = value;
    return errno == 0;
}

static enum gd_status add_seed(struct gd_sweep *sweep, uint64_t seed, struct gd_place place,
                               struct gd_problems *problems)
{
    for (size_t k = 0; k < sweep->seed_count; k++)
        if (sweep->seeds[k] == seed) {
            gd_problem_add(problems, place, "the seed %" PRIu64 " is given twice", seed);
            return GD_BAD_INPUT;
        }
    uint64_t *more = gd_arena_append(&sweep->arena, sweep->seeds, &sweep->seed_count, sizeof *more);
    if (!more)
        return GD_NO_MEMORY;
    more[sweep->seed_count - 1] = seed;
    sweep->seeds = more;
    return GD_OK;
}

static enum gd_status add_range(struct gd_sweep *sweep, uint64_t first, uint64_t last, struct gd_place place,
                                struct gd_problems *problems)
{
    enum { MOST = 10000 };
    enum gd_status status = GD_OK;
    if (last < first)
        gd_problem_add(problems, place, "the range of seeds %" PRIu64 "..%" PRIu64 " is empty", first, last);
    else if (last - first >= MOST)
        gd_problem_add(problems, place, "%" PRIu64 "..%" PRIu64 " are more than %d seeds", first, last, MOST);
    if (last < first || last - first >= MOST)
        return GD_BAD_INPUT;
    for (uint64_t k = 0; k <= last - first && !status; k++)
        status = add_seed(sweep, first + k, place, problems);
    return status;
}

enum gd_status gd_sweep_add_seeds(struct gd_sweep *sweep, const char *text, struct gd_place place,
                                  struct gd_problems *problems)
{
    enum gd_status status = GD_OK;
    const char *rest = text;
    do {
        uint64_t first, last;
        rest += strspn(rest, " ");
        bool fine = read_seed(&rest, &first);
        last = first;
        if (fine && !strncmp(rest, "..", 2)) {
            rest += 2;
            fine = read_seed(&rest, &last);
        }
        rest += strspn(rest, " ");
        if (!fine || (*rest && *rest != ',')) {
            gd_problem_add(problems, place, "expected seeds such as 0..7 or 1,3,5, got '%s'", text);
            return GD_BAD_INPUT;
        }
        status = add_range(sweep, first, last, place, problems);
    } while (!status && *rest++ == ',');
    return status;
}

/* --- Runs --------------------------------------------------------------------------------------------------------- */

static const char *print(struct gd_arena *arena, const char *format, const char *slug, uint64_t seed)
{
    char text[256];
    snprintf(text, sizeof text, "%s%s/%" PRIu64, format, slug, seed);
    return gd_arena_string(arena, text, strlen(text));
}

enum gd_status gd_sweep_add_runs(struct gd_sweep *sweep)
{
    sweep->run_count = sweep->count * sweep->seed_count;
    sweep->runs = gd_arena_alloc(&sweep->arena, sweep->run_count + 1, sizeof *sweep->runs);
    bool fine = sweep->runs != NULL;
    for (size_t k = 0; k < sweep->run_count && fine; k++) {
        struct gd_sweep_run *run = &sweep->runs[k];
        run->variant = k % sweep->count;
        run->seed = sweep->seeds[k / sweep->count];
        const char *slug = sweep->variants[run->variant].slug;
        char *tag = NULL;
        run->folder = print(&sweep->arena, "runs/", slug, run->seed);
        run->tag = tag = (char *)print(&sweep->arena, "", slug, run->seed);
        if (tag)
            *strrchr(tag, '/') = '-';
        fine = run->folder && run->tag;
    }
    return fine ? GD_OK : GD_NO_MEMORY;
}

/* --- The command line --------------------------------------------------------------------------------------------- */

/* Splits PATH=VALUE. */
static enum gd_status parse_set(struct gd_arena *arena, const char *text, struct gd_override *set,
                                struct gd_problems *problems)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        gd_problem_add(problems, (struct gd_place){.file = "--set"},
                       "expected PATH=VALUE, such as train.steps=500, got '%s'", text);
        return GD_BAD_INPUT;
    }
    *set = (struct gd_override){.path = gd_arena_string(arena, text, (size_t)(equals - text)), .value = equals + 1};
    return set->path ? gd_path_check(set->path, (struct gd_place){.file = "--set"}, problems) : GD_NO_MEMORY;
}

static enum gd_status read_axes(struct gd_draft *draft, const struct gd_sweep_request *request,
                                struct gd_problems *problems)
{
    enum gd_status status = GD_OK;
    struct gd_arena *arena = &draft->sweep->arena;
    for (size_t k = 0; k < request->vary_count && status != GD_NO_MEMORY; k++) {
        struct gd_sweep_axis axis, *more = NULL;
        char *origin = gd_format("--vary %s", request->vary[k]);
        const struct gd_place place = {.file = origin ? gd_arena_string(arena, origin, strlen(origin)) : NULL};
        free(origin);
        enum gd_status one = place.file ? gd_axis_parse(arena, request->vary[k], &axis, place, problems) : GD_NO_MEMORY;
        if (!one)
            one = gd_path_check(axis.path, place, problems);
        axis.place = place;
        if (!one && !(more = gd_arena_append(arena, draft->axes, &draft->axis_count, sizeof *more)))
            one = GD_NO_MEMORY;
        if (more) {
            more[draft->axis_count - 1] = axis;
            draft->axes = more;
        }
        status = one ? one : status;
    }
    return status;
}

static enum gd_status read_sets(struct gd_draft *draft, const struct gd_sweep_request *request,
                                struct gd_problems *problems)
{
    enum gd_status status = GD_OK;
    draft->sets = gd_arena_alloc(&draft->sweep->arena, request->set_count + 1, sizeof *draft->sets);
    for (; draft->sets && draft->set_count < request->set_count && !status; draft->set_count++)
        status =
            parse_set(&draft->sweep->arena, request->set[draft->set_count], &draft->sets[draft->set_count], problems);
    return draft->sets ? status : GD_NO_MEMORY;
}

/* --- The product of variants and axes ------------------------------------------------------------------------------
 */

static size_t product(const struct gd_draft *draft)
{
    size_t count = 1;
    for (size_t k = 0; k < draft->axis_count && count <= GD_MOST_VARIANTS; k++)
        count *= draft->axes[k].count;
    return count;
}

/* The place of a combination's value on an axis: the last axis runs fastest. */
static size_t place_on(const struct gd_draft *draft, size_t axis, size_t combination)
{
    for (size_t k = draft->axis_count; --k > axis;)
        combination /= draft->axes[k].count;
    return combination % draft->axes[axis].count;
}

/* One variant: the common overrides, then its own, then those of the axes. */
static enum gd_status add_combination(const struct gd_draft *draft, const struct gd_draft_variant *base,
                                      size_t combination, struct gd_problems *problems)
{
    struct gd_arena *arena = &draft->sweep->arena;
    const size_t most = draft->set_count + base->set_count + draft->axis_count;
    struct gd_override *sets = gd_arena_alloc(arena, most + 1, sizeof *sets);
    struct gd_text name = {0};
    if (!sets)
        return GD_NO_MEMORY;
    memcpy(sets, draft->sets, draft->set_count * sizeof *sets);
    if (base->set_count > 0)
        memcpy(sets + draft->set_count, base->sets, base->set_count * sizeof *sets);
    gd_text_print(&name, "%s", base->name ? base->name : "");
    for (size_t k = 0; k < draft->axis_count; k++) {
        const struct gd_sweep_axis *axis = &draft->axes[k];
        const char *value = axis->values[place_on(draft, k, combination)];
        sets[draft->set_count + base->set_count + k] = (struct gd_override){.path = axis->path, .value = value};
        gd_text_print(&name, "%s%s=%s", name.length ? "," : "", axis->path, value);
    }
    if (!name.length)
        gd_text_print(&name, "%s", draft->sweep->name);
    char *text = gd_text_take(&name);
    enum gd_status status = text
                                ? gd_sweep_add_variant(draft->sweep, text, base->file, sets, most,
                                                       draft->axis_count ? draft->axes[0].place : base->place, problems)
                                : GD_NO_MEMORY;
    free(text);
    return status;
}

static enum gd_status multiply(const struct gd_draft *draft, struct gd_problems *problems)
{
    const size_t combinations = product(draft);
    enum gd_status status = GD_OK;
    if (combinations * draft->variant_count > GD_MOST_VARIANTS) {
        gd_problem_add(problems, (struct gd_place){.file = draft->file}, "more than %d variants",
                       (int)GD_MOST_VARIANTS);
        return GD_BAD_INPUT;
    }
    for (size_t v = 0; v < draft->variant_count && !status; v++)
        for (size_t k = 0; k < combinations && !status; k++)
            status = add_combination(draft, &draft->variants[v], k, problems);
    return status;
}

/* --- The plan ----------------------------------------------------------------------------------------------------- */

/* The file's name without folder and extension. */
static const char *stem(struct gd_arena *arena, const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(name, '.');
    return gd_arena_string(arena, name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
}

/* A pipeline is its own only variant. */
static enum gd_status add_pipeline(struct gd_draft *draft)
{
    draft->variants = gd_arena_alloc(&draft->sweep->arena, 1, sizeof *draft->variants);
    if (!draft->variants)
        return GD_NO_MEMORY;
    draft->variants[0] = (struct gd_draft_variant){.file = draft->sweep->file, .place = {.file = draft->file}};
    draft->variant_count = 1;
    return GD_OK;
}

static bool is_script(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && !strcmp(dot, ".lua");
}

/* `read`: the file was read without problems, so that it has no seeds if none are known. */
static enum gd_status add_seeds(struct gd_draft *draft, const struct gd_sweep_request *request, bool read,
                                struct gd_problems *problems)
{
    const struct gd_place place = {.file = request->seeds ? "--seeds" : draft->file};
    if (request->seeds)
        return gd_sweep_add_seeds(draft->sweep, request->seeds, place, problems);
    if (draft->seeds)
        return gd_sweep_add_seeds(draft->sweep, draft->seeds, draft->seeds_place, problems);
    if (read)
        gd_problem_add(problems, place, "no seeds: give --seeds, such as --seeds 0..7");
    return GD_BAD_INPUT;
}

static enum gd_status fill(struct gd_draft *draft, const struct gd_sweep_request *request, struct gd_problems *problems)
{
    struct gd_sweep *sweep = draft->sweep;
    bool found = false;
    enum gd_status status = read_axes(draft, request, problems), next = read_sets(draft, request, problems);
    status = next ? next : status;
    next = GD_OK;
    if (status != GD_NO_MEMORY && !is_script(sweep->file))
        next = gd_sweep_file_read(draft, &found, problems);
    const bool read = next == GD_OK;
    status = next ? next : status;
    if (!status && !found)
        status = add_pipeline(draft);
    if (status != GD_NO_MEMORY && (next = add_seeds(draft, request, read, problems)) != GD_OK)
        status = next;
    if (!status)
        status = multiply(draft, problems);
    return status ? status : gd_sweep_add_runs(sweep);
}

enum gd_status gd_sweep_plan(struct gd_sweep *sweep, const struct gd_sweep_request *request,
                             struct gd_problems *problems)
{
    struct gd_draft draft = {.sweep = sweep, .file = request->file};
    *sweep = (struct gd_sweep){0};
    sweep->name = stem(&sweep->arena, request->file);
    sweep->file = gd_absolute_path(&sweep->arena, request->file);
    if (!sweep->name)
        return GD_NO_MEMORY;
    if (!sweep->file) {
        gd_problem_add(problems, (struct gd_place){.file = request->file}, "%s", strerror(errno));
        return GD_BAD_INPUT;
    }
    enum gd_status status = fill(&draft, request, problems);
    gd_tree_clear(&draft.tree);
    return problems->overflow ? GD_NO_MEMORY : status;
}

void gd_sweep_clear(struct gd_sweep *sweep)
{
    gd_arena_clear(&sweep->arena);
    *sweep = (struct gd_sweep){0};
}
