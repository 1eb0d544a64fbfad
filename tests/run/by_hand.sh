# The scripts of this folder, started by hand without what ctest sets: each says what to do, and writes nothing.
. "$(dirname "$0")/lib.sh"

for shell in sh bash; do
    command -v $shell >/dev/null || { skip "scripts started by $shell" "no program $shell" && continue; }
    for script in "$here"/*.sh; do
        case $script in */lib.sh | */page.sh) continue ;; esac
        mkdir empty && cd empty || exit 1
        env -u SOURCE -u GODIFF -u TOOLS $shell "$script" >../stdout 2>../stderr </dev/null
        code=$?
        cd "$work" || exit 1
        check "$shell ${script##*/}: exit code 2" exited 2
        check "and what to do" said "is run by ctest, .* -R run\\.$(basename "$script" .sh)\$"
        check "and nothing is written" rmdir empty
        rm -rf empty
    done
done
env -u SOURCE sh "$here/whole.sh" >stdout 2>stderr
check "SOURCE alone is missing: exit code 2" test $? -eq 2
env GODIFF=/nowhere sh "$here/whole.sh" >stdout 2>stderr
check "a program that is not there: exit code 2" test $? -eq 2
finish
