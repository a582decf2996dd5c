#!/bin/sh
# What the member installed in this container since it was made ($1, in seconds since 1970): a line `pip <name>-<version>`
# for each Python package, a line `apt <name>` for each of the distribution's. Only what was asked for by its name: not what
# came along with it, not what is from a folder or an address.
# It runs as root, so it looks at files and starts nothing that a member without sudo could have replaced, as pip itself is.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C

mark=/run/berth/made.$$
trap 'rm -f "$mark"' EXIT
touch -d "@$1" "$mark" || exit 1

for info in \
  /opt/venv/lib/python3*/site-packages/*.dist-info \
  /usr/local/lib/python3*/*-packages/*.dist-info \
  /opt/conda/lib/python3*/site-packages/*.dist-info \
  /home/*/.local/lib/python3*/site-packages/*.dist-info; do
  [ "$info" -nt "$mark" ] && [ -e "$info/REQUESTED" ] && [ ! -e "$info/direct_url.json" ] || continue
  name=${info##*/}
  printf 'pip %s\n' "${name%.dist-info}"
done

apt-mark showmanual 2>/dev/null | while read -r name; do
  for list in "/var/lib/dpkg/info/$name.list" "/var/lib/dpkg/info/$name":*.list; do
    [ ! "$list" -nt "$mark" ] || printf 'apt %s\n' "$name"
  done
done
exit 0
