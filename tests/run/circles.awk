# Circles between files, from the symbols of object files (`nm -A -P -g`): one line per circle, "FOLDER: FILE FILE ...",
# sorted; and one line "FOLDER FOLDER ..." for a circle between folders. FOLDER is that of the CMake target.

function folder_of(object) { return substr(object, 1, index(object, "/CMakeFiles/") - 1) }

function file_of(object) {
    sub(/.*\/CMakeFiles\/[^\/]*\//, "", object)
    sub(/\.[a-z]+\.o:$/, "", object)
    return object
}

# close_over(LINKED, ITEMS, COUNT): LINKED[a, b] becomes 1 for all b that a leads to.
function close_over(linked, items, count,    k, i, j) {
    for (k = 1; k <= count; k++)
        for (i = 1; i <= count; i++)
            if ((items[i], items[k]) in linked)
                for (j = 1; j <= count; j++)
                    if ((items[k], items[j]) in linked)
                        linked[items[i], items[j]] = 1
}

# Prints every set of items that lead to each other, after PREFIX.
function print_circles(linked, items, count, prefix,    i, j, line, seen) {
    for (i = 1; i <= count; i++) {
        if (!((items[i], items[i]) in linked) || (items[i] in seen))
            continue
        line = prefix
        for (j = i; j <= count; j++)
            if ((items[i], items[j]) in linked && (items[j], items[i]) in linked) {
                line = line " " items[j]
                seen[items[j]] = 1
            }
        print line
    }
}

# Puts the members of a space-separated list into ITEMS in their order; returns how many.
function sort_items(list, items,    count, i, j, item) {
    count = split(list, items, " ")
    for (i = 2; i <= count; i++)
        for (j = i; j > 1 && items[j - 1] > items[j]; j--) {
            item = items[j]
            items[j] = items[j - 1]
            items[j - 1] = item
        }
    return count
}

$3 ~ /^[Uwv]$/ { uses[++used] = $1 " " $2; next }
{ defined[$2] = $1 }
{ objects[$1] }

END {
    for (k = 1; k <= used; k++) {
        split(uses[k], use, " ")
        from = use[1]
        if (!(use[2] in defined) || defined[use[2]] == from)
            continue
        to = defined[use[2]]
        here = folder_of(from)
        there = folder_of(to)
        if (here == there)
            linked[here, file_of(from), file_of(to)] = 1
        else
            folders_linked[here, there] = 1
    }
    for (object in objects) {
        here = folder_of(object)
        if (!(here in files))
            folders = folders " " here
        if (!((here, file_of(object)) in known)) # a file may be compiled more than once
            files[here] = files[here] " " file_of(object)
        known[here, file_of(object)] = 1
    }
    folder_count = sort_items(folders, folder)
    for (k = 1; k <= folder_count; k++) {
        count = sort_items(files[folder[k]], items)
        split("", inside)
        for (i = 1; i <= count; i++)
            for (j = 1; j <= count; j++)
                if ((folder[k], items[i], items[j]) in linked)
                    inside[items[i], items[j]] = 1
        close_over(inside, items, count)
        print_circles(inside, items, count, folder[k] ":")
    }
    close_over(folders_linked, folder, folder_count)
    print_circles(folders_linked, folder, folder_count, "folders:")
}
