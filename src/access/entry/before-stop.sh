#!/bin/sh
# Begins the member's own ~/.berth/before-stop, if there is one, and does not wait for it. Once for each end: the mark is
# root's. It runs as the member, in /workspace, with the environment of a sign-in; it is killed when its time is over.
#   before-stop.sh <handle> <uid> <number of the end> <when it is> <seconds it has>
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

as_member() {
  setpriv --reuid "$uid" --regid 19999 --clear-groups "$@"
}

handle=$1
uid=$2
mark=/run/berth/before-stop.$3
home=/home/$handle
shell=/bin/sh
[ ! -x /bin/bash ] || shell=/bin/bash

as_member test -f "$home/.berth/before-stop" || { echo none; exit 0; }
mkdir "$mark" 2>/dev/null || { echo before; exit 0; }
as_member env -i HOME="$home" USER="$handle" LOGNAME="$handle" SHELL="$shell" PATH="$PATH" BERTH_ENDS_AT="$4" \
  setsid "$shell" -l -c '
    cd /workspace || cd
    hook=$HOME/.berth/before-stop
    exec > "$HOME/.berth/before-stop.log" 2>&1
    [ -x "$hook" ] || { echo "It was not run: it is not executable. chmod +x $hook makes it so."; exit 1; }
    timeout -k 10 "$1" "$hook"
    ended=$?
    case $ended in
      124 | 137) echo "It was killed: $1 seconds were over." ;;
      *) echo "It ended with exit code $ended." ;;
    esac' before-stop "$5" < /dev/null > /dev/null 2>&1 &
echo begun
