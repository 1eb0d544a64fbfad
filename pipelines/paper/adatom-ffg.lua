-- The adatom of adatom.lua, with force-field guidance as in heptamer-ffg.lua: its network also learns forces, which
-- heptamer-ffg-transfer.lua begins with. 320 evaluations.
local gd = require "godiff"

return gd.pipeline {
  name = "adatom-ffg",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 64, blocks = 4, radial = 30, cutoff = 6.0, heads = {"score", "force"} } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 16 },
      gd.train { steps = 2000, batch = 8, rate = 1.0e-4, forces = { weight = 1, huber = 0 }, archive_batch = 8 },
      gd.sample { count = 32, steps = 500, guidance = "paper", finish = { steps = 100, fmax = 0.05, cap = 0.1 } },
      gd.evaluate {},
    },
  },
}
