local gd = require "godiff" local t = {} for k = 1, 5000 do t[k] = gd.train {} end return gd.pipeline { steps = t }
