#include "potentials/parts.h"

#include <string.h>

const struct gd_choice *gd_potential_part(const struct gd_choice *choice, const struct gd_choice *part,
                                          const char **key)
{
    bool next = !part;
    for (const struct gd_param *row = choice->component->params; row && row->name; row++) {
        if (row->type != GD_COMPONENT || strcmp(row->kind, gd_kind_potential.name) != 0)
            continue;
        const struct gd_choice *found = (const struct gd_choice *)((const char *)choice->params + row->offset);
        *key = row->name;
        if (next)
            return found;
        next = found == part;
    }
    return NULL;
}

bool gd_potential_is_slow(const struct gd_choice *choice)
{
    const char *key;
    bool slow = ((const struct gd_potential_class *)choice->component)->slow;
    for (const struct gd_choice *part = NULL; !slow && (part = gd_potential_part(choice, part, &key));)
        slow = part->component && gd_potential_is_slow(part);
    return slow;
}
