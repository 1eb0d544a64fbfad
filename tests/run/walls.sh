# Dependencies between folders point one way: an include against it does not compile.
. "$(dirname "$0")/lib.sh"

engine="engine/run engine/language engine/base"

# What each folder may include, as docs/architecture.md draws it.
allowed() {
    case $1 in
    engine/base) echo engine/base ;;
    engine/language) echo engine/language engine/base ;;
    engine/run) echo $engine ;;
    atoms) echo atoms $engine ;;
    potentials) echo potentials atoms $engine ;;
    model) echo model atoms $engine ;;
    stages) echo stages model potentials atoms $engine ;;
    lua) echo lua stages model potentials atoms $engine ;;
    statistics) echo statistics engine/base ;;
    sweep) echo sweep statistics $engine ;;
    report) echo report sweep statistics atoms $engine ;;
    esac
}

# commands FOLDER: the compiler's own lines for the files of a folder, not for the tests.
commands() { grep '"command"' "$BUILD/compile_commands.json" | grep -v -e ' -o tests/' | grep -e "-c $SOURCE/$1/"; }

# include_flags FOLDER: where the compiler looks for the headers of its files.
include_flags() { commands "$1" | head -n 1 | grep -oE -e '(-I|-isystem )[^ ]+'; }

# compiles FOLDER HEADER: whether a file of the folder that includes this header compiles.
compiles() { echo "#include \"$2\"" | "$CC" $(include_flags "$1") -E -x c - >"$work/stdout" 2>"$work/stderr"; }
refuses() { ! compiles "$@"; }

# No file of the folder sees the root of the sources.
closed() { ! commands "$1" | grep -q -e "-I$SOURCE "; }

folders="$engine atoms potentials model stages lua statistics sweep report"
for from in $folders; do
    check "$from sees no more than it is given" closed "$from"
    for to in $folders cli cuda; do
        set -- "$SOURCE/$to"/*.h
        header=$to/${1##*/}
        case " $(allowed "$from") " in
        *" $to "*) check "$from may include $to" compiles "$from" "$header" ;;
        *) check "$from cannot include $to" refuses "$from" "$header" ;;
        esac
    done
done
# A name is of one struct, union or enum, wherever it is defined.
git -C "$SOURCE" ls-files '*.[ch]' '*.cu' 2>/dev/null | grep -v '^tests/' >sources ||
    (cd "$SOURCE" && find engine atoms potentials model stages lua statistics sweep report cli cuda include -name '*.[ch]') >sources
(cd "$SOURCE" && xargs sed -nE 's/^(struct|union|enum) (gd_[a-z0-9_]+) \{.*/\2/p' <"$work/sources") | sort >names
check "the sources have names" test "$(wc -l <names)" -gt 100
uniq -d names >twice
check "no name is of two$(sed 's/^/ /' twice | tr -d '\n')" silent twice
finish
