# Includes by layer: the arrows of docs/architecture.md.  Give it every .c and .h of hub/ and
# include/; it prints FILE:LINE and what to do.
BEGIN {
    may["base"] = "base"
    may["core"] = "core"
    may["ledger"] = "base core ledger"
    may["store"] = "base core store"
    may["net"] = "base net"
    may["work"] = "base work"
    may["app"] = "base core ledger store net work app"
    may["client"] = "base core ledger client"
    may["cli"] = "base core ledger store client cli"
    # core is pure: of base only what is pure.
    core_base = " err.h str.h mem.h id.h crypt.h "
    # Each library stays behind one folder, some behind one file.
    owner["jansson.h"] = "base/json"
    owner["sodium.h"] = "base/crypt base/crypt_b64 base/crypt_tag base/crypt_text base/keyfile"
    owner["libwebsockets.h"] = "net client"
    owner["openssl"] = "net"
    owner["libpq-fe.h"] = "store"
    owner["uv.h"] = "work"
    owner["pthread.h"] = "work"
    owner["curl"] = "work"
    owner["ini.h"] = "app/config"
    owner["uthash.h"] = "base core app"
    owner["utlist.h"] = "base core app"
}
function has(list, word) { return index(" " list " ", " " word " ") > 0 }
function tell(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}
FNR == 1 {
    split(FILENAME, path, "/")
    layer = path[1] == "hub" ? path[2] : path[1]
    module = path[2] "/" path[3]
    sub(/\.[ch]$/, "", module)
    own = module ".h"
    if (FILENAME !~ /\.c$/ || (getline line < ("hub/" own)) < 0)
        own = ""
    else
        close("hub/" own)
    first = 1
}
/^#[ \t]*include[ \t]+"/ {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*/, "", name)
    inner = own # a module in several files has an inner header, which begins with its own
    sub(/\.h$/, "_", inner)
    if (first && own != "" && name != own && index(name, inner) != 1)
        tell("include \"" own "\" first: a header must stand alone")
    first = 0
    n = split(name, part, "/")
    if (n != 2)
        tell("write \"folder/file.h\" instead of \"" name "\"")
    else if (layer == "core" && part[1] == "base") {
        if (!has(core_base, part[2]))
            tell("core is pure: of base it may include only" core_base "- pass the result in")
    } else if (layer == "include")
        tell("include/posko must stand alone, without hub/")
    else if (!has(may[layer], part[1]))
        tell(layer " may include " may[layer] " and not " part[1] ": turn the arrow round")
}
/^#[ \t]*include[ \t]+</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*/, "", name)
    if (first && own != "")
        tell("include \"" own "\" first: a header must stand alone")
    first = 0
    key = name
    if (!(key in owner))
        sub(/\/.*/, "", key)
    if ((key in owner) && !has(owner[key], layer) && !has(owner[key], module))
        tell("<" name "> belongs to " owner[key] " alone: ask that module")
}
END { exit bad }
