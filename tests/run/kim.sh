# Models of OpenKIM: the energies of LAMMPS and of the built-in tables, and what goes wrong.
. "$(dirname "$0")/lib.sh"

eam=EAM_Dynamo_FoilesBaskesDaw_1986Universal3_Pt__MO_757342646688_000
emt=EMT_Asap_Standard_JacobsenStoltzeNorskov_1996_AlAgAuCuNiPdPt__MO_115316750986_001
tersoff=Tersoff_LAMMPS_AlbeNordlundAverback_2002_PtC__MO_500121566391_003
evaluate() {
    evaluate_in=$1 evaluate_model=$2
    shift 2
    godiff evaluate "$evaluate_in" --potential "kim:model=$evaluate_model" "$@"
}

# A hexagon of 7 atoms on two layers of Pt(111), 6 by 6.
awk 'function atom(x, y, z) { printf "Pt %.17g %.17g %.17g\n", x, y, z }
BEGIN { OFMT = CONVFMT = "%.17g"; a = 3.92 / sqrt(2); h = 3.92 / sqrt(3); pi = atan2(0, -1)
    print 79; print "Lattice=\"" 6 * a, 0, 0, 3 * a, 3 * a * sqrt(3), "0 0 0 30\" Properties=species:S:1:pos:R:3 pbc=\"T T F\""
    for (l = 0; l < 2; l++) for (i = 0; i < 6; i++) for (j = 0; j < 6; j++)
        atom(a * (i + j / 2 + !l / 2), a * sqrt(3) * (j / 2 + !l / 6), 8 + l * h)
    x = 3 * a + a / 2; y = a * sqrt(3) * (1 + 1 / 6); atom(x, y, 8 + 2 * h)
    for (k = 0; k < 6; k++) atom(x + a * cos(k * pi / 3), y + a * sin(k * pi / 3), 8 + 2 * h) }' >slab.extxyz
evaluate slab.extxyz $eam --out kim.extxyz
if [ $code -eq 1 ] && said 'kim.so is missing|the KIM API cannot open it'; then
    skip "models of OpenKIM" "$(sed -n 's/^error: //p' stderr)"
    finish
fi
check "a model of OpenKIM ends with 0" exited 0
check "nothing is said, and no log is left" test ! -s stderr -a ! -e kim.log
energy_is() {
    sed -n 's/.*[ "]energy=\([^ ]*\).*/\1/p' "$1" | awk -v e="$2" '{ n++; exit ($1 - e) ^ 2 > (1e-8 * e) ^ 2 } END { if (!n) exit 1 }'
}
check "its energy is that of LAMMPS" energy_is kim.extxyz -405.257598164
tables=/usr/share/lammps/potentials/Pt_u3.eam
if [ -r $tables ]; then
    godiff evaluate slab.extxyz --potential eam:file=$tables --out eam.extxyz
    check "energy and forces are those of the built-in tables" near kim.extxyz eam.extxyz
else
    skip "energy and forces are those of the built-in tables" "no tables of LAMMPS (lammps-data)"
fi

# Results depend on nothing that came before: a model that has seen other elements, other threads.
awk 'BEGIN { srand(3); for (k = 0; k < 12; k++) {
    print 8; print "Lattice=\"5.6 0 0 0.2 5.5 0 0 0.1 5.4\" Properties=species:S:1:pos:R:3 pbc=\"T T T\""
    for (i = 0; i < 8; i++) print k % 3 == 0 || i % 2 ? "Pt" : k % 3 == 1 ? "Cu" : "Au", \
        2.7 * (i % 2) + rand() / 5, 2.7 * (int(i / 2) % 2) + rand() / 5, 2.7 * int(i / 4) + rand() / 5 } }' >mixed.extxyz
evaluate mixed.extxyz $emt --threads 1 --out one.extxyz
evaluate mixed.extxyz $emt --threads 3 --out three.extxyz
check "the same bits for any number of threads" same one.extxyz three.extxyz
split -l 10 mixed.extxyz part-
for part in part-*; do evaluate "$part" $emt --threads 1 && cat stdout; done >alone.extxyz
check "and for any order, whatever elements came before" same one.extxyz alone.extxyz
awk '/Lattice/ { $1 = "Lattice=\"5.6"; sub("pbc=\"T T T\"", "pbc=\"F F F\"") } { print }' mixed.extxyz >free.extxyz
evaluate free.extxyz $emt
check "clusters have energies" exited 0

# Atoms that meet, and numbers that are none, have no energy; models would give one.
meet() {
    printf '3\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3 pbc="T T T"\nPt 0 0 0\nPt 0 2.7 0\nPt %s 0 0\n' "$1"
}
for model in $emt $tersoff $eam; do
    meet 0.3 >meet.extxyz
    evaluate meet.extxyz $model
    check "$model: atoms that meet fail" exited 1
    check "$model: they are named" said 'structure 1: kim: atoms 1 and 3 are 0.3 Å apart, nearer than closest: 0.5'
done
meet 8.7 >meet.extxyz
evaluate meet.extxyz $emt
check "they meet under periodic images too" said 'kim: atoms 1 and 3 are 0.3 Å apart'
meet 0.9 >meet.extxyz
evaluate meet.extxyz $eam
check "a model that refuses a structure is reported" said 'kim: the model refuses the structure; atoms may be nearer'
evaluate meet.extxyz "$emt,closest=1"
check "closest is a parameter" said 'are 0.9 Å apart, nearer than closest: 1'

evaluate slab.extxyz none__MO_000000000000_000
check "an unknown model ends with 1" exited 1
check "it says where the list is" said 'kim: none__MO_.*: the KIM API cannot open it; .kim-api-collections-management list.'
evaluate slab.extxyz Sim_LAMMPS_x__SM_000000000000_000
check "a simulator model is named as such" said 'it is a simulator model, which only LAMMPS can run'
evaluate slab.extxyz EDIP_JustoBazantKaxiras_1998_Si__MO_958932894036_002
check "elements that the model does not know" said 'kim: the model does not know Pt, but Si'
env GODIFF_DATA=. "$GODIFF" evaluate slab.extxyz --potential kim:model=$emt >stdout 2>stderr
check "a module that is missing is reported" said 'kim.so is missing beside the program, which was built without the KIM API'

# A run.
sed "s|{emt: {}}|{kim: {model: $emt}}|" "$here/tiny.yaml" >kim.yaml
godiff run kim.yaml --out run --quiet --threads 1
check "a run ends with 0" exited 0
godiff run kim.yaml --out run3 --quiet --threads 3
check "the same bits with three threads" same run/archive.extxyz run3/archive.extxyz
evaluate run/archive.extxyz $emt --out again.extxyz
check "its energies and forces are the model's" near run/archive.extxyz again.extxyz
finish
