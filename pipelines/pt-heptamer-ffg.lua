-- Seven platinum atoms on Pt(111), with force-field guidance: the network also learns forces and energies. Draws are relaxed
-- on the learned forces, and of 384 the 64 that look best or newest are evaluated: 128 + 10 x 64 = 768 evaluations.
-- The centred hexagon has 24.9874 eV on hcp sites and 24.9936 eV on fcc sites.
local gd = require "godiff"

return gd.pipeline {
  name = "pt-heptamer-ffg",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0, heads = {"score", "force", "energy"} } },
  target = { bonds = "heptamer.extxyz", scale = 1.1 },
  steps = {
    gd.seed { count = 128, steps = 100 },
    gd.evaluate {},
    gd.loop {
      times = 10,
      gd.anneal { curve = "exponential", from = 0.6, to = 0.05 },
      gd.reweight { size = 64 },
      gd.train { steps = 500, batch = 16, rate = 1.0e-3, table = true, archive_batch = 8 },
      gd.sample { count = 384, steps = 100, finish = { steps = 60, reach = 10 } },
      gd.select { keep = 64, lowest = 0.7, novel = 0.15 },
      gd.evaluate {},
    },
  },
}
