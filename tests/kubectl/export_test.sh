#!/usr/bin/env bash
# A real kubectl reads what `wavetank export` writes, and finds in it what it finds in the input:
# object by object, file by file, through kustomize, and from standard output. No cluster is asked.
#
#   export_test.sh PROGRAM SOURCE_DIR
#
# KUBECTL names the kubectl to take; else it is the newest on the PATH, and without any the test is
# skipped (status 77).
set -euo pipefail

program=$1
source_dir=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/kubeconfig"
export HOME=$work KUBECONFIG=$work/kubeconfig  # nobody's own settings

fail() {
    echo "export_test: $*" >&2
    exit 1
}

newest_kubectl() {
    local path version
    type -aP kubectl | while read -r path; do
        version=$("$path" version --client -o json | sed -n 's/.*"gitVersion": "v\([^"]*\)".*/\1/p')
        echo "$version $path"
    done | sort -V | tail -n 1 | cut -d ' ' -f 2
}

kubectl=${KUBECTL:-$(newest_kubectl)}
if [ -z "$kubectl" ]; then
    echo "skipped: there is no kubectl; scripts/setup --test installs one"
    exit 77
fi

offline() {  # offline ARGUMENT...: kubectl without a cluster to talk to
    "$kubectl" --kubeconfig "$work/kubeconfig" --cache-dir "$work/cache" "$@"
}

# A line an object, sorted: its JSON with sorted keys, as kubectl understands it. The kinds of
# wavetank.dev are for the simulator alone.
meaning() {  # meaning FILE...
    local file
    for file; do
        offline label --local -f "$file" -o 'jsonpath={@}{"\n"}' read-by=kubectl
    done | grep -v '^{"apiVersion":"wavetank.dev/' | sort
}

same() {  # same WHAT EXPECTED ACTUAL
    diff "$2" "$3" >&2 || fail "$1 does not mean the same as its input"
}

check() {  # check INPUT [EXPECTED]: the export of INPUT means what EXPECTED does (default: INPUT)
    local input=$1 expected=${2:-$1} out=$work/$((++count))
    meaning "$expected" >"$out.expected"
    [ -s "$out.expected" ] || fail "kubectl finds nothing in $expected"

    "$program" export -f "$input" -o "$out" >/dev/null
    local files=("$out"/*.yaml)
    [ ${#files[@]} = $(($(wc -l <"$out.expected") + 1)) ] || fail "not a file an object: ${files[*]}"
    meaning $(printf '%s\n' "${files[@]}" | grep -v /kustomization.yaml) >"$out.files"
    same "$input, file by file," "$out.expected" "$out.files"

    offline kustomize "$out" >"$out.built.yaml"
    meaning "$out.built.yaml" >"$out.kustomized"
    same "$input, built by kustomize," "$out.expected" "$out.kustomized"

    "$program" export -f - <"$(single_file "$input")" >"$out.stdout.yaml"
    meaning "$out.stdout.yaml" >"$out.streamed"
    same "$input, on standard output," "$out.expected" "$out.streamed"

    "$program" export -f "$out" -o "$out.again" >/dev/null
    sort -o "$out/kustomization.yaml" "$out/kustomization.yaml"  # lists files in the order read
    sort -o "$out.again/kustomization.yaml" "$out.again/kustomization.yaml"
    diff -r "$out" "$out.again" >&2 || fail "$input, exported twice, is not the same"
}

single_file() {  # single_file PATH: PATH, or all manifests of the folder PATH in one file
    if [ ! -d "$1" ]; then
        echo "$1"
        return
    fi
    local file
    for file in "$1"/*.yaml; do
        echo ---
        cat "$file"
    done >"$work/single.yaml"
    echo "$work/single.yaml"
}

count=0
check "$source_dir/examples/tutorial"
for input in "$source_dir"/tests/kubectl/manifests/*; do
    case $input in
        *.expected.yaml) ;;
        *) expected=${input%.yaml}.expected.yaml
           [ -e "$expected" ] || expected=$input
           check "$input" "$expected" ;;
    esac
done
echo "$count exports read by $("$kubectl" version --client -o json | grep gitVersion)"
