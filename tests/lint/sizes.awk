# Sizes: functions up to 70 lines, files 500.  A function is what stands between `{` and `}` in the
# first column.  Lines over 100 columns are the caller's part: awk here counts bytes.
function tell(line, text) {
    printf "%s:%d: %s\n", FILENAME, line, text
    bad = 1
}
FNR == 1 {
    start = 0
    told = 0
}
/^\{/ { start = FNR }
/^\}/ {
    if (start && FNR - start - 1 > 70)
        tell(start, "the function has " FNR - start - 1 " lines, over 70: give a part of it a name")
    start = 0
}
FNR == 501 && !told {
    tell(501, "the file has over 500 lines: it is two modules")
    told = 1
}
END { exit bad }
