# Bad input of every kind: one clear message on stderr, nothing on stdout, exit code 2, and nothing written.
# The table is bad_inputs/*.cases; how it reads is said in bad_inputs/README.md.
. "$(dirname "$0")/lib.sh"

# A model and structures that are good, for the cases to spoil.
good=$work/good
mkdir "$good"
(cd "$good" && "$GODIFF" run "$here/tiny.yaml" --quiet --out run >/dev/null 2>&1)
cp "$good/run/model.h5" "$good/run/best.extxyz" "$good"
check "there is a good model to spoil" test -s "$good/model.h5"

listing() { find . -type d | sort; find . -type f -exec cksum {} + | sort; }

# A case is gathered line by line into these, and checked when the next one begins.
name='' wants='' command='' file=''

judge() {
    [ -n "$name" ] || return 0
    before=$(listing)
    (eval "\"\$GODIFF\" $command") >"$work/stdout" 2>"$work/stderr" </dev/null
    code=$?
    wrong=
    [ "$code" -eq 2 ] || wrong="$wrong; exit code $code"
    silent stdout || wrong="$wrong; said something on stdout"
    [ "$before" = "$(listing)" ] || wrong="$wrong; wrote something"
    [ "$(grep -c . "$work/stderr")" -le "$lines" ] || wrong="$wrong; more than $lines line(s) on stderr"
    twice=$(awk -F '; ' '{ split("", seen) } { for (k = 1; k <= NF; k++) { sub(/^[a-z_]+: /, "", $k); if (length($k) > 15 && seen[$k]++) print $k } }' "$work/stderr")
    [ -z "$twice" ] || wrong="$wrong; said twice: $twice"
    while IFS= read -r want; do
        [ -z "$want" ] || said "$want" || wrong="$wrong; did not say: $want"
    done <<EOF
$wants
EOF
    check "$table: $name${wrong:+$wrong}" test -z "$wrong"
    judge_name
}

# What a message calls a parameter is what --set takes: so the first one that names one of a pipeline is set.
judge_name() {
    named=$(sed -nE 's/^[^ :]+\.yaml:[0-9]+:[0-9]+: (warning: )?([a-z_0-9.-]+\.[a-z_0-9.-]+): .*/\2/p' "$work/stderr" | head -n 1)
    case $named:$command in :* | *...* | *:*'$('*) return 0 ;; *:'run '* | *:'check '*) ;; *) return 0 ;; esac
    (eval "\"\$GODIFF\" $command --set $named=0") >"$work/stdout" 2>"$work/stderr" </dev/null
    check "$table: $name: $named can be set" lacks "^--set $named=0: unknown" stderr
}

# begin NAME: a fresh folder with the good pipeline, model and structure in it.
begin() {
    judge
    name=$1 wants='' command='run tiny.yaml --out out' file='' lines=1
    cd "$work" && rm -rf case && mkdir case && cd case || exit 1
    cp "$here/tiny.yaml" "$good/model.h5" "$good/best.extxyz" .
}

for path in "$here"/bad_inputs/*.cases; do
    table=$(basename "$path" .cases)
    while IFS= read -r line; do
        rest=${line#* }
        case $line in
        '' | '#'*) ;;
        '['*) begin "$(echo "$line" | tr -d '[]')" ;;
        'edit '*) sed -i -E "$rest" tiny.yaml ;;
        'file '*) file=$rest && : >"$file" ;;
        '| '* | '|') printf '%s\n' "${line#|}" | sed 's/^ //' >>"$file" ;;
        'shell '*) eval "$rest" || check "$name: could not be set up" false ;;
        'run '* | run) command=${line#run} ;;
        'lines '*) lines=$rest ;;
        'want '*) wants="$wants
$rest" ;;
        *) check "$table: cannot read the table: $line" false ;;
        esac
    done <"$path"
    judge
    name=
done

finish
