# Parameters that say how the work is done: a run goes on with others, and says so in its files.
. "$(dirname "$0")/lib.sh"

has_module ase || { skip "a run goes on with other workers" "no Python with ASE" && finish; }
{ sed "s/^potential: .*/potential: {ase: {calculator: emt, python: $(echo "$python" | sed 's,/,\\/,g')}}/" "$here/tiny.yaml" && echo "minima: off"; } >tiny.yaml
check "the pipeline has a calculator" "$GODIFF" check tiny.yaml
godiff run tiny.yaml --out alone --quiet --threads 1
check "the run that is left alone ends" exited 0

godiff run tiny.yaml --out out --quiet --threads 1 --max-time 0.000001
check "another is stopped" exited 75
godiff run tiny.yaml --out out --quiet --threads 1 --resume --set potential.ase.workers=2 --set potential.ase.timeout=60 \
    --set potential.ase.batch=7
check "and goes on with more workers" exited 0
check "to the same structures" same out/archive.extxyz alone/archive.extxyz
check "its pipeline has them" grep -q 'workers: 2' out/pipeline.yaml
check "and its files are in order" "$GODIFF" verify out
godiff run tiny.yaml --out out --quiet --threads 1 --resume
check "with the old ones it has finished" exited 0
check "and is still in order" "$GODIFF" verify out
cp -r out changed
godiff run tiny.yaml --out changed --quiet --threads 1 --resume --set potential.ase.calculator=lj
check "another calculator is refused" exited 2
check "as another pipeline" said 'is of another pipeline: potential\.ase\.calculator is emt in its line [0-9]+, here it is lj'
godiff run tiny.yaml --out changed --quiet --threads 1 --resume --set train.batch=3
check "and what is named alike elsewhere" said 'is of another pipeline: train\.batch is 2 in its line [0-9]+, here it is 3'
godiff run tiny.yaml --out next --quiet --threads 1 --from out --set potential.ase.workers=2 --set loop.times=1
check "a run is begun from it with other workers" exited 0
finish
