-- Samples of the benchmark GMM-40 by Metropolis chains from everywhere: 40 Gaussians in the plane. Their mean energy is
-- 6.859. modes.extxyz has the means of the Gaussians; a mode is hit by a sample within 3 standard deviations of it.
-- See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "walk-gmm40",
  seed = 0,
  system = {
    template = gd.box { lengths = {100, 100, 100} },
    region = { box = { lengths = {100, 100, 0.001}, from = "origin" } },
    add = "H",
  },
  potential = "gmm40",
  minima = "none",
  steps = {
    gd.seed { from = "uniform", count = 500 },
    gd.loop {
      times = 20,
      gd.walk { steps = 500, step = 1.25, temperature = 1.0 },
    },
    gd.metrics { of = "archive", newest = 5000, centres = "modes.extxyz", reach = 3.94 },
  },
}
