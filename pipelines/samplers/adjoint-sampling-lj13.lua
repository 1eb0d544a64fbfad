-- Adjoint Sampling (arXiv:2504.11713) on the benchmark LJ-13: Lennard-Jones particles in a trap, at T = 1. All paths begin
-- with the particles at one point; the control is fitted to the forces where the last paths have ended, with the weights of
-- the paths. See docs/samplers.md.
local gd = require "godiff"

local newest = gd.reweight { size = 3000, weights = { newest = { count = 3000 } } }

local function weighed(size, count)
  return gd.reweight { size = size, weights = { paths = { newest = count } } }
end

local function sample(count, steps, path_weights)
  return gd.sample { count = count, steps = steps, start = "origin", path_weights = path_weights }
end

local function train(stiffness, limit, steps, batch, rate, average)
  return gd.train { goal = "adjoint_mix", stiffness = stiffness, force_limit = limit, weights = "uniform", steps = steps,
                    batch = batch, rate = rate, clip = 1, decay = 0, validation = 0, average = average }
end

local evaluate, lj = gd.evaluate { clash = 0 }, { lj = { epsilon = 2.0, sigma = 0.8908987181403393 } }

return gd.pipeline {
  name = "adjoint-sampling-lj13", seed = 0,
  system = { template = gd.box { lengths = {4, 4, 4} }, add = "Ar13" },
  potential = { sum = { first = lj, second = { trap = { stiffness = 1.0 } } } }, minima = "none",
  noise = { ve = { schedule = "exponential", min = 0.005, max = 1.5 } },
  model = { painn = { features = 32, blocks = 2, radial = 64, cutoff = 12.0, time = "backbone" } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 }, sample(600, 60, false), evaluate,
    gd.loop { times = 30, newest, train(10, 100, 100, 64, 1.0e-3, 0), sample(300, 100, true), evaluate },
    gd.loop { times = 40, weighed(1000, 6000), train(30, 100, 150, 64, 5.0e-4, 0.1), sample(300, 150, true), evaluate },
    weighed(1500, 6000), train(100, 300, 5000, 64, 1.0e-3, 0.1), train(100, 300, 3000, 128, 2.0e-4, 0.2),
    sample(10000, 300, true), evaluate, gd.metrics {}, weighed(300, 10000), gd.metrics { of = "buffer" },
  },
}
