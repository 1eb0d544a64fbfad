-- Adjoint Sampling (arXiv:2504.11713) on the benchmark DW-4: four particles in the plane, at T = 1. All paths begin with the
-- particles at one point; the control is fitted to the forces where the last paths have ended. See docs/samplers.md.
local gd = require "godiff"

local function newest(count)
  return gd.reweight { size = count, weights = { newest = { count = count } } }
end

local function train(stiffness, steps, batch, rate, average)
  return gd.train { goal = "adjoint_mix", stiffness = stiffness, weights = "uniform", steps = steps, batch = batch,
                    rate = rate, clip = 1, decay = 0, validation = 0, average = average }
end

local function rounds(times, count, train, sample)
  return gd.loop {
    times = times,
    newest(count), train, sample,
    gd.evaluate { clash = 0 },
  }
end

return gd.pipeline {
  name = "adjoint-sampling-dw4", seed = 0,
  system = { template = gd.box { lengths = {8, 8, 8} }, add = "Ar4", window = { between = {0.0, 0.001} } },
  potential = "double-well", minima = "none",
  noise = { ve = { schedule = "exponential", min = 0.01, max = 2.0 } },
  model = { painn = { features = 48, blocks = 2, radial = 48, cutoff = 16.0, time = "backbone" } },
  steps = {
    gd.anneal { curve = "constant", from = 1.0 },
    gd.sample { count = 600, steps = 100, start = "origin" }, gd.evaluate { clash = 0 },
    rounds(16, 4000, train(1, 75, 128, 1.0e-3, 0), gd.sample { count = 600, steps = 60, start = "origin" }),
    rounds(150, 10000, train(4, 150, 128, 3.0e-4, 0.1), gd.sample { count = 500, steps = 100, start = "origin" }),
    newest(10000),
    train(20, 3000, 128, 3.0e-4, 0.1), train(20, 3000, 256, 1.0e-4, 0.2),
    gd.sample { count = 3000, steps = 200, start = "origin" }, gd.evaluate { clash = 0 }, gd.metrics {},
  },
}
