-- The heptamer with a model trained on the adatom: pt-heptamer-transfer.yaml in Lua.
local gd = require "godiff"

local function rounds(times, from, to, sample)
  return gd.loop {
    times = times,
    gd.anneal { curve = "exponential", from = from, to = to },
    gd.reweight { size = 64 },
    gd.train { steps = 400, batch = 16, rate = 1.0e-3, weights = "uniform", table = true, archive_batch = 8 },
    sample,
    gd.select { keep = 32, lowest = 0.6, novel = 0.2 },
    gd.evaluate {},
  }
end

local heun = { ["stochastic-heun"] = { rho = 1 } }
local corrected = { ["predictor-corrector"] = { corrector = 4, snr = 0.5, rho = 1 } }

return gd.pipeline {
  name = "pt-heptamer-transfer",
  seed = 0,
  system = { template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 }, add = "Pt7", window = { above = {1.0, 6.0} } },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.1, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 20, cutoff = 5.0, heads = {"score", "energy"} } },
  target = { bonds = "heptamer.extxyz", scale = 1.1, below = 27.5 },
  steps = {
    gd.pipeline { id = "adatom", file = "pt-adatom.lua", with = { ["noise.ve.schedule"] = "exponential",
      ["noise.ve.min"] = 0.1, ["model.painn.features"] = 32, ["model.painn.blocks"] = 3, ["model.painn.radial"] = 20,
      ["model.painn.cutoff"] = 5.0, ["model.painn.heads"] = {"score", "energy"}, ["train.steps"] = 400,
      ["train.rate"] = 1.0e-3 } },
    gd.seed { count = 128, steps = 50, sampler = heun, ["end"] = 0.1 },
    gd.select { keep = 32, lowest = 0, novel = 0.5 },
    gd.evaluate {},
    rounds(5, 1.0, 0.3, gd.sample { count = 192, steps = 30, sampler = heun, ["end"] = 0.1 }),
    rounds(32, 0.3, 0.02, gd.sample { count = 192, steps = 20, sampler = corrected, ["end"] = 0.5, shifts = 40 }),
  },
}
