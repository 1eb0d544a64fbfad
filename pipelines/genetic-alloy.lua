-- Genetic search for an alloy cluster of five gold atoms and one of nickel, in EMT: mutations also exchange atoms of
-- different elements.
local gd = require "godiff"

return gd.pipeline {
  name = "genetic-alloy",
  seed = 0,
  system = {
    template = gd.box { lengths = {8, 8, 8} },
    add = "Au5Ni",
  },
  potential = { emt = {} },
  target = { energy = 4.815038, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 20 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { diverse = { size = 20 } } },
    gd.loop {
      times = 100,
      ["until"] = "target",
      gd.cross { count = 20, crossover = "cut-splice" },
      gd.perturb { of = "batch", share = 0.3, move = { rattle = { amplitude = 0.8 } } },
      gd.perturb { of = "batch", share = 0.2, move = "swap" },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = { diverse = { size = 20 } } },
    },
  },
}
