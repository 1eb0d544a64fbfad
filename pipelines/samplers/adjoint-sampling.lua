-- Adjoint Sampling (arXiv:2504.11713) of a platinum atom on stepped platinum. Noise of 5 Å forgets where the atom began, so
-- the uniform distribution takes the place of a point: the control is then the score, and it is fitted to the forces F/T
-- of the draws themselves, all with the same weight. The buffer has the last eight rounds. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "adjoint-sampling",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.01, max = 5.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0 } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { from = "uniform", count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 256, weights = { newest = { count = 256 } } },
      gd.train { steps = 300, batch = 8, rate = 1.0e-3, goal = "force", weights = "uniform" },
      gd.sample { count = 32, steps = 200 },
      gd.evaluate {},
    },
  },
}
