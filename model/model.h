/* The score model: what a trained network is, independent of where it runs. The value of the slot `model`. */
#ifndef GD_MODEL_MODEL_H
#define GD_MODEL_MODEL_H

#include "engine/base/random.h"
#include "model/prediction.h"
#include "model/process.h"

struct gd_h5;

#define GD_BLOCKS_MOST  32
#define GD_RADIAL_MOST  512
#define GD_SPECIES_MOST 99 /* atomic numbers 1 to this have an embedding */

struct gd_network_class; /* model/network_class.h */

/* One named parameter tensor: W [rows=out][columns=in], row-major, or a bias with columns 1 and `vector` set. */
struct gd_tensor {
    char name[64];
    size_t offset; /* into the parameters, in floats */
    int rows, columns;
    bool vector;
    bool embedding; /* a row per kind of thing: begins standard normal, where others begin uniform */
};

/* The tensors of a network, listed one after another; tensors NULL: only counted. */
struct gd_tensor_list {
    struct gd_tensor *tensors;
    size_t count, floats;
};

/* Adds a weight W [rows][columns], a bias [rows] of the weight before it, or an embedding [rows][columns], named by a
 * printf format. */
void gd_tensor_add(struct gd_tensor_list *list, int rows, int columns, const char *format, ...) GD_PRINTF(4, 5);
void gd_tensor_add_bias(struct gd_tensor_list *list, int rows, const char *format, ...) GD_PRINTF(3, 4);
void gd_tensor_add_embedding(struct gd_tensor_list *list, int rows, int columns, const char *format, ...)
    GD_PRINTF(4, 5);

/* The elements of the structures that a model was trained with, by atomic number: see seen.h. */
struct gd_seen {
    bool known;                                                 /* false: of a file that does not say it */
    bool all[GD_SPECIES_MOST + 1], mobile[GD_SPECIES_MOST + 1]; /* mobile: with atoms of the element that could move */
};

struct gd_model {
    const struct gd_network_class *type;
    void *params; /* the hyperparameters, as the rows of its type describe them; owned */
    struct gd_process process;
    struct gd_tensor *tensors; /* [tensor_count] in the order of its type */
    size_t tensor_count;
    float *parameters; /* [parameter_count] all tensors in one block */
    size_t parameter_count;
    const struct gd_prediction *prediction; /* what its output is; of a new model the first of gd_predictions */
    struct gd_seen seen;                    /* a new model has seen none */
};

/* A new model of a network with these hyperparameters (copied), with PyTorch's default initialisation of each layer
 * (uniform ±1/sqrt(in); embedding normal), drawn from `stream`. GD_BAD_INPUT when a hyperparameter is out of the range
 * of its row. Free with gd_model_free. */
enum gd_status gd_model_new(struct gd_model **model, const struct gd_network_class *type, const void *params,
                            const struct gd_process *process, struct gd_stream *stream, struct gd_error *error);
/* The same with all parameters 0. */
enum gd_status gd_model_new_zero(struct gd_model **model, const struct gd_network_class *type, const void *params,
                                 const struct gd_process *process, struct gd_error *error);
/* The two parts of it: a model without parameters, and memory for them, zeroed. */
enum gd_status gd_model_list_tensors(struct gd_model **model, const struct gd_network_class *type, const void *params,
                                     const struct gd_process *process, struct gd_error *error);
enum gd_status gd_model_allocate(struct gd_model *model, struct gd_error *error);

enum gd_status gd_model_copy(struct gd_model **copy, const struct gd_model *model, struct gd_error *error);
void gd_model_free(void *model); /* accepts NULL */

/* *model with the heads of `like`, where that is all in which their networks differ: the heads that it lacks are those
 * of `like`, and those that `like` lacks are dropped. Otherwise it stays as it is. */
enum gd_status gd_model_adapt_heads(struct gd_model **model, const struct gd_model *like, struct gd_error *error);

const struct gd_tensor *gd_model_tensor(const struct gd_model *model, const char *name); /* or NULL */

/* Whether a model can take the place of `present`, of a pipeline with this noise; GD_BAD_INPUT with what differs. What
 * is NULL differs in nothing. What its output is may differ: whoever uses a model's output asks the model. */
enum gd_status gd_model_fits(const struct gd_model *model, const struct gd_process *noise,
                             const struct gd_model *present, struct gd_error *error);

/* model.h5: datasets under /parameters with the attributes of design section 5. Reading accepts any file in this
 * layout; every name, shape and attribute is checked, and numbers that are not finite are refused. Its network and its
 * noise are of the registry's; NULL: of those that are built in. */
enum gd_status gd_model_write(const void *model, const char *path, struct gd_error *error);
enum gd_status gd_model_read(struct gd_model **model, const char *path, const struct gd_registry *registry,
                             struct gd_error *error);

/* The same within an open file, in the group /NAME: the slot's save and load (load: *model NULL when there is none). */
enum gd_status gd_model_save(const void *model, struct gd_h5 *file, const char *name, struct gd_error *error);
enum gd_status gd_model_load(void **model, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                             struct gd_error *error);

#endif
