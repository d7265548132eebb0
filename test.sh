#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. --long adds sanitizers, fuzzing and fault injection.
set -euo pipefail
cd "$(dirname "$0")"
. ./run.sh

long=no
for argument in "$@"; do
  case $argument in
    --long) long=yes ;;
    *) echo "usage: ./test.sh [--long]" >&2; exit 2 ;;
  esac
done

install_missing "${packages[@]}" "${test_packages[@]}"
mkdir -p build
build build/test -DCMAKE_BUILD_TYPE=Release -DVITSCOPE_TESTS=ON ${VITSCOPE_WERROR:+-DVITSCOPE_WERROR=ON}
if [ $long = yes ]; then
  build build/asan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVITSCOPE_TESTS=ON -DVITSCOPE_SANITIZE=address,undefined -DVITSCOPE_LONG_TESTS=ON
  build build/tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVITSCOPE_TESTS=ON -DVITSCOPE_SANITIZE=thread -DVITSCOPE_LONG_TESTS=ON
  for sanitized in asan tsan; do
    echo "--- $sanitized"
    ctest --test-dir "build/$sanitized" --output-on-failure -j "$(nproc)"
  done
fi
# The plain build comes last, so that its summary closes the run.
ctest --test-dir build/test --output-on-failure -j "$(nproc)"
