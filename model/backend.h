/* Where a network runs: memory, and the operations that its forward and backward passes and the optimiser are made of.
 *
 * A backend is a table of functions. model/reference is the plain statement of every operation, model/cpu the fast one
 * on the CPU; a new device implements the same table. The same arguments give the same bits, whatever the number of
 * threads. */
#ifndef GD_MODEL_BACKEND_H
#define GD_MODEL_BACKEND_H

#include "engine/base/error.h"
#include "model/operations.h"

struct gd_backend;

/* How the inputs of products of matrices are rounded before they are multiplied: to 23, 10 or 7 bits after the point.
 * Their sums are float32 in any case. */
enum gd_precision { GD_FLOAT32, GD_TF32, GD_BF16 };
extern const char *const gd_precision_names[]; /* NULL-ended */

struct gd_ops {
    GD_OPERATIONS(GD_OPERATION_MEMBER)
};

struct gd_backend_class {
    const char *name;
    size_t batch;       /* structures of some hundred atoms that are worked on side by side with the least time each */
    const char *memory; /* what its memory is called: "memory", "GPU memory" */
    bool host;          /* it is the host's: what lies in it can be used as it is */

    /* Whether the machine has what this backend runs on: writes which device that is, in a few words, or which kernels
     * of the CPU; others may give other bits. Or GD_BAD_INPUT and why not. */
    enum gd_status (*find)(char *device, size_t size, struct gd_error *error);
    enum gd_status (*create)(struct gd_backend **backend, int threads, struct gd_error *error);
    void (*destroy)(struct gd_backend *backend);

    /* For the products from now on; NULL: float32 alone. */
    void (*precision)(struct gd_backend *, enum gd_precision precision);

    /* Memory of the backend, aligned to 64 bytes. NULL: out of memory, unless `finish` gives another reason. */
    void *(*alloc)(struct gd_backend *, size_t bytes);
    void (*release)(struct gd_backend *, void *memory);                                /* accepts NULL */
    void (*upload)(struct gd_backend *, void *to, const void *host, size_t bytes);     /* `host` may change at once */
    void (*download)(struct gd_backend *, void *host, const void *from, size_t bytes); /* `host` is there at once */
    void (*zero)(struct gd_backend *, void *memory, size_t bytes);

    /* Waits for what was started; the first failure since the last call. What came after a failure was not done. */
    enum gd_status (*finish)(struct gd_backend *, struct gd_error *error);

    /* Operations between `record` and `recorded` are not done but written down; `replay` does them, as often as wanted,
     * with the same arguments: the memory that they use must stay, and nothing else may be called in between. NULL when
     * something failed, which `finish` reports. Backends in the host's memory have none of these. */
    void (*record)(struct gd_backend *);
    void *(*recorded)(struct gd_backend *);
    void (*replay)(struct gd_backend *, const void *recording);
    void (*forget)(struct gd_backend *, void *recording);

    struct gd_ops ops;
};

/* The beginning of every backend. */
struct gd_backend {
    const struct gd_backend_class *type;
};

/* The backends of this program, NULL-ended. Programs that the folder cuda is linked into have a table with "cuda". */
extern const struct gd_backend_class *const gd_backends[];

const struct gd_backend_class *gd_backend_named(const char *name); /* or NULL */

/* The devices that a user may ask for, whether this build has them or not, NULL-ended: "auto", and then the names of
 * backends, the fastest last. */
extern const char *const gd_device_names[];

/* The backend of this name, if this build has it and this machine what it runs on, and which device that is in a few
 * words. GD_BAD_INPUT and why not. */
enum gd_status gd_device_find(const char *name, const struct gd_backend_class **type, char *device, size_t size,
                              struct gd_error *error);

/* A backend by name. GD_BAD_INPUT when this program has none of this name, naming those it has. */
enum gd_status gd_backend_new(struct gd_backend **backend, const char *name, int threads, struct gd_error *error);
void gd_backend_free(struct gd_backend *backend); /* accepts NULL */

/* The precision of this name for the products from now on. GD_BAD_INPUT when the backend does not have it. */
enum gd_status gd_backend_precision(struct gd_backend *backend, const char *name, struct gd_error *error);

/* Memory into *memory (a pointer to a pointer), or why there is none; `what` names what it is for. */
enum gd_status gd_backend_alloc(struct gd_backend *backend, void *memory, size_t bytes, const char *what,
                                struct gd_error *error);

/* Makes *memory (a pointer to a pointer) at least `bytes` large, with a quarter to spare, so that what differs a little
 * fits as well. When it has to grow, what was there is lost, also when that fails. */
enum gd_status gd_backend_reserve(struct gd_backend *backend, void *memory, size_t *capacity, size_t bytes,
                                  const char *what, struct gd_error *error);

#endif
