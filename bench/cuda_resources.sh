#!/bin/sh
# Resources of each kernel in cuda/ on each architecture of the build: registers, shared memory per block, and local
# memory (spills and indexed arrays), as reported by the assembler. Usage: bench/cuda_resources.sh [ARCHITECTURE...], such as
# sm_90; without one, sm_80 and sm_90. Prints a Markdown table. Needs nvcc (or set NVCC), but no GPU.
set -eu
cd "$(dirname "$0")/.."
nvcc=${NVCC:-nvcc}
[ $# -gt 0 ] || set -- sm_80 sm_90
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for architecture in "$@"; do
    for source in cuda/*.cu; do
        "$nvcc" -std=c++17 -O3 -arch="$architecture" -I. -Xptxas -v -c "$source" -o "$work/object.o" >>"$work/log" 2>&1 ||
            { cat "$work/log" >&2; exit 1; }
    done
done

# The log has, per kernel: a line with its mangled name and chip, one with its stack, one with what it uses.
c++filt <"$work/log" | awk '
    /Compiling entry function/ {
        chip = $NF
        gsub(/\047/, "", chip)
        name = $0
        sub(/.*entry function \047/, "", name)
        sub(/\047 for .*/, "", name)
        sub(/^void /, "", name)
        sub(/\(.*/, "", name)
    }
    /bytes stack frame/ { spills = $1 } # what registers do not hold, spilled or indexed
    /Used [0-9]+ registers/ {
        shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH) + 0 : 0
        match($0, /Used [0-9]+/)
        if (!(name in most)) names[++count] = name
        if (!(chip in known)) { known[chip] = 1; chips[++kinds] = chip }
        registers[name, chip] = substr($0, RSTART + 5, RLENGTH - 5)
        spilled[name, chip] = spills
        most[name] = shared > most[name] ? shared : most[name]
    }
    END {
        head = "| kernel |"; line = "|---|"
        for (c = 1; c <= kinds; c++) { head = head " registers, " chips[c] " |"; line = line "---|" }
        print head " local memory, bytes | shared memory, bytes |"
        print line "---|---|"
        for (k = 1; k <= count; k++) {
            row = "| " names[k] " |"; spills = ""
            for (c = 1; c <= kinds; c++) {
                row = row " " registers[names[k], chips[c]] " |"
                spills = spills (c > 1 ? " / " : "") spilled[names[k], chips[c]]
            }
            print row " " spills " | " most[names[k]] + 0 " |"
        }
    }'
