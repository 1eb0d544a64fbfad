-- Genetic search for the Lennard-Jones cluster of 38 atoms, in units of ε and σ. Its lowest minimum is a truncated
-- octahedron, far from the icosahedral ones next to it. Other sizes, with one --set each: README.md.
local gd = require "godiff"

return gd.pipeline {
  name = "genetic-lj38",
  seed = 0,
  system = {
    template = gd.box { lengths = {6, 6, 6} },
    add = "Ar38",
  },
  potential = { lj = {} },
  target = { energy = -173.928427, within = 0.001 },
  steps = {
    gd.seed { from = "growth", count = 20, growth = { radius = 0.56 } },
    gd.relax { fmax = 0.001, steps = 1000, clash = 0.3 },
    gd.accept { criterion = { diverse = { size = 20 } } },
    gd.loop {
      times = 1000,
      ["until"] = "target",
      gd.cross { count = 20, crossover = "cut-splice", near = 0.55, radius = 0.56 },
      gd.perturb { of = "batch", share = 0.3, move = { rattle = { amplitude = 0.4 } } },
      gd.relax { fmax = 0.001, steps = 1000, clash = 0.3 },
      gd.accept { criterion = { diverse = { size = 20 } } },
    },
  },
}
