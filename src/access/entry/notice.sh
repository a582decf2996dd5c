#!/bin/sh
# Says in this container when it will be stopped: in ~/.berth/ends-at, and, if there is a text, on every terminal of the
# member's. It runs as root; whatever is a file or a terminal of the member's is touched as the member.
#   notice.sh <handle> <uid> <when, for the file> <text for terminals, or nothing>
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

HOME=/home/$1 exec setpriv --reuid "$2" --regid 19999 --clear-groups /bin/sh -c '
  if mkdir -p "$HOME/.berth" && printf "%s\n" "$1" > "$HOME/.berth/ends-at.new"; then
    mv -f "$HOME/.berth/ends-at.new" "$HOME/.berth/ends-at"
  fi
  [ -n "$2" ] || exit 0
  for terminal in /dev/pts/[0-9]*; do
    [ -w "$terminal" ] || continue
    # One that is held (Ctrl+S) takes nothing: the others do not wait for it.
    timeout 2 /bin/sh -c "printf %s \"\$1\" > \"\$2\"" notice "$2" "$terminal" &
  done
  wait' notice "$3" "$4"
