local gd = require "godiff"
return gd.pipeline {
  name = "endless",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = {} },
  steps = { gd.seed { count = 2, from = "uniform" }, gd.evaluate {},
    gd.stage { name = "endless", run = function() gd.message("now") return (""):rep(math.maxinteger) end } },
}
