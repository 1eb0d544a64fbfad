# A small pipeline from end to end: what it says, what it leaves behind, and its exit codes.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
godiff run tiny.yaml --out out
check "a run ends with 0" exited 0
check "the summary on stdout names the best energy" printed '^best energy +-?[0-9]+\.[0-9]+ eV$'
check "the summary on stdout counts the evaluations" printed '^evaluations +[0-9]+$'
cp stdout said-at-the-end
check "the summary on stdout says whether the target was hit" printed '^target +(found at evaluation [0-9]+|not found)$'
check "the summary on stdout names the directory" printed '^results +out$'
check "the summary on stdout has the relaxation at the end" printed '^relaxed +-?[0-9]+\.[0-9]+ eV, the lowest of [0-9]+ minima from [0-9]+ structures; [0-9]+ force calls$'
check "stdout has nothing else" value_is "$(wc -l <stdout)" 5
check "each step says one line on stderr" value_is "$(grep -c ' s\( \|$\)' stderr)" 13
check "the log has what was printed" same stderr out/log.txt
check "a step's line has iteration, temperature, evaluations, best energy, seconds and figures" \
    said '^train +2/2 .*temperature 0\.02 .*evaluations [0-9]+ .*best_energy [0-9.]+ .* s .*loss '
check "no control characters where there is no terminal" lacks "$(printf '\033|\r')" stderr

for file in pipeline.yaml run.h5 metrics.jsonl summary.json history.jsonl log.txt best.extxyz archive.extxyz \
    model.h5 minima.extxyz best-relaxed.extxyz; do
    check "the run leaves $file" test -s "out/$file"
done
check "the run leaves nothing else" value_is "$(find out -mindepth 1 ! -name .lock | wc -l)" 11
for file in run.h5 model.h5; do
    check "$file is HDF5" value_is "$(head -c 4 "out/$file" | tail -c 3)" HDF
done

check "metrics.jsonl has a line for every step" value_is "$(wc -l <out/metrics.jsonl)" 13
for key in step iteration temperature evaluations best_energy seconds; do
    check "every line of metrics.jsonl has $key" value_is "$(json --lines out/metrics.jsonl $key | wc -l)" 13
done
check "metrics.jsonl has the steps in their order" value_is "$(json --lines out/metrics.jsonl step | tr -d '"' | tr '\n' ' ')" \
    "seed evaluate anneal reweight train sample evaluate-2 anneal reweight train sample evaluate-2 minima "

check "summary.json has the minima" value_is "$(json out/summary.json relaxation minima)" "$(grep -c met= out/minima.extxyz)"
met=$(grep -o 'met=[0-9]*' out/minima.extxyz | awk -F= '{ sum += $2 } END { print sum }')
check "every structure that has converged is in one minimum" test "$met" -ge "$(json out/summary.json relaxation converged)"
check "no more structures are in minima than the archive has" test "$met" -le "$(grep -c energy= out/archive.extxyz)"
check "the relaxation does not count as evaluations" value_is "$(json out/summary.json evaluations)" "$(json --lines out/metrics.jsonl evaluations | tail -n 2 | head -n 1)"
check "the lowest of them is in the summary" value_is "$(json out/summary.json relaxation lowest_minimum)" "$(grep -o ' energy=[^ ]*' out/minima.extxyz | head -n 1 | cut -d= -f2)"
cp -r out unfinished
sed -i 's/"lowest_minimum":.*/"lowest_minimum": 99.5,/' unfinished/summary.json
godiff run tiny.yaml --out unfinished --resume
check "a lowest energy that is no minimum is not called one" \
    printed '^relaxed +-?[0-9.]+ eV, of a structure that did not converge; 99\.500000 eV, the lowest of [0-9]+ minima from'
godiff run tiny.yaml --set minima.steps=0 --set minima.fmax=0 --out still
check "without minima the summary on stdout says that none has converged" \
    printed '^relaxed +none of [0-9]+ structures converged; the lowest energy is -?[0-9]+\.[0-9]+ eV; [0-9]+ force calls$'
godiff run tiny.yaml --set 'target={energy: 1000, within: 1}' --out passed --quiet
below="the best energy, [0-9.]+ eV, is below the target's window, which ends at 999\.000000 eV: lower is no hit"
check "an energy below the target's window is warned of at once, and at the end" \
    value_is "$(grep -Ec "^warning: (evaluate: )?$below" stderr) $(grep -Ec "^warning: $below" stderr)" "2 1"
check "the log has both" value_is "$(grep -Ec "$below" passed/log.txt)" 2
godiff run tiny.yaml --set 'target={energy: 5.5, within: 1000}' --out hit --quiet
check "an energy in the window is not" lacks 'below the target' stderr
godiff run tiny.yaml --set minima.count=0 --out off --quiet
check "without it the archive is the same" same out/archive.extxyz off/archive.extxyz
check "without it there are no minima" missing off/minima.extxyz
check "it can be turned off in pipeline.yaml" grep -q 'count: 0' off/pipeline.yaml
check "summary.json has the name" value_is "$(json out/summary.json name)" '"tiny"'
check "summary.json has the seed" value_is "$(json out/summary.json seed)" 0
check "summary.json has the status" value_is "$(json out/summary.json status)" '"finished"'
check "summary.json has the device" value_is "$(json out/summary.json device)" '"cpu"'
check "summary.json has the precision" value_is "$(json out/summary.json precision)" '"float32"'
for key in evaluations best_energy threads version "target found" "target evaluation" "seconds total" "seconds by_step"; do
    # shellcheck disable=SC2086 # a path of keys
    check "summary.json has $key" json out/summary.json $key >/dev/null
done

check "summary.json has the formula" value_is "$(json out/summary.json formula)" '"Pt10"'
check "summary.json has the command line" value_is "$(json out/summary.json command)" "\"$GODIFF run tiny.yaml --out out\""
check "summary.json has the evaluation of the best structure" \
    grep -q "evaluation=$(json out/summary.json best_evaluation)\$" out/best.extxyz
check "summary.json counts what was accepted" value_is "$(json out/summary.json accepted)" "$(grep -c pbc= out/archive.extxyz)"

# What is reported agrees with what is written.
evaluations=$(json out/summary.json evaluations)
check "stdout and summary.json agree on the evaluations" grep -Eq "^evaluations +$evaluations\$" said-at-the-end
check "archive.extxyz has no more structures than were evaluated" test "$(grep -c Lattice out/archive.extxyz)" -le "$evaluations"
lowest=$(grep -o 'energy=[^ ]*' out/archive.extxyz | cut -d= -f2 | sort -g | head -n 1)
check "best.extxyz is the lowest of archive.extxyz" grep -q "energy=$lowest" out/best.extxyz

# The pipeline as it ran is a pipeline that gives the same run.
godiff run out/pipeline.yaml --out again --quiet
check "pipeline.yaml runs again" exited 0
check "pipeline.yaml gives the same archive" same out/archive.extxyz again/archive.extxyz
check "pipeline.yaml gives the same model" same out/model.h5 again/model.h5
check "pipeline.yaml gives itself" same out/pipeline.yaml again/pipeline.yaml
check "--quiet says nothing on stderr" silent stderr

# Overrides and seeds.
godiff run tiny.yaml --out seeded --quiet --seed 7
check "--seed is in summary.json" value_is "$(json seeded/summary.json seed)" 7
godiff run tiny.yaml --out set --quiet --set seed=7
check "--seed N is --set seed=N" same seeded/archive.extxyz set/archive.extxyz
check "another seed gives another run" test "$(cksum <out/archive.extxyz)" != "$(cksum <seeded/archive.extxyz)"
godiff run tiny.yaml --out more --quiet --set train.steps=5 --set sample.count=3 --set model.painn.features=12
check "overrides by path are accepted" exited 0
check "overrides are in pipeline.yaml" grep -Eq 'features: 12' more/pipeline.yaml
godiff run tiny.yaml --quiet
check "without --out the results go to runs/NAME-SEED" test -s runs/tiny-0/summary.json

# The same bits whatever the number of threads.
godiff run tiny.yaml --out one --quiet --threads 1
godiff run tiny.yaml --out two --quiet --threads 2
godiff run tiny.yaml --out five --quiet --threads 5
for file in run.h5 model.h5 archive.extxyz best.extxyz; do
    check "$file is the same with 1 and 2 threads" same "one/$file" "two/$file"
    check "$file is the same with 1 and 5 threads" same "one/$file" "five/$file"
done

# A run that is there is not run over; a finished one is not run again.
before=$(cksum out/*)
godiff run tiny.yaml --out out
check "a directory with a run is refused" exited 2
godiff run tiny.yaml --out out --resume
check "resuming a finished run ends with 0" exited 0
check "a finished run keeps its results" same out/archive.extxyz again/archive.extxyz
check "a refused run left everything as it was" \
    value_is "$(echo "$before" | grep -v 'summary.json\|log.txt')" "$(cksum out/* | grep -v 'summary.json\|log.txt')"

# What went in, with its checksums.
sum() { sha256sum <"$1" | cut -d' ' -f1; }
printf '%s\n' slab 1.0 '5.5 0 0' '0 5.5 0' '0 0 14' Pt 2 Cartesian '0 0 1' '2.75 2.75 1' >slab.vasp
sed -e 's/template: .*/template: {file: slab.vasp}/' -e 's/times: 2/times: 1/' tiny.yaml >inputs.yaml
godiff run inputs.yaml --out inputs --quiet
check "a run with a file as template ends with 0" exited 0
check "summary.json has the pipeline" value_is "$(json inputs/summary.json inputs 0 sha256)" "\"$(sum inputs.yaml)\""
check "and the template" value_is "$(json inputs/summary.json inputs 1 use) $(json inputs/summary.json inputs 1 sha256)" \
    "\"system.template.file\" \"$(sum slab.vasp)\""
check "and the processor" json inputs/summary.json processor >/dev/null

# check and graph.
godiff check tiny.yaml
check "check ends with 0" exited 0
check "check says how many steps there are" printed '^tiny\.yaml: ok, 13 steps'
check "check says nothing on stderr" silent stderr
godiff graph tiny.yaml
check "graph ends with 0" exited 0
check "graph is DOT" printed '^digraph'
check "graph has the steps" printed 'reweight'

godiff run "$here/tiny.yaml" --out single --threads 1 --set minima.count=1 --set minima.fmax=1000
check "a single structure is relaxed into a single minimum" printed '^relaxed +-?[0-9]+\.[0-9]+ eV, the lowest of 1 minimum from 1 structure; 1 force call$'

finish
