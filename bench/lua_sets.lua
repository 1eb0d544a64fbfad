-- What a function of a script costs per structure, over an archive of 10,000 structures of seven atoms:
--
--   godiff run bench/lua_sets.lua --threads 1 --out DIR      the seconds are in DIR/metrics.jsonl
--
-- Each step after the first two calls one function 10,000 times and should take less than 50 ms.
local gd = require "godiff"

local function stage(name, run)
  return gd.stage { name = name, reads = {"archive"}, writes = {"archive"}, run = run }
end

return gd.pipeline {
  name = "lua-sets",
  system = { template = gd.box { lengths = {30, 30, 30} }, add = "Ar7" },
  potential = { lj = {} },
  noise = "ve",
  model = { painn = { features = 8, blocks = 1, radial = 4 } },
  steps = {
    gd.seed { count = 10000, from = "uniform" },
    gd.evaluate { clash = 0 },
    stage("keep", function(state)
      local best = state.best.energy
      state.archive:keep(function(s) return s.energy >= best end)
    end),
    stage("read", function(state)
      local sum, archive = 0, state.archive
      for k = 1, #archive do sum = sum + archive[k].energy end
      gd.figure("sum", sum)
    end),
    stage("position", function(state)
      local highest = 0
      state.archive:keep(function(s)
        highest = math.max(highest, s.positions[7][3])
        return true
      end)
      gd.figure("highest", highest)
    end),
    stage("sort-by-key", function(state) state.archive:sort(function(s) return s.energy end) end),
    gd.anneal {},
    gd.reweight { id = "weights", weights = function(s, state) return 1 / (1 + s.energy - state.best.energy) end },
  },
}
