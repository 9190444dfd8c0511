#!/usr/bin/env bash
# Installs the programs of the system that some tests use, where that can be done without asking: as root, with apt-get.
# Elsewhere, and when it fails, says which tests will be skipped. Never an error: the tests decide.
set -uo pipefail

# package, its program, what needs it
needed="bubblewrap bwrap the-sandbox
neovim nvim Neovim-as-a-second-editor"

missing=()
while read -r package program _; do
  command -v "$program" >/dev/null || missing+=("$package")
done <<<"$needed"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  timeout 120 apt-get update -q >/dev/null 2>&1
  timeout 300 apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1
fi

while read -r package program purpose; do
  command -v "$program" >/dev/null || echo "NOTE: there is no $package here; tests of ${purpose//-/ } will be skipped."
done <<<"$needed"
exit 0
