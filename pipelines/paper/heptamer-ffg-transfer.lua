-- The heptamer with force-field guidance and the model of the adatom search, with the settings of arXiv:2510.13448, and EMT
-- in place of MACE-MP0: 64 + 19 x 64 = 1,280 evaluations, after 320 of the adatom, which are counted in its own summary. The
-- paper has no such row; it is heptamer-ffg.lua and heptamer-transfer.lua together.
local gd = require "godiff"

return gd.pipeline {
  name = "heptamer-ffg-transfer",
  seed = 0,
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { emt = {} },
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 64, blocks = 4, radial = 30, cutoff = 6.0, heads = {"score", "force"} } },
  target = { bonds = "../heptamer.extxyz", scale = 1.1 },
  steps = {
    gd.pipeline { id = "adatom", file = "adatom-ffg.lua", take = {"model"} },
    gd.seed { count = 64 },
    gd.evaluate {},
    gd.loop {
      times = 19,
      gd.anneal { curve = "exponential", from = 3.0, to = 0.02 },
      gd.reweight { size = 64 },
      gd.train { steps = 16000, batch = 16, rate = 1.0e-4, forces = { weight = 1, huber = 0 }, archive_batch = 16 },
      gd.sample { count = 64, steps = 500, guidance = "paper", finish = { steps = 100, fmax = 0.05, cap = 0.1 } },
      gd.evaluate {},
    },
  },
}
