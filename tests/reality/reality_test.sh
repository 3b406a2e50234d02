#!/usr/bin/env bash
# `scripts/reality` in short and without a proxy: it prints a table whose figures can be, and leaves
# nothing behind. Whether they agree is not asked: in three seconds of a busy machine, chance decides.
#
#   reality_test.sh SOURCE_DIR BUILD_DIR
set -euo pipefail

fail() {
    echo "reality_test: $*" >&2
    exit 1
}

TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

output=$("$1/scripts/reality" --direct --seconds 1 --programs "$2") || fail "ends with $?: $output"
lines=$(grep -c '^Direct  *0\.\(50\|70\|85\) .*\(met\|MISSED\)$' <<<"$output") || fail "$output"
[ "$lines" = 3 ] || fail "has $lines lines: $output"
# No request takes no time, percentiles grow, and both sides see the same millisecond, if not much more.
tr % ' ' <<<"$output" | awk '/^Direct +0/ {
    if (!($3 > 0.1 && $3 <= $6 && $6 <= $9 && $4 > 0.1 && $4 <= $7 && $7 <= $10)) exit 1
    if ($3 > 50 * $4 || $4 > 50 * $3) exit 1
}' || fail "the figures cannot be: $output"
! grep -q 'failed' <<<"${output#*nothing failed}" || fail "requests fail: $output"
[ -z "$(ls -A "$TMPDIR")" ] || fail "leaves files behind: $(ls "$TMPDIR")"

if "$1/scripts/reality" --bogus 2>"$TMPDIR/usage" || ! grep -q '^usage: scripts/reality' "$TMPDIR/usage"; then
    fail "takes any argument"
fi
! "$1/scripts/reality" --direct --seconds 1.5 2>/dev/null || fail "takes part of a second"

# Interrupted, it takes its replicas with it. They are of its process group, which is its own.
setsid "$1/scripts/reality" --direct --programs "$2" >"$TMPDIR/out" 2>&1 &
pid=$!
until grep -q 'p50' "$TMPDIR/out"; do
    kill -0 "$pid" 2>/dev/null || fail "ends before it is interrupted: $(cat "$TMPDIR/out")"
done
kill -TERM "$pid"
wait "$pid" && fail "succeeds although it was told to end"
[ "$(ls "$TMPDIR" | grep -cv -e out -e usage)" = 0 ] || fail "leaves files behind: $(ls "$TMPDIR")"
! kill -0 -- "-$pid" 2>/dev/null || fail "leaves processes behind"
