-- Samples of the benchmark LJ-13 by Langevin chains: Lennard-Jones particles in a trap, at T = 1. Their mean energy is
-- -42.955. LJ-55: --set system.add=Ar55 --set walk*.step=0.02. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "walk-lj13",
  seed = 0,
  system = { template = gd.box { lengths = {4, 4, 4} }, add = "Ar13" },
  potential = {
    sum = { first = { lj = { epsilon = 2.0, sigma = 0.8908987181403393 } }, second = { trap = { stiffness = 1.0 } } },
  },
  minima = "none",
  steps = {
    gd.seed { from = "uniform", count = 50 },
    gd.walk { steps = 10000, step = 0.045, method = "langevin", temperature = 1.0, clash = 0 },
    gd.loop {
      times = 40,
      gd.walk { steps = 1000, step = 0.045, method = "langevin", temperature = 1.0, clash = 0 },
    },
    gd.metrics { of = "archive", newest = 2000 },
  },
}
