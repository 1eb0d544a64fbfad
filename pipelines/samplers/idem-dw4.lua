-- iDEM (arXiv:2402.06121) on the benchmark DW-4: four particles in the plane, at T = 1. The score around the model's own
-- draws is estimated from the potential, from more and more samples; nothing else is known. The last draws get the weights
-- of their paths. See docs/samplers.md.
local gd = require "godiff"

local function estimate(pairs, samples, stiffness)
  return gd.estimate { pairs = pairs, samples = samples, clash = 0, terms = "mix", stiffness = stiffness }
end

local function train(steps, batch, rate)
  return gd.train { goal = "pairs", steps = steps, batch = batch, rate = rate, clip = 0.5, decay = 0, validation = 0 }
end

local function rounds(times, newest, samples, stiffness, rate)
  return gd.loop {
    times = times,
    gd.reweight { size = newest, weights = { newest = { count = newest } } },
    estimate(8000, samples, stiffness),
    train(300, 128, rate),
    gd.sample { count = 500, steps = 200, start = "normal" },
    gd.evaluate { clash = 0 },
  }
end

return gd.pipeline {
  name = "idem-dw4", seed = 0,
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  potential = "double-well", minima = "none",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 3.0 } },
  model = { painn = { features = 64, blocks = 2, radial = 64, cutoff = 24.0, time = "backbone" } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.seed { from = "uniform", count = 1000 }, gd.evaluate { clash = 0 },
    rounds(6, 10000, 100, 5, 1.0e-3),
    rounds(3, 2000, 1000, 10, 5.0e-4),
    gd.reweight { size = 2000, weights = { newest = { count = 2000 } } },
    estimate(20000, 2000, 10),
    train(1500, 128, 5.0e-4), train(1200, 256, 1.0e-4),
    gd.sample { count = 10000, steps = 200, start = "normal", path_weights = true },
    gd.evaluate { clash = 0 }, gd.metrics {},
    gd.reweight { size = 2000, replace = true, weights = { paths = { newest = 10000 } } },
    gd.metrics { of = "buffer" },
  },
}
