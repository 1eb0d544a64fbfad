-- Cost of Lua functions over an archive of 10,000 structures of 79 atoms, seven of them mobile:
--
--   godiff run bench/lua_sets.lua --threads 1 --out DIR      times in s are in DIR/metrics.jsonl
--
-- Each step after the first two should take less than 50 ms.
local gd = require "godiff"

local function stage(name, run)
  return gd.stage { name = name, reads = {"archive"}, writes = {"archive", "buffer"}, run = run }
end

-- The square of the distance of the two nearest mobile atoms, without images: 7 positions, 21 pairs.
local x, y, z = {}, {}, {}
local function gap(s)
  local nearest, positions, first, count = math.huge, s.positions, s.fixed + 1, #s
  for i = first, count do
    local a, b, c = positions:at(i)
    for j = first, i - 1 do
      local dx, dy, dz = a - x[j], b - y[j], c - z[j]
      local square = dx * dx + dy * dy + dz * dz
      if square < nearest then nearest = square end
    end
    x[i], y[i], z[i] = a, b, c
  end
  return nearest
end

return gd.pipeline {
  name = "lua-sets",
  system = {
    template = gd.fcc111 { symbol = "Pt", size = {6, 6, 2}, vacuum = 8.0 },
    add = "Pt7",
    window = { above = {1.0, 6.0} },
  },
  potential = { lj = { cutoff = 3.0 } },
  noise = "ve",
  model = { painn = { features = 8, blocks = 1, radial = 4 } },
  steps = {
    gd.seed { count = 10000, from = "uniform" },
    gd.evaluate { clash = 0 },
    stage("read-energies", function(state)
      local sum, archive = 0, state.archive
      for k = 1, #archive do sum = sum + archive[k].energy end
      gd.figure("sum", sum)
    end),
    stage("read-positions", function(state)
      local highest, archive = 0, state.archive
      for k = 1, #archive do
        local s = archive[k]
        local positions = s.positions
        for i = s.fixed + 1, #s do highest = math.max(highest, positions[i][3]) end
      end
      gd.figure("highest", highest)
    end),
    stage("keep-all", function(state) state.archive:keep(function(s) return s.energy > -math.huge end) end),
    stage("keep-half", function(state)
      state.buffer = state.archive
      state.buffer:keep(function(s) return s.serial % 2 == 0 end)
    end),
    stage("sort-by-name", function(state) state.archive:sort("energy") end),
    stage("sort-by-key", function(state) state.archive:sort(function(s) return -s.energy end) end),
    stage("sort-by-pairs", function(state) state.archive:sort(function(a, b) return a.energy < b.energy end) end),
    stage("gaps", function(state) state.archive:keep(function(s) return gap(s) > 0 end) end),
    gd.anneal {},
    gd.reweight { weights = function(s, state) return 1 / (1 + s.energy - state.best.energy) end },
  },
}
