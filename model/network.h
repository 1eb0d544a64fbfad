/* A model at work on a backend: forward, backward, optimiser. All arrays given and returned are in host memory. */
#ifndef GD_MODEL_NETWORK_H
#define GD_MODEL_NETWORK_H

#include "atoms/structure.h"
#include "model/head.h"
#include "model/model.h"
#include "model/sampler.h"

struct gd_network;

/* A network with the model's parameters on a device ("cpu", "cuda", or "reference": the plain CPU statement of every
 * op). Optimiser moments start at zero. Several networks may live side by side. */
enum gd_status gd_network_new(struct gd_network **network, const struct gd_model *model, const char *device,
                              int threads, struct gd_error *error);
void gd_network_free(struct gd_network *network); /* accepts NULL */

/* The structures that the next forward pass is about. The first fixed[k] atoms of structure k are its template;
 * structures with equal cell and template positions share the template's edges and filters. Copies what it keeps. */
enum gd_status gd_network_structures(struct gd_network *network, const struct gd_structure *structures,
                                     const size_t *fixed, size_t count, struct gd_error *error);

/* The same for structures that differ in their mobile atoms alone, as those of one system do. On a GPU that spares the
 * host the search for edges, and the operations of a loss are started by one call. gd_network_edges and outputs of
 * every atom are not to be had then. */
enum gd_status gd_network_set_alike(struct gd_network *network, const struct gd_structure *structures, size_t fixed,
                                    size_t count, struct gd_error *error);

/* From now on, filters are interpolated in a table that is worked out once for each set of parameters: within 1e-6 of
 * the exact ones, relative to their norm. It pays where there are more pairs of atoms than points in the table. */
enum gd_status gd_network_tabulate(struct gd_network *network, struct gd_error *error);

/* From now on, filters are worked out edge by edge and never stored. Otherwise they are where that is faster, which
 * depends on how many structures of a batch share them; so in both cases an output's last bits do. */
void gd_network_fuse(struct gd_network *network);

/* The precision of products of matrices from now on, by name: see gd_backend_precision. New networks have float32. */
enum gd_status gd_network_precision(struct gd_network *network, const char *precision, struct gd_error *error);

/* How many structures of some hundred atoms its device likes best side by side. */
size_t gd_network_batch(const struct gd_network *network);

size_t gd_network_edges(const struct gd_network *network); /* ordered pairs within the cutoff, of all structures */

size_t gd_network_bytes(const struct gd_network *network); /* memory of the backend that its arrays take */

/* Output of a head at times[count]: [atoms of all structures that are mobile][width], or [count][width] for a head
 * whose rows are structures; in units of the head (of the score as the model's prediction says). With `every_atom` it
 * is of all atoms. GD_BAD_INPUT when the model lacks the head. */
enum gd_status gd_network_forward(struct gd_network *network, const struct gd_head_class *head, const double *times,
                                  bool every_atom, float *output, struct gd_error *error);

/* Minus the gradient of a head's output with respect to the positions of the mobile atoms, [mobile atoms][3]: per Å.
 * The head's rows are structures. The network's gradient stays. GD_BAD_INPUT when the model lacks the head. */
enum gd_status gd_network_slope(struct gd_network *network, const struct gd_head_class *head, const double *times,
                                float *output, struct gd_error *error);

/* What the structures of the passes from now on are to be, for a head that is told: condition k is the rank of the
 * energy of structure k, from 0, the lowest, to 1, and not a number where it is not told. [structures], borrowed until
 * others take their place; NULL: nothing is told of any. */
void gd_network_set_conditions(struct gd_network *network, const double *conditions);

/* What one head is to learn from the structures first .. first + count - 1 of a batch. */
struct gd_goal {
    const struct gd_head_class *head;
    size_t first, count;
    const double *weights; /* [count]; NULL: all are 1 */
    const float *target;   /* [mobile atoms of these structures][width], or [count][width] */
    double factor;         /* of this goal in the whole loss */
    double huber;          /* as in struct gd_loss; 0: the residual is squared */
    double loss;           /* the result: mean over these rows of weight h(‖output - target‖) */
};

/* The loss Σ factor loss of a forward pass, for one goal at most of each head. With `gradient`, d loss / d parameters
 * replaces the network's gradient. GD_BAD_INPUT when the model lacks a head. */
enum gd_status gd_network_goals(struct gd_network *network, const double *times, struct gd_goal *goals, size_t count,
                                bool gradient, struct gd_error *error);

/* The same for the score alone, of all structures: mean of weights[structure] ‖output - target‖². */
enum gd_status gd_network_loss(struct gd_network *network, const double *times, const double *weights,
                               const float *target, bool gradient, double *loss, struct gd_error *error);

struct gd_adamw {
    double rate, decay, beta1, beta2, epsilon; /* Loshchilov & Hutter, ICLR 2019; decay is decoupled */
    double clip;                               /* the gradient's norm is limited to this; 0: not */
    double average; /* mean age of the parameters in gd_network_average, as a share of all steps, up to 0.5; 0: none */
};

/* One step of AdamW with the network's gradient. *norm: the gradient's norm before clipping. A norm that is not finite
 * gives GD_FAILED and changes nothing. */
enum gd_status gd_network_step(struct gd_network *network, const struct gd_adamw *adamw, double *norm,
                               struct gd_error *error);

/* The cosine of the angle between the network's gradient and its momentum, AdamW's first moment of the gradients of the
 * steps before; NaN when one of them is 0, as before the first step. */
enum gd_status gd_network_agreement(struct gd_network *network, double *cosine, struct gd_error *error);

/* Parameters, or gradients, back into the host's layout [parameter_count]. */
enum gd_status gd_network_parameters(struct gd_network *network, float *parameters, struct gd_error *error);
enum gd_status gd_network_gradient(struct gd_network *network, float *gradient, struct gd_error *error);

/* The mean of the parameters after each step so far, [parameter_count]: of n steps, step i counts as about i^γ,
 * γ = 1/average - 2, so that their mean age is `average` of all (polynomial-decay averaging, O. Shamir and T. Zhang,
 * arXiv:1212.1824). Every step must have had the same average, above 0; before the first, the parameters. */
enum gd_status gd_network_average(struct gd_network *network, float *parameters, struct gd_error *error);

/* Other parameters [parameter_count] in place of the network's. */
enum gd_status gd_network_set_parameters(struct gd_network *network, const float *parameters, struct gd_error *error);

/* The network as a score, which its output is converted to. `self` of the score is the network; needs the same template
 * for a set. */
struct gd_score gd_network_score(struct gd_network *network);

/* Structures that are asked for, by classifier-free guidance (J. Ho and T. Salimans, arXiv:2207.12598):
 * (1 + weight) score(rank) - weight score(nothing told). */
struct gd_condition {
    double rank, weight;
};

/* Makes the scores of gd_network_score those of a condition, where the score's head is told; NULL: of none. */
void gd_network_ask_for(struct gd_network *network, const struct gd_condition *condition);

/* The forces of its force head, in the memory that its score is in; after gd_network_score's `begin`, if it has one.
 * Evaluating gives GD_BAD_INPUT when the model has no force head. */
struct gd_force_source gd_network_forces(struct gd_network *network);

#endif
