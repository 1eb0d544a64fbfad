-- The heptamer with force-field guidance and a model trained on the adatom: pt-heptamer-ffg-transfer.yaml in Lua.
local gd = require "godiff"

local function guided(count)
  return gd.sample {
    count = count, steps = 20, ["end"] = 0.05,
    sampler = { ["predictor-corrector"] = { corrector = 3, snr = 0.4, rho = 1 } },
    finish = { steps = 60, reach = 10 },
  }
end

return gd.pipeline {
  name = "pt-heptamer-ffg-transfer",
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
    gd.pipeline { id = "adatom", file = "pt-adatom-ffg.lua" },
    guided(64),
    gd.select { keep = 32, lowest = 0, novel = 0.5 },
    gd.evaluate {},
    gd.loop {
      times = 20,
      gd.anneal { curve = "exponential", from = 0.6, to = 0.12 },
      gd.reweight { size = 64 },
      gd.train { steps = 500, batch = 16, rate = 1.0e-3, table = true, archive_batch = 8 },
      guided(256),
      gd.select { keep = 24, lowest = 0.6, novel = 0.2 },
      gd.evaluate {},
    },
  },
}
