local gd = require "godiff"
local function asks(limit)
  return function(state)
    if state.evaluations >= 8 and io.open("flag") then error("asked here") end
    return gd.random() < limit
  end
end
return gd.pipeline {
  name = "until",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt2", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = { features = 8, blocks = 1 } },
  steps = { gd.loop { times = 6, ["until"] = asks(0.3), gd.loop { times = 4, ["until"] = asks(0.4),
    gd.seed { count = 2, from = "uniform" }, gd.evaluate {} } } },
}
