#!/bin/sh
# Open-source nginx asks no node how it is: it would send requests to one that is about to stop, and what stands in a closing
# queue is reset. So this asks for /health/ready, every WATCH_SECONDS (1), and leaves out of nginx's list who is not ready.
#
#   watch-nodes.sh <list> <live> once                 writes <live> once, then ends
#   watch-nodes.sh <list> <live> <command to reload>  for ever; reloads when <live> has changed
#
# <list> holds the `server host:port ...;` lines of an upstream, <live> becomes the same without those that answer otherwise
# than 200, or were silent twice in a row. When nobody is ready all of them stay: their own answers say more than ours.
# They are left out rather than marked `down`: nginx refuses a list with a name that is not known, as a stopped container's.
set -u
list=$1
live=$2
shift 2
asked=$live.asked
mkdir -p "$asked"

ask() {
  if command -v curl >/dev/null; then
    curl -s -o /dev/null -m 2 -f "http://$1/health/ready"
  else
    wget -q -t 1 -T 2 -O /dev/null "http://$1/health/ready" 2>/dev/null
  fi
}

# A refusal counts at once, silence only when it comes twice: a busy node may be late.
judge() {
  ask "$1"
  case $? in
    0) echo ready ;;
    28) [ "$(cat "$asked/$1" 2>/dev/null)" = ready ] && echo late || echo silent ;;
    *) echo refused ;;
  esac >"$asked/$1.now"
  mv "$asked/$1.now" "$asked/$1"
}

# A container that is made anew may have another address, which nginx only learns by a reload: so it is written beside the name.
address() {
  getent hosts "${1%:*}" 2>/dev/null | cut -d ' ' -f 1
}

round() {
  for node in $(sed -n 's/^ *server *\([^ ;]*\).*/\1/p' "$list"); do
    judge "$node" &
  done
  wait
  while read -r word node rest; do
    [ "$word" = server ] || continue
    case $(cat "$asked/$node") in
      ready | late) echo "server $node $rest # $(address "$node")" ;;
    esac
  done <"$list" >"$live.next"
  [ -s "$live.next" ] || sed -n '/^ *server/p' "$list" >"$live.next"
  if cmp -s "$live.next" "$live"; then return 1; fi
  mv "$live.next" "$live"
}

if [ "${1:-}" = once ]; then
  round
  exit 0
fi
while :; do
  # The list stays behind until nginx has taken it: a reload that failed is tried again.
  if round; then
    echo "watch-nodes: $(grep -c '^server' "$live") of $(grep -c '^ *server' "$list") nodes get requests" >&2
    "$@" || echo '# not taken yet' >>"$live"
  fi
  sleep "${WATCH_SECONDS:-1}"
done
