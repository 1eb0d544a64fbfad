-- NEM (arXiv:2409.09787) of a platinum atom on stepped platinum while T falls: as idem-adatom, but an energy is learned,
-- whose slope is the score. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "nem-adatom",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.01, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0, heads = {"noised_energy"} } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { from = "uniform", count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 256, weights = { newest = { count = 256 } } },
      gd.estimate { pairs = 500, samples = 40 },
      gd.train { goal = "pairs", steps = 300, batch = 32, rate = 1.0e-3, clip = 0.5, decay = 0, validation = 0 },
      gd.sample { count = 32, steps = 200 },
      gd.evaluate {},
    },
  },
}
