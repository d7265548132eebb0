#!/usr/bin/env bash
# The real window under a virtual display: steps through every page, opens the panels, switches the theme and quits by key.
set -euo pipefail
binary=$1
steps=${2:-40}
exec xvfb-run -a -s "-screen 0 1600x1000x24 +extension GLX" bash -c '
  set -eu
  "$0" --theme dark & pid=$!
  trap "kill $pid 2>/dev/null || true" EXIT
  for _ in $(seq 150); do window=$(xdotool search --pid $pid --name vitscope 2>/dev/null | head -n 1) && [ -n "$window" ] && break; sleep 0.2; done
  [ -n "${window:-}" ] || { echo "no window appeared"; exit 1; }
  xdotool windowfocus --sync "$window" 2>/dev/null || true
  key() { kill -0 $pid || { echo "the program ended early"; exit 1; }; xdotool key --window "$window" "$1"; sleep 0.12; }
  sleep 1
  for _ in $(seq "$1"); do key Right; done
  xdotool mousemove --window "$window" 700 400; sleep 0.2
  xdotool click 1; sleep 0.2
  for k in Tab s s s t bracketright bracketleft Up Down o Escape m Escape e Escape comma Escape question Escape Home End; do key $k; done
  key ctrl+q
  for _ in $(seq 50); do kill -0 $pid 2>/dev/null || { trap - EXIT; wait $pid; exit $?; }; sleep 0.2; done
  echo "the window did not close"; exit 1
' "$binary" "$steps"
