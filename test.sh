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

wanted=("${packages[@]}" "${test_packages[@]}")
[ $long = no ] || wanted+=("${long_packages[@]}")
install_missing "${wanted[@]}"
mkdir -p build
# Core, which makes the numbers, is optimised as in a release; the rest lightly, because compiling is most of the time that testing takes.
quick=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DVITSCOPE_TESTS=ON -DVITSCOPE_PRECOMPILED=ON -DVITSCOPE_UNITY=ON -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=gold)
build build/test "${quick[@]}" "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1" -DVITSCOPE_CORE_FLAGS=-O3 ${VITSCOPE_WERROR:+-DVITSCOPE_WERROR=ON}
if [ $long = yes ]; then
  # Sanitizers: everything under address and undefined; under thread what has threads (the window's one thread meets the worker's in worker_test), but for
  # tests tagged [one-thread].
  flags=("${quick[@]}" -DCMAKE_C_COMPILER=clang-16 -DCMAKE_CXX_COMPILER=clang++-16 "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0" -DVITSCOPE_CORE_FLAGS=-O1 -DVITSCOPE_LONG_TESTS=ON)
  build build/asan "${flags[@]}" -DVITSCOPE_SANITIZE=address,undefined
  build build/tsan "${flags[@]}" -DVITSCOPE_SANITIZE=thread -- core_test worker_test
  echo "--- address and undefined behaviour"
  ctest --test-dir build/asan --output-on-failure -j "$(nproc)" -E window_walk
  echo "--- threads"
  ctest --test-dir build/tsan --output-on-failure -j "$(nproc)" -R '^(core_test|worker_test)$'
fi
# The plain build comes last, so that its summary closes the run.
ctest --test-dir build/test --output-on-failure -j "$(nproc)"
