#!/bin/sh
# The first program in a member's container, below the engine's init: makes the member's user, starts the SSH server, and
# passes a stop on to every process. It is mounted read-only, runs as root at every start of the container, and finds done
# what an earlier start did. Plain sh, and as few programs as can be: each costs time before somebody can sign in.
set -u
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

handle=$BERTH_HANDLE
uid=$BERTH_UID
gid=19999
home=/home/$handle
run=/run/berth
sshd=/usr/sbin/sshd

main() {
  trap 'stop_asked=yes' TERM INT
  check_image
  mkdir -p "$run" /run/sshd /home || fail 73 "This image has no writable /run or /home."
  chmod 0755 "$run" /run/sshd
  make_user
  make_home
  read_environment
  write_environment
  write_sudo
  write_sshd_config
  serve
}

fail() {
  code=$1
  shift
  printf '%s\n' "$*" >&2
  exit "$code"
}

check_image() {
  [ -x "$sshd" ] || fail 71 "This image has no SSH server (the package openssh-server), so nobody could sign in."
  [ "$BERTH_SUDO" != yes ] || command -v sudo >/dev/null || fail 72 "This image has no sudo (the package sudo)."
  command -v setpriv >/dev/null || fail 72 "This image has no setpriv (the package util-linux)."
  shell=/bin/sh
  [ ! -x /bin/bash ] || shell=/bin/bash
}

# One line for the user in each of the three files, instead of whatever an image has under that name or number.
# "*" is no password; "!" would lock the account for SSH too.
make_user() {
  replace_line /etc/group "berth:x:$gid:" berth "$gid"
  replace_line /etc/passwd "$handle:x:$uid:$gid::$home:$shell" "$handle" "$uid"
  replace_line /etc/shadow "$handle:*:19000:0:99999:7:::" "$handle" none
  chmod 0640 /etc/shadow
}

# replace_line <file> <line> <name> <number>: lines of that name, or with that number as the third field, give way.
replace_line() {
  others=
  while IFS= read -r old || [ -n "$old" ]; do
    case $old in
      "$2") return ;;
      "$3":*) continue ;;
    esac
    number=${old#*:*:}
    [ "${number%%:*}" != "$4" ] || continue
    others="$others$old
"
  done < "$1"
  printf '%s%s\n' "$others" "$2" > "$1" || fail 73 "The member's user could not be written to $1."
}

as_member() {
  HOME=$home setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"
}

# The home is the container's own; what should outlive it is a link into the workspace. All of it is done as the member:
# root must not follow links that a member made.
make_home() {
  if [ ! -d "$home" ]; then
    mkdir "$home" && chmod 0750 "$home" && chown "$uid:$gid" "$home" || fail 73 "The home directory could not be made."
  fi
  as_member /bin/sh -c '
    cd "$HOME" || exit 1
    if [ ! -e .profile ] && [ -d /etc/skel ]; then cp -r /etc/skel/. . ; fi
    kept=/workspace/.home
    mkdir -p "$kept/.vscode-server" "$kept/.cache" "$kept/.config" || exit 1
    for name in .vscode-server .cache .config .bash_history .zsh_history .python_history; do
      [ -e "$name" ] || [ -L "$name" ] || ln -s "$kept/$name" "$name"
    done' || fail 73 "The workspace can't be written by its owner."
}

# Lines NAME=value of what the image and the deploy set, in $run/environment. Values with newlines can't be passed on.
read_environment() {
  newline=$(printf '\001')
  {
    tr '\000\n' '\n\001' < /proc/$$/environ
    [ -n "${LANG:-}" ] || echo LANG=C.UTF-8
  } | LC_ALL=C sed -n \
    -e "/$newline/d" \
    -e '/^\(HOME\|PWD\|OLDPWD\|SHLVL\|_\|HOSTNAME\|TERM\|USER\|LOGNAME\|SHELL\|MAIL\|BERTH_[A-Z_]*\)=/d' \
    -e '/^[A-Za-z_][A-Za-z0-9_]*=/p' > "$run/environment"
}

# For login shells, because /etc/profile sets PATH anew.
write_environment() {
  mkdir -p /etc/profile.d
  {
    sed -e "s/'/'\\\\''/g" -e "s/^\([^=]*\)=\(.*\)\$/export \1='\2'/" "$run/environment"
    cat <<'PROFILE'
case $- in *i*)
  if [ "$PWD" = "$HOME" ]; then cd /workspace; fi
  if [ -n "${BASH_VERSION:-}" ]; then PS1='\u@\h:\w\$ '; fi ;;
esac
PROFILE
  } > /etc/profile.d/zz-berth.sh
}

write_sudo() {
  [ "$BERTH_SUDO" = yes ] || { rm -f /etc/sudoers.d/berth; return 0; }
  names=$(sed -e 's/=.*//' "$run/environment" | tr '\n' ' ')
  {
    echo "$handle ALL=(ALL:ALL) NOPASSWD: ALL"
    echo "Defaults:$handle !secure_path"
    echo "Defaults:$handle env_keep += \"$names\""
  } > /etc/sudoers.d/berth || fail 73 "sudo could not be set up."
  chmod 0440 /etc/sudoers.d/berth
}

# The first value of a setting counts, so what is generated stands last. Only one SetEnv line counts.
write_sshd_config() {
  version=$("$sshd" -V 2>&1)
  version=${version#*OpenSSH_}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%[!0-9]*}
  kex=curve25519-sha256,curve25519-sha256@libssh.org
  algorithms=PubkeyAcceptedKeyTypes
  if at_least 8 5; then
    kex=sntrup761x25519-sha512@openssh.com,$kex
    algorithms=PubkeyAcceptedAlgorithms
  fi
  {
    cat <<CONFIG
Port 22
HostKey /etc/berth/host-key/ssh_host_ed25519_key
HostKeyAlgorithms ssh-ed25519
KexAlgorithms $kex
Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
$algorithms ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
HostbasedAuthentication no
PermitRootLogin no
AuthorizedKeysFile /etc/berth/keys/authorized_keys
StrictModes yes
UsePAM no
UseDNS no
LoginGraceTime 20
MaxAuthTries 4
MaxSessions 20
MaxStartups 20:30:100
ClientAliveInterval 30
ClientAliveCountMax 4
AllowTcpForwarding yes
GatewayPorts no
AllowAgentForwarding $BERTH_AGENT_FORWARDING
X11Forwarding no
PermitTunnel no
PermitUserEnvironment no
PrintMotd no
PidFile none
Subsystem sftp internal-sftp -d /workspace
CONFIG
    if at_least 9 1; then echo "RequiredRSASize 3072"; fi
    # All members come from one address, the engine's: one who mistypes must not shut out the others.
    if at_least 9 8; then echo "PerSourcePenalties no"; fi
    echo "AllowUsers $handle"
    printf 'SetEnv'
    sed -e 's/[\\"]/\\&/g' -e 's/.*/ "&"/' "$run/environment" | tr -d '\n'
    echo
  } > "$run/sshd_config"
  # Run by sshd at every sign-in, as the member: when the last one was.
  [ -e "$run/last-sign-in" ] || { touch "$run/last-sign-in" -d @0 && chown "$uid:$gid" "$run/last-sign-in"; }
  grep -qs "$run/last-sign-in" /etc/ssh/sshrc || echo ": > $run/last-sign-in" >> /etc/ssh/sshrc
}

at_least() {
  [ "$major" -gt "$1" ] || { [ "$major" -eq "$1" ] && [ "$minor" -ge "$2" ]; }
}

# Starts the SSH server, and again if it is killed; a job in tmux should not die with it. Five ends in a row is enough.
serve() {
  ends=0
  server=
  while [ -z "${stop_asked:-}" ]; do
    "$sshd" -D -e -f "$run/sshd_config" &
    server=$!
    began=$(date +%s)
    wait "$server"
    [ -z "${stop_asked:-}" ] || break
    if [ $(($(date +%s) - began)) -gt 60 ]; then ends=0; fi
    ends=$((ends + 1))
    [ "$ends" -lt 5 ] || fail 74 "The SSH server ends as soon as it is started."
    sleep 1
  done
  end_everything
}

# SIGTERM to every job, and patience; only then to what jobs hang on: the end of a tmux or an SSH session would hang up on
# those that are still saving. Without sudo root has no right to signal the member's processes, so the member does it.
end_everything() {
  [ -z "$server" ] || kill -TERM "$server" 2>/dev/null
  find_jobs
  # shellcheck disable=SC2086
  if [ "$BERTH_SUDO" = yes ]; then kill -TERM $jobs; else as_member /bin/sh -c 'kill -TERM "$@"' kill $jobs; fi 2>/dev/null
  tenths=$((BERTH_GRACE_SECONDS * 10))
  while find_jobs && [ "$tenths" -gt 0 ]; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  as_member /bin/sh -c 'kill -TERM -1' 2>/dev/null
  exit 0
}

# The pids of all processes that are worth waiting for; false if there are none.
find_jobs() {
  jobs=
  for process in /proc/[0-9]*; do
    pid=${process#/proc/}
    case $pid in 1 | $$) continue ;; esac
    name=
    read -r name 2>/dev/null < "$process/comm"
    case $name in
      sshd* | tmux* | screen) continue ;;
      sh | bash | dash | zsh | ksh | fish) ! ignores_sigterm || continue ;;
    esac
    # A zombie has an empty command line; so has one that ended while we look.
    line=
    read -r line 2>/dev/null < "$process/cmdline"
    [ -z "$line" ] || jobs="$jobs $pid"
  done
  [ -n "$jobs" ]
}

# So does a shell that waits for somebody to type.
ignores_sigterm() {
  while read -r key value; do
    [ "$key" = SigIgn: ] || continue
    # SIGTERM is 15: the third bit of the fourth hex digit from the right.
    value=${value%???}
    case $value in *[4567cdef]) return 0 ;; esac
    return 1
  done 2>/dev/null < "$process/status"
  return 1
}

main
