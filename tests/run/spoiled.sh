# Checkpoints and models that lie: HDF5 is content with each, and its checksum is right, but it is not what a run leaves.
# Each is refused with exit code 2 and one message that names the file and the object, and nothing is written.
# The tables are spoiled/*.table.
. "$(dirname "$0")/lib.sh"

good=$work/good
mkdir "$good" && cd "$good" || exit 1
cp "$here/half.lua" .
godiff run half.lua --out half --checkpoint step --quiet
check "a run stops in the middle" exited 1
cp half/model.h5 half/best.extxyz .
godiff score model.h5 best.extxyz --time 0.5
check "its model is good" exited 0
cp -r half again
godiff run half.lua --out again --resume --checkpoint step --quiet
check "its checkpoint is good" exited 1
check "resumed, it stops at the same place" said 'stopped, as asked'
mkfifo fifo

# spoil FILE ACTION...: FIFO stands for one that nobody writes to, which a program that opens it waits for.
spoil() {
    spoiled=$1
    shift
    # shellcheck disable=SC2046 # a list of words
    "$TOOLS/h5_spoil" "$spoiled" $(echo "$*" | sed "s|FIFO|$good/fifo|")
}

# refused NAME MESSAGE FILE ARGUMENTS...: what the program said of a spoiled file.
refused() {
    refused_name=$1 refused_message=$2 refused_file=$3
    shift 3
    before=$(cksum "$refused_file")
    timeout 60 "$GODIFF" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
    code=$?
    wrong=
    [ "$code" -eq 2 ] || wrong="exit code $code"
    said "$(basename "$refused_file")" || wrong="$wrong; did not name the file"
    said "$refused_message" || wrong="$wrong; did not say: $refused_message"
    [ "$(grep -c . "$work/stderr")" -eq 1 ] || wrong="$wrong; not one line"
    [ "$before" = "$(cksum "$refused_file")" ] || wrong="$wrong; wrote to the file"
    check "$refused_name${wrong:+: $wrong}" test -z "$wrong"
}

table() {
    grep -v '^#' "$here/spoiled/$1.table"
}

cd "$work" || exit 1
cp "$here/half.lua" .
table run >lines
while IFS= read -r line; do
    rm -rf half && cp -r "$good/half" half
    # shellcheck disable=SC2086 # a list of words
    if spoil half/run.h5 ${line%% | *}; then
        refused "run.h5: ${line%% | *}" "${line#* | }" half/run.h5 run half.lua --out half --resume --quiet
    else
        check "run.h5: ${line%% | *}: could not be made" false
    fi
done <lines

# What a script keeps.
cat >keep.lua <<'EOF'
local gd = require "godiff"
return gd.pipeline { name = "keep", potential = "emt", system = { template = gd.box { lengths = { 9, 9, 9 } }, add = "Pt2" }, steps = {
  gd.stage { name = "count", run = function(state) state.keep.n = (state.keep.n or 0) + 1 end },
  gd.stage { name = "stop", run = function() error("stopped, as asked") end },
} }
EOF
godiff run keep.lua --out keep --checkpoint step --quiet
check "a run that keeps something stops" said 'stopped, as asked'
for text in nothing '{' '{"n"=1;}}' '{5=}' 'f00'; do
    check "keep: $text can be put there" spoil keep/run.h5 say /parameters/keep/data "$text"
    refused "run.h5: keep $text" 'data: not a table that a script can keep' keep/run.h5 run keep.lua --out keep --resume --quiet
done

table model >lines
cp "$good/model.h5" other.h5
while IFS= read -r line; do
    cp "$good/model.h5" model.h5
    # shellcheck disable=SC2086 # a list of words
    if spoil model.h5 ${line%% | *}; then
        refused "model.h5: ${line%% | *}" "${line#* | }" model.h5 score model.h5 "$good/best.extxyz" --time 0.5
    else
        check "model.h5: ${line%% | *}: could not be made" false
    fi
done <lines

finish
