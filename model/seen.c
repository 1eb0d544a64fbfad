#include "model/seen.h"

#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

static const char none[] = "none";

static bool has_embedding(int species)
{
    return species >= 1 && species <= GD_SPECIES_MOST;
}

void gd_seen_add(struct gd_seen *seen, const struct gd_structure *structure, size_t fixed)
{
    for (size_t i = 0; i < structure->count; i++)
        if (has_embedding(structure->species[i])) {
            seen->all[structure->species[i]] = true;
            seen->mobile[structure->species[i]] |= i >= fixed;
        }
}

static bool is_trained(const struct gd_seen *seen)
{
    bool any = false;
    for (int species = 1; species <= GD_SPECIES_MOST; species++)
        any |= seen->all[species];
    return any;
}

/* "Cu, Pt"; nothing without elements. */
static void add_list(struct gd_text *text, const char *before, const bool elements[GD_SPECIES_MOST + 1])
{
    bool first = true;
    for (int species = 1; species <= GD_SPECIES_MOST; species++)
        if (elements[species]) {
            gd_text_print(text, "%s%s", first ? before : ", ", gd_element_symbol(species));
            first = false;
        }
}

bool gd_seen_doubt(const struct gd_seen *seen, const struct gd_structure *structure, size_t fixed, char *text,
                   size_t size)
{
    struct gd_seen now = {0};
    bool never[GD_SPECIES_MOST + 1] = {0}, unmoved[GD_SPECIES_MOST + 1] = {0}, any = false;
    gd_seen_add(&now, structure, fixed);
    for (int species = 1; species <= GD_SPECIES_MOST; species++) {
        never[species] = now.all[species] && !seen->all[species];
        unmoved[species] = now.mobile[species] && seen->all[species] && !seen->mobile[species];
        any |= never[species] || unmoved[species];
    }
    if (!seen->known || !any)
        return false;
    struct gd_text words = {0};
    gd_text_print(&words, is_trained(seen) ? "was trained with " : "was never trained");
    if (is_trained(seen)) {
        add_list(&words, "", seen->all);
        add_list(&words, ", never with ", never);
        add_list(&words, ", never with mobile ", unmoved);
    }
    char *all_words = gd_text_take(&words);
    gd_print(text, size, "%s", all_words ? all_words : "was trained with other elements");
    free(all_words);
    return true;
}

char *gd_seen_write(const bool elements[GD_SPECIES_MOST + 1])
{
    struct gd_text text = {0};
    for (int species = 1; species <= GD_SPECIES_MOST; species++)
        if (elements[species])
            gd_text_print(&text, "%s%s", text.length ? " " : "", gd_element_symbol(species));
    return text.length || text.failed ? gd_text_take(&text) : gd_string(none);
}

enum gd_status gd_seen_read(const char *text, bool elements[GD_SPECIES_MOST + 1], struct gd_error *error)
{
    if (strcmp(text, none) == 0)
        return GD_OK;
    while (*text) {
        const size_t length = strcspn(text, " ");
        char symbol[4] = "";
        if (length < sizeof symbol)
            memcpy(symbol, text, length);
        const int species = gd_element_number(symbol);
        if (!has_embedding(species))
            return gd_fail(error, GD_BAD_INPUT, "expected symbols of elements, got \"%.40s\"", text);
        elements[species] = true;
        text += length + (text[length] == ' ');
    }
    return GD_OK;
}
