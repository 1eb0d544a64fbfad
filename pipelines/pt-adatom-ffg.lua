-- A platinum atom on stepped platinum with force-field guidance: pt-adatom-ffg.yaml in Lua.
local gd = require "godiff"

return gd.pipeline {
  name = "pt-adatom-ffg",
  seed = 0,
  system = {
    template = gd.surface { symbol = "Pt", indices = {1, 2, 2}, layers = 5, vacuum = 8.0 },
    add = "Pt",
    window = { above = {0.0, 4.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "exponential", min = 0.05, max = 3.0 } },
  model = { painn = { features = 32, blocks = 3, radial = 30, cutoff = 6.0, heads = {"score", "force", "energy"} } },
  target = { energy = 5.5058, within = 0.1 },
  steps = {
    gd.seed { count = 32, steps = 100 },
    gd.evaluate {},
    gd.loop {
      times = 9,
      gd.anneal { curve = "exponential", from = 0.6, to = 0.05 },
      gd.reweight { size = 16 },
      gd.train { steps = 500, batch = 8, rate = 1.0e-3, table = true, archive_batch = 8 },
      gd.sample {
        count = 64,
        steps = 20,
        sampler = { ["predictor-corrector"] = { corrector = 3, snr = 0.4, rho = 1 } },
        ["end"] = 0.05,
        finish = { steps = 60, reach = 10 },
      },
      gd.select { keep = 16, lowest = 0.5, novel = 0.25 },
      gd.evaluate {},
    },
  },
}
