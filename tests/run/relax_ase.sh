# Relaxations end where those of ASE end, after as many force calls.
. "$SOURCE/tests/run/lib.sh"

for python in python3 /usr/bin/python3 none; do
    why=$($python -c "import ase.optimize" 2>&1) && break
done
for optimiser in bfgs fire; do
    if [ $python = none ]; then
        skip "relaxations against ASE ($optimiser)" "no ASE (python3-ase)"
    else
        check "relaxations end where ASE's do ($optimiser)" $python "$here/relax_ase.py" "$GODIFF" $optimiser
    fi
done
finish
