# Files of a folder use each other in one direction, but for the circles of circles.txt; folders always do.
. "$(dirname "$0")/lib.sh"

# The object files that the build has now, relative to it; not those of cuda/, which a build may be without.
objects() {
    grep -o ' -o [^ ]*\.o' "$BUILD/compile_commands.json" | cut -c5- |
        grep -E '^(engine|atoms|potentials|model|stages|lua|statistics|sweep|report|cli)/' | sort -u
}

(cd "$BUILD" && objects | xargs "$NM" -A -P -g) >symbols 2>stderr
awk -f "$here/circles.awk" symbols >found
grep -v '^#' "$here/circles.txt" >allowed

check "the folders have symbols" test "$(grep -c ' T ' symbols)" -gt 500
while read -r circle; do
    check "an allowed circle: $circle" grep -qF "$circle: " allowed
done <found
while read -r line; do
    check "still there: ${line%: *}" grep -qxF "${line%: *}" found
done <allowed
finish
