-- A platinum atom on stepped Pt(122) with the settings of arXiv:2510.13448, and EMT in place of MACE-MP0: 320 evaluations.
-- With noise up to 1 Å, half of the runs end in the second-best site (docs/results.md); pt-adatom uses 3 Å.
local gd = require "godiff"

return gd.pipeline {
  name = "adatom",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 64, blocks = 4, radial = 30, cutoff = 6.0 } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 16 },
      gd.train { steps = 2000, batch = 8, rate = 1.0e-4 },
      gd.sample { count = 32, steps = 500 },
      gd.evaluate {},
    },
  },
}
