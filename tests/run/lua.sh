# Pipelines written in Lua: the same bits as the same pipelines in YAML, what a run leaves of a script, trust, and the
# loops of examples/loops in both languages.
. "$(dirname "$0")/lib.sh"

quick="--quiet --threads 1 --set model.painn.features=8 --set model.painn.blocks=1 --set model.painn.radial=5
    --set seed.count=6 --set seed.steps=4 --set sample*.count=6 --set sample*.steps=4 --set train*.steps=3
    --set loop*.times=3"

# The pipelines that are shipped, in both languages.
for file in $(grep -l -e 'model = ' "$SOURCE"/pipelines/*.lua | grep -v -e -transfer); do
    name=$(basename "$file" .lua)
    for language in lua yaml; do
        # shellcheck disable=SC2086 # a list of options
        godiff run "$SOURCE/pipelines/$name.$language" $quick --out "$name-$language"
        check "$name.$language runs" exited 0
    done
    for file in run.h5 model.h5 archive.extxyz best.extxyz pipeline.yaml; do
        check "$name: $file is the same from Lua and from YAML" same "$name-lua/$file" "$name-yaml/$file"
    done
    check "$name: a script without functions leaves no copy" missing "$name-lua/pipeline.lua"
    godiff graph "$SOURCE/pipelines/$name.lua"
    edges=$(grep -e '->' stdout)
    godiff graph "$SOURCE/pipelines/$name.yaml"
    check "$name: the graph has the same edges from Lua and from YAML" value_is "$(grep -e '->' stdout)" "$edges"
done
# Searches without a model: a few steps of each.
for file in $(grep -L -e 'model = ' -e 'gd.pipeline { *file' "$SOURCE"/pipelines/*.lua); do
    name=$(basename "$file" .lua)
    for language in lua yaml; do
        godiff run "$SOURCE/pipelines/$name.$language" --quiet --threads 1 --set loop*.times=1 --out "$name-$language"
        check "$name.$language runs" exited 0
    done
    check "$name: run.h5 is the same from Lua and from YAML" same "$name-lua/run.h5" "$name-yaml/run.h5"
    check "$name is as long as a pipeline may be" test "$(wc -l <"$file")" -lt 40
done
for file in "$SOURCE"/pipelines/*-transfer.lua "$SOURCE"/pipelines/paper/*.lua "$SOURCE"/pipelines/samplers/*.lua; do
    name=$(basename "$file" .lua)
    godiff check "$file"
    check "$name.lua is fine" exited 0
    steps=$(sed 's/.*ok, //' stdout)
    godiff check "${file%lua}yaml"
    check "$name has the same steps in Lua and in YAML" printed "$steps"
    check "$name is as long as a pipeline may be" test "$(wc -l <"$file")" -lt 45
done

# The loops: short to write, the same in both languages where both say the same, and they run.
for file in "$SOURCE"/examples/loops/*.yaml "$SOURCE"/examples/loops/*.lua; do
    name=$(basename "$file")
    check "$name is shorter than 40 lines" test "$(wc -l <"$file")" -lt 40
    case $name in
    dedupe_stage.lua) continue ;;
    stop.* | forget.*) steps= ;;
    transfer.*) steps='--set three.with={train.steps: 2, sample.count: 6, sample.steps: 4, seed.count: 6, seed.steps: 4, loop.times: 2, model.painn.features: 8, model.painn.blocks: 1, model.painn.radial: 5}' ;;
    esac
    # shellcheck disable=SC2086 # a list of options
    if [ "${name#transfer}" != "$name" ]; then
        godiff run "$file" $quick "--set" "${steps#--set }" --out "loop-$name"
    else
        godiff run "$file" $quick --out "loop-$name"
    fi
    check "$name runs" exited 0
done
for name in adapt plain dedupe transfer; do
    check "$name: the model is the same from Lua and from YAML" same "loop-$name.lua/model.h5" "loop-$name.yaml/model.h5"
    check "$name: the archive is the same from Lua and from YAML" \
        same "loop-$name.lua/archive.extxyz" "loop-$name.yaml/archive.extxyz"
done
check "dedupe drops" test "$(json --lines loop-dedupe.yaml/metrics.jsonl dropped 2>/dev/null | wc -l)" -eq 3
check "stop.lua stops early" test "$(wc -l <loop-stop.lua/metrics.jsonl)" -le 18
godiff run "$SOURCE/examples/loops/forget.lua" --set forget.depth=-1 --out never
check "a parameter of a stage in Lua has its range" said 'forget\.depth: -1 is out of range \(expected a number of at least 0 eV\)'
check "a parameter out of range is bad input" exited 2

# What a run leaves of a script with functions, and resuming it.
cp "$SOURCE/examples/loops/curve.lua" curve.lua
check "the script is left beside the pipeline" same curve.lua loop-curve.lua/pipeline.lua
check "pipeline.yaml says where the function is" grep -q 'function in line [0-9]* of pipeline.lua' loop-curve.lua/pipeline.yaml
# shellcheck disable=SC2086
godiff run loop-curve.lua/pipeline.lua $quick --out again
check "the copy runs again" exited 0
check "the copy gives the same model" same again/model.h5 loop-curve.lua/model.h5
sed 's/2\.5/2.4/' curve.lua >other.lua
# shellcheck disable=SC2086
godiff run other.lua $quick --out again --resume
check "another script does not continue with the run" exited 2
check "another script is reported" said 'only be continued with the script that it was started with'
# Ended when it had written no more than pipeline.yaml.
mkdir begun && cp loop-curve.lua/pipeline.yaml begun
# shellcheck disable=SC2086
godiff run curve.lua $quick --out begun --resume
check "a run that was ended before its script was copied continues" exited 0
check "it has the copy then" same curve.lua begun/pipeline.lua
check "it gives the same model" same begun/model.h5 loop-curve.lua/model.h5
rm again/pipeline.lua
# shellcheck disable=SC2086
godiff run other.lua $quick --out again --resume
check "without its copy no other script continues with the run either" exited 2

# A run that is stopped by its script continues when the reason is gone, and gives the same bits.
cat >stopped.lua <<'EOF'
local gd = require "godiff"
local stop = gd.stage { name = "stop", reads = {"archive"}, params = { at = { type = "path", help = "h" } },
  run = function(state, params) if io.open(params.at) then error("stopped here") end gd.figure("drawn", gd.random()) end }
return gd.pipeline {
  name = "stopped",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt2", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = {} },
  steps = { gd.seed {}, gd.evaluate {}, gd.loop { times = 3, gd.anneal {}, gd.reweight {}, gd.train {}, stop { at = "flag" },
    gd.sample {}, gd.evaluate {} } },
}
EOF
# shellcheck disable=SC2086
godiff run stopped.lua $quick --out clean
check "without trust there is no io" said 'stopped\.lua:3: io is only for scripts that are trusted \(--trust\)'
check "an error of a script is a failed run" exited 1
check "the last finished step is saved" value_is "$(json clean/summary.json status)" '"failed"'
# shellcheck disable=SC2086
godiff run stopped.lua $quick --trust --out whole
check "with trust there is io" exited 0
touch flag
# shellcheck disable=SC2086
godiff run stopped.lua $quick --trust --out parts
check "the script stops the run" said 'stopped\.lua:3: stopped here'
rm flag
# shellcheck disable=SC2086
godiff run stopped.lua $quick --trust --out parts --resume
check "the run continues" exited 0
for file in run.h5 model.h5 archive.extxyz; do
    check "stopped and resumed gives the same $file" same "parts/$file" "whole/$file"
done

# A condition that fails comes after the checkpoint of the step before it: nothing is lost, and it is asked again with
# the same random numbers. The inner condition is asked right before the outer one.
cat >until.lua <<'EOF'
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
EOF
godiff run until.lua --trust --quiet --threads 1 --out until-whole
check "until: the run that is left alone ends" exited 0
touch flag
godiff run until.lua --trust --quiet --threads 1 --out until-parts
check "until: the condition fails" exited 1
check "until: the failure is reported" said 'until\.lua:4: asked here'
check "until: the step before it is saved" value_is "$(json until-parts/summary.json evaluations)" 8
check "until: the line of that step stays" value_is "$(wc -l <until-parts/metrics.jsonl)" 8
godiff run until.lua --trust --quiet --threads 1 --out until-parts --resume
check "until: asked again it fails again" exited 1
rm flag
godiff run until.lua --trust --quiet --threads 1 --out until-parts --resume
check "until: the run continues" exited 0
for file in run.h5 archive.extxyz; do
    check "until: failed and resumed gives the same $file" same "until-parts/$file" "until-whole/$file"
done

# A function that never comes back, in Lua's own code of a script that is trusted: the second interrupt ends the process.
mkfifo pipe
cat >endless.lua <<'EOF'
local gd = require "godiff"
return gd.pipeline {
  name = "endless",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt", window = { above = {1, 4} } },
  potential = "emt", noise = "ve", model = { painn = {} },
  steps = { gd.seed { count = 2, from = "uniform" }, gd.evaluate {},
    gd.stage { name = "endless", run = function() gd.message("now") return (""):rep(math.maxinteger) end } },
}
EOF
"$GODIFF" run endless.lua --trust --threads 1 --out endless >stdout 2>pipe </dev/null &
pid=$!
exec 3<pipe
await() { while IFS= read -r line <&3; do echo "$line" | grep -q "$1" && return 0; done; return 1; }
check "endless: the stage runs" await now
kill -INT "$pid"
check "endless: the first interrupt is reported" await 'interrupt again to stop at once'
kill -INT "$pid"
check "endless: the second one ends the process" await 'the step did not stop: exiting'
exec 3<&-
wait "$pid"
code=$?
check "endless: exit code 130" exited 130
check "endless: the finished steps are saved" value_is "$(wc -l <endless/metrics.jsonl)" 2
godiff run endless.lua --quiet --threads 1 --out endless --resume
check "endless: without trust such a call is refused" said 'endless\.lua:7: rep: this call would take too long'

# What a script keeps in state.keep is saved, what it keeps in its variables is warned of.
cat >keep.lua <<'EOF'
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
EOF
godiff run keep.lua --trust --quiet --threads 1 --out keep-whole
check "keep: the run that is left alone ends" exited 0
check "keep: no warning" silent stderr
touch flag
godiff run keep.lua --trust --quiet --threads 1 --out keep-parts
check "keep: the run is stopped" said 'stopped here'
rm flag
godiff run keep.lua --trust --quiet --threads 1 --out keep-parts --resume
check "keep: the run continues" exited 0
check "keep: stopped and resumed gives the same run.h5" same keep-parts/run.h5 keep-whole/run.h5
sed 's/local keep = state.keep/count = count + 1 local keep = state.keep/' keep.lua >counts.lua
touch flag
godiff run counts.lua --trust --quiet --threads 1 --out counts
check "a variable that counts is warned of" said 'warning: the variable count in counts\.lua changes from call to call, but is not saved'
check "it is warned of once" value_is "$(grep -c warning stderr)" 1
rm flag
godiff run counts.lua --trust --quiet --threads 1 --out counts --resume
check "such a run continues" exited 0
check "it is reported that it may differ" said 'warning: the variable count in counts\.lua had changed'

# A change is not forgotten when data is kept later, by a process in which nothing changes.
sed 's/local keep = state.keep/if io.open("flag") then count = count + 1 end local keep = state.keep/
    s/state.keep.n == 3 and io and io.open("flag")/(state.keep.n == 3 and io.open("flag") or state.keep.n == 5 and io.open("later"))/' \
    keep.lua >once.lua
touch flag
godiff run once.lua --trust --quiet --threads 1 --out once
rm flag
touch later
godiff run once.lua --trust --quiet --threads 1 --out once --resume
check "a variable changed: the second part is stopped, too" said 'stopped here'
check "a variable changed: the second part changes nothing" lacks 'changes from call to call' stderr
rm later
godiff run once.lua --trust --quiet --threads 1 --out once --resume
check "a variable changed: the third part ends" exited 0
check "a variable changed: the third part still warns" said 'warning: the variable count in once\.lua had changed'

# The order of pairs is the same in every process, though hashes and addresses are not.
cat >pairs.lua <<'EOF'
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
EOF
for k in 1 2 3 4 5 6; do
    godiff run pairs.lua --quiet --threads 1 --out "pairs-$k"
    check "pairs: run $k ends well" exited 0
    check "pairs: run $k is the first one again" same "pairs-$k/run.h5" pairs-1/run.h5
done

# Hostile scripts: one message and exit code 2.
for script in 'while true do end' 'local s = "x" while true do s = s .. s end' 'os.execute("touch evil")' 'error({})'; do
    echo "$script" >hostile.lua
    for command in check graph run; do
        godiff $command hostile.lua
        check "$command: $script: exit code 2" exited 2
        check "$command: $script: one line" value_is "$(wc -l <stderr)" 1
    done
done
check "nothing was executed" missing evil
{ echo 'local gd = require "godiff" return gd.pipeline { steps = {' && yes 'gd.train {},' | head -n 5000 && echo '} }'; } >many.lua
godiff check many.lua
check "thousands of problems are not all reported" value_is "$(wc -l <stderr)" 101
check "thousands of problems are counted" said '^\.\.\. and [0-9]{4} more problems$'

finish
