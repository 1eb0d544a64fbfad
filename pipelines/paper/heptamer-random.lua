-- Random structure search for the heptamer, which arXiv:2510.13448 compares with: 80 relaxations, about 10,000 evaluations.
-- Structures grow and relax as in AGOX, and EMT stands in place of MACE-MP0. A hit is the bond graph alone, as there, also
-- of a structure that a relaxation passes through on its way to another minimum.
local gd = require "godiff"

return gd.pipeline {
  name = "heptamer-random",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  target = { bonds = "../heptamer.extxyz", scale = 1.1 },
  steps = {
    gd.loop {
      times = 80,
      gd.seed { from = "growth", count = 1, growth = { direction = "biased" } },
      gd.relax { optimiser = "bfgs", fmax = 0.05, steps = 400, clash = 0.5 },
    },
  },
}
