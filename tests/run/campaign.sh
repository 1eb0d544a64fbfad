# A sample of each campaign (tests/campaign), so that what the whole ones found stays mended.
. "$(dirname "$0")/lib.sh"
campaigns=$SOURCE/tests/campaign

head -c 128 /dev/zero >state
if [ -n "$SANITIZE" ]; then
    skip "failing allocations, failing calls, kills" "sanitizers have an allocator of their own"
    finish
elif ! FAIL_STATE=state LD_PRELOAD=$BUILD/tests/libfail.so "$GODIFF" --version >/dev/null 2>&1; then
    skip "failing allocations, failing calls, kills" "nobody can filter system calls here"
    finish
fi

# sample NAME CAMPAIGN ARGUMENTS...
sample() {
    name=$1 campaign=$2
    shift 2
    sh "$campaigns/$campaign" -b "$BUILD" -r "$work/results" "$@" >stdout 2>stderr
    code=$?
    check "$name" exited 0
}

sample "allocations that fail are reported" allocations -e 269 check check_lua evaluate
sample "system calls that fail are reported" calls -e 3 check check_lua evaluate
sample "results that cannot be written are reported" calls -m once describe print
sample "killed runs continue to the same bits" kills -n 8 -m "write fsync rename call"
sample "flipped bits are reported, or change nothing" flips -n 25
check "there were trials" test "$(cat results/* | wc -l)" -gt 50

finish
