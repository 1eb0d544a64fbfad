# tools/: checkpoints of AGeDi and GO-Diff become models.
. "$(dirname "$0")/lib.sh"

for python in python3 /usr/bin/python3 none; do
    why=$($python "$here/make_checkpoint.py" 2>&1) && break
done
if [ $python = none ]; then
    skip "conversion of checkpoints" "no h5py (python3-h5py)"
    finish
    exit
fi

convert() {
    $python "$SOURCE/tools/convert_checkpoint.py" "$@" >stdout 2>stderr
    code=$?
}

# refused FAULT MESSAGE: what is wrong with a checkpoint is said, and no file is written.
refused() {
    $python "$here/make_checkpoint.py" run/model.h5 "$1.ckpt" "$1"
    convert "$1.ckpt" "$1.h5"
    check "a checkpoint is refused: $1" exited 1
    check "the message says why: $1" said "^$1.ckpt: $2"
    check "no file is written: $1" missing "$1.h5"
}

godiff run "$here/tiny.yaml" --set 'model.painn.heads=[score, force]' --out run --quiet
check "a model is made" exited 0
godiff score run/model.h5 run/best.extxyz --time 0.3 --out expected.extxyz

for way in plain torch; do
    why=$($python "$here/make_checkpoint.py" run/model.h5 $way.ckpt $way code) || {
        skip "a checkpoint written by PyTorch" "$why"
        continue
    }
    convert $way.ckpt $way.h5 --output=-noise
    check "a checkpoint is converted ($way)" exited 0
    check "what is not converted is named ($way)" printed 'regressor_model.heads.0.net.0.weight'
    check "code in a checkpoint does not run ($way)" missing exploded
    check "every tensor is the same ($way)" $python "$here/make_checkpoint.py" --same run/model.h5 $way.h5
    check "the force head is converted ($way)" printed 'heads score force; not converted: 1 tensors'
    godiff score $way.h5 run/best.extxyz --time 0.3 --out scored.extxyz
    check "the model is the same, to the last bit ($way)" same scored.extxyz expected.extxyz
done

$python "$here/make_checkpoint.py" run/model.h5 apart.ckpt apart
convert apart.ckpt apart.h5 --output=-noise
check "a force head on another backbone is not taken over" printed 'heads score; not converted'
godiff score apart.h5 run/best.extxyz --time 0.3 --out scored.extxyz
check "the score is, to the last bit" same scored.extxyz expected.extxyz

convert plain.ckpt explicit.h5 --output score
convert plain.ckpt score.h5
check "the output is the score unless something else is said" same score.h5 explicit.h5
cat >use.yaml <<END
$(sed -n '1,/^steps:/p' "$here/tiny.yaml")
  - transfer: {from: score.h5}
  - sample: {count: 2, steps: 5}
END
godiff run use.yaml --set 'model.painn.heads=[score, force]' --out use --quiet
check "it is taken by transfer, and drawn from" exited 0
godiff verify use
check "the run's files are as it has left them" exited 0
godiff score score.h5 run/best.extxyz --time 0.3 --out expected.extxyz
godiff score use/model.h5 run/best.extxyz --time 0.3 --out scored.extxyz
check "the model of the run is the same" same scored.extxyz expected.extxyz
"$TOOLS/h5_spoil" score.h5 words /parameters output velocity
godiff score score.h5 run/best.extxyz --time 0.3
check "the file said what its output is" exited 2
check "an unknown output is refused" said "unknown output 'velocity' \(known: -noise, noise, score\)"

refused missing 'filter_net.bias is missing'
refused transposed 'filter_net.*has shape'
refused nan 'filter_net.bias has numbers that are not finite'
refused uneven 'radial_basis: not evenly spread'
refused unknown 'charges.weight is no tensor of this network'
refused nothing 'embedding.weight is missing'
echo text >text.ckpt
convert text.ckpt text.h5
check "a file that is no checkpoint is refused" said '^text.ckpt: no checkpoint of PyTorch'

finish
