/* The heads of a network. */
#include "model/head.h"
#include "model/time_rows.h"

#define MORE GD_TIME_ROWS_CONDITIONED /* scalars beside those of the backbone */

bool gd_model_has_head(const struct gd_model *model, const struct gd_head_class *head)
{
    int k = 0;
    while (gd_heads[k] && gd_heads[k] != head)
        k++;
    return gd_heads[k] && model->type->traits(model->params).heads >> k & 1;
}

const struct gd_head_class *gd_heads_score(uint64_t heads)
{
    int k = 0;
    while (gd_heads[k] && !(heads >> k & 1 && gd_heads[k]->score))
        k++;
    return gd_heads[k];
}

const struct gd_head_class *gd_model_score_head(const struct gd_model *model)
{
    return gd_heads_score(model->type->traits(model->params).heads);
}

void gd_heads_tensors(uint64_t heads, int features, struct gd_tensor_list *list)
{
    for (int k = 0; gd_heads[k]; k++)
        if (heads >> k & 1)
            gd_heads[k]->form->tensors(gd_heads[k], features, list);
}

size_t gd_heads_largest(const struct gd_graph_network *network, size_t (*size)(const struct gd_layer *))
{
    size_t most = 0;
    for (int k = 0; k < network->head_count; k++) {
        size_t own = network->heads[k]->type->form->largest(network->heads[k], size);
        most = own > most ? own : most;
    }
    return most;
}

void gd_heads_carve(struct gd_graph_network *network, size_t atoms, const float *q, const float *v, bool training,
                    struct gd_layout *carver)
{
    for (int k = 0; k < network->head_count; k++) {
        struct gd_head *head = network->heads[k];
        head->atoms = atoms;
        head->rows = head->type->form->of_structure ? network->graph.structures : atoms;
        head->q = q;
        head->v = v;
        head->type->form->carve(head, carver);
        head->target = training ? gd_layout_take(carver, head->rows, head->type->form->width) : NULL;
        head->weight = training ? gd_layout_take(carver, head->rows, 1) : NULL;
        head->doutput = training ? gd_layout_take(carver, head->rows, head->type->form->width) : NULL;
    }
}

void gd_gradients_carve(struct gd_gradients *carried, struct gd_layout *carver, int features, size_t atoms,
                        size_t outputs, size_t more)
{
    carried->head_ds = gd_layout_take(carver, outputs, features + MORE);
    carried->head_dv = gd_layout_take(carver, outputs, 3 * (features / 2));
    carried->head_dv_in = gd_layout_take(carver, outputs, 3 * (features / 2));
    carried->dq = gd_layout_take(carver, atoms, features);
    carried->dv = gd_layout_take(carver, atoms, 3 * features);
    carried->dv_next = gd_layout_take(carver, atoms, 3 * features);
    carried->dmixed = gd_layout_take(carver, atoms, 6 * features);
    carried->djoined = gd_layout_take(carver, atoms, 2 * features + MORE);
    carried->dhidden = gd_layout_take(carver, atoms + more, features + MORE);
    carried->dnet = gd_layout_take(carver, atoms, 3 * features);
}

static bool active(const struct gd_graph_network *network, int k)
{
    return network->active >> k & 1;
}

enum gd_status gd_heads_prepare(struct gd_graph_network *network, const double *times, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (int k = 0; k < network->head_count && !status; k++)
        if (active(network, k))
            status = network->heads[k]->type->form->prepare(network->heads[k], network, times, error);
    return status;
}

void gd_heads_forward(struct gd_graph_network *network)
{
    for (int k = 0; k < network->head_count; k++)
        if (active(network, k))
            network->heads[k]->type->form->forward(network->heads[k], network);
}

void gd_heads_backward(struct gd_graph_network *network, struct gd_gradients *carried)
{
    bool add = false;
    for (int k = 0; k < network->head_count; k++)
        if (active(network, k)) {
            network->heads[k]->type->form->backward(network->heads[k], network, carried, add);
            add = true;
        }
}

void gd_heads_to_positions(const struct gd_graph_network *network)
{
    for (int k = 0; k < network->head_count; k++)
        if (active(network, k) && network->heads[k]->type->form->to_positions)
            network->heads[k]->type->form->to_positions(network->heads[k], network);
}
