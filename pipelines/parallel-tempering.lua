-- Parallel tempering of relaxed structures: eight chains of basin hopping at temperatures from 0.1 to 1.7 eV, with
-- factors of 1.5 as in AGOX, which exchange their structures. Of 13 copper atoms in EMT, the lowest minimum is the
-- icosahedron.
local gd = require "godiff"

return gd.pipeline {
  name = "parallel-tempering",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 8 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { metropolis = { temperature = 0.1 } } },
    gd.loop {
      times = 100,
      ["until"] = "target",
      gd.exchange { from = 0.1, to = 1.709 },
      gd.perturb { move = { mix = { first = { rattle = { amplitude = 0.8 } }, second = "jump", share = 0.15 } }, adapt = 0.5 },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = "metropolis" },
    },
  },
}
