# Whole runs with --device cuda, on the host in place of a GPU: they agree with runs on the CPU, and what goes wrong
# with a GPU is reported and survived.
. "$(dirname "$0")/lib.sh"

sed 's/count: 6/count: 48/; s/batch: 2/batch: 1/' "$here/tiny.yaml" >tiny.yaml

# run OUT OPTIONS...: the pipeline, afresh.
run() {
    out=$1
    shift
    rm -rf "$out"
    godiff run tiny.yaml --out "$out" --threads 1 "$@"
}

energies() { sed -n 's/.*[ "]energy=\([^ ]*\).*/\1/p' "$1/archive.extxyz"; }

# close A B: the same number of energies, in the same order, to one part in a million.
close() {
    energies "$1" >first
    energies "$2" >second
    [ -s first ] && [ "$(wc -l <first)" = "$(wc -l <second)" ] &&
        paste first second | awk '{ d = $1 - $2; if (d * d > 1e-12 * ($1 * $1 + 1)) exit 1 }'
}


run cpu --device cpu
check "a run on the CPU ends" exited 0

run cuda --device auto
check "a run that chooses its device ends" exited 0
check "it says in one line which it uses" said '^device: cuda \(the host in place of a GPU, 16 GiB\)$'
check "its summary names the device" value_is "$(json cuda/summary.json device)" '"cuda"'
check "it agrees with the CPU" close cpu cuda
check "it is as successful as on the CPU" value_is "$(json cuda/summary.json target)" "$(json cpu/summary.json target)"
run again --device cuda
check "it gives the same bits again" same cuda/run.h5 again/run.h5
run chunks --device cuda --set sample.chunk=7
check "it gives the same structures in chunks" same cuda/archive.extxyz chunks/archive.extxyz

# Products of matrices in another precision.
run tf32 --device cuda --precision tf32
check "a run with products in TF32 ends" exited 0
check "its summary says so" value_is "$(json tf32/summary.json precision)" '"tf32"'
check "without the option they are float32" value_is "$(json cuda/summary.json precision)" '"float32"'
check "products in TF32 give other bits" differ cuda/archive.extxyz tf32/archive.extxyz
run none --device cpu --precision bf16
check "another precision on the CPU is refused" exited 2
check "and it says what to do" said 'error: --precision bf16 needs a GPU.*; use --precision float32'
check "and nothing was run" missing none

# No GPU that can be used.
export SHIM_DEVICES=0
run none --device auto
check "without a GPU a run that chooses its device ends" exited 0
check "without a GPU it says so in one line" said '^device: cpu \(.*no GPU.*\)$'
check "without a GPU it gives the bits of the CPU" same cpu/archive.extxyz none/archive.extxyz
run none --device auto --precision tf32
check "another precision without a GPU is refused" exited 2
check "and it says why there is none" said 'error: --precision tf32 needs a GPU.*no GPU'
run none --device cuda
check "--device cuda without a GPU is refused" exited 2
check "and it says what to do" said 'error: --device cuda: .*no GPU.*; use --device cpu'
check "and nothing was run" missing none
mkdir folder
ln -s "$GODIFF" folder/godiff
sh "$SOURCE/bench/gpu.sh" folder >"$work/stdout" 2>"$work/stderr"
code=$?
check "without a GPU what is tried on one is skipped" exited 77
check "and its table says why" printed '^\| heptamer \| skipped: .*no GPU'
unset SHIM_DEVICES
SHIM_DRIVER=12040
export SHIM_DRIVER
run old --device cuda
check "an old driver is refused" exited 2
check "and it says which is needed" said 'driver supports CUDA 12.4; this build needs 13.0'
unset SHIM_DRIVER

# Less and less memory, until it does not suffice to draw all structures side by side.
library=4194304 # bytes that are cuBLAS's
SHIM_MEMORY=$((library + 4000000))
export SHIM_MEMORY
while run small --device cuda && exited 0 && ! said 'out of GPU memory'; do
    SHIM_MEMORY=$((SHIM_MEMORY - (SHIM_MEMORY - library) / 8))
done
check "with little memory a run ends" exited 0
check "with little memory it warns" said 'warning: .*out of GPU memory for .*: from now on fewer than 48 structures'
check "it does not warn twice in a step" test "$(grep -c 'out of GPU memory' stderr)" -le "$(grep -c '^sample\|^seed' stderr)"
check "with little memory the structures are the same" same cuda/archive.extxyz small/archive.extxyz
SHIM_MEMORY=$((library + 10000))
run small --device cuda
check "with too little memory a run fails" exited 1
check "and says what for" said 'error: out of GPU memory for '
unset SHIM_MEMORY

# The device is lost, early and late.
SHIM_CALLS=$work/calls
export SHIM_CALLS
run cuda --device cuda
calls=$(cat calls) all=$(wc -l <cuda/metrics.jsonl)
for part in 1 3 5 7 9; do
    SHIM_LOST=$((calls * part / 10))
    export SHIM_LOST
    run lost --device cuda
    check "a device lost after $part tenths ends the run" exited 1
    check "it says so" said 'error: (.*: )?GPU error in .*cudaErrorDevicesUnavailable|error: (.*: )?cuBLAS error in '
    check "its summary says so" value_is "$(json lost/summary.json status)" '"failed"'
    steps=$(cat lost/metrics.jsonl 2>/dev/null | wc -l)
    godiff run tiny.yaml --out lost --resume --threads 1 --device cpu
    check "the run continues without the device" exited 0
    check "it does what was left to do" value_is "$(grep -c ' s  \| s$' stderr)" "$((all - steps))"
    check "it ends as on the CPU" close cpu lost
done

finish
