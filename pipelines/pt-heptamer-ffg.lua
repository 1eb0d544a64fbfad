-- Seven platinum atoms on Pt(111), with force-field guidance: the network also learns forces and energies. Draws are relaxed
-- on the learned forces, and of 384 the 64 that look lowest or newest are evaluated: 128 + 20 x 64 = 1,408 evaluations.
-- The centred hexagon has 24.9874 eV on hcp sites and 24.9936 eV on fcc sites. docs/results.md says why these settings.
local gd = require "godiff"

local function rounds(curve, from, to)
  return gd.loop {
    times = 10,
    gd.anneal { curve = curve, from = from, to = to },
    gd.reweight { size = 64 },
    gd.train { steps = 500, batch = 16, rate = 1.0e-3, table = true, archive_batch = 8 },
    gd.sample {
      count = 384,
      steps = 20,
      sampler = { ["predictor-corrector"] = { corrector = 3, snr = 0.4, rho = 1 } },
      ["end"] = 0.05,
      finish = { steps = 60, reach = 10 },
    },
    gd.select { keep = 64, lowest = 0.7, novel = 0.15 },
    gd.evaluate {},
  }
end

return gd.pipeline {
  name = "pt-heptamer-ffg",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.05, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0, heads = {"score", "force", "energy"} } },
  target = { bonds = "heptamer.extxyz", scale = 1.1, below = 27.5 },
  steps = {
    gd.seed { count = 128, steps = 100 },
    gd.evaluate {},
    rounds("exponential", 0.6, 0.12),
    rounds("constant", 0.12),
  },
}
