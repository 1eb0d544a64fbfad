-- Adjoint Sampling (arXiv:2504.11713) on the benchmark DW-4: four particles in the plane, at T = 1. All paths begin with the
-- particles at one point; the control is fitted to the forces where the last paths have ended, with the weights of the
-- paths. See docs/samplers.md.
local gd = require "godiff"

local newest = gd.reweight { size = 4000, weights = { newest = { count = 4000 } } }

local function weighed(size, replace)
  return gd.reweight { size = size, replace = replace, weights = { paths = { newest = 10000 } } }
end

local function sample(count, steps, path_weights)
  return gd.sample { count = count, steps = steps, start = "origin", path_weights = path_weights }
end

local function train(stiffness, steps, batch, rate, average)
  return gd.train { goal = "adjoint_mix", stiffness = stiffness, weights = "uniform", steps = steps, batch = batch,
                    rate = rate, clip = 1, decay = 0, validation = 0, average = average }
end

local evaluate = gd.evaluate { clash = 0 }

return gd.pipeline {
  name = "adjoint-sampling-dw4", seed = 0,
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  potential = "double-well", minima = "none",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 2.0 } },
  model = { painn = { features = 48, blocks = 2, radial = 48, cutoff = 16.0, time = "backbone" } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    sample(600, 100, false), evaluate,
    gd.loop { times = 16, newest, train(1, 75, 128, 1.0e-3, 0), sample(600, 60, true), evaluate },
    gd.loop { times = 100, weighed(2500, false), train(4, 150, 128, 3.0e-4, 0.1), sample(500, 100, true), evaluate },
    weighed(2500, false), train(20, 3000, 128, 3.0e-4, 0.1), train(20, 3000, 256, 1.0e-4, 0.2),
    sample(10000, 200, true), evaluate, gd.metrics {}, weighed(2000, true), gd.metrics { of = "buffer" },
  },
}
