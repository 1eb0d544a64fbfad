-- Adjoint Sampling (arXiv:2504.11713) on the benchmark DW-4: four particles in the plane, at T = 1. All paths begin with the
-- particles at one point; the control is fitted to the forces where the last paths have ended. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "adjoint-sampling-dw4",
  seed = 0,
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  potential = "double-well",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 2.0 } },
  model = { painn = { features = 48, blocks = 2, radial = 48, cutoff = 16.0 } },
  minima = "none",
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.sample { count = 1000, steps = 100, start = "origin" },
    gd.evaluate { clash = 0 },
    gd.loop {
      times = 60,
      gd.reweight { size = 5000, weights = { newest = { count = 5000 } } },
      gd.train { goal = "adjoint", weights = "uniform", steps = 50, batch = 128, rate = 5.0e-4, clip = 1, decay = 0, validation = 0 },
      gd.sample { count = 250, steps = 100, start = "origin" },
      gd.evaluate { clash = 0 },
    },
    gd.sample { count = 1000, steps = 200, start = "origin" },
    gd.evaluate { clash = 0 },
    gd.metrics {},
  },
}
