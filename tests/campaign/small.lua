-- What small.yaml says, with functions.
local gd = require "godiff"

local first = gd.stage {
  name = "first",
  summary = "How many structures there are.",
  reads = {"batch"},
  run = function(state)
    gd.figure("structures", #state.batch)
  end,
}

return gd.pipeline {
  name = "small",
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {1, 1, 2}, vacuum = 5.0 },
    add = "Pt",
    window = { above = {1.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 8, blocks = 1, radial = 3, cutoff = 3.0 } },
  steps = {
    gd.seed { count = 3, steps = 2 },
    first {},
    gd.evaluate {},
    gd.loop {
      times = 1,
      gd.anneal { from = 5.0, to = 0.02 },
      gd.reweight { size = 2 },
      gd.train { steps = 1, batch = 1, rate = 1e-4 },
      gd.sample { count = 2, steps = 2 },
      gd.evaluate {},
      ["until"] = function(state) return state.iteration > 0 end,
    },
  },
}
