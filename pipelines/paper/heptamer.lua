-- The heptamer on Pt(111) with the settings of arXiv:2510.13448, and EMT in place of MACE-MP0: 128 + 19 x 128 = 2,560
-- evaluations, 8,000 optimisation steps per iteration (many hours on a CPU).
local gd = require "godiff"

return gd.pipeline {
  name = "heptamer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 64, blocks = 4, radial = 30, cutoff = 6.0 } },
  target = { bonds = "../heptamer.extxyz", scale = 1.1 },
  steps = {
    gd.seed { count = 128 },
    gd.evaluate {},
    gd.loop {
      times = 19,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 64 },
      gd.train { steps = 8000, batch = 16, rate = 1.0e-4 },
      gd.sample { count = 128, steps = 500 },
      gd.evaluate {},
    },
  },
}
