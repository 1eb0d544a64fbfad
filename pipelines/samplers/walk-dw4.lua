-- Samples of the benchmark DW-4 by Langevin chains: four particles in the plane, at T = 1. Their mean energy is -22.538.
-- The archive of the run is a reference for `metrics`. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "walk-dw4",
  seed = 0,
  system = {
    template = gd.box { lengths = {8, 8, 8} },
    add = "Ar4",
    window = { between = {0.0, 0.001} },
  },
  potential = "double-well",
  minima = "none",
  steps = {
    gd.seed { from = "uniform", count = 200 },
    gd.walk { steps = 5000, step = 0.25, method = "langevin", temperature = 1.0, clash = 0 },
    gd.loop {
      times = 50,
      gd.walk { steps = 500, step = 0.25, method = "langevin", temperature = 1.0, clash = 0 },
    },
    gd.metrics { of = "archive", newest = 10000 },
  },
}
