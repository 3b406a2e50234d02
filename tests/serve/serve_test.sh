#!/usr/bin/env bash
# `wavetank serve` as a cluster meets it: it says where it listens, answers requests, probes and
# scrapers, and leaves with status 0 when it is told to end.
#
#   serve_test.sh PROGRAM
set -euo pipefail

program=$1

fail() {
    echo "serve_test: $*" >&2
    exit 1
}

start() {  # start SERVICE: sets `port` and `pid`
    local line
    coproc server { exec "$program" serve "$@"; }
    pid=$server_PID
    trap 'kill -KILL "$pid" 2>/dev/null || true' EXIT
    read -r -t 20 line <&"${server[0]}" || fail "$1 does not say where it listens"
    [[ $line =~ ^listening\ on\ 127\.0\.0\.1:([0-9]+)$ ]] || fail "$1 says: $line"
    port=${BASH_REMATCH[1]}
}

ask() {  # ask METHOD PATH [JSON]: prints the whole answer
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf '%s %s HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s' \
        "$1" "$2" "${#3}" "$3" >&9
    timeout 20 cat <&9
    exec 9>&-
}

expect() {  # expect PATTERN METHOD PATH [JSON]: the answer matches the extended regular expression
    local pattern=$1 answer
    shift
    answer=$(ask "$1" "$2" "${3:-}" | tr -d '\r')
    [[ $answer =~ $pattern ]] || fail "$*: $answer"
}

stop() {  # stop SIGNAL
    kill "-$1" "$pid"
    wait "$pid" || fail "leaves with status $? after SIG$1"
    trap - EXIT
}


start random-number
expect '^HTTP/1.1 200 OK.*[^0-9]([1-9]|[1-9][0-9]|100)$' GET /
expect '\{"number":"7"\}$' POST /wavetank.random.v1.RandomNumberService/Draw '{"low":7,"high":7}'
expect '^HTTP/1.1 400 .*"code":"invalid_argument"' \
    POST /wavetank.random.v1.RandomNumberService/Draw '{"low":8,"high":7}'
expect '^HTTP/1.1 200 .*ok$' GET /healthz
expect '^HTTP/1.1 200 .*ok$' GET /readyz
expect 'http_requests_total\{code="200"\} 2' GET /metrics
stop TERM

start adder --port 0
expect '^HTTP/1.1 200 OK.*[^0-9]42$' GET '/?a=40&b=2'
stop INT

model=$(mktemp)
cat >"$model" <<'YAML'
apiVersion: wavetank.dev/v1
kind: ServiceModel
metadata:
  name: sometimes
spec:
  image: sometimes
  work: uniform(1ms, 2ms)
  errorRate: 1
YAML
start image sometimes:2 -f "$model" --cpus 2
expect '^HTTP/1.1 500 ' GET /
expect 'http_requests_total\{code="500"\} 1' GET /metrics
stop TERM
rm "$model"

if "$program" serve image never -f /dev/null 2>/dev/null; then
    fail "serves an image that no manifest describes"
fi
if "$program" serve adder --address nowhere 2>/dev/null; then
    fail "listens at an address that is none"
fi
