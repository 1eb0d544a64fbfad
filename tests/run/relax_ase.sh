# Relaxations end where those of ASE end, after as many force calls.
. "$(dirname "$0")/lib.sh"

for optimiser in bfgs fire; do
    if ! has_module ase.optimize; then
        skip "relaxations against ASE ($optimiser)" "no ASE (python3-ase)"
    else
        check "relaxations end where ASE's do ($optimiser)" $python "$here/relax_ase.py" "$GODIFF" $optimiser
    fi
done
finish
