# The pages of stages and components: none is missing, none is stale, and their examples are pipelines. And the
# tutorials, tried as someone would who has godiff installed and nothing else.
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/run/page.sh"

cp -r "$SOURCE/docs" docs
ln -s "$GODIFF" program
docs/update ./program 2>stderr # relative, as in the documentation
code=$?
check "docs/update ends with 0" exited 0
for page in docs/cli.md docs/stages/*.md docs/components/*.md; do
    check "$page has what the program says (else: docs/update build/godiff)" same "$page" "$SOURCE/$page"
done

"$GODIFF" stages --full >all
sed -n 's/^\([a-z][a-z0-9_-]*\) (\(section\|step\))$/\1/p' all >stages
sed -n 's/^[a-z][a-z0-9_-]* (\([a-z]*\))$/\1/p' all | grep -vx 'section\|step' | sort -u >kinds
while read -r name; do
    check "the stage $name has a page" grep -qx "<!-- godiff stages --markdown --kind stage $name -->" "docs/stages/$name.md"
    for heading in Example 'When it fails'; do
        check "the page of $name has: $heading" grep -qx "## $heading" "docs/stages/$name.md"
    done
done <stages
while read -r kind; do
    check "the kind $kind has a page" grep -qx "<!-- godiff stages --markdown --kind $kind -->" "docs/components/$kind.md"
done <kinds
check "there is no page of what is not there" \
    value_is "$(find docs/stages docs/components -name '*.md' | wc -l)" "$(cat stages kinds | wc -l)"

"$GODIFF" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p' >commands
check "there are commands" test "$(wc -l <commands)" -gt 8
while read -r command; do
    check "the command $command is on docs/cli.md" grep -qx "<!-- godiff manual --format markdown $command -->" docs/cli.md
done <commands
sed -n 's/^| \([0-9]*\) | \(.*\) |$/\1 \2/p' docs/cli.md >codes
"$GODIFF" manual | awk '/^\.SH EXIT/ { inside = 1 } inside && /^\.B/ { code = $2; getline; print code " " $0 }' >exits
check "docs/cli.md has the exit codes of the manual page" same codes exits

# Figures of the stages, by their names in the sources.
grep -hoE 'gd_figure\([^,]*, *"[^"]*"' "$SOURCE"/stages/*.c | sed 's/.*"\(.*\)"/\1/' | sort -u >figures
check "stages have figures" test "$(wc -l <figures)" -gt 20
while read -r figure; do
    check "the figure $figure is on the page of a stage" grep -Fq "\`$figure\`" docs/stages/*.md
done <figures

# Every example, put into a pipeline, is valid by the schema.
"$GODIFF" schema >schema.json
mkdir examples
for page in docs/stages/*.md docs/components/*.md; do
    awk '/^```yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' "$page" >block
    [ -s block ] || continue
    name=examples/$(basename "$(dirname "$page")")-$(basename "$page" .md).yaml
    if grep -q '^- ' block; then
        { sed '/^steps:/q' "$here/tiny.yaml" && sed 's/^/  /' block; } >"$name"
    else
        section=$(sed -n '1s/:.*//p' block)
        { awk -v section="$section" '/^[a-z]/ { skip = index($0, section ":") == 1 } !skip' "$here/tiny.yaml" && cat block; } >"$name"
    fi
done
for python in python3 /usr/bin/python3 none; do
    why=$($python "$here/validate.py" 2>&1) && break
done
if [ $python = none ]; then
    skip "the examples of the pages" "no validator (python3-jsonschema, python3-yaml)"
else
    $python "$here/validate.py" schema.json examples/*.yaml >verdicts 2>stderr
    for example in examples/*.yaml; do
        check "$example is a valid pipeline" grep -qx "valid $example" verdicts
    done
fi

stage "$work/prefix"
for tutorial in "$SOURCE"/docs/tutorials/*.md; do
    mkdir "$work/$(basename "$tutorial" .md)"
    cd "$work/$(basename "$tutorial" .md)" || exit 1
    page "$tutorial"
done

finish
