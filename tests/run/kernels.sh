# Every set of kernels that this processor runs: GODIFF_KERNELS chooses one, runs say which they used, and with each of
# them a run has the same bits by any number of threads, in any chunks, and however it is cut and resumed. The unit tests
# of networks and of stages run once more with each set; with the fastest they have run already. Operation by operation,
# the backend agreement tests try every set.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
sed 's/times: 2/times: 10/' tiny.yaml >long.yaml

# run KERNELS OUT FILE OPTIONS...: a pipeline on the CPU.
run() {
    GODIFF_KERNELS=$1 out=$2 file=$3
    shift 3
    export GODIFF_KERNELS
    godiff run "$file" --device cpu --out "$out" "$@"
    unset GODIFF_KERNELS
}

mkfifo pipe

# cut KERNELS OUT: the long pipeline, stopped after its first step.
cut() {
    GODIFF_KERNELS=$1 "$GODIFF" run long.yaml --device cpu --out "$2" --threads 1 2>pipe >stdout </dev/null &
    pid=$!
    exec 3<pipe
    IFS= read -r line <&3
    kill -INT "$pid"
    cat <&3 >stderr
    exec 3<&-
    wait "$pid"
    code=$?
}

run none none tiny.yaml
check "unknown kernels are refused" exited 2
check "the message says which there are" said "GODIFF_KERNELS is 'none'; this processor supports: baseline"
check "nothing is written" missing none
sets=$(sed -n 's/.*this processor supports: //p' stderr | tr -d ,)
fastest=${sets##* }

run "" chosen tiny.yaml --threads 1
check "without a choice the fastest are used" value_is "$(json chosen/summary.json kernels)" "\"$fastest\""

for set in $sets; do
    run "$set" "$set" tiny.yaml --threads 1
    check "$set: a run ends" exited 0
    check "$set: its summary says which kernels" value_is "$(json "$set/summary.json" kernels)" "\"$set\""
    run "$set" "$set-3" tiny.yaml --threads 3
    check "$set: threads change nothing" same "$set/run.h5" "$set-3/run.h5"
    for chunk in 1 2 5; do
        run "$set" "$set-c$chunk" tiny.yaml --threads 2 --set sample.chunk=$chunk
        check "$set: chunks of $chunk change nothing" same "$set/archive.extxyz" "$set-c$chunk/archive.extxyz"
    done
    cut "$set" "$set-cut"
    check "$set: a run is cut" exited 130
    run "$set" "$set-cut" long.yaml --resume --threads 2
    check "$set: it says nothing of other kernels" lacks 'has used' stderr
    run "$set" "$set-long" long.yaml --threads 1
    check "$set: cut and resumed, a run has the same bits" same "$set-long/run.h5" "$set-cut/run.h5"
done

if [ "$sets" = "$fastest" ]; then
    skip "a run continues with other kernels" "this processor has one set of kernels"
else
    cut baseline moved
    run "$fastest" moved long.yaml --resume --quiet
    check "a run continues with other kernels" exited 0
    check "it says so in one line" value_is "$(grep -c "used baseline so far and continues with $fastest" stderr)" 1
    check "its summary names both" value_is "$(json moved/summary.json kernels)" "\"baseline; $fastest\""
    run baseline moved long.yaml --resume
    check "once it is finished, it is" said 'already finished'
    check "and nothing is said of kernels" lacks 'has used' stderr
fi

# again KERNELS PROGRAM [SUITE]: without SUITE all; an empty CK_RUN_SUITE would be none.
again() {
    GODIFF_KERNELS=$1 CK_EXCLUDE_TAGS="slow statistics" ${3:+env CK_RUN_SUITE="$3"} "$TOOLS/$2" >stdout 2>stderr
    code=$?
    check "$1: $2${3:+, $3}" exited 0
}

for set in $sets; do
    [ "$set" != "$fastest" ] || continue
    again "$set" test_stages
    for suite in network symmetry optimiser; do again "$set" test_model $suite; done
done

finish
