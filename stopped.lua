local gd = require "godiff"
local stop = gd.stage { name = "stop", reads = {"archive"}, params = { at = { type = "path", help = "h" } },
  run = function(state, params) if io.open(params.at) then error("stopped here") end gd.figure("drawn", gd.random()) end }
return gd.pipeline {
  name = "stopped",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt2", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = {} },
  steps = { gd.seed {}, gd.evaluate {}, gd.loop { times = 3, gd.anneal {}, gd.reweight {}, gd.train {}, stop { at = "flag" },
    gd.sample {}, gd.evaluate {} } },
}
