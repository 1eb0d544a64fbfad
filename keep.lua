local gd = require "godiff"
local count = 0
return gd.pipeline {
  name = "keep",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = { features = 8, blocks = 1 } },
  steps = { gd.seed { count = 2, from = "uniform" }, gd.evaluate {}, gd.loop { times = 6,
    ["until"] = function(state)
      if state.keep.n == 3 and io and io.open("flag") then error("stopped here") end
      state.keep.asked = (state.keep.asked or 0) + gd.random()
      return state.keep.asked > 100
    end,
    gd.stage { name = "x", writes = {"temperature"}, run = function(state)
      local keep = state.keep
      keep.n = (keep.n or 0) + 1
      keep.list = keep.list or {}
      keep.list[keep.n] = { at = keep.n / 3, ['odd "\\\0\xFF key'] = true, none = 0/0, far = -math.huge, [-5] = math.mininteger }
      assert(keep.n == 1 or keep.list[keep.n - 1].at == (keep.n - 1) / 3)
      state.temperature = keep.n + (keep.asked or 0) / 100
    end } } },
}
