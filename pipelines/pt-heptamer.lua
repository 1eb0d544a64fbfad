-- Seven platinum atoms on Pt(111): the larger benchmark of arXiv:2510.13448, with the EMT potential.
-- 128 + 19 x 128 = 2,560 evaluations. The centred hexagon has 24.9874 eV on hcp sites and 24.9936 eV on fcc sites.
local gd = require "godiff"

return gd.pipeline {
  name = "pt-heptamer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 64, blocks = 4, radial = 30, cutoff = 6.0 } },
  target = { bonds = "heptamer.extxyz", scale = 1.1 },
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
