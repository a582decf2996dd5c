#!/bin/sh
# Containers of members stand on the bridge br-berth, the steps of their builds on Docker's own, docker0. They may reach the
# internet, and answer whoever signs in. They may not open a connection to this host itself, nor to link-local addresses: in a
# cloud, 169.254.169.254 hands out credentials.
# Safe to repeat.    firewall.sh add | remove
set -eu
# BERTH_BUILD_BRIDGE= (nothing) leaves docker0 alone, for a machine whose other containers need services of this host.
bridges="${BERTH_BRIDGE:-br-berth} ${BERTH_BUILD_BRIDGE-docker0}"

change() { # change <add|remove> <chain> <rule …>
  what=$1 chain=$2
  shift 2
  if iptables -w 10 -C "$chain" "$@" 2>/dev/null; then there=yes; else there=no; fi
  case $what-$there in
    add-no) iptables -w 10 -I "$chain" "$@" ;;
    remove-yes) iptables -w 10 -D "$chain" "$@" ;;
  esac
}

case ${1:-} in
  add | remove)
    for bridge in $bridges; do
      change "$1" INPUT -i "$bridge" -m conntrack --ctstate NEW -j DROP
      change "$1" DOCKER-USER -i "$bridge" -d 169.254.0.0/16 -j DROP
    done
    ;;
  *)
    echo "Say what to do: firewall.sh add, or firewall.sh remove" >&2
    exit 2
    ;;
esac
