/* The names of steps. */
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

const char gd_pipeline_word[] = "pipeline";

const char *gd_step_word(const struct gd_step *step)
{
    return step->stage ? step->stage->name : step->pipeline ? gd_pipeline_word : "loop";
}

bool gd_step_is_loop(const struct gd_step *step)
{
    return !step->stage && !step->pipeline;
}

size_t gd_step_pipeline_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

char *gd_step_address(const char *path)
{
    char *address = gd_string(path);
    for (char *c = address; c && *c; c++)
        *c = *c == '/' ? '.' : *c;
    return address;
}

const char *gd_step_path(struct gd_build *build, const char *id)
{
    const char *outer = build->pipeline->path;
    char *text = gd_format("%s%s%s", outer, *outer ? "/" : "", id);
    const char *path = text ? gd_arena_string(build->scope.arena, text, strlen(text)) : NULL;
    free(text);
    return path;
}

const char *const *gd_stage_names(struct gd_build *build, bool sections, const char *const *more)
{
    const struct gd_stage *const *stages = gd_registry_stages(build->pipeline->registry);
    size_t count = 0, used = 0;
    while (stages[count])
        count++;
    for (size_t k = 0; more && more[k]; k++)
        count++;
    const char **names = gd_arena_alloc(&build->pipeline->arena, count + 1, sizeof *names);
    for (size_t k = 0; names && more && more[k]; k++)
        names[used++] = more[k];
    for (size_t k = 0; names && stages[k]; k++)
        if (stages[k]->section == sections)
            names[used++] = stages[k]->name;
    return names;
}
