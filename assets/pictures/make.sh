#!/bin/sh
# Draws every picture of this folder anew, or only the named ones:
#   make.sh [NAME...]            ship, airplane, ... or mountains
# Needs povray 3.7 and a python3 with numpy and Pillow (PYTHON=... chooses it).  THREADS=... limits povray; default 2.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}

command -v povray >/dev/null || { echo "make.sh: povray is not installed (Debian: povray)" >&2; exit 1; }
"$python" -c 'import numpy, PIL' 2>/dev/null || { echo "make.sh: $python lacks numpy or Pillow (Debian: python3-numpy python3-pil)" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

render() { # name width height
    echo "$1: $2x$3"
    # -V and -D: no progress, no window; the log is shown only when povray fails
    povray "+I$1.pov" "+O$work/$1.png" "+W$2" "+H$3" +A0.1 +AM2 +R2 +FN -D -V "+WT${THREADS:-2}" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    "$python" - "$work/$1.png" "$1.jpg" <<'EOF'
import sys
from PIL import Image
Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2], quality=88, optimize=True, progressive=False, subsampling=1)
EOF
}

size() { # the size of a picture; nothing for an unknown name
    case $1 in
    ship | airplane | automobile | truck | frog | deer) echo 1024 768 ;;
    sailboat | takeoff) echo 768 1024 ;;
    esac
}

[ $# -gt 0 ] || set -- mountains ship airplane automobile truck frog deer sailboat takeoff
for name; do
    if [ "$name" = mountains ]; then
        "$python" make_mountains.py
    else
        dimensions=$(size "$name")
        [ -n "$dimensions" ] || { echo "make.sh: no picture is named $name" >&2; exit 2; }
        # shellcheck disable=SC2086
        render "$name" $dimensions
    fi
done
