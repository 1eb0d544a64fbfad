-- A stage that keeps the first of several evaluated structures with equal energies.
local gd = require "godiff"

return gd.stage {
  name = "dedupe",
  summary = "Drops structures of the archive that have the energy of an earlier one.",
  reads = {"archive"},
  writes = {"archive"},
  params = {
    within = { type = "float", default = 0.001, min = 0, unit = "eV", help = "energies closer than this are equal" },
  },
  run = function(state, params)
    local seen, before = {}, #state.archive
    state.archive:keep(function(s)
      local place = math.floor(s.energy / (params.within + 1e-12))
      for near = place - 1, place + 1 do
        if seen[near] and math.abs(seen[near] - s.energy) < params.within then return false end
      end
      seen[place] = s.energy
      return true
    end)
    gd.figure("dropped", before - #state.archive)
  end,
}
