/* godiff stages --markdown: the tables of the pages in docs/stages and docs/components. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/stages.h"

/* Inside a table | would end the cell. */
static void print_value(const struct gd_param *row)
{
    if (row->count > 1)
        printf("%d × ", row->count);
    if (row->type == GD_SUBSET)
        fputs("some of ", stdout);
    if (row->type == GD_COMPONENT)
        printf("[%s](../components/%s.md)", row->kind, row->kind);
    else if (row->type == GD_CHOICE || row->type == GD_SUBSET)
        for (size_t k = 0; row->choices[k]; k++)
            printf("%s`%s`", k ? ", " : "", row->choices[k]);
    else
        fputs(gd_type_names[row->type], stdout);
    if (gd_row_ranged(row))
        printf(row->above_min ? ", above %.10g, up to %.10g" : ", %.10g to %.10g", row->min, row->max);
    if (row->unit)
        printf(" (%s)", row->unit);
}

static void print_default(const struct gd_param *row)
{
    if (row->initial)
        printf("`%s`", row->initial);
    else
        fputs(row->optional ? "none" : row->type == GD_GROUP ? "" : "required", stdout);
}

/* `group` leads the names of rows inside a group, with its dot. */
static bool print_rows(const char *group, const struct gd_param *rows)
{
    bool fine = true;
    for (const struct gd_param *row = rows; fine && row && row->name; row++) {
        char *help = gd_row_help(row);
        printf("| `%s%s` | ", group, row->name);
        print_value(row);
        fputs(" | ", stdout);
        print_default(row);
        printf(" | %s |\n", help ? help : "");
        fine = help;
        free(help);
        if (fine && row->type == GD_GROUP) {
            char inner[128];
            snprintf(inner, sizeof inner, "%s%s.", group, row->name);
            fine = print_rows(inner, row->rows);
        }
    }
    return fine;
}

/* False when out of memory. */
static bool print_table(const struct gd_param *rows)
{
    if (!rows) {
        puts("It has no parameters.");
        return true;
    }
    puts("| parameter | value | default | meaning |\n|---|---|---|---|");
    return print_rows("", rows);
}

static void print_slots(const char *label, const char *const *slots)
{
    if (!slots || !slots[0])
        return;
    fputs(label, stdout);
    for (size_t k = 0; slots[k]; k++)
        printf("%s`%s`", k ? ", " : "", slots[k]);
    puts(".");
}

static bool print_stage(void *out, const struct gd_stage *stage)
{
    (void)out;
    bool fine = true;
    printf("%s\n\n", stage->summary);
    if (stage->self)
        printf("Its value is a [%s](../components/%s.md).\n", stage->self, stage->self);
    else
        fine = print_table(stage->params);
    if (stage->reads || stage->either || stage->may_read || stage->writes)
        putchar('\n');
    print_slots("Reads ", stage->reads);
    print_slots("Reads one at least of ", stage->either);
    print_slots("May read ", stage->may_read);
    print_slots("Writes ", stage->writes);
    if (stage->uses)
        puts("Which of these are used depends on the parameters.");
    return fine;
}

static bool print_component(void *out, const struct gd_kind *kind, const struct gd_component *component)
{
    (void)out, (void)kind;
    printf("### %s\n\n%s\n\n", component->name, component->summary);
    const bool fine = print_table(component->params);
    putchar('\n');
    return fine;
}

const struct gd_stage_printer gd_print_stages_markdown = {.stage = print_stage, .component = print_component};
