-- BNEM (arXiv:2409.09787) on the benchmark GMM-40: 40 Gaussians in the plane, at T = 1. After rounds of NEM, energies at
-- large noise are estimated from those that the model has learned at less noise. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "bnem-gmm40",
  seed = 0,
  system = {
    template = gd.box { lengths = {100, 100, 100} },
    region = { box = { lengths = {100, 100, 0.001}, from = "origin" } },
    add = "H",
  },
  potential = "gmm40",
  noise = { ve = { schedule = "exponential", min = 0.05, max = 60.0 } },
  model = { mlp = { features = 128, blocks = 3, waves = 16, shortest = 4.0, longest = 400.0, heads = {"noised_energy"} } },
  minima = "none",
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.seed { from = "uniform", count = 1000 },
    gd.evaluate { clash = 0 },
    gd.loop {
      times = 6,
      gd.reweight { size = 10000, weights = { newest = { count = 10000 } } },
      gd.estimate { pairs = 20000, samples = 100, clash = 0 },
      gd.train { goal = "pairs", steps = 300, batch = 512, rate = 1.0e-3, clip = 0.5, decay = 0,
                 validation = 0 },
      gd.sample { count = 1000, steps = 200, chunk = 1000 },
      gd.evaluate { clash = 0 },
    },
    gd.loop {
      times = 4,
      gd.reweight { size = 10000, weights = { newest = { count = 10000 } } },
      gd.estimate { pairs = 20000, samples = 100, clash = 0, bootstrap = { samples = 80, pieces = 10 } },
      gd.train { goal = "pairs", steps = 300, batch = 512, rate = 1.0e-3, clip = 0.5, decay = 0,
                 validation = 0 },
      gd.sample { count = 1000, steps = 200, chunk = 1000 },
      gd.evaluate { clash = 0 },
    },
    gd.sample { count = 10000, steps = 200, chunk = 1000 },
    gd.evaluate { clash = 0 },
    gd.metrics { centres = "modes.extxyz", reach = 3.94 },
  },
}
