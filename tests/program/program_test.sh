#!/usr/bin/env bash
# The program as a person at a terminal meets it: its words, its exit status, its help, and that
# the commands the README shows do what it says.
#
#   program_test.sh PROGRAM SOURCE_DIR
set -euo pipefail

program=$1
cd "$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "program_test: $*" >&2
    exit 1
}

expect() {  # expect STATUS PATTERN ARGUMENT...: what is printed matches the extended expression
    local status=$1 pattern=$2 seen=0
    shift 2
    "$program" "$@" >"$work/out" 2>&1 </dev/null || seen=$?
    [ "$seen" = "$status" ] || fail "$* ends with $seen, not $status: $(cat "$work/out")"
    [[ $(cat "$work/out") =~ $pattern ]] || fail "$* prints: $(cat "$work/out")"
}

fits() {  # fits FILE: no line of it is longer than a terminal; text is UTF-8, a column a character
    local line
    while IFS= read -r line; do
        line=$(LC_ALL=C sed 's/[\x80-\xBF]//g' <<<"$line")
        [ ${#line} -le 80 ] || fail "longer than 80 columns: $line"
    done <"$1"
}

# Usage.
expect 0 '^wavetank [0-9.]+ ' --version
expect 2 'Subcommands:' # nothing at all
expect 2 '"fly" is not expected here' fly
expect 2 '--filename is required' run
expect 2 '--bogus' run -f examples/tutorial --bogus
expect 2 '"-1" is not a whole number' run -f examples/tutorial --seed -1
expect 2 'not a positive duration' run -f examples/tutorial --duration 5
expect 2 'POD\|ROUTE is required' explain -f examples/tutorial
expect 2 'not a duration' explain adder -f examples/tutorial --at -1s
expect 2 'not a duration' fit -f examples/tutorial --at 5
expect 2 'xml not in \{text,json,yaml\}' run -f examples/tutorial -o xml
for command in '' run compare export explain fit validate serve 'serve adder' 'serve image' completion \
    version; do
    expect 0 'Usage: wavetank' $command --help
    fits "$work/out"
done

# Configurations of the scheduler.
cat >"$work/scheduler.yaml" <<'END'
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 200
profiles:
  - pluginConfig:
      - name: InterPodAffinity
        args:
          hardPodAffinityWeight: 101
END
expect 1 'scheduler.yaml:8:[0-9]+: profiles\[0\].pluginConfig\[0\].args.hardPodAffinityWeight: Invalid' \
    run -f examples/tutorial --scheduler-config "$work/scheduler.yaml"
expect 1 'scheduler.yaml:3:[0-9]+: percentageOfNodesToScore: Invalid value: 200' \
    validate -f "$work/scheduler.yaml"
expect 1 'a Node is no KubeSchedulerConfiguration' \
    run -f examples/tutorial --scheduler-config examples/placement/cluster.yaml
expect 0 '"more": [1-9]' fit -f examples/tutorial -o json

expect 2 '--vary is required' compare -f examples/tutorial
expect 1 'has no whole number of replicas' compare -f examples/tutorial --vary replicas=x

# Input.
mkdir "$work/folder" "$work/folder/inner"
cp examples/tutorial/*.yaml "$work/folder/inner"
: >"$work/empty.yaml"
head -c 4096 "$program" >"$work/binary.yaml"
expect 1 'the path "none.yaml" does not exist' run -f none.yaml
expect 1 'there is no manifest in .*-R reads' validate -f "$work/folder"
expect 0 '^9 objects are valid' validate -R -f "$work/folder"
expect 1 'there is no object in ' run -f "$work/empty.yaml"
expect 1 'there is no object in standard input' validate -f -
expect 1 'binary.yaml:[0-9]+:[0-9]+: ' run -f "$work/binary.yaml"
expect 1 'port_zero.yaml:10:5: .*spec.ports\[0\].port: ' validate -f tests/corpus/broken/port_zero.yaml
"$program" validate -f - <examples/tutorial/addition-service.yaml | grep -q '^1 object is valid' ||
    fail "does not read standard input"

expect 1 'there is no pod whose name begins with \"nobody\" in namespace default' \
    explain nobody -f examples/tutorial

expect 1 'no Service \"nobody\" with a port 80, seen from namespace default' \
    explain nobody/path -f examples/tutorial
expect 0 'Policy  *none: one attempt' explain addition-service-svc/ -f examples/tutorial
expect 2 'is not of the form name:value' explain addition-service-svc/ -f examples/tutorial -H x

# Output.
if [ -e /dev/full ] && "$program" version >/dev/full 2>"$work/out"; then
    fail "does not mind a full disk"
fi
: >"$work/file"
expect 1 'file/a cannot be written: Not a directory' \
    export -f examples/tutorial/addition-service.yaml -o "$work/file/a"

# Interrupted, it prints what it has.
"$program" run -f examples/tutorial/addition-deployment.yaml -f examples/tutorial/addition-service.yaml \
    --duration 100000h >"$work/out" 2>"$work/err" &
pid=$!
handlers=0x4002  # the bits of INT and TERM
# Before it is the program, it is this shell, which catches them for its own sake.
until [ "/proc/$pid/exe" -ef "$program" ] &&
    caught=0x$(sed -n 's/^SigCgt:\s*//p' "/proc/$pid/status") && (((caught & handlers) == handlers)); do
    kill -0 "$pid" || fail "ends before it is interrupted: $(cat "$work/err")"
done
kill -INT "$pid"
wait "$pid" || fail "ends with $? when interrupted"
grep -q '(interrupted)$' "$work/out" || fail "interrupted, it prints: $(cat "$work/out")"
[ ! -s "$work/err" ] || fail "draws its progress into a file: $(cat "$work/err")"

# Completion.
source <("$program" completion bash)
completes() {  # completes EXPECTED WORD...
    local expected=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _wavetank
    [ "${COMPREPLY[*]}" = "$expected" ] || fail "$* is completed by: ${COMPREPLY[*]}"
}
completes 'run' wavetank r
completes '--duration' wavetank run --d
completes 'text json yaml' wavetank run -o ''
completes 'random-number adder image' wavetank serve ''
completes '--port' wavetank serve adder --p

# The README's commands, with this program in the place of scripts/wavetank.
count=0
while read -r arguments; do
    count=$((count + 1))
    arguments=${arguments//build\/live/$work/live}
    case $arguments in
        "") arguments="run -f examples/tutorial" ;;
        serve*)
            coproc server { exec "$program" ${arguments/8080/0}; }
            pid=$server_PID
            read -r -t 20 line <&"${server[0]}" || fail "$arguments does not say where it listens"
            kill -TERM "$pid"
            wait "$pid" || fail "$arguments ends with $?"
            continue
            ;;
    esac
    "$program" $arguments >"$work/out" 2>&1 || fail "$arguments: $(cat "$work/out")"
    case $arguments in
        *json) ;;
        *) fits "$work/out" ;;
    esac
done < <(sed -n '/^```sh$/,/^```$/s|^scripts/wavetank *\([^#]*\).*|\1|p' README.md)
[ "$count" -ge 5 ] || fail "the README shows $count commands"
