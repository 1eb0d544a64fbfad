-- Seven platinum atoms on Pt(111): the larger benchmark of arXiv:2510.13448, with the EMT potential.
-- 128 + 19 x 128 = 2,560 evaluations. The centred hexagon has 24.9874 eV on hcp sites and 24.9936 eV on fcc sites.
--
-- The settings differ from the paper: noise that grows by a constant factor up to 3 Å, a lower first temperature, uniform
-- loss weights, a smaller network with a higher learning rate, and, from the eighth iteration on, correctors and
-- mean-shift steps when sampling. docs/results.md says why.
local gd = require "godiff"

return gd.pipeline {
  name = "pt-heptamer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.1, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 20, cutoff = 5.0 } },
  target = { bonds = "heptamer.extxyz", scale = 1.1, below = 27.5 },
  steps = {
    gd.seed { count = 128, steps = 50 },
    gd.evaluate {},
    gd.loop {
      times = 7,
      gd.anneal { curve = "exponential", from = 1.0, to = 0.3 },
      gd.reweight { size = 64 },
      gd.train { steps = 400, batch = 16, rate = 1.0e-3, weights = "uniform", table = true },
      gd.sample { count = 128, steps = 50, sampler = { ["stochastic-heun"] = { rho = 1 } }, ["end"] = 0.1 },
      gd.evaluate {},
    },
    gd.loop {
      times = 12,
      gd.anneal { curve = "exponential", from = 0.3, to = 0.02 },
      gd.reweight { size = 64 },
      gd.train { steps = 400, batch = 16, rate = 1.0e-3, weights = "uniform", table = true },
      gd.sample {
        count = 128,
        steps = 20,
        sampler = { ["predictor-corrector"] = { corrector = 4, snr = 0.5, rho = 1 } },
        ["end"] = 0.5,
        shifts = 40,
      },
      gd.evaluate {},
    },
  },
}
