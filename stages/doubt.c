#include "stages/doubt.h"

#include <stdio.h>
#include <string.h>

#include "atoms/system.h"
#include "engine/language/registry.h"
#include "potentials/attraction.h"

void gd_doubt_temperature(struct gd_check *check, const char *key, double temperature)
{
    enum { MOST = 100 };                     /* eV: ten times what any atom is bound by */
    const double boltzmann = 8.617333262e-5; /* eV/K, exact in the SI */
    if (temperature > MOST)
        gd_check_warning(check, key, "%g eV is %.3g K: temperatures are in eV, and 300 K is %.4f eV", temperature,
                         temperature / boltzmann, 300 * boltzmann);
}

void gd_doubt_temperature_of(struct gd_check *check, const char *key, const struct gd_choice *choice)
{
    char path[128];
    const struct gd_param *row = choice->component ? choice->component->params : NULL;
    for (; row && row->name; row++) {
        if (strcmp(row->name, "temperature") != 0 || row->type != GD_FLOAT)
            continue;
        snprintf(path, sizeof path, "%s.%s.temperature", key, choice->component->name);
        gd_doubt_temperature(check, path, *(const double *)(const void *)((const char *)choice->params + row->offset));
    }
}

void gd_doubt_fmax(struct gd_check *check, const char *key, double fmax)
{
    const struct gd_system *system = gd_state_get(check->state, "system");
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    char text[256];
    if (system && potential &&
        gd_potential_doubt_fmax(potential, &system->structure, system->fixed, fmax, text, sizeof text))
        gd_check_warning(check, key, "%s", text);
}

void gd_doubt_within(struct gd_check *check, const char *key, double within)
{
    enum { ANYTHING = 100 }; /* bonds: then any structure is to be a hit */
    const struct gd_system *system = gd_state_get_untracked(check->state, "system");
    const struct gd_potential *potential = gd_state_get_untracked(check->state, "potential");
    if (!system || !potential)
        return;
    const double bond = gd_potential_strongest_bond(potential, &system->structure, system->fixed).energy;
    if (within > bond / 2 && within < ANYTHING * bond)
        gd_check_warning(
            check, key,
            "%g eV is much where a bond of two of these atoms has %.2g eV: structures that miss bonds count "
            "as found; choose about %.0e",
            within, bond, bond / 10);
}
