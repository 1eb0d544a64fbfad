-- Another annealing curve, as a function: it falls, rises, and falls again.
local gd = require "godiff"

return gd.pipeline {
  name = "curve",
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {3, 3, 2}, vacuum = 8.0 },
    add = "Pt3",
    window = { above = {1.0, 5.0} },
  },
  potential = { emt = {} },
  noise = { ve = { min = 0.01, max = 1.0 } },
  model = { painn = { features = 32, blocks = 2, radial = 16, cutoff = 5.0 } },
  steps = {
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 8,
      gd.anneal { curve = function(k, n, state) return 0.02 + 2.5 * (1 + math.cos(3 * math.pi * k / (n - 1))) end },
      gd.reweight { size = 16 },
      gd.train { steps = 1000, batch = 8 },
      gd.sample { count = 32 },
      gd.evaluate {},
    },
  },
}
