/* Heads: what turns a backbone's scalars and vectors of each atom into an output. A head is a class below, of one of
 * two forms: one file and one row of gd_heads; its parameters are tensors of names of its own. A network has those
 * heads that its parameter `heads` lists. */
#ifndef GD_MODEL_HEAD_H
#define GD_MODEL_HEAD_H

#include "model/network_class.h"

struct gd_head_class;
struct gd_layer;
struct gd_layout;

/* Gradients carried from layer to layer through heads and backbone; n atoms have an output, m take part, F features. */
struct gd_gradients {
    float *dq, *dv, *dv_next;              /* [m][F], [m][3][F] twice */
    float *dmixed, *djoined, *dhidden;     /* within a layer */
    float *dnet;                           /* [m][3F] */
    float *head_ds, *head_dv, *head_dv_in; /* within a head: [n][F + 4], [n][3][F] twice */
};

/* Takes them from a layout: `atoms` take part, `outputs` have an output, and a layer within has up to `more` rows more
 * than there are atoms. A layer of a head is narrower than one of a backbone, but for four more scalars. */
void gd_gradients_carve(struct gd_gradients *carried, struct gd_layout *carver, int features, size_t atoms,
                        size_t outputs, size_t more);

/* dv_next becomes dv. */
static inline void gd_gradients_swap(struct gd_gradients *carried)
{
    float *former = carried->dv;
    carried->dv = carried->dv_next;
    carried->dv_next = former;
}

/* A head at work: what all have, and the first member of each kind's own struct. Its arrays are on the backend. */
struct gd_head {
    const struct gd_head_class *type;
    int features; /* F: of the backbone's scalars and of its vectors */

    /* Of a pass over n atoms. A row of the output belongs to an atom, or to a structure. */
    size_t atoms, rows;               /* n, and rows of the output */
    const float *q, *v;               /* [n][F], [n][3][F] from the backbone */
    float *output;                    /* [rows][width] */
    float *target, *weight, *doutput; /* training only: [rows][width], [rows], [rows][width] */
};

/* How the score follows from a head's output, if it does: as the model's prediction says, or as minus the gradient with
 * respect to the positions. */
enum gd_score_form { GD_SCORE_NONE, GD_SCORE_OUTPUT, GD_SCORE_SLOPE };

/* How heads of a form work: vector_head.h, scalar_head.h. */
struct gd_head_form {
    int width;         /* numbers in a row of the output: 3 for a vector, 1 for a scalar */
    bool of_structure; /* a row belongs to a structure, not to an atom */
    size_t size;       /* of its struct */
    void (*tensors)(const struct gd_head_class *type, int features, struct gd_tensor_list *list);
    void (*open)(struct gd_head *head, const struct gd_model *model); /* the rest; type and features are set */
    void (*close)(struct gd_head *head);
    size_t (*largest)(const struct gd_head *head,
                      size_t (*size)(const struct gd_layer *)); /* of an operation's layers */

    /* The arrays of a pass, `output` among them; atoms, q and v are set. Then what it needs of the times [structures]
     * to the backend. */
    void (*carve)(struct gd_head *head, struct gd_layout *carver);
    enum gd_status (*prepare)(struct gd_head *head, const struct gd_graph_network *network, const double *times,
                              struct gd_error *error);
    void (*forward)(const struct gd_head *head, const struct gd_graph_network *network);

    /* From doutput to carried dq and dv of all n atoms, or (add) onto them. */
    void (*backward)(const struct gd_head *head, const struct gd_graph_network *network, struct gd_gradients *carried,
                     bool add);

    /* What does not go through the backbone, from doutput onto the gradient of the positions. May be NULL. */
    void (*to_positions)(const struct gd_head *head, const struct gd_graph_network *network);
};

struct gd_head_class {
    const char *name, *summary;
    const struct gd_head_form *form;
    enum gd_score_form score;
    const char *prefix; /* of the names of its tensors */
    bool timed;         /* it is told the time */
    bool conditioned;   /* and the network's conditions */
    bool narrow;        /* a scalar's hidden layer is half as wide as the backbone */
    bool prior;         /* the network's prior is added to it: see prior.h */
};

extern const struct gd_head_class *const gd_heads[]; /* NULL-ended, in the order of CMakeLists.txt */
extern const char *const gd_head_names[];            /* theirs */
extern const struct gd_head_class gd_head_score;
extern const struct gd_head_class gd_head_force;
extern const struct gd_head_class gd_head_energy;
extern const struct gd_head_class gd_head_noised_energy;
extern const struct gd_head_class gd_head_conditioned_score;

#define GD_SCORE_ONLY 1 /* as the row `heads` has it: the first, which is the score */

/* The row `heads` of a network's hyperparameters. */
#define GD_HEADS_ROW(params_type)                                                                                      \
    {                                                                                                                  \
        .name = "heads", .type = GD_SUBSET, .offset = offsetof(params_type, heads), .choices = gd_head_names,          \
        .initial = "[score]", .help = "outputs of the network"                                                         \
    }

/* Whether a model has a head. */
bool gd_model_has_head(const struct gd_model *model, const struct gd_head_class *head);

/* The head that a model's score is from: of those that it has the first that gives one; NULL: none does. */
const struct gd_head_class *gd_model_score_head(const struct gd_model *model);

/* The same of a set of heads (bit k: gd_heads[k]). */
const struct gd_head_class *gd_heads_score(uint64_t heads);

/* The heads of a set of them (bit k: gd_heads[k]) ---------------------------------------------------------------- */

/* Lists their tensors. */
void gd_heads_tensors(uint64_t heads, int features, struct gd_tensor_list *list);

/* Of an open network's heads: the largest size of a layer; all arrays of a pass over `atoms` atoms with the backbone's
 * output; the gradient's scratch. */
size_t gd_heads_largest(const struct gd_graph_network *network, size_t (*size)(const struct gd_layer *));
void gd_heads_carve(struct gd_graph_network *network, size_t atoms, const float *q, const float *v, bool training,
                    struct gd_layout *carver);

/* Of the heads that are active in the network's next pass. */
enum gd_status gd_heads_prepare(struct gd_graph_network *network, const double *times, struct gd_error *error);
void gd_heads_forward(struct gd_graph_network *network);
void gd_heads_backward(struct gd_graph_network *network, struct gd_gradients *carried);
void gd_heads_to_positions(const struct gd_graph_network *network); /* after the backbone's */

#endif
