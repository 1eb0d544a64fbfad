local gd = require "godiff"
local steps, moved = {}, gd.stage { name = "moved", reads = {"archive"}, writes = {"archive"}, run = function(state)
  for word, by in pairs {left = -0.1, right = 0.1, up = 0.2, down = -0.2} do
    local s = state.archive[1]
    local x, y, z = s.positions:at(#s)
    s.positions[#s] = {x + by * gd.random(), y, z}
  end
end }
for name, t in pairs {warm = 1, cool = 2, cold = 3, hot = 4, mild = 5} do steps[#steps + 1] = gd.anneal {id = name, from = t, to = 0.5} end
return gd.pipeline {
  name = "pairs",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = { features = 8, blocks = 1 } },
  steps = { gd.seed { count = 2, from = "uniform" }, gd.evaluate {}, moved, gd.loop { times = 1, steps = steps } },
}
