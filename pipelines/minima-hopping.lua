-- Minima hopping (Goedecker, J. Chem. Phys. 120, 9911 (2004)): short paths of molecular dynamics lead out of minima.
-- Their energy, and the difference of energies that is accepted, adapt. Of 13 copper atoms in EMT, the lowest minimum is
-- the icosahedron.
local gd = require "godiff"

return gd.pipeline {
  name = "minima-hopping",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 1 },
    gd.relax { fmax = 0.02, steps = 400, clash = 0.5 },
    gd.accept { criterion = { ["minima-hopping"] = { difference = 0.3 } } },
    gd.loop {
      times = 500,
      ["until"] = "target",
      gd.perturb { move = { escape = { temperature = 0.15 } } },
      gd.relax { fmax = 0.02, steps = 400, clash = 0.5 },
      gd.accept { criterion = { ["minima-hopping"] = { difference = 0.3 } } },
    },
  },
}
