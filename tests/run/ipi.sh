# Clients of the i-PI protocol: those of ASE, and others that go wrong.
. "$(dirname "$0")/lib.sh"

if ! has_module ase.calculators.socketio; then
    skip "clients of i-PI" "no ASE (python3-ase)"
    finish
fi
name=godiff-test-$$ path=/tmp/ipi_godiff-test-$$
trap 'rm -rf "$work" "$path"' EXIT
client() { $python "$SOURCE/tests/data/calculators/ipi_client.py" "$1" in.extxyz "$2" >>clients 2>&1 & }
# serve ADDRESS [ARGUMENT...]: evaluates in.extxyz by the clients that are there.
serve() {
    serve_address=$1
    shift
    rm -f out.extxyz
    godiff evaluate in.extxyz --potential "ipi:address=$serve_address" --out out.extxyz "$@"
    wait
}

# Ten structures in a cell that is turned, so that its vectors are along no axis.
awk 'BEGIN { c = cos(0.5); s = sin(0.5); for (k = 0; k < 10; k++) {
    print 6; print "Lattice=\"" 8 * c, 8 * s, "0", -8 * s, 8 * c, "1 0 0 20\" Properties=species:S:1:pos:R:3 pbc=\"T T F\""
    print "Pt 0 0 0"; print "Pt", 2.77 * c, 2.77 * s, 0; print "Cu 0 2.77 0"; print "Pt 2.77 2.77 0"
    print "Au 1.4 1.4 2.1"; print "Pt", 3.9 + k / 10, 1.4, 2.1 } }' >in.extxyz
godiff evaluate in.extxyz --potential emt --out built-in.extxyz

client "$path" ase
serve $name
check "with one client it ends with 0" exited 0
check "its energies and forces are those of the built-in potential" near out.extxyz built-in.extxyz
check "the client has ended well" test ! -s clients
check "the socket is gone" missing "$path"
client "$path" ase
client "$path" ase
serve "$path"
check "two clients share the work" near out.extxyz built-in.extxyz
port=$((20000 + $$ % 20000))
client "127.0.0.1:$port" ase
serve "localhost:$port"
check "by TCP it ends with 0" exited 0
check "by TCP" near out.extxyz built-in.extxyz

# One client goes wrong, another is good: nothing is lost.
for how in garbage-at-once gone-at-once garbage half gone atoms negative extra much cell; do
    client "$path" $how
    bad=$!
    rm -f out.extxyz
    "$GODIFF" evaluate in.extxyz --potential "ipi:address=$name" --out out.extxyz >stdout 2>stderr &
    pid=$!
    wait $bad # it had its turn
    client "$path" ase
    wait $pid
    code=$?
    wait
    check "$how: it ends with 0" exited 0
    check "$how: all energies are right" near out.extxyz built-in.extxyz
done
check "cells are lower triangular for clients" grep -qx 'lower triangular' clients
client "$path" hangs
rm -f out.extxyz
"$GODIFF" evaluate in.extxyz --potential "ipi:address=$name,timeout=1" --out out.extxyz >stdout 2>stderr &
pid=$!
sleep 1
client "$path" ase
wait $pid
code=$?
check "a client that hangs is dropped" near out.extxyz built-in.extxyz

# Nobody comes; and addresses.
serve "$name,wait=0.3"
check "without a client it ends with 1" exited 1
check "it says where and how long it has waited" said '^error: ipi: no client at .* for 0.3 s: start one'
client "$path" atoms
serve "$name,wait=1"
check "what was wrong with the last client is said" said 'the last one: the client has 7 atoms, the structure 6: give it a template'
$python -c "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$path"
serve "$name,wait=0.3"
check "a socket that was left behind is replaced" said 'no client at'
for address in "''" "':31415'" host:0x1 host: a/b; do
    serve "$address"
    check "no address: $address" exited 2
done
sed 's|"8|"0|; s/Lattice="[^"]*" //' in.extxyz >free.extxyz
godiff evaluate free.extxyz --potential ipi:address=$name
check "without a cell it is refused" said 'a client needs a cell with three vectors'

# A run: what came back is not asked again.
sed "s|{emt: {}}|{ipi: {address: $name}}|" "$here/tiny.yaml" >ipi.yaml
godiff run "$here/tiny.yaml" --out plain --quiet
cp plain/best.extxyz in.extxyz
client "$path" ase
godiff run ipi.yaml --out run --quiet
wait
check "a run ends with 0" exited 0
godiff evaluate run/archive.extxyz --potential emt --out again.extxyz
check "its energies and forces are right" near run/archive.extxyz again.extxyz
finish
