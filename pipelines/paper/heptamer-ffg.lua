-- The heptamer with force-field guidance, with the settings of arXiv:2510.13448, and EMT in place of MACE-MP0: 2,560
-- evaluations. The published corrector moves no atom farther than 0.005 Å (docs/guidance.md); the published program also
-- relaxes each draw on the learned forces, as `finish` does. Forces and score are trained together here, not in turns.
local gd = require "godiff"

return gd.pipeline {
  name = "heptamer-ffg",
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
    gd.seed { count = 128 },
    gd.evaluate {},
    gd.loop {
      times = 19,
      gd.anneal { curve = "exponential", from = 5.0, to = 0.02 },
      gd.reweight { size = 64 },
      gd.train { steps = 8000, batch = 16, rate = 1.0e-4, forces = { weight = 1, huber = 0 }, archive_batch = 16 },
      gd.sample { count = 128, steps = 500, guidance = "paper", finish = { steps = 100, fmax = 0.05, cap = 0.1 } },
      gd.evaluate {},
    },
  },
}
