-- A platinum atom on stepped platinum, with little noise and hills where draws have been: each draw raises a hill on place
-- and height of the atom, and structures under hills count less in training. See docs/stages/bias.md and docs/results.md.
local gd = require "godiff"

return gd.pipeline {
  name = "bias-adatom",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0 } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { from = "uniform", count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.bias { variables = {"x", "y", "height"}, height = 0.2, width = 0.5, gamma = 10 },
      gd.reweight { size = 16, bias = "add" },
      gd.train { steps = 300, batch = 8, rate = 1.0e-3, weights = "uniform" },
      gd.sample { count = 32, steps = 200 },
      gd.evaluate {},
    },
  },
}
