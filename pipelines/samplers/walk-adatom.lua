-- Sixteen annealed Langevin chains for a platinum atom on stepped platinum, with the 320 evaluations that pt-adatom has:
-- what its diffusion is to be compared with. See docs/results.md.
local gd = require "godiff"

return gd.pipeline {
  name = "walk-adatom",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  target = { energy = 5.5058, within = 0.1 },
  minima = "none",
  steps = {
    gd.seed { from = "uniform", count = 16 },
    gd.loop {
      times = 19,
      gd.anneal { curve = "exponential", from = 0.5, to = 0.02 },
      gd.walk { steps = 1, step = 0.3, method = "langevin" },
    },
  },
}
