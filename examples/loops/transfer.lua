-- A chain: the model trained in plain.lua is used here with one more atom.
local gd = require "godiff"

return gd.pipeline {
  name = "transfer",
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {3, 3, 2}, vacuum = 8.0 },
    add = "Pt4",
    window = { above = {1.0, 5.0} },
  },
  potential = { emt = {} },
  noise = { ve = { min = 0.01, max = 1.0 } },
  model = { painn = { features = 32, blocks = 2, radial = 16, cutoff = 5.0 } },
  steps = {
    gd.pipeline { id = "three", file = "plain.lua", with = { ["train.steps"] = 500 }, take = {"model"} },
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 4,
      gd.anneal { from = 3.0, to = 0.02 },
      gd.reweight { size = 16 },
      gd.train { steps = 1000, batch = 8 },
      gd.sample { count = 32 },
      gd.evaluate {},
    },
  },
}
