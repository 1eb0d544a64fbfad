-- Simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220, 671 (1983)): chains of Metropolis steps at a falling
-- temperature, without relaxations until the end. Of 13 copper atoms in EMT, the lowest minimum is the icosahedron.
local gd = require "godiff"

return gd.pipeline {
  name = "simulated-annealing",
  seed = 0,
  system = {
    template = gd.box { lengths = {7, 7, 7} },
    add = "Cu13",
  },
  potential = { emt = {} },
  target = { energy = 9.361358, within = 0.01 },
  steps = {
    gd.seed { from = "growth", count = 32 },
    gd.evaluate {},
    gd.accept { criterion = { metropolis = { temperature = 0.5 } } },
    gd.loop {
      times = 400,
      gd.anneal { curve = "exponential", from = 0.5, to = 0.02 },
      gd.perturb { move = { rattle = { amplitude = 0.2 } }, adapt = 0.4 },
      gd.evaluate {},
      gd.accept { criterion = "metropolis" },
    },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
  },
}
