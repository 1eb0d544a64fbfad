/* godiff stages [NAME]: all that can stand in a pipeline, from the rows that parsing uses. */
#include "cli/stages.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

struct values {
    const char *name, *kind;
    int words; /* enum words */
    struct gd_list plugins;
    bool full, json, markdown;
};

/* --words: what completions offer. */
enum words { NO_WORDS, NAMES, KINDS, POTENTIALS, SETTINGS };
static const char *const word_kinds[] = {"none", "names", "kinds", "potentials", "settings", NULL};

static const struct gd_option options[] = {
    {.name = "NAME",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, name),
     .words = "names",
     .help = "a section, step, component or kind of component (default: a list of all)"},
    {.name = "--kind",
     .value = "KIND",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, kind),
     .words = "kinds",
     .help = "only components of this kind, such as curve or potential; stage: only sections and steps"},
    {.name = "--full", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, full), .help = "all in full"},
    {.name = "--words",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, words),
     .choices = word_kinds,
     .help = "words alone, a line each, for the completion of shells; settings: the beginnings of --set"},
    {.name = "--json", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, json), .help = "as JSON"},
    {.name = "--markdown",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, markdown),
     .help = "as Markdown tables"},
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* As text ------------------------------------------------------------------------------------------------------- */

static void print_type(const struct gd_param *row)
{
    if (row->count > 1)
        printf("%d x ", row->count);
    if (row->type == GD_SUBSET)
        printf("some of ");
    if (row->type == GD_COMPONENT)
        printf("%s", row->kind);
    else if (row->type == GD_CHOICE || row->type == GD_SUBSET)
        for (size_t k = 0; row->choices[k]; k++)
            printf("%s%s", k ? "|" : "", row->choices[k]);
    else
        printf("%s", gd_type_names[row->type]);
    if (row->unit)
        printf(" in %s", row->unit);
    if (gd_row_ranged(row))
        printf(", %s %.10g, at most %.10g", row->above_min ? "above" : "at least", row->min, row->max);
}

static bool print_rows(const struct gd_param *rows, int indent)
{
    bool fine = true;
    for (const struct gd_param *row = rows; fine && row && row->name; row++) {
        char *help = gd_row_help(row);
        printf("%*s%-12s ", indent, "", row->name);
        print_type(row);
        if (row->initial)
            printf("; default %s", row->initial);
        else if (row->type != GD_GROUP)
            printf(row->optional ? "; optional" : "; required");
        printf("\n%*s%s\n", indent + 13, "", help ? help : "");
        fine = help && (row->type != GD_GROUP || print_rows(row->rows, indent + 4));
        free(help);
    }
    return fine;
}

static void print_slots(const char *label, const char *const *slots)
{
    if (!slots || !slots[0])
        return;
    printf("  %s", label);
    for (size_t k = 0; slots[k]; k++)
        printf(" %s", slots[k]);
    putchar('\n');
}

static bool print_stage(void *out, const struct gd_stage *stage)
{
    (void)out;
    printf("%s (%s)\n  %s\n", stage->name, stage->section ? "section" : "step", stage->summary);
    if (stage->self)
        printf("  is a %s\n", stage->self);
    print_slots("reads   ", stage->reads);
    print_slots("reads one at least of", stage->either);
    print_slots("may read", stage->may_read);
    print_slots("writes  ", stage->writes);
    if (stage->uses)
        printf("  (which of these are used depends on the parameters)\n");
    const bool fine = print_rows(stage->params, 4);
    putchar('\n');
    return fine;
}

static bool print_component(void *out, const struct gd_kind *kind, const struct gd_component *component)
{
    (void)out;
    printf("%s (%s)\n  %s\n", component->name, kind->name, component->summary);
    const bool fine = print_rows(component->params, 4);
    putchar('\n');
    return fine;
}

const struct gd_stage_printer gd_print_stages_text = {.stage = print_stage, .component = print_component};

#define STAGES "stage" /* as a kind: sections and steps */

/* All or some --------------------------------------------------------------------------------------------------- */

/* Steps that the engine itself knows. */
static const struct gd_stage words[] = {
    {.name = "loop", .summary = "Executes its steps repeatedly.", .params = gd_loop_rows},
    {.name = "pipeline", .summary = "Runs another pipeline as one step.", .params = gd_pipeline_rows},
};

struct show {
    const struct values *values;
    const struct gd_stage_printer *printer;
    void *out;
    size_t shown;
};

static bool selects_stages(const struct values *values)
{
    return !values->kind || !strcmp(values->kind, STAGES);
}

static bool selected(struct show *show, const char *name)
{
    bool yes = !show->values->name || !strcmp(show->values->name, name);
    show->shown += yes;
    return yes;
}

static bool show_stage(struct show *show, const struct gd_stage *stage)
{
    return !selected(show, stage->name) || show->printer->stage(show->out, stage);
}

static bool show_stages(struct show *show, const struct gd_registry *registry)
{
    bool fine = true;
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); fine && *stage; stage++)
        fine = show_stage(show, *stage);
    for (size_t k = 0; fine && k < sizeof words / sizeof *words; k++)
        fine = show_stage(show, &words[k]);
    return fine;
}

/* All of a kind when that is what is named. */
static bool show_kind(struct show *show, const struct gd_registry *registry, const struct gd_kind *kind)
{
    const struct gd_component *const *component = gd_registry_components(registry, kind->name);
    bool fine = true, all = selected(show, kind->name);
    for (; fine && *component; component++)
        if (all || selected(show, (*component)->name))
            fine = show->printer->component(show->out, kind, *component);
    return fine;
}

static bool show_all(struct show *show, const struct gd_registry *registry)
{
    const char *kind = show->values->kind;
    bool fine = !selects_stages(show->values) || show_stages(show, registry);
    for (const struct gd_kind *const *known = gd_registry_kinds(registry); fine && *known; known++)
        if (!kind || !strcmp(kind, (*known)->name))
            fine = show_kind(show, registry, *known);
    return fine;
}

/* The names of what --kind selects; `names`: NULL to count them. */
static size_t list_names(const struct values *values, const struct gd_registry *registry, const char **names)
{
    size_t count = 0;
    const bool stages = selects_stages(values);
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); stages && *stage; stage++, count++)
        if (names)
            names[count] = (*stage)->name;
    for (size_t k = 0; stages && k < sizeof words / sizeof *words; k++, count++)
        if (names)
            names[count] = words[k].name;
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++) {
        const struct gd_component *const *component = gd_registry_components(registry, (*kind)->name);
        if (names && !values->kind)
            names[count] = (*kind)->name;
        count += !values->kind;
        for (; (!values->kind || !strcmp(values->kind, (*kind)->name)) && *component; component++, count++)
            if (names)
                names[count] = (*component)->name;
    }
    return count;
}

static void print_components(const struct gd_registry *registry, const char *kind)
{
    for (const struct gd_component *const *one = gd_registry_components(registry, kind); *one; one++)
        puts((*one)->name);
}

/* "PATH=" of all rows of a stage. */
static void print_settings(const char *stage, const struct gd_param *rows)
{
    for (const struct gd_param *row = rows; row && row->name; row++)
        if (row->type != GD_GROUP)
            printf("%s.%s=\n", stage, row->name);
        else
            for (const struct gd_param *inner = row->rows; inner->name; inner++)
                printf("%s.%s.%s=\n", stage, row->name, inner->name);
}

static void print_words(const struct gd_registry *registry, enum words which)
{
    const bool names = which == NAMES, settings = which == SETTINGS;
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage && (names || settings); stage++) {
        if (names)
            puts((*stage)->name);
        else if ((*stage)->self)
            printf("%s=\n", (*stage)->name);
        else
            print_settings((*stage)->name, (*stage)->params);
    }
    for (size_t k = 0; k < sizeof words / sizeof *words && names; k++)
        puts(words[k].name);
    if (settings)
        print_settings(words[0].name, words[0].params);
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++) {
        if (names || which == KINDS)
            puts((*kind)->name);
        if (names || (which == POTENTIALS && !strcmp((*kind)->name, "potential")))
            print_components(registry, (*kind)->name);
    }
}

/* Reports a NAME that nothing has, with the nearest. */
static enum gd_status unknown(const struct values *values, const struct gd_registry *registry, struct gd_error *error)
{
    const char **names = gd_array(list_names(values, registry, NULL) + 1, sizeof *names);
    if (!names)
        return gd_no_memory(error, "the list of stages");
    list_names(values, registry, names);
    const char *name = values->name ? values->name : "", *near = gd_find_nearest(name, names);
    free(names);
    return gd_fail(error, GD_BAD_INPUT, "unknown %s '%s'%s%s%s; see: godiff stages",
                   values->kind ? values->kind : "stage or component", name, near ? ", did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
}

/* Reports a --KIND that there is not, with the nearest. */
static enum gd_status unknown_kind(const char *name, const struct gd_registry *registry, struct gd_error *error)
{
    const struct gd_kind *const *kinds = gd_registry_kinds(registry);
    size_t count = 0;
    while (kinds[count])
        count++;
    const char **names = gd_array(count + 2, sizeof *names);
    if (!names)
        return gd_no_memory(error, "the list of kinds");
    for (size_t k = 0; k < count; k++)
        names[k] = kinds[k]->name;
    names[count] = STAGES;
    const char *near = gd_find_nearest(name, names);
    free(names);
    return gd_fail(error, GD_BAD_INPUT, "--kind: unknown kind '%s'%s%s%s; see: godiff stages", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Whether nothing is chosen, so that a list is what is wanted. */
static bool wants_list(const struct values *values)
{
    return !values->name && !values->kind && !values->full && !values->json && !values->markdown;
}

static void print_names(const struct gd_registry *registry, const struct gd_kind *kind)
{
    const struct gd_component *const *component = gd_registry_components(registry, kind->name);
    printf("  %-12s ", kind->name);
    for (size_t k = 0; component[k]; k++)
        printf("%s%s", k ? ", " : "", component[k]->name);
    putchar('\n');
}

/* A line for each. */
static void print_list(const struct gd_registry *registry)
{
    for (int section = 1; section >= 0; section--) {
        puts(section ? "sections" : "\nsteps");
        for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++)
            if ((*stage)->section == section)
                printf("  %-12s %s\n", (*stage)->name, (*stage)->summary);
    }
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        printf("  %-12s %s\n", words[k].name, words[k].summary);
    puts("\ncomponents, by their kinds");
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        print_names(registry, *kind);
    puts("\ngodiff stages NAME describes a section, a step, a component, or all components of a kind.");
}

static enum gd_status print_all(const struct values *values, const struct gd_registry *registry, struct gd_error *error)
{
    struct show show = {.values = values, .printer = &gd_print_stages_text};
    if (values->json)
        show.printer = &gd_print_stages_json;
    else if (values->markdown)
        show.printer = &gd_print_stages_markdown;
    bool fine = (!show.printer->begin || show.printer->begin(&show.out)) && show_all(&show, registry);
    if (show.printer->end)
        fine = show.printer->end(show.out, fine && show.shown) && fine;
    if (!fine)
        return gd_no_memory(error, "the list of stages");
    return show.shown ? GD_OK : unknown(values, registry, error);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    if (values->json && values->markdown)
        return gd_fail(error, GD_BAD_INPUT, "--json and --markdown cannot be combined");
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    if (!registry)
        return error->status;
    bool known = selects_stages(values) || gd_registry_kind(registry, values->kind);
    enum gd_status status = GD_OK;
    if (values->words)
        print_words(registry, (enum words)values->words);
    else if (wants_list(values))
        print_list(registry);
    else
        status = known ? print_all(values, registry, error) : unknown_kind(values->kind, registry, error);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_stages = {
    .name = "stages",
    .summary = "describe stages and components: purpose, parameters, slots",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
