# A disk that is full, and one that cannot be written: no crash, and no finished step is lost.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
"$GODIFF" run tiny.yaml --out alone --quiet >/dev/null 2>&1
check "the run that is left alone ends" test -s alone/model.h5

# A mount namespace of its own: what is mounted there is gone with it.
private=
for flags in -m -rm; do
    if unshare $flags sh -c 'mkdir -p probe && mount -t tmpfs -o size=16k none probe' 2>/dev/null; then
        private="unshare $flags"
        break
    fi
done
if [ -z "$private" ]; then
    skip "full and read-only disks" "this machine lets nobody mount a tmpfs here"
    finish
fi

# on_disk SIZE: runs on a disk of that size, makes room, resumes; prints the two exit codes.
cat >on_disk.sh <<'EOF'
mkdir -p disk && mount -t tmpfs -o size="$1" none disk || exit 9
"$GODIFF" run tiny.yaml --out disk/out --quiet >first.out 2>first.err </dev/null
first=$?
mount -o remount,size=16m disk
if [ "$first" -ne 0 ] && [ -e disk/out/run.h5 ]; then
    "$GODIFF" run tiny.yaml --out disk/out --resume --quiet >/dev/null 2>second.err </dev/null
else
    [ "$first" -eq 0 ] || { rm -rf disk/out; "$GODIFF" run tiny.yaml --out disk/out --quiet >/dev/null 2>second.err </dev/null; }
fi
second=$?
for file in run.h5 model.h5 archive.extxyz; do cmp -s "disk/out/$file" "alone/$file" || second="$second:$file"; done
echo "$first $second"
EOF

full=0
for size in 4k 16k 32k 48k 64k 96k 128k 160k 192k 256k 320k 512k 8m; do
    # shellcheck disable=SC2046,SC2086 # words
    set -- $($private sh on_disk.sh "$size")
    [ "$1" = 0 ] || full=$((full + 1))
    cp first.err stderr
    check "a disk of $size: done or failed, not crashed (exit code $1)" test "$1" -le 2
    check "a disk of $size: says why when it failed" test "$1" = 0 -o -s first.err
    check "a disk of $size: after room was made, the same bits ($2)" value_is "$2" 0
done
check "some of these disks were full" test "$full" -gt 0

cat >read_only.sh <<'EOF'
mkdir -p disk && mount -t tmpfs -o size=8m none disk && mkdir disk/out && mount -o remount,ro disk || exit 9
"$GODIFF" run tiny.yaml --out disk/out --quiet >stdout 2>stderr </dev/null
EOF
$private sh read_only.sh
code=$?
check "a read-only directory ends with 2" exited 2
check "a read-only directory is named" said 'disk/out'

# Files of commands, too large for a buffer, so that the disk is full while they are written.
cat >commands.sh <<'EOF'
mkdir -p disk && mount -t tmpfs -o size=8k none disk || exit 9
for command in "evaluate many.extxyz --potential emt" "relax many.extxyz --potential emt --set steps=0" \
    "score alone/model.h5 many.extxyz --time 0.5" "convert many.extxyz" "export alone --what archive"; do
    case $command in convert*) out=disk/out.extxyz ;; *) out="--out disk/out.extxyz" ;; esac
    # shellcheck disable=SC2086 # words
    "$GODIFF" $command $out >stdout 2>stderr </dev/null
    echo "$? $(grep -c '^error: .*disk/out\.extxyz.*: No space left' stderr) ${command%% *}"
done
EOF
for _ in 1 2 3 4 5 6 7 8; do cat alone/archive.extxyz; done >many.extxyz
check "commands end with 1 on a full disk, and name their file" value_is "$($private sh commands.sh | grep -c '^1 1 ')" 5

# Standard output that cannot be written.
if [ -w /dev/full ]; then
    "$GODIFF" check tiny.yaml >/dev/full 2>stderr
    code=$?
    check "results that cannot be written end with 1" exited 1
    check "results that cannot be written are reported" said 'standard output'
    "$GODIFF" evaluate alone/best.extxyz --potential emt >/dev/full 2>stderr
    code=$?
    check "structures that cannot be written end with 1" exited 1
else
    skip "standard output on a full disk" "there is no /dev/full"
fi

finish
