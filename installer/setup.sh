#!/usr/bin/env bash
# Installs what is missing and checks versions: `setup.sh demo` for running, `setup.sh test` for the tests as well.
# Says nothing when all is there. Uses apt, with sudo only when not root.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-demo}
RUST_MIN=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
NODE_MIN=20.19.0

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

check_rust() {
  command -v cargo >/dev/null || fail "Rust is missing. Install it from https://rustup.rs and run this again."
  local have; have=$(rustc --version | cut -d' ' -f2)
  older "${have%%-*}" "$RUST_MIN" && fail "Rust $have is older than $RUST_MIN. Run: rustup update stable"
  return 0
}

check_node() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    fail "Node.js and npm are missing. Install Node.js $NODE_MIN or later from https://nodejs.org and run this again."
  local have; have=$(node --version | tr -d v)
  older "$have" "$NODE_MIN" && fail "Node.js $have is older than $NODE_MIN. Install a later one from https://nodejs.org"
  return 0
}

packages() {
  command -v cc >/dev/null || echo build-essential
  command -v ffmpeg >/dev/null || echo ffmpeg
  command -v curl >/dev/null || echo curl
  [ "$purpose" = test ] || return 0
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || echo chromium
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || echo postgresql
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
  command -v openssl >/dev/null || echo openssl
  python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
}

# What a test needs that is skipped without it.
wanted() {
  [ "$purpose" = test ] || return 0
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || echo faketime
  command -v nft >/dev/null || [ -x /usr/sbin/nft ] || echo nftables
  command -v ip >/dev/null || [ -x /usr/sbin/ip ] || echo iproute2
  command -v sysctl >/dev/null || [ -x /usr/sbin/sysctl ] || echo procps
}

install() {
  command -v apt-get >/dev/null || fail "please install these yourself: $*"
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "as root, run: apt-get install -y $*"
    as=(sudo)
  fi
  echo "setup: installing $*" >&2
  local log; log=$(mktemp)
  if ! { "${as[@]}" apt-get update -qq && "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt could not install: $*. The lines above say why."
  fi
  rm -f "$log"
}

# `npm ci` in a folder, only when its lock file is newer than what is installed.
npm_packages() {
  [ -e "$1/package-lock.json" ] || return 0
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return 0
  echo "setup: npm packages of $1" >&2
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
  touch "$1/node_modules/.package-lock.json"
}

# The mail server and the DKIM verifier of the tests, in a folder of their own, only when the list is newer.
python_packages() {
  local venv=tests/mail/.venv list=tests/mail/requirements.txt
  [ "$venv/.installed" -nt "$list" ] && return 0
  echo "setup: Python packages of tests/mail" >&2
  python3 -m venv "$venv" || fail "python3 -m venv $venv failed. The lines above say why."
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$list" >&2 ||
    fail "the packages of $list cannot be installed. The lines above say why."
  touch "$venv/.installed"
}

check_rust
check_node
mapfile -t missing < <(packages)
[ "${#missing[@]}" -eq 0 ] || install "${missing[@]}"
mapfile -t missing < <(wanted)
[ "${#missing[@]}" -eq 0 ] || (install "${missing[@]}") || echo "setup: going on without ${missing[*]}; the tests that need them are skipped" >&2
npm_packages player-web
[ "$purpose" != test ] || { npm_packages tests/browser; python_packages; }
