local gd = require "godiff"
local n = 0
return gd.pipeline {name = "s", potential = "emt", noise = "ve", model = {painn = {}}, system = {template = gd.fcc111 {symbol = "Pt", size = {1, 1, 1}, vacuum = 5.0}, add = "Pt2", window = {above = {1, 4}}},
 steps = {gd.stage {name = "x", reads = {"archive"}, writes = {"archive"}, params = {a = {type = "float", default = {1, 2}, count = 2}}, run = function(state, p)
  n = n + 1 state.keep.n = (state.keep.n or 0) + 1
  state.archive:sort(function(s) return s.energy end) state.archive:keep(function(s) return s.energy < -1 end)
  state.archive:push(state.archive[1]) for k, s in pairs(state.archive) do local x, y, z = s.positions:at(#s) s.positions[#s] = {x + gd.random(), y, z} end
 end}}}
