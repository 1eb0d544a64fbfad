#!/usr/bin/env python3
"""Makes statistics-reference.json: statistics by lifelines, statsmodels and SciPy.

    python3 -m venv venv && venv/bin/pip install lifelines statsmodels scipy
    venv/bin/python tests/data/make_statistics_reference.py > tests/data/statistics-reference.json

Versions are in the file. Numbers are drawn with fixed seeds, with ties and censored times among them.
"""
import json
import warnings

import lifelines
import numpy as np
import scipy
import scipy.stats
import statsmodels
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261126)


def durations(count, censored, ties):
    scale = 20 if ties else 1e6
    times = np.ceil(rng.exponential(0.3, count) * scale) / scale * 1000
    events = rng.random(count) >= censored
    return times, events


def survival(times, events):
    curve = lifelines.KaplanMeierFitter().fit(times, events)
    table = curve.event_table
    at = table.index[table["observed"] > 0]
    band = curve.confidence_interval_
    s = curve.survival_function_.loc[at].iloc[:, 0]
    # Greenwood's error, by statsmodels.
    other = statsmodels.api.SurvfuncRight(times, events.astype(int))
    error = dict(zip(other.surv_times, other.surv_prob_se))
    horizon = 0.9 * times.max()
    mean, variance = restricted_mean_survival_time(curve, t=horizon, return_variance=True)
    median = curve.median_survival_time_
    return {
        "times": times.tolist(), "events": [int(e) for e in events],
        "time": at.tolist(), "survival": s.tolist(),
        "low": [None if v != v else v for v in band.loc[at].iloc[:, 0].tolist()],
        "high": [None if v != v else v for v in band.loc[at].iloc[:, 1].tolist()],
        "error": [None if not np.isfinite(error[t]) else float(error[t]) for t in at],
        "at_risk": [int(v) for v in table.loc[at, "at_risk"]],
        "median": None if np.isinf(median) else float(median),
        "horizon": horizon, "mean": float(mean),
    }


def log_rank(a, b):
    result = logrank_test(a[0], b[0], a[1], b[1])
    return {"first": {"times": a[0].tolist(), "events": [int(e) for e in a[1]]},
            "second": {"times": b[0].tolist(), "events": [int(e) for e in b[1]]},
            "chi2": float(result.test_statistic), "p": float(result.p_value)}


def permutation(count):
    a, b = rng.integers(1, 12, count).astype(float), rng.integers(1, 12, count).astype(float)
    d = a - b
    exact = scipy.stats.permutation_test((d,), lambda x: np.mean(x), permutation_type="samples", n_resamples=np.inf,
                                         alternative="two-sided", vectorized=False)
    u = scipy.stats.mannwhitneyu(a, b).statistic  # pairs in which a is above b, and half of the ties
    return {"a": a.tolist(), "b": b.tolist(), "p": float(exact.pvalue), "superiority": 1 - float(u) / (count * count)}


import statsmodels.api  # noqa: E402

cases = [durations(n, c, t) for n, c, t in
         [(1, 0, False), (2, 0.5, False), (5, 0.3, True), (12, 0.25, True), (12, 0, False), (30, 0.6, True),
          (30, 1.0, False), (64, 0.1, True), (200, 0.4, True), (200, 0.4, False)]]
known = (np.array([120, 340, 340, 560, 610, 800, 900, 1200, 1200, 1500, 2560, 2560.0]),
         np.array([1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0], bool))
other = (np.array([200, 700, 1300, 1500, 1800, 2100] + [2560.0] * 6), np.array([1, 1, 1, 0, 1, 1] + [0] * 6, bool))
ps = [rng.random(n).tolist() for n in (1, 2, 5, 20)] + [[0.01, 0.01, 0.04, 0.03, 0.5, 1.0]]
samples = [rng.normal(size=n).tolist() for n in (1, 2, 7, 20)]
tables = {
    "made_with": {"lifelines": lifelines.__version__, "statsmodels": statsmodels.__version__,
                  "scipy": scipy.__version__, "numpy": np.__version__},
    "normal": [[p, float(scipy.stats.norm.ppf(p))] for p in (1e-12, 1e-4, 0.025, 0.3, 0.5, 0.6, 0.9, 0.975, 0.99999)],
    "wilson": [[k, n, level, *map(float, proportion_confint(k, n, 1 - level, "wilson"))]
               for k, n in ((0, 1), (1, 1), (0, 10), (7, 10), (8, 12), (30, 30), (1, 1000))
               for level in (0.68, 0.95, 0.99)],
    "survival": [survival(*known), survival(*other)] + [survival(*case) for case in cases],
    "log_rank": [log_rank(known, other)] + [log_rank(cases[k], cases[k + 1]) for k in range(2, len(cases) - 1)],
    "permutation": [permutation(n) for n in (2, 5, 8, 10, 12)],
    "holm": [[p, multipletests(p, method="holm")[1].tolist()] for p in ps],
    "quantiles": [[s, [[q, float(np.quantile(s, q))] for q in (0, 0.1, 0.25, 0.5, 0.75, 1)]] for s in samples],
}
print("{" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in tables.items()) + "}")
