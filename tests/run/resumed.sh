# Every shipped search that is killed after its first steps can be resumed, whatever slots its stages use. (Pipelines with
# a model take too long for it; tests/run/killed.sh kills a small one.)
. "$(dirname "$0")/lib.sh"

head -c 128 /dev/zero >state
if ! FAIL_STATE=state LD_PRELOAD=$BUILD/tests/libfail.so "$GODIFF" --version >/dev/null 2>&1; then
    skip "searches that are killed" "nobody can filter system calls here"
    finish
fi

# killed_at NUMBER PIPELINE: at this fsync of the run.
killed_at() {
    head -c 128 /dev/zero >state
    FAIL_KIND=fsync FAIL_AT=$1 FAIL_HOW=kill FAIL_ERROR=0 FAIL_IN=main FAIL_STATE=state \
        LD_PRELOAD=$BUILD/tests/libfail.so "$GODIFF" run "$2" --threads 1 --checkpoint step --out out >stdout 2>stderr </dev/null
    [ $? -eq 137 ]
}

for pipeline in $(grep -L '^model:' "$SOURCE"/pipelines/*.yaml); do
    name=$(basename "$pipeline")
    for fsync in 12 24; do
        rm -rf out
        check "$name is killed at fsync $fsync" killed_at "$fsync" "$pipeline"
        check "a step of it is saved" test -s out/run.h5
        godiff run "$pipeline" --threads 1 --max-time 0.2s --out out --resume
        check "it is resumed" test "$code" -eq 0 -o "$code" -eq 75
    done
done
finish
