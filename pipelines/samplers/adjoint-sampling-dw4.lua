-- Adjoint Sampling (arXiv:2504.11713) on the benchmark DW-4: four particles in the plane, at T = 1. All paths begin with the
-- particles at one point; the control is fitted to the forces where the last paths have ended. See docs/samplers.md.
local gd = require "godiff"

local function newest(count)
  return gd.reweight { size = count, weights = { newest = { count = count } } }
end

local function train(stiffness, steps, batch, rate)
  return gd.train { goal = "adjoint_mix", stiffness = stiffness, weights = "uniform", steps = steps, batch = batch,
                    rate = rate, clip = 1, decay = 0, validation = 0 }
end

local function rounds(times, count, stiffness, steps, rate)
  return gd.loop {
    times = times,
    newest(count),
    train(stiffness, steps, 128, rate),
    gd.sample { count = 600, steps = 60, start = "origin" },
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
    rounds(16, 4000, 1, 75, 1.0e-3),
    rounds(50, 6000, 4, 90, 4.0e-4),
    newest(9000),
    train(20, 1500, 128, 5.0e-4), train(20, 600, 256, 1.0e-4),
    gd.sample { count = 1000, steps = 200, start = "origin" }, gd.evaluate { clash = 0 }, gd.metrics {},
  },
}
