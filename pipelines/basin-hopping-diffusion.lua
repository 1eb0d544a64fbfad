-- Basin hopping for seven platinum atoms on Pt(111) whose proposals come from a diffusion model, trained on the
-- structures that the chains have accepted. Both centred hexagons, on hcp sites (24.9874 eV) and on fcc sites (24.9936
-- eV), are hits.
local gd = require "godiff"

return gd.pipeline {
  name = "basin-hopping-diffusion",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.1, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 20, cutoff = 5.0 } },
  target = { energy = 24.98743, within = 0.05 },
  steps = {
    gd.seed { from = "growth", count = 32 },
    gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
    gd.accept { criterion = { metropolis = { temperature = 0.3 } } },
    gd.loop {
      times = 20,
      ["until"] = "target",
      gd.anneal { curve = "exponential", from = 1.0, to = 0.1 },
      gd.reweight { size = 32, from = "population" },
      gd.train { steps = 400, batch = 16, rate = 1.0e-3, weights = "uniform", table = true },
      gd.sample { count = 32, steps = 50, sampler = { ["stochastic-heun"] = { rho = 1 } }, ["end"] = 0.1 },
      gd.relax { fmax = 0.05, steps = 400, clash = 0.5 },
      gd.accept { criterion = "metropolis" },
    },
  },
}
