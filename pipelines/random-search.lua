-- Random structure search: structures that grow atom by atom, each relaxed. Of 13 copper atoms in EMT, the lowest
-- minimum is the icosahedron.
--
-- As AGOX does it: --set seed.growth.direction=biased --set relax.optimiser=bfgs
local gd = require "godiff"

return gd.pipeline {
  name = "random-search",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.loop {
      times = 250,
      ["until"] = "target",
      gd.seed { from = "growth", count = 4 },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    },
  },
}
