-- A loop that adapts: temperature, draws, buffer and training by effective sample sizes and losses.
local gd = require "godiff"

return gd.pipeline {
  name = "adapt",
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
      gd.anneal { curve = { adaptive = { ess = 0.2 } }, from = 5.0, to = 0.02 },
      gd.reweight { size = 16, adapt = 0.2 },
      gd.train { steps = 1000, batch = 8, stop = { validation = { patience = 100 } } },
      gd.loop {
        times = 4,
        ["until"] = { ess = { least = 16, newest = 64 } },
        gd.sample { count = 48 },
        gd.select { keep = 16, novel = 0.2 },
        gd.evaluate {},
      },
    },
  },
}
