-- A run that stops in the middle of its first iteration, to be resumed.
local gd = require "godiff"
return gd.pipeline {
  name = "half", seed = 5,
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 6.0 }, add = "Pt2", window = { above = {1.0, 4.0} } },
  potential = { emt = {} },
  noise = { ve = {} },
  model = { painn = { features = 8, blocks = 1, radial = 4, cutoff = 4.0 } },
  steps = {
    gd.seed { count = 4, from = "uniform" }, gd.evaluate {},
    gd.loop { times = 3,
      gd.anneal { to = 0.05 }, gd.reweight { size = 4 },
      gd.stage { name = "stop", reads = {"archive"}, writes = {"archive"}, run = function(state) error("stopped, as asked") end },
      gd.train { steps = 2, batch = 2 }, gd.sample { count = 2, steps = 3 }, gd.evaluate {},
    },
  },
}
