# The manual page and the completions have every option of every command, and are what their readers accept.
. "$(dirname "$0")/lib.sh"

for format in man bash zsh fish markdown; do
    godiff manual --format $format
    check "manual --format $format ends with 0" exited 0
    check "manual --format $format says nothing on stderr" silent stderr
    cp stdout $format
done
tr -d '\\' <man >plain

"$GODIFF" --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p' >commands
check "there are commands" test "$(wc -l <commands)" -gt 8
while read -r command; do
    "$GODIFF" "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' >options
    awk -v command="$command" '$0 ~ "^.SS godiff " command "( |$)" { inside = 1; next } /^.S/ { inside = 0 } inside' plain >section
    check "the manual page has $command" test -s section
    check "completion in bash has $command" grep -q "^    $command) options=" bash
    check "completion in zsh has $command" grep -q "^        $command) _arguments" zsh
    check "completion in fish has $command" grep -q -- "-a $command -d " fish
    while read -r option; do
        [ "$option" = --help ] && continue
        check "the manual page has $command $option" grep -q -- "$option" section
        check "completion in bash has $command $option" grep -q -- "^    $command) options=.* $option[ ']" bash
        check "completion in fish has $command $option" grep -q -- "from $command' -l ${option#--} " fish
        awk -v command="$command" '$1 == command ")" { inside = 1 } inside; / ;;$/ { inside = 0 }' zsh >section-zsh
        check "completion in zsh has $command $option" grep -q -- "$option\[" section-zsh
    done <options
done <commands

# complete WORDS...: what bash offers for the last of the words, sorted.
complete() {
    bash -c '. ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _godiff; printf "%s\n" "${COMPREPLY[@]}"' godiff "$@" | sort
}
if command -v bash >/dev/null; then
    touch 'a file.yaml' another.yaml
    check "bash completes a command" value_is "$(complete godiff che)" check
    check "bash completes an option" value_is "$(complete godiff run --res)" --resume
    check "bash completes choices" value_is "$(complete godiff run --device '' | tr '\n' ' ')" "auto cpu cuda "
    check "bash completes a file" value_is "$(complete godiff run a | tr '\n' '|')" 'a file.yaml|another.yaml|'
    PATH=$(dirname "$GODIFF"):$PATH
    check "bash completes a stage" value_is "$(complete godiff stages rewe)" reweight
    check "bash completes a potential" value_is "$(complete godiff relax x.xyz --potential em)" emt
    check "bash completes a parameter" value_is "$(complete godiff run my.yaml --set sample.finish.f)" sample.finish.fmax=
    check "bash completes a kind" value_is "$(complete godiff stages --kind curv)" curve
    check "bash completes nothing for a number" value_is "$(complete godiff run --threads '')" ""
else
    skip "completion in bash" "no bash here"
fi
for shell in zsh fish; do
    if command -v $shell >/dev/null; then
        check "$shell reads its completion" $shell -n ./$shell
    else
        skip "$shell reads its completion" "no $shell here"
    fi
done
if command -v groff >/dev/null; then
    groff -man -ww -z -k -Tutf8 man >stdout 2>stderr
    check "groff has no warning about the manual page" silent stderr
else
    skip "groff has no warning about the manual page" "no groff here"
fi

cmake --install "$BUILD" --prefix "$work/prefix" >stdout 2>stderr
for file in man/man1/godiff.1 bash-completion/completions/godiff zsh/site-functions/_godiff fish/vendor_completions.d/godiff.fish; do
    check "$file is installed" test -s "prefix/share/$file"
done
check "the installed page is what the program prints" same prefix/share/man/man1/godiff.1 man

# Several files, and silence.
cp "$here/tiny.yaml" tiny.yaml
sed 's/count: 6/count: 0/' tiny.yaml >bad.yaml
godiff check tiny.yaml bad.yaml tiny.yaml
check "check of several: exit code 2 when one has a problem" exited 2
check "check of several: the problem is named" said '^bad.yaml:[0-9]+:[0-9]+: seed.count: 0 is out of range'
check "check of several: the others are told" value_is "$(grep -c '^tiny.yaml: ok' stdout)" 2
godiff check tiny.yaml tiny.yaml --set seed.count=7
check "check of several: fine" exited 0
godiff check tiny.yaml bad.yaml --set nonsense
check "check of several: an error of the command line is said once" value_is "$(wc -l <stderr)" 1
godiff check tiny.yaml --quiet
check "check --quiet prints nothing" silent stdout
godiff run tiny.yaml --quiet --out quiet
check "run --quiet ends with 0" exited 0
check "run --quiet prints nothing on stdout" silent stdout
check "run --quiet prints nothing on stderr" silent stderr
godiff manual nothing
check "manual of an unknown command: exit code 2" exited 2

prefix/bin/godiff help >stdout 2>stderr
pages=$(sed -n 's/^Documentation: //p' stdout)
check "the installed program says where its documentation is" test -s "$pages"
check "which has the pages that it leads to" test -s "$(dirname "$pages")/cli.md" -a -s "$(dirname "$pages")/../pipelines/pt-adatom.yaml"
finish
