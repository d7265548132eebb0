#!/usr/bin/env bash
# Installs what is missing, builds optimised, runs: the window, or, where there is no display, the export of every figure to ./vitscope-figures.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD

# Debian 12 packages that the build and the program need.
packages=(
  g++ cmake ninja-build pkg-config binutils
  libimgui-dev libstb-dev libglfw3-dev libepoxy-dev libeigen3-dev nlohmann-json3-dev libcli11-dev
  fonts-roboto-unhinted fonts-dejavu-core fonts-droid-fallback
  libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri
)
# What the tests need beyond that; test.sh asks for them.
test_packages=(catch2 xvfb xauth xdotool x11-utils)
# What test.sh --long needs beyond that: the sanitizers' builds are clang's, in half of g++'s time, and a second compiler reads the code.
long_packages=(clang-16 libclang-rt-16-dev)

say() { printf 'run.sh: %s\n' "$*" >&2; }

install_missing() {
  local stamp=build/.packages missing=()
  [ "$(cat "$stamp" 2>/dev/null)" = "$*" ] && return 0
  if ! command -v dpkg-query >/dev/null; then
    say "this is not a Debian system: install the equivalents of: $*"
    return 0
  fi
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo >/dev/null || { say "needs root or sudo to install: ${missing[*]}"; exit 1; }
      as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  fi
  mkdir -p build
  printf '%s' "$*" > "$stamp"
}

# build FOLDER CMAKE-OPTION... [-- TARGET...]: configures when the options are new, builds what changed. Whether there is anything to build only a real run of ninja can tell: the list of sources is globbed.
build() {
  local folder=$1 options=() targets=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# -gt 0 ] && shift && targets=("$@")
  if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder.options" 2>/dev/null)" != "${options[*]}" ]; then
    say "configuring $folder"
    cmake -S "$here" -B "$folder" -G Ninja "${options[@]}" > "$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
    printf '%s' "${options[*]}" > "$folder.options"
  fi
  ninja -C "$folder" "${targets[@]}" >&2
}

# test.sh uses the functions above.
[ "${BASH_SOURCE[0]}" = "$0" ] || return 0

install_missing "${packages[@]}"
mkdir -p build
build build/release -DCMAKE_BUILD_TYPE=Release -DVITSCOPE_TESTS=OFF -DVITSCOPE_PRECOMPILED=ON

if [ $# -eq 0 ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  say "no display: exporting every figure of the first built-in picture to ./vitscope-figures"
  exec build/release/vitscope export --out vitscope-figures --force
fi
exec build/release/vitscope "$@"
