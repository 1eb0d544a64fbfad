-- DDOM (arXiv:2306.07180) in a loop, for a platinum atom on stepped platinum: the model is told the rank of each structure's
-- energy and asked for the lowest tenth, by classifier-free guidance. Weights of bins of energy take the place of
-- temperatures. See docs/samplers.md.
local gd = require "godiff"

return gd.pipeline {
  name = "ddom",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0, heads = {"conditioned_score"} } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { count = 32 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.reweight { size = 64, weights = "bins" },
      gd.train { steps = 300, batch = 8, rate = 1.0e-3, weights = "uniform" },
      gd.sample { count = 32, steps = 200, condition = { rank = 0.05, weight = 1 } },
      gd.evaluate {},
    },
  },
}
