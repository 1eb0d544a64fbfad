-- A stage defined in the pipeline: drops structures far above the best, by a parameter (--set forget.depth=3).
local gd = require "godiff"
local forget = gd.stage {
  name = "forget",
  reads = {"archive"},
  writes = {"archive"},
  params = { depth = { type = "float", default = 5.0, min = 0, unit = "eV", help = "structures up to this above the best are kept" } },
  run = function(state, params)
    state.archive:keep(function(s) return s.energy <= state.best.energy + params.depth end)
  end,
}

return gd.pipeline {
  name = "forget",
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
      times = 9,
      gd.anneal {},
      forget { depth = 4.0 },
      gd.reweight { size = 16 }, gd.train { steps = 1000, batch = 8 },
      gd.sample { count = 32 }, gd.evaluate {},
    },
  },
}
