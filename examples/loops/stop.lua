-- An early stop: functions define the target and the condition that ends the loop.
local gd = require "godiff"

return gd.pipeline {
  name = "stop",
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {3, 3, 2}, vacuum = 8.0 },
    add = "Pt3",
    window = { above = {1.0, 5.0} },
  },
  potential = { emt = {} },
  noise = { ve = { min = 0.01, max = 1.0 } },
  model = { painn = { features = 32, blocks = 2, radial = 16, cutoff = 5.0 } },
  target = function(s, state) return s.energy < 9.0 end,
  steps = {
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      ["until"] = function(state) return state.found > 0 or state.evaluations >= 200 end,
      gd.anneal { from = 5.0, to = 0.02 },
      gd.reweight { size = 16 },
      gd.train { steps = 1000, batch = 8 },
      gd.sample { count = 32 },
      gd.evaluate {},
    },
  },
}
