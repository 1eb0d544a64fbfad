-- BNEM (arXiv:2409.09787) on the benchmark DW-4: four particles in the plane, at T = 1. The energy of the noised
-- distribution is estimated from the potential at little noise, else from what was learned at less. See docs/samplers.md.
local gd = require "godiff"

local function estimate(pairs, samples)
  return gd.estimate { pairs = pairs, samples = samples, clash = 0, again = 0.25,
                       bootstrap = { samples = samples, pieces = 16, spacing = "time", direct = 0.12, trials = 0 } }
end

local function train(steps, batch, rate)
  return gd.train { goal = "pairs", steps = steps, batch = batch, rate = rate, decay = 0, validation = 0, huber = 1 }
end

local function sample(count, steps)
  return gd.sample { count = count, steps = steps, sampler = { ["stochastic-heun"] = { rho = 1 } }, start = "normal" }
end

local function reweight(size)
  return gd.reweight { size = size, weights = { newest = { count = size } }, from = "population" }
end

local evaluate, hot = gd.evaluate { clash = 0 }, { boltzmann = { temperature = 10 } }

return gd.pipeline {
  name = "bnem-dw4", seed = 0, potential = "double-well", minima = "none",
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  noise = { ve = { schedule = "exponential", min = 0.01, max = 3.0 } },
  model = { painn = { features = 64, blocks = 2, radial = 64, cutoff = 24, time = "backbone", heads = {"noised_energy"} } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 }, gd.seed { from = "uniform", count = 4000 }, evaluate,
    gd.select { keep = 3000, by = "lowest", into = "population" }, reweight(3000),
    gd.estimate { pairs = 8000, samples = 200, clash = 0 }, train(400, 128, 1.0e-3),
    gd.loop { times = 5, estimate(8000, 50), train(400, 128, 1.0e-3) },
    gd.loop { times = 6, sample(600, 50), evaluate,
              gd.select { from = "archive", keep = 2000, by = hot, into = "population" }, reweight(2000),
              estimate(8000, 80), train(500, 128, 1.0e-3) },
    sample(1000, 100), evaluate,
    gd.select { from = "archive", keep = 3000, by = hot, into = "population" }, reweight(3000),
    estimate(16000, 80), train(1500, 256, 5.0e-4), estimate(16000, 80), train(2500, 256, 1.0e-4),
    gd.sample { count = 10000, steps = 200, start = "normal", path_weights = true }, evaluate,
    gd.reweight { size = 2000, replace = true, weights = { paths = { newest = 10000 } } }, gd.metrics { of = "buffer" },
  },
}
