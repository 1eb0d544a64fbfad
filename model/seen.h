/* With which elements a model was trained: what it says of others depends on how their embeddings were drawn. */
#ifndef GD_MODEL_SEEN_H
#define GD_MODEL_SEEN_H

#include "atoms/structure.h"
#include "model/model.h"

/* The model was trained with structures of these atoms, of which the first `fixed` did not move. Elements without an
 * embedding are left out. */
void gd_seen_add(struct gd_seen *seen, const struct gd_structure *structure, size_t fixed);

/* Says of a model that was not trained with the elements of a structure, or not with those of its mobile atoms as
 * mobile ones, that it "was trained with Pt, never with Cu". False: there is nothing to be said. */
bool gd_seen_doubt(const struct gd_seen *seen, const struct gd_structure *structure, size_t fixed, char *text,
                   size_t size);

/* To end a warning with. */
#define GD_SEEN_ADVICE                                                                                                 \
    "its samples are arbitrary until it is trained here; let a step train follow, or use a model that was trained "    \
    "with "                                                                                                            \
    "these elements"

/* Elements as symbols with spaces between; "none". New string, NULL when out of memory; read from it in the second
 * function, GD_BAD_INPUT when it has anything else. */
char *gd_seen_write(const bool elements[GD_SPECIES_MOST + 1]);
enum gd_status gd_seen_read(const char *text, bool elements[GD_SPECIES_MOST + 1], struct gd_error *error);

#endif
