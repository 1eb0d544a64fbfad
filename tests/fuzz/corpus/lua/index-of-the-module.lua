local gd = require "godiff"
local m = getmetatable(gd)
if m then m.__index("x", "y") end
return gd.pipeline {}
