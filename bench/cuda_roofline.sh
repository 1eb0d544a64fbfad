#!/bin/sh
# Lower bound of the time of one optimisation step of the heptamer workload on an H200-class GPU: for every operation the
# bytes of its arrays, each read or written once, and its arithmetic, at 4.8 TB/s and 67 TFLOP/s (float32 without tensor
# cores), or matrix multiplication at 494 TFLOP/s (dense TF32). Prints a Markdown table. Nothing is measured here.
# The sizes are those of `godiff bench`: batch 16, 79 atoms each.
exec awk '
# count operations named `op`: bytes and floating-point operations of all of them; products: of matrices
function add(op, bytes, flop, products) {
    if (!(op in all_bytes)) order[++ops] = op
    all_bytes[op] += bytes; all_flop[op] += flop; all_products[op] += products
}
function dense(rows, inner, outer, extra) {
    add("dense", 4 * (rows * inner + inner * outer + (1 + extra) * rows * outer), 4 * rows * outer, 2 * rows * inner * outer)
}
function dense_back(rows, inner, outer, input) {
    add("dense_weight", 4 * (rows * inner + rows * outer + inner * outer), rows * outer, 2 * rows * inner * outer)
    if (input) add("dense_input", 4 * (rows * inner * 2 + rows * outer + inner * outer), 4 * rows * inner, 2 * rows * inner * outer)
}
function larger(a, b) { return a > b ? a : b }
BEGIN {
    F = 64; R = 30; L = 4; kinds = 1; parameters = 231581
    split("1264 1264 1264 959 112", atoms)          # that go into blocks 0 .. 3, and come out of the last
    split("37998 37998 28848 1837", edges)          # into the receivers of each block
    split("2799 2799 2799 1719", rows)              # of filters that each block uses
    add("radial", 4 * rows[1] * (R + 2), 10 * rows[1] * R, 0)
    for (l = 1; l <= L; l++) {
        m = atoms[l]; n = atoms[l + 1]; e = edges[l]; r = rows[l]; v = l > 1 ? 1 : 0
        dense(r, R, 3 * F, 1); dense_back(r, R, 3 * F, 0)
        if (l > 1) { dense(m, F, F, 1); dense(m, F, 3 * F, 1); dense_back(m, F, F, 1); dense_back(m, F, 3 * F, 1) }
        else add("gather", 4 * 2 * 4 * F * m, 0, 0)
        ends = 24 * e; messages = e * F * (9 + 7 * v)
        add("message", ends + 4 * F * (3 * r + 3 * m + 3 * m * v + n + 4 * n), messages, 0)
        add("message_sender", ends + 4 * F * (3 * r + 3 * m + 3 * m * v + 4 * n + 3 * m + 3 * m * v), messages + e * F * 6 * v, 0)
        add("message_filter", ends + 4 * F * (3 * r + 3 * m + 3 * m * v + 4 * n), messages + e * F * 4 * v, 0)
        dense(3 * n, F, 2 * F, 0); dense_back(3 * n, F, 2 * F, 1)
        add("norms", 4 * n * F * (1 + 3 + 2), 7 * n * F, 0)
        add("norms_backward", 4 * n * F * (1 + 1 + 2 + 3 + 6), 8 * n * F, 0)
        dense(n, 2 * F, F, 1); dense(n, F, 3 * F, 0); dense_back(n, 2 * F, F, 1); dense_back(n, F, 3 * F, 1)
        add("mix", 4 * n * F * (4 + 6 + 3 + 4), 15 * n * F, 0)
        add("mix_backward", 4 * n * F * (4 + 6 + 3 + 3 + 6), 25 * n * F, 0)
    }
    n = atoms[5]; s = F + 2; w = F                  # the head: scalars F + 2, vectors F, halved in each of three blocks
    for (k = 1; k <= 3; k++) {
        so = k < 3 ? int(s / 2) : 1; wo = k < 3 ? int(w / 2) : 1
        dense(3 * n, w, 2 * wo, 0); dense(n, s + wo, s, 1); dense(n, s, so + wo, 0)
        dense_back(3 * n, w, 2 * wo, 1); dense_back(n, s + wo, s, 1); dense_back(n, s, so + wo, 1)
        add("norms, gates of the head", 4 * n * 3 * (2 * s + 8 * wo), 30 * n * (s + wo), 0)
        s = so; w = wo
    }
    add("loss, squares", 4 * (n * 10 + parameters), 2 * parameters, 0)
    add("adamw", 28 * parameters, 12 * parameters, 0)
    print "| operation | MB | Mflop | µs by bytes | µs by arithmetic | floor, µs | floor with TF32, µs |"
    print "|---|---|---|---|---|---|---|"
    for (k = 1; k <= ops; k++) {
        op = order[k]
        by_bytes = all_bytes[op] / 4.8e6; by_flop = (all_flop[op] + all_products[op]) / 67e6
        by_tf32 = all_flop[op] / 67e6 + all_products[op] / 494e6
        floor = larger(by_bytes, by_flop); floor32 = larger(by_bytes, by_tf32)
        printf "| %s | %.2f | %.1f | %.2f | %.2f | %.2f | %.2f |\n", op, all_bytes[op] / 1e6,
            (all_flop[op] + all_products[op]) / 1e6, by_bytes, by_flop, floor, floor32
        b += all_bytes[op]; f += all_flop[op] + all_products[op]; t += floor; t32 += floor32; tb += by_bytes; tf += by_flop
    }
    printf "| **all** | %.1f | %.0f | %.1f | %.1f | %.1f | %.1f |\n", b / 1e6, f / 1e6, tb, tf, t, t32
}'
