#include "stages/transport.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

double gd_transport_line(const double *a, size_t n, const double *b, size_t m)
{
    double sum = 0, from = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        const double next_a = (double)(i + 1) / (double)n, next_b = (double)(j + 1) / (double)m;
        const double to = fmin(next_a, next_b);
        sum += (to - from) * (a[i] - b[j]) * (a[i] - b[j]);
        from = to;
        i += next_a <= to;
        j += next_b <= to;
    }
    return sum;
}

/* --- Assignment --------------------------------------------------------------------------------------------------- */

#define NONE ((size_t)-1)

struct assignment {
    const double *costs;
    size_t n;
    double *row_price, *column_price, *distance; /* [n] */
    size_t *row_of, *before;                     /* [n] of columns; NONE: no row; the column before on the path */
    bool *visited;                               /* [n] columns */
};

/* Of the columns that are not visited the nearest; distances through `column` (NONE: from `row`) are shorter now. */
static size_t extend(struct assignment *work, size_t row, size_t column, double length)
{
    size_t nearest = NONE;
    for (size_t j = 0; j < work->n; j++) {
        if (work->visited[j])
            continue;
        const double way = length + work->costs[row * work->n + j] - work->row_price[row] - work->column_price[j];
        if (way < work->distance[j]) {
            work->distance[j] = way;
            work->before[j] = column;
        }
        if (nearest == NONE || work->distance[j] < work->distance[nearest])
            nearest = j;
    }
    return nearest;
}

/* Gives a row a column, along the shortest path to one that has no row. */
static void augment(struct assignment *work, size_t first)
{
    size_t row = first, column = NONE;
    for (size_t j = 0; j < work->n; j++) {
        work->visited[j] = false;
        work->distance[j] = INFINITY;
    }
    do {
        column = extend(work, row, column, column == NONE ? 0 : work->distance[column]);
        work->visited[column] = true;
        row = work->row_of[column];
    } while (row != NONE);
    const double length = work->distance[column];
    work->row_price[first] += length;
    for (size_t j = 0; j < work->n; j++)
        if (work->visited[j] && j != column) {
            work->row_price[work->row_of[j]] += length - work->distance[j];
            work->column_price[j] -= length - work->distance[j];
        }
    for (size_t before; column != NONE; column = before) {
        before = work->before[column];
        work->row_of[column] = before == NONE ? first : work->row_of[before];
    }
}

enum gd_status gd_assign(const double *costs, size_t n, size_t *columns, struct gd_error *error)
{
    struct assignment work = {.costs = costs,
                              .n = n,
                              .row_price = gd_array(3 * n, sizeof(double)),
                              .row_of = gd_array(2 * n, sizeof(size_t)),
                              .visited = gd_array(n, sizeof(bool))};
    const bool room = work.row_price && work.row_of && work.visited;
    if (room) {
        work.column_price = work.row_price + n;
        work.distance = work.column_price + n;
        work.before = work.row_of + n;
        for (size_t j = 0; j < n; j++)
            work.row_of[j] = NONE;
        for (size_t row = 0; row < n; row++)
            augment(&work, row);
        for (size_t j = 0; j < n; j++)
            columns[work.row_of[j]] = j;
    }
    free(work.row_price);
    free(work.row_of);
    free(work.visited);
    return room ? GD_OK : gd_no_memory(error, "an assignment");
}

/* --- Histograms --------------------------------------------------------------------------------------------------- */

/* Adds values to bins between two ends, the upper end included; returns how many are there. */
static double fill(const double *values, size_t count, double low, double high, size_t bins, double *shares)
{
    double inside = 0;
    for (size_t k = 0; k < count; k++) {
        const double place = high > low ? (values[k] - low) / (high - low) * (double)bins : values[k] == low ? 0 : -1;
        if (place >= 0 && place <= (double)bins) {
            shares[place < (double)bins ? (size_t)place : bins - 1]++;
            inside++;
        }
    }
    return inside;
}

enum gd_status gd_total_variation(const double *a, size_t n, const double *b, size_t m, size_t bins, double *variation,
                                  struct gd_error *error)
{
    double *shares = gd_array(2 * bins, sizeof *shares);
    if (!shares)
        return gd_no_memory(error, "a histogram");
    const double in_a = fill(a, n, b[0], b[m - 1], bins, shares);
    const double in_b = fill(b, m, b[0], b[m - 1], bins, shares + bins);
    *variation = in_a > 0 ? 0 : 1;
    for (size_t k = 0; k < bins && in_a > 0; k++)
        *variation += fabs(shares[k] / in_a - shares[bins + k] / in_b) / 2;
    free(shares);
    return GD_OK;
}

/* --- Matrices ----------------------------------------------------------------------------------------------------- */

/* One rotation of Jacobi's that makes the columns p and q orthogonal. */
static void rotate(double columns[3][3], int p, int q)
{
    double pp = 0, qq = 0, pq = 0;
    for (int k = 0; k < 3; k++) {
        pp += columns[p][k] * columns[p][k];
        qq += columns[q][k] * columns[q][k];
        pq += columns[p][k] * columns[q][k];
    }
    if (pq == 0)
        return;
    const double angle = atan2(2 * pq, pp - qq) / 2, c = cos(angle), s = sin(angle);
    for (int k = 0; k < 3; k++) {
        const double x = columns[p][k], y = columns[q][k];
        columns[p][k] = c * x + s * y;
        columns[q][k] = c * y - s * x;
    }
}

double gd_nuclear_norm(const double matrix[3][3])
{
    enum { SWEEPS = 12 };
    double columns[3][3], sum = 0;
    for (int k = 0; k < 9; k++)
        columns[k / 3][k % 3] = matrix[k % 3][k / 3];
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int p = 0; p < 2; p++)
            for (int q = p + 1; q < 3; q++)
                rotate(columns, p, q);
    for (int p = 0; p < 3; p++)
        sum += sqrt(columns[p][0] * columns[p][0] + columns[p][1] * columns[p][1] + columns[p][2] * columns[p][2]);
    return sum;
}
