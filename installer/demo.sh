#!/usr/bin/env bash
# A portal and a home on this machine, joined and playing: what `make demo` runs.
# Knobs: PORT (8080), MUSIC (a folder; without it a small library is made), DEMO_DIR (target/demo).
set -euo pipefail
cd "$(dirname "$0")/.."

PORT=${PORT:-8080}
DEMO_DIR=${DEMO_DIR:-target/demo}
EMAIL=demo@iroam.example
URL=http://localhost:$PORT
BIN=${CARGO_TARGET_DIR:-target}/debug
STOP_S=10     # how long a process may take to end by itself

portal_pid= agent_pid=
say() { printf 'demo: %s\n' "$*" >&2; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# Waits until a command holds, at most $1 seconds, and no longer than both processes live.
until_holds() {
  local deadline=$((SECONDS + $1)); shift
  until "$@"; do
    [ -z "$portal_pid" ] || alive "$portal_pid" || { tail -n 15 "$DEMO_DIR/portal.log" >&2; fail "the portal ended; its last lines are above."; }
    [ -z "$agent_pid" ] || alive "$agent_pid" || { tail -n 15 "$DEMO_DIR/agent.log" >&2; fail "the agent ended; its last lines are above."; }
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.1
  done
}

stop() {
  local pid deadline=$((SECONDS + STOP_S))
  trap - EXIT; trap '' INT TERM
  for pid in $agent_pid $portal_pid; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in $agent_pid $portal_pid; do
    while alive "$pid" && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
    alive "$pid" && kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null || true
  done
  say "stopped."
}

library() {
  if [ -n "${MUSIC:-}" ]; then
    [ -d "$MUSIC" ] || fail "MUSIC=$MUSIC is not a folder. Name one that holds music: make demo MUSIC=~/Music"
    MUSIC=$(cd "$MUSIC" && pwd)
  else
    MUSIC=$PWD/$DEMO_DIR/music
    [[ $DEMO_DIR = /* ]] && MUSIC=$DEMO_DIR/music
    [ -e "$MUSIC/.complete" ] || say "making a small library in $DEMO_DIR/music"
    "$BIN/iroam-demo-library" "$MUSIC" >"$DEMO_DIR/library.log" 2>&1 || { tail -n 15 "$DEMO_DIR/library.log" >&2; fail "the library could not be made; the lines above say why."; }
    touch "$MUSIC/.complete"
  fi
}

build() {
  say "building (the first time takes some minutes)"
  cargo build --quiet --workspace --bins
}

start_portal() {
  "$BIN/iroam-portal" serve --data "$DEMO_DIR/portal" --listen "127.0.0.1:$PORT" --public-url "$URL" --stun-listen off >"$DEMO_DIR/portal.log" 2>&1 &
  portal_pid=$!
  until_holds 30 curl --silent --fail --output /dev/null "http://127.0.0.1:$PORT/healthz" || fail "the portal did not answer within 30 s; see $DEMO_DIR/portal.log"
}

portal_admin() { "$BIN/iroam-portal" admin "$@" --data "$DEMO_DIR/portal" --email "$EMAIL"; }

account() {
  [ -e "$DEMO_DIR/account" ] && return 0
  local password; password=$(head -c 18 /dev/urandom | base64)
  printf '%s\n' "$password" | portal_admin create-account --password-stdin >/dev/null
  (umask 077; printf '%s\n%s\n' "$EMAIL" "$password" >"$DEMO_DIR/account")
}

waits_or_serves() { grep -qE '^(code|serving):' "$DEMO_DIR/agent.log"; }
serves() { grep -q '^serving:' "$DEMO_DIR/agent.log"; }

start_agent() {
  # Emptied here, or the lines of an earlier start would be taken for this one's.
  : >"$DEMO_DIR/agent.log"
  # The way of a browser elsewhere: here, without a relay in between, it would cost nothing and show no minutes.
  "$BIN/iroam" up --portal "$URL" --data "$DEMO_DIR/agent" --library "$MUSIC" --listen 127.0.0.1:0 --direct off --name "Demo home" >>"$DEMO_DIR/agent.log" 2>&1 &
  agent_pid=$!
  until_holds 30 waits_or_serves || fail "the agent did not come up within 30 s; see $DEMO_DIR/agent.log"
  if ! serves; then
    local code; code=$(sed -n 's/^code: *//p' "$DEMO_DIR/agent.log" | tail -n 1)
    portal_admin approve-device --code "$code" >/dev/null
    until_holds 30 serves || fail "the agent was not activated within 30 s; see $DEMO_DIR/agent.log"
  fi
}

[[ $PORT =~ ^[0-9]+$ ]] && [ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ] || fail "PORT=$PORT is not a port. Choose one from 1 to 65535."
if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
  fail "port $PORT is in use. Stop what runs there, or choose another: make demo PORT=8081"
fi
mkdir -p "$DEMO_DIR"
build
library
trap 'stop; exit 0' INT TERM
trap 'stop' EXIT
start_portal
account
start_agent
link=$(portal_admin sign-in-link --public-url "$URL")
say "the music of $MUSIC, on the account $EMAIL (password in $DEMO_DIR/account). Ctrl-C ends it."
printf 'ready: %s\n' "$link"
set +e
wait -n "$portal_pid" "$agent_pid"
alive "$portal_pid" || { tail -n 15 "$DEMO_DIR/portal.log" >&2; fail "the portal ended by itself; its last lines are above."; }
tail -n 15 "$DEMO_DIR/agent.log" >&2
fail "the agent ended by itself; its last lines are above."
