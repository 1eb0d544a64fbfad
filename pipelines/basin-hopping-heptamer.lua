-- Basin hopping for seven platinum atoms on Pt(111), in EMT. Both centred hexagons, on hcp sites (24.9874 eV) and on fcc
-- sites (24.9936 eV), are hits. One chain; with --set seed.count=8 eight of them, which are relaxed side by side.
local gd = require "godiff"

return gd.pipeline {
  name = "basin-hopping-heptamer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  target = { bonds = "heptamer.extxyz", scale = 1.1 },
  steps = {
    gd.seed { from = "growth", count = 1 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { metropolis = { temperature = 0.3 } } },
    gd.loop {
      times = 500,
      ["until"] = "target",
      gd.perturb { move = { rattle = { amplitude = 1.2 } }, adapt = 0.5 },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = { metropolis = { temperature = 0.3 } } },
    },
  },
}
