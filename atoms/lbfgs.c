#include "atoms/lbfgs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"

#define CURVATURE_MIN 1e-10 /* eV, of s·y */
#define FIRST_MOVE    0.1   /* Å, mean length of the first move at most */

/* One structure's history: `count` pairs, of which the newest is the one before `next`. */
struct history {
    int count, next;
    bool begun; /* the last positions and forces are known */
};

struct gd_lbfgs {
    size_t atoms, numbers; /* numbers: 3 atoms */
    int memory;
    struct history *histories;
    double *s, *y, *product;  /* [structures][memory][numbers] twice, [structures][memory] s·y */
    double *position, *force; /* [structures][numbers] the last ones */
    double *pair;             /* [2][numbers] s and y that may be kept */
};

struct gd_lbfgs *gd_lbfgs_new(size_t structures, size_t atoms, int memory)
{
    struct gd_lbfgs *made = gd_array(1, sizeof *made);
    if (!made)
        return NULL;
    size_t pairs = structures * (size_t)memory, numbers = 3 * atoms;
    *made = (struct gd_lbfgs){.atoms = atoms,
                              .numbers = numbers,
                              .memory = memory,
                              .histories = gd_array(structures, sizeof *made->histories),
                              .s = gd_array(pairs * numbers, sizeof *made->s),
                              .y = gd_array(pairs * numbers, sizeof *made->y),
                              .product = gd_array(pairs, sizeof *made->product),
                              .position = gd_array(structures * numbers, sizeof *made->position),
                              .force = gd_array(structures * numbers, sizeof *made->force),
                              .pair = gd_array(2 * numbers, sizeof *made->pair)};
    if (made->histories && made->s && made->y && made->product && made->position && made->force && made->pair)
        return made;
    gd_lbfgs_free(made);
    return NULL;
}

void gd_lbfgs_free(struct gd_lbfgs *lbfgs)
{
    if (!lbfgs)
        return;
    free(lbfgs->histories);
    free(lbfgs->s);
    free(lbfgs->y);
    free(lbfgs->product);
    free(lbfgs->position);
    free(lbfgs->force);
    free(lbfgs->pair);
    free(lbfgs);
}

void gd_lbfgs_reset(struct gd_lbfgs *lbfgs, size_t k)
{
    lbfgs->histories[k] = (struct history){0};
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t c = 0; c < count; c++)
        sum += a[c] * b[c];
    return sum;
}

static void add(double *to, double factor, const double *from, size_t count)
{
    for (size_t c = 0; c < count; c++)
        to[c] += factor * from[c];
}

/* Takes up the last displacement and the change of the gradient, which is minus the force. */
static void remember(struct gd_lbfgs *lbfgs, size_t k, const struct gd_basis *basis, const double *position,
                     const double *force)
{
    size_t n = lbfgs->numbers;
    struct history *history = &lbfgs->histories[k];
    double *last_position = lbfgs->position + k * n, *last_force = lbfgs->force + k * n;
    size_t pair = k * (size_t)lbfgs->memory + (size_t)history->next;
    double *s = lbfgs->pair, *y = s + n;
    for (size_t c = 0; history->begun && c < n; c++) {
        s[c] = position[c] - last_position[c];
        y[c] = last_force[c] - force[c];
    }
    for (size_t i = 0; history->begun && i < lbfgs->atoms; i++)
        gd_minimum_image(basis, s + 3 * i);
    double product = history->begun ? dot(s, y, n) : 0;
    if (product > CURVATURE_MIN) {
        memcpy(lbfgs->s + pair * n, s, n * sizeof *s);
        memcpy(lbfgs->y + pair * n, y, n * sizeof *y);
        lbfgs->product[pair] = product;
        history->next = (history->next + 1) % lbfgs->memory;
        history->count += history->count < lbfgs->memory;
    }
    history->begun = true;
    memcpy(last_position, position, n * sizeof *position);
    memcpy(last_force, force, n * sizeof *force);
}

/* The pair that is `age` pairs older than the newest. */
static size_t pair_of(const struct gd_lbfgs *lbfgs, size_t k, int age)
{
    int memory = lbfgs->memory, place = (lbfgs->histories[k].next - 1 - age + 2 * memory) % memory;
    return k * (size_t)memory + (size_t)place;
}

/* The two loops of Nocedal's recursion, from the force to the direction. */
static void recurse(const struct gd_lbfgs *lbfgs, size_t k, double *direction)
{
    size_t n = lbfgs->numbers, newest = pair_of(lbfgs, k, 0);
    int count = lbfgs->histories[k].count;
    double alpha[count];
    for (int age = 0; age < count; age++) {
        size_t pair = pair_of(lbfgs, k, age);
        alpha[age] = dot(lbfgs->s + pair * n, direction, n) / lbfgs->product[pair];
        add(direction, -alpha[age], lbfgs->y + pair * n, n);
    }
    double scale = lbfgs->product[newest] / dot(lbfgs->y + newest * n, lbfgs->y + newest * n, n);
    for (size_t c = 0; c < n; c++)
        direction[c] *= scale;
    for (int age = count - 1; age >= 0; age--) {
        size_t pair = pair_of(lbfgs, k, age);
        double beta = dot(lbfgs->y + pair * n, direction, n) / lbfgs->product[pair];
        add(direction, alpha[age] - beta, lbfgs->s + pair * n, n);
    }
}

void gd_lbfgs_find_direction(struct gd_lbfgs *lbfgs, size_t k, const struct gd_basis *basis,
                             const double (*positions)[3], const double (*forces)[3], double (*direction)[3])
{
    double mean = 0;
    remember(lbfgs, k, basis, positions[0], forces[0]);
    memcpy(direction, forces, lbfgs->numbers * sizeof(double));
    if (lbfgs->histories[k].count > 0) {
        recurse(lbfgs, k, direction[0]);
        return;
    }
    for (size_t i = 0; i < lbfgs->atoms; i++)
        mean += gd_length(forces[i]) / (double)lbfgs->atoms;
    gd_vectors_scale(direction, lbfgs->atoms, fmin(FIRST_MOVE, FIRST_MOVE / mean));
}

double gd_longest(const double (*vectors)[3], size_t count)
{
    double longest = 0;
    for (size_t i = 0; i < count; i++) {
        double length = gd_length(vectors[i]);
        if (!(length <= longest)) /* also when it is not a number */
            longest = length;
        if (!isfinite(longest))
            break;
    }
    return longest;
}

void gd_vectors_scale(double (*vectors)[3], size_t count, double factor)
{
    for (size_t i = 0; i < count; i++)
        for (int axis = 0; axis < 3; axis++)
            vectors[i][axis] *= factor;
}

void gd_move_limit(double (*move)[3], size_t atoms, double cap)
{
    double longest = gd_longest((const double(*)[3])move, atoms);
    if (longest > cap)
        gd_vectors_scale(move, atoms, cap / longest);
}
