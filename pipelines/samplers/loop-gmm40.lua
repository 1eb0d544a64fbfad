-- GO-Diff's loop on the benchmark GMM-40 at T = 1: 40 Gaussians in the plane, from uniform draws that are weighted by
-- exp(-E/T); the network sees absolute positions. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "loop-gmm40",
  seed = 0,
  system = {
    template = gd.box { lengths = {100, 100, 100} },
    region = { box = { lengths = {100, 100, 0.001}, from = "origin" } },
    add = "H",
  },
  potential = "gmm40",
  noise = { ve = { schedule = "exponential", min = 0.05, max = 60.0 } },
  model = { mlp = { features = 128, blocks = 3, waves = 16, shortest = 4.0, longest = 400.0 } },
  minima = "none",
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.seed { from = "uniform", count = 20000 },
    gd.evaluate { clash = 0 },
    gd.loop {
      times = 5,
      gd.reweight { size = 10000 },
      gd.train { weights = "uniform", steps = 1000, batch = 256, rate = 1.0e-3, validation = 0 },
      gd.sample { count = 1000, steps = 200, chunk = 1000 },
      gd.evaluate { clash = 0 },
    },
    gd.sample { count = 10000, steps = 200, chunk = 1000 },
    gd.evaluate { clash = 0 },
    gd.metrics { centres = "modes.extxyz", reach = 3.94 },
  },
}
