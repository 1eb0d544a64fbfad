# godiff report: a page that needs nothing else, for sweeps, runs and folders of runs, looked at by a browser.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
cat >grid.yaml <<'END'
sweep:
  base: tiny.yaml
  variants:
    plain: {}
    "a<b>&\"c": {with: {train.steps: 2}}
  seeds: 0..2
END
"$GODIFF" sweep grid.yaml --jobs 2 --out sweep --quiet >/dev/null 2>&1

# figures PAGE: how many, and how many of them have neither a curve nor a structure.
figures() { grep -o '<figure' "$1" | wc -l; }
empty_figures() { tr -d '\n' <"$1" | sed 's/<figure/\n<figure/g' | grep '^<figure' | grep -vcE 'class="l c[0-9]" d="M|<circle cx|fill-opacity="[0-9.]*" d="M'; }

godiff report sweep
check "a sweep: exit code 0" exited 0
check "the page is report.html in its folder" printed '^sweep/report.html$'
page=sweep/report.html
check "it says how many runs there are" grep -q '6 runs finished, 0 unfinished, 0 failed' $page
godiff report sweep/runs/plain/0
check "and of a single one" grep -q '1 run finished, 0 unfinished, 0 failed' sweep/runs/plain/0/report.html
mv sweep/runs/plain/0/archive.extxyz kept.extxyz
godiff report sweep/runs/plain/0
check "an archive that is missing is warned of" said '^sweep/runs/plain/0: archive\.extxyz is missing'
"$GODIFF" run sweep/runs/plain/0/pipeline.yaml --out sweep/runs/plain/0 --resume --quiet >/dev/null 2>&1
check "and written again by --resume" same sweep/runs/plain/0/archive.extxyz kept.extxyz
check "it has figures" test "$(figures $page)" -gt 10
check "none is empty" value_is "$(empty_figures $page)" 0
check "it needs no network" lacks '(src|href)="?(https?:)?//|@import|url\(|fetch\(|XMLHttpRequest' $page
check "it is small" test "$(wc -c <$page)" -lt 2000000
check "names are escaped" lacks 'a<b>' $page
check "and there" grep -q 'a&lt;b&gt;&amp;&quot;c' $page
check "what differs is said" grep -q '<span class="add">+ *steps: 2' $page
check "the commands are said" grep -q '^godiff run .*--set train.steps=2' $page
check "times are without powers of ten" lacks 'e-[0-9]+ s<' $page
check "those that are short too" grep -q '</svg> &lt; 0.001 s</td>' $page
check "it leads to the runs" grep -q '<a href="runs/plain/0/">' $page
for id in surface-1 histogram-1 success best-energy energies buffer loss rate effective rejected structure-1; do
    check "it has the figure $id" grep -q "<figure id=\"$id\"" $page
done

# csv ID: the data of a figure.
csv() { sed -n "/<figure id=\"$1\"/,/<\/figure>/p" $page | sed -n '/class="data"/,/<\/template>/p' | sed 's/&quot;/"/g'; }
csv surface-1 >map
check "every structure has its cell: four edges of a slab" value_is \
    "$(sed -n 's/.*id="structure-1".*data-cell="\([^"]*\)".*/\1/p' $page | grep -o '\[\[' | wc -l)" 4
check "in numbers too" grep -q '<br>cell 5.544 × 5.544 × .* Å; 90°, 90°, 60°; periodic: T T F' $page
check "relaxed energies are those of the summaries" grep -q "<td>$(json $(find . -path '*plain/1/summary.json' | head -n 1) relaxation best_energy | cut -c1-6)" $page
check "the map has the buffers: 3 runs, 2 times 4 structures of 2 atoms" value_is "$(grep -c '^"temperature (eV)",' map)" 48
check "half of them at each temperature" value_is "$(grep '^"temperature' map | sed 's/.*,//' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" " 24 0.02; 24 5;"
csv histogram-1 | awk -F, '/^"share/ { sum[$2] += $4; n++ } END { for (x in sum) if (sum[x] < 0.999999 || sum[x] > 1.000001) bad = 1; exit bad || !n }'
check "the shares of a histogram add up to 1" test $? -eq 0

# The best structure is shown beside the minima where it is lower, as one that has not converged.
cp -r sweep/runs/plain/0 lower
sed -i -E 's/ energy=([^ ]*)/ energy=-99.5/' lower/best-relaxed.extxyz
godiff report lower
check "a lower structure that is no minimum is shown first" value_is \
    "$(grep -o '<figcaption>-\{0,1\}[0-9.]* eV' lower/report.html | head -n 1)" '<figcaption>-99.5000 eV'
check "as what it is" value_is "$(grep -c 'relaxed, but not to the end' lower/report.html)" 1
check "elsewhere the minima are the lowest" lacks 'relaxed, but not to the end' $page

# One atom: no structure is below the map, which has the least energy over the height, nor is the best one far above.
sed -e 's/add: Pt2/add: Pt/' tiny.yaml >one.yaml
"$GODIFF" run one.yaml --out one --quiet >/dev/null 2>&1
godiff report one --out one.html
page=one.html
csv surface-1 >map
page=sweep/report.html
lowest=$(sed -n 's/^"energy (eV)",.*,//p' map | sort -g | head -n 1)
check "the map is of the potential" awk -v map="$lowest" -v best="$(json one/summary.json best_energy)" 'BEGIN { exit !(map <= best + 0.01 && map > 0) }'

for thing in sweep/runs/plain/0 sweep/runs/plain; do
    godiff report $thing --out page.html
    check "$thing: exit code 0" exited 0
    check "$thing: it has figures" test "$(figures page.html)" -gt 8
    check "$thing: none is empty" value_is "$(empty_figures page.html)" 0
done
godiff report sweep sweep/runs/plain --out page.html
check "several folders: all variants" grep -q 'sweep: plain' page.html
check "all of them are in the title" grep -q '<title>sweep, sweep/runs/plain</title>' page.html
check "hits are those of the target" grep -q 'Runs that have hit the target' page.html
godiff report sweep/runs/plain/* sweep/runs/plain/* --out page.html --energy 25.5
check "of many folders the first, and how many more" grep -q '<h1>sweep/runs/plain/0, .*/1, .*/2, .*/0 and 2 more</h1>' page.html
check "other hits are called what they are" grep -q 'Runs that have reached 25.5 eV' page.html
check "below the table as well" grep -q 'a hit is an energy of at most 25.5 eV' page.html
godiff compare sweep --energy 25.5
check "as below that of compare" printed '^Costs are evaluations; a hit is an energy of at most 25.5 eV; restricted means are up to'
# Of a pipeline with an inner one, of another system, the page shows the search of the outer one.
sed 's/^steps:/&\n  - {pipeline: {file: one.yaml}, id: first}/' tiny.yaml >outer.yaml
"$GODIFF" run outer.yaml --out outer --quiet >/dev/null 2>&1
godiff report outer
page=outer/report.html
check "the inner pipeline evaluates too" grep -q 'first/evaluate' outer/metrics.jsonl
csv energies >points
check "a figure of steps: lowest and median of 3 evaluations" value_is "$(grep -c '^"' points)" 6
csv best-energy | awk -F, '/^"/ && $3 != "" && (!n++ || $3 > most) { most = $3 } END { printf "%.4f\n", most }' >most
check "the best energies begin with that of its first evaluation" value_is "$(cat most)" \
    "$(sed -n 's/^{"step":"evaluate",.*"best_energy":\([^,]*\),.*/\1/p' outer/metrics.jsonl | awk 'NR == 1 { printf "%.4f", $1 }')"
page=sweep/report.html

godiff report "$here"
check "a folder without runs: exit code 2" exited 2
godiff report sweep --over nothing
check "a figure that there is not: exit code 2" exited 2

for run in sweep/runs/plain/*; do : >"$run/minima.extxyz"; done
godiff report sweep
check "nothing is said of files without minima" silent stderr
cp -r sweep damaged
echo broken >damaged/runs/plain/0/summary.json
echo broken >damaged/runs/plain/1/minima.extxyz
godiff report damaged
check "damaged files: exit code 0" exited 0
check "a damaged summary is named" said 'damaged/runs/plain/0/summary.json: damaged'
check "a damaged file of structures is named" said 'damaged/runs/plain/1.*minima.extxyz'
check "the failed run is on the page" grep -q 'Failed runs' damaged/report.html
check "with its reason, outside of tables" grep -q '<li><b>plain</b>, seed 0, .*damaged summary.json' damaged/report.html
check "the others too" grep -q '5 runs finished, 0 unfinished, 1 failed' damaged/report.html

browser=
for name in chromium chromium-browser google-chrome; do
    command -v $name >/dev/null && browser=$name && break
done

# browse FILE: its document after the scripts have run, in dom, and what the browser says, in said.
browse() {
    HOME=$work timeout 120 $browser --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$work/profile" \
        --enable-logging=stderr --virtual-time-budget=5000 --dump-dom "file://$work/$1" >dom 2>said </dev/null
}

if [ -z "$browser" ]; then
    skip "the page in a browser" "no chromium"
elif ! { echo '<p>here' >plain.html && browse plain.html && grep -q here dom; }; then
    skip "the page in a browser" "$browser does not start here"
else
    browse $page
    check "the scripts end" grep -q 'data-ready="yes"' dom
    check "nothing is on the console" lacks CONSOLE said
    check "every structure has a canvas" value_is "$(grep -o '<canvas' dom | wc -l)" "$(grep -o 'class="view"' $page | wc -l)"
    check "every figure can be saved" value_is "$(grep -o '>SVG</button>' dom | wc -l)" "$(grep -o '<figure' $page | wc -l)"
    check "and its data" value_is "$(grep -o '>CSV</button>' dom | wc -l)" "$(grep -o 'class="data"' $page | wc -l)"

    # What the buttons save: into the document instead of files, each as BEGIN NAME, the text, END.
    sed 's|^<script>|<script>URL.createObjectURL = function (blob) { blob.text().then(function (text) { const pre = document.createElement("pre"); pre.textContent = "\\nBEGIN\\n" + text + "\\nDONE\\n"; document.body.append(pre); }); return "#"; }; window.addEventListener("load", function () { document.querySelectorAll("#success button, #loss button, #surface-1 button, #structure-1 button").forEach(function (button) { button.click(); }); });</script><script>|' $page >saving.html
    browse saving.html
    check "saving: nothing is on the console" lacks CONSOLE said
    sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g' dom | awk '/BEGIN$/ { n++; inside = 1; next } /^DONE$/ && inside { inside = 0 } inside { print > ("saved-" n) }'
    for k in 1 4 7 10; do
        check "saved figure $k is SVG" grep -q '^<svg .*xmlns="http://www.w3.org/2000/svg"' "saved-$k"
        check "saved figure $k has its colours" grep -q 'stroke="rgb(' "saved-$k"
    done
    for k in 5 8; do
        check "saved data $k are CSV" grep -q '^curve,x,y,low,high$' "saved-$k"
        check "saved data $k have the names" grep -q '^"a<b>&""c' "saved-$k"
    done
    check "saved data of a map are CSV" grep -q '^what,x,y,value$' saved-2
    godiff evaluate saved-11 --potential emt
    check "a saved structure can be evaluated" exited 0
    for k in 3 6 9; do
        check "saved script $k plots" grep -q '^s*plot ' "saved-$k"
        if command -v gnuplot >/dev/null; then
            gnuplot -e 'set terminal svg; set output "plotted.svg"' "saved-$k" >stdout 2>stderr
            check "gnuplot takes script $k" test -s plotted.svg -a ! -s stderr
        else
            skip "gnuplot takes script $k" "no gnuplot"
        fi
    done
    sed 's/"use strict";/"use strict"; nothing();/' $page >worse.html
    browse worse.html
    check "an error would be on the console" grep -q CONSOLE said
fi

finish
