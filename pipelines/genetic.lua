-- Genetic search: children of two structures of a population, some of them mutated, are relaxed and compete for a place
-- in it. Of 13 copper atoms in EMT, the lowest minimum is the icosahedron.
local gd = require "godiff"

return gd.pipeline {
  name = "genetic",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 20 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { diverse = { size = 20 } } },
    gd.loop {
      times = 100,
      ["until"] = "target",
      gd.cross { count = 20, crossover = "cut-splice" },
      gd.perturb { of = "batch", share = 0.3, move = { rattle = { amplitude = 0.8 } } },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = { diverse = { size = 20 } } },
    },
  },
}
