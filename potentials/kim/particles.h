/* The atoms of a structure and the images of them that a model feels, with their neighbours, as the KIM API wants it.
 */
#ifndef GD_POTENTIALS_KIM_PARTICLES_H
#define GD_POTENTIALS_KIM_PARTICLES_H

#include "atoms/neighbours.h"
#include "potentials/kim/module.h"

struct gd_kim_list;

struct gd_kim_cloud {
    struct gd_kim_particles particles; /* [atoms], then images */
    size_t atoms;
    int *owner;               /* [particles.count] the atom that a particle is, or is an image of */
    struct gd_kim_list *kept; /* [lists] what `particles` points to */
    int lists;
};

/* Images within `model`'s influence distance, and the lists that it asks for; codes: of the atoms [count]. `near` has
 * the neighbours of `structure` within the longest of the model's distances, of atoms at `positions`. GD_FAILED when
 * there are too many images. Free with gd_kim_cloud_clear, also after a failure. */
enum gd_status gd_kim_cloud_make(struct gd_kim_cloud *cloud, const struct gd_kim_module *module,
                                 const struct gd_kim_model *model, const struct gd_structure *structure,
                                 const double (*positions)[3], const int *codes, const struct gd_neighbours *near,
                                 struct gd_error *error);
void gd_kim_cloud_clear(struct gd_kim_cloud *cloud);

#endif
