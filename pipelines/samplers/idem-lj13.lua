-- iDEM (arXiv:2402.06121) on the benchmark LJ-13: Lennard-Jones particles in a trap, at T = 1. The score around the
-- model's own draws is estimated from the potential, by chains that begin with them; nothing else is known. See
-- docs/samplers.md.
local gd = require "godiff"

local function estimate(pairs)
  return gd.estimate {
    pairs = pairs, samples = 1000, chain = 0.045, clash = 0, terms = "mix", stiffness = 50, limit = 100,
  }
end

local function train(steps, batch, rate)
  return gd.train { goal = "pairs", steps = steps, batch = batch, rate = rate, clip = 0.5, decay = 0, validation = 0 }
end

local function sample(count, steps)
  return gd.sample { count = count, steps = steps, sampler = { ["stochastic-heun"] = { rho = 1 } }, start = "normal" }
end

local lj = { lj = { epsilon = 2.0, sigma = 0.8908987181403393 } }

local function newest(count)
  return gd.reweight { size = count, weights = { newest = { count = count } } }
end

return gd.pipeline {
  name = "idem-lj13", seed = 0,
  system = { template = gd.box { lengths = {4, 4, 4} }, add = "Ar13" },
  potential = { sum = { first = lj, second = { trap = { stiffness = 1.0 } } } }, minima = "none",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 2.0 } },
  model = { painn = { features = 32, blocks = 2, radial = 64, cutoff = 12.0, time = "backbone" } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 }, gd.seed { from = "uniform", count = 500 }, gd.evaluate { clash = 0 },
    gd.loop {
      times = 5,
      newest(500), estimate(2000), train(200, 32, 1.0e-3),
      sample(250, 50), gd.evaluate { clash = 0 },
    },
    newest(500), estimate(8000),
    train(1500, 32, 1.0e-3), train(1000, 64, 2.0e-4),
    gd.sample { count = 5000, steps = 500, start = "normal", path_weights = true }, gd.evaluate { clash = 0 },
    gd.metrics {}, gd.reweight { size = 300, weights = { paths = { newest = 5000 } } }, gd.metrics { of = "buffer" },
  },
}
