-- Basin hopping (Wales and Doye, J. Phys. Chem. A 101, 5111 (1997)): relaxed structures are perturbed, relaxed, and
-- accepted by their energies. Of 13 copper atoms in EMT, the lowest minimum is the icosahedron.
--
-- One chain; with --set seed.count=8 eight of them, which are relaxed side by side.
local gd = require "godiff"

return gd.pipeline {
  name = "basin-hopping",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 1 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { metropolis = { temperature = 0.3 } } },
    gd.loop {
      times = 500,
      ["until"] = "target",
      gd.perturb { move = { mix = { first = { rattle = { amplitude = 0.8 } }, second = "jump", share = 0.15 } }, adapt = 0.5 },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = { metropolis = { temperature = 0.3 } } },
    },
  },
}
