# Reads the preprocessed text of <godiff/stage.h> and prints the functions and objects that godiff's own headers declare,
# one name per line. ROOT: the folder of the headers.
/^# [0-9]+ "/ {
    split($0, parts, "\"")
    own = index(parts[2], ROOT) == 1
    next
}
!own { next }
{
    count = split($0, characters, "")
    for (k = 1; k <= count; k++) {
        c = characters[k]
        if (c == "{") depth++
        else if (c == "}") { if (--depth == 0 && text ~ /static/) text = "" } # of a function, which no semicolon ends
        else if (depth > 0) continue
        else if (c == ";") { declare(text); text = "" }
        else text = text c
    }
    text = text " "
}
function declare(text) {
    if (text ~ /typedef|static/) return
    if (match(text, /gd_[a-z0-9_]+ *\(/) || (text ~ /extern/ && match(text, /gd[a-z]*_[a-z0-9_]+ *(\[[^]]*\])* *$/))) {
        name = substr(text, RSTART, RLENGTH)
        sub(/[^a-z0-9_].*/, "", name)
        if (name != "godiff_plugin") print name
    }
}
