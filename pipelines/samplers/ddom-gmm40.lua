-- DDOM (arXiv:2306.07180) on the benchmark GMM-40: from a table of 20,000 uniform draws with their energies, without further
-- evaluations, structures whose energy is among the lowest hundredth; the network sees absolute positions. See
-- docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "ddom-gmm40",
  seed = 0,
  system = {
    template = gd.box { lengths = {100, 100, 100} },
    region = { box = { lengths = {100, 100, 0.001}, from = "origin" } },
    add = "H",
  },
  potential = "gmm40",
  noise = { ve = { schedule = "exponential", min = 0.05, max = 60.0 } },
  model = { mlp = { features = 128, blocks = 3, waves = 16, shortest = 4.0, longest = 400.0, heads = {"conditioned_score"} } },
  minima = "none",
  steps = {
    gd.seed { from = "uniform", count = 20000 },
    gd.evaluate { clash = 0 },
    gd.reweight { size = 10000, weights = "bins" },
    gd.train { weights = "uniform", steps = 4000, batch = 256, rate = 1.0e-3, validation = 0 },
    gd.sample { count = 1000, steps = 200, chunk = 1000, condition = { rank = 0.005, weight = 1 } },
    gd.evaluate { clash = 0 },
    gd.metrics { centres = "modes.extxyz", reach = 3.94 },
  },
}
