-- iDEM (arXiv:2402.06121) on the benchmark DW-4: four particles in the plane, at T = 1. The score around the model's own
-- draws is estimated from the potential; nothing else is known. Forces are mixed with the noise. See docs/samplers.md.
local gd = require "godiff"

local function rounds(times, newest, samples, steps, rate)
  return gd.loop {
    times = times,
    gd.reweight { size = newest, weights = { newest = { count = newest } } },
    gd.estimate { pairs = 8000, samples = samples, clash = 0, terms = "mix", stiffness = 20 },
    gd.train { goal = "pairs", steps = steps, batch = 128, rate = rate, clip = 0.5, decay = 0, validation = 0 },
    gd.sample { count = 500, steps = 200, start = "normal" },
    gd.evaluate { clash = 0 },
  }
end

return gd.pipeline {
  name = "idem-dw4",
  seed = 0,
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  potential = "double-well",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 3.0 } },
  model = { painn = { features = 64, blocks = 2, radial = 64, cutoff = 24.0 } },
  minima = "none",
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.seed { from = "uniform", count = 1000 },
    gd.evaluate { clash = 0 },
    rounds(10, 10000, 100, 400, 1.0e-3),
    rounds(5, 5000, 400, 600, 3.0e-4),
    gd.train { goal = "pairs", steps = 1500, batch = 256, rate = 1.0e-4, clip = 0.5, decay = 0, validation = 0 },
    gd.sample { count = 1000, steps = 500, start = "normal" },
    gd.evaluate { clash = 0 },
    gd.metrics {},
  },
}
