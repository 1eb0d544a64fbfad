-- BNEM (arXiv:2409.09787) on the benchmark LJ-13: particles in a trap, at T = 1. The network learns in turn from the newest
-- draws as they are, which show what overlaps cost, and from low structures of all rounds. See docs/samplers.md.
local gd = require "godiff"

local function estimate(pairs)
  return gd.estimate { pairs = pairs, samples = 30, clash = 0, ceiling = 60, again = 0.1,
                       bootstrap = { samples = 30, pieces = 30, spacing = "time", direct = 0.02, trials = 0 } }
end

local function train(steps, rate, batch)
  return gd.train { goal = "pairs", steps = steps, batch = batch or 64, rate = rate, clip = 10, decay = 0, validation = 0, huber = 1 }
end

local function sample(count, steps)
  return gd.sample { count = count, steps = steps, sampler = { ["stochastic-heun"] = { rho = 1 } }, start = "normal" }
end

local function newest(count, from)
  return gd.reweight { size = count, weights = { newest = { count = count } }, from = from }
end

local evaluate = gd.evaluate { clash = 0 }

return gd.pipeline {
  name = "bnem-lj13", seed = 0, minima = "none",
  system = { template = gd.box { lengths = {4, 4, 4} }, add = "Ar13" },
  potential = { sum = { first = { lj = { epsilon = 2.0, sigma = 0.8908987181403393 } }, second = { trap = { stiffness = 1.0 } } } },
  noise = { ve = { schedule = "exponential", min = 0.01, max = 2.0 } },
  model = { painn = { features = 32, blocks = 2, radial = 80, cutoff = 8.0, time = "backbone", heads = {"noised_energy"}, prior = 1.0 } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 }, gd.seed { from = "uniform", count = 4000 }, evaluate,
    gd.select { keep = 1000, by = "lowest", into = "population" }, newest(1000, "population"),
    gd.loop { times = 8, estimate(3000), train(300, 1.0e-3) },
    gd.loop { times = 30, sample(200, 40), evaluate, newest(800), estimate(2000), train(200, 1.0e-3),
              gd.select { from = "archive", keep = 1000, by = { boltzmann = { temperature = 50 } }, into = "population" },
              newest(1000, "population"), estimate(2000), train(200, 1.0e-3) },
    sample(800, 50), evaluate, gd.perturb { of = "batch", move = { rattle = { amplitude = 0.3 } } }, evaluate,
    newest(1600), estimate(20000), train(3000, 5.0e-4), train(2000, 1.0e-4, 128),
    sample(1000, 100), gd.evaluate { clash = 0.8 }, gd.metrics {},
  },
}
