# LAMMPS in processes: the energies of the built-in tables, and what happens when processes end.
. "$(dirname "$0")/lib.sh"

tables=/usr/share/lammps/potentials
if ! command -v lmp >/dev/null || [ ! -r $tables/CuNi.eam.alloy ]; then
    skip "LAMMPS" "no LAMMPS (lammps)"
    finish
fi
LAMMPS_POTENTIALS=$tables OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export LAMMPS_POTENTIALS OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
commands='"pair_style eam/alloy\npair_coeff * * CuNi.eam.alloy Cu Ni"'
# evaluate [PARAMETERS [ARGUMENT...]]: in.extxyz by LAMMPS.
evaluate() {
    evaluate_more=${1:-}
    [ $# -eq 0 ] || shift
    rm -f out.extxyz
    godiff evaluate in.extxyz --potential "lammps:types=Cu Ni,commands=$commands$evaluate_more" --out out.extxyz "$@"
}

# Structures of other elements and counts, periodic in 0 to 3 directions, in cells that are turned and skewed.
awk 'BEGIN { srand(7); c = cos(0.5); s = sin(0.5); for (k = 0; k < 24; k++) {
    n = 6 + 2 * (k % 2); p = int(k / 2) % 4; print n
    print "Lattice=\"" 5.6 * c, 5.6 * s, "0", -5.4 * s + 0.6, 5.4 * c, "0.3 0.4 0.2", 5.5 + k / 20 "\" Properties=species:S:1:pos:R:3" \
        " pbc=\"" (p > 0 ? "T" : "F"), (p > 1 ? "T" : "F"), (p > 2 ? "T" : "F") "\""
    for (i = 0; i < n; i++) print k % 3 && i % 3 ? "Ni" : "Cu", \
        2.6 * (i % 2) + rand() / 5, 2.6 * (int(i / 2) % 2) + rand() / 5, 2.6 * int(i / 4) + rand() / 5 + (k == 5 ? 40 : 0) } }' >in.extxyz
godiff evaluate in.extxyz --potential eam:file=$tables/CuNi.eam.alloy --out built-in.extxyz
evaluate
check "LAMMPS ends with 0" exited 0
check "nothing is said" silent stderr
check "energies and forces are those of the built-in tables" near out.extxyz built-in.extxyz 1e-10
cp out.extxyz one.extxyz
evaluate ,workers=2
check "the same bits with two processes" same out.extxyz one.extxyz
mkdir elsewhere && cp $tables/CuNi.eam.alloy elsewhere/mine.alloy
commands='"pair_style eam/alloy\npair_coeff * * mine.alloy Cu Ni"' evaluate ,folder=elsewhere
check "files are looked for in the folder" same out.extxyz one.extxyz

# Nothing is left behind.
gone() {
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}
crew() { ps -o pid= --ppid "$1"; }
# begin PARAMETERS: evaluates a long file in the background; $pid is the program, $crew its processes, one of them at work.
begin() {
    rm -f out.extxyz
    "$GODIFF" evaluate long.extxyz --potential "lammps:types=Cu Ni,commands=$commands$1" --out out.extxyz >stdout 2>stderr &
    pid=$!
    until [ -S /tmp/ipi_godiff-$pid-0 ] && crew=$(crew $pid) && [ -n "$crew" ]; do sleep 0.02; done
    until ss -x 2>/dev/null | grep -q "/tmp/ipi_godiff-$pid-0 .*ESTAB\|ESTAB.*/tmp/ipi_godiff-$pid-0"; do
        command -v ss >/dev/null || { sleep 1; break; }
        kill -0 $pid 2>/dev/null || break
        sleep 0.02
    done
}
for k in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10; do sed -n 1,8p in.extxyz; done; done >long.extxyz
for k in 1 2 3; do cat long.extxyz long.extxyz >longer && mv longer long.extxyz; done
godiff evaluate long.extxyz --potential eam:file=$tables/CuNi.eam.alloy --out long-built-in.extxyz
begin ""
# shellcheck disable=SC2086 # a list of numbers
kill -KILL $crew
wait $pid
code=$?
check "a process that is killed is replaced" exited 0
check "all energies are right" near out.extxyz long-built-in.extxyz 1e-10
begin ,timeout=1
# shellcheck disable=SC2086 # a list of numbers
kill -STOP $crew
wait $pid
code=$?
check "a process that hangs is replaced" exited 0
check "all energies are right then" near out.extxyz long-built-in.extxyz 1e-10
# shellcheck disable=SC2086 # a list of numbers
check "it is gone" gone $crew
begin ,workers=2
kill -KILL $pid
wait $pid 2>/dev/null
for one in $crew; do check "processes end with a program that was killed" gone "$one"; done
rm -f /tmp/ipi_godiff-$pid-*

# What is wrong with the commands, the types or the program.
commands='"pair_style none_such"' evaluate
check "LAMMPS that does not start ends with 1" exited 1
check "its error is shown" said "^error: lammps: lmp ended with status 1: ERROR: .*pair style"
commands='"pair_style eam/alloy\npair_coeff * * missing.alloy Cu Ni"' evaluate
check "a file that is missing is named" said 'lammps: lmp ended with status 1: ERROR.*missing.alloy'
evaluate ,program=no-such-lmp
check "a program that is missing is named" said 'lammps: no-such-lmp ended with status 127: .*no-such-lmp.*not found'
godiff evaluate in.extxyz --potential "lammps:types=Cu,commands=$commands"
check "elements without a type are refused" said 'structure 2: lammps: .types. lacks Ni'
godiff evaluate in.extxyz --potential "lammps:types=Cu Xx,commands=$commands"
check "types are symbols" said 'no symbol of an element: Xx'

# A run: by LAMMPS as by the built-in tables.
sed "s|{emt: {}}|{eam: {file: $tables/CuNi.eam.alloy}}|; s/Pt/Cu/g" "$here/tiny.yaml" >eam.yaml
sed 's|{emt: {}}|{lammps: {types: Cu, commands: "pair_style eam/alloy\\npair_coeff * * CuNi.eam.alloy Cu"}}|; s/Pt/Cu/g' \
    "$here/tiny.yaml" >lammps.yaml
godiff run eam.yaml --out eam --quiet
godiff run lammps.yaml --out lammps --quiet
check "a run ends with 0" exited 0
check "it has the structures and energies of one with the built-in tables" near lammps/minima.extxyz eam/minima.extxyz 1e-6
godiff evaluate lammps/archive.extxyz --potential eam:file=$tables/CuNi.eam.alloy --out again.extxyz
check "energies and forces of all its structures are right" near lammps/archive.extxyz again.extxyz

# A result in a store belongs to what is in the files that the commands name; a run warns when one of them was edited, and not
# of the store, to which it has added itself.
commands='"pair_style eam/alloy\npair_coeff * * mine.alloy Cu Ni"'
evaluate ,folder=elsewhere,store=kept.store
evaluate ,folder=elsewhere,store=kept.store
godiff store kept.store
check "a result is used again" value_is "$(grep -c '^potential' stdout) $(grep -c '^results  *24$' stdout)" "1 1"
sed "s|CuNi.eam.alloy Cu|mine.alloy Cu|; s|types: Cu,|types: Cu, folder: elsewhere, store: grown.store,|" lammps.yaml >mine.yaml
godiff run mine.yaml --out mine --quiet
godiff run mine.yaml --out mine --quiet --resume --extend loop.times=3
check "a run with a store goes on" exited 0
check "and does not warn of it" lacks "is not what it was" stderr
sed -i '1s/$/ edited/' elsewhere/mine.alloy
godiff run mine.yaml --out mine --quiet --resume --extend loop.times=4
check "a file that was edited is warned of" said '^warning: potential\.commands: the file .*/elsewhere/mine\.alloy is not what it was'
evaluate ,folder=elsewhere,store=kept.store
godiff store kept.store
check "its results are others" value_is "$(grep -c '^potential' stdout) $(grep -c '^results  *24$' stdout)" "2 2"
finish
