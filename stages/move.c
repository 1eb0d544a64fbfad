#include "stages/move.h"

static const struct gd_move_class *class_of(const struct gd_choice *move)
{
    return (const struct gd_move_class *)move->component;
}

bool gd_move_evaluates(const struct gd_choice *move)
{
    const struct gd_move_class *class = class_of(move);
    return class->evaluates && class->evaluates(move->params);
}

enum gd_status gd_move_run(const struct gd_choice *move, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct gd_move_class *class = class_of(move);
    return gd_status_require_message(class->move(move->params, proposal, error), error, class->base.name);
}

enum gd_status gd_move_check(const struct gd_choice *move, const struct gd_system *system, struct gd_error *error)
{
    const struct gd_move_class *class = class_of(move);
    enum gd_status status = class->check ? class->check(move->params, system, error) : GD_OK;
    return gd_error_set_key(gd_status_require_message(status, error, class->base.name), error, class->base.name);
}
