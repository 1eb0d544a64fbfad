-- Genetic search for seven platinum atoms on Pt(111), in EMT. Both centred hexagons, on hcp sites (24.9874 eV) and on
-- fcc sites (24.9936 eV), are hits.
local gd = require "godiff"

return gd.pipeline {
  name = "genetic-heptamer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  target = { bonds = "heptamer.extxyz", scale = 1.1 },
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
