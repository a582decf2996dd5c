/**
 * The small programs that steps of a build run, as files beside the Dockerfile. They are plain sh and a Python as old as 3.6;
 * nothing in them comes from a person or a setting.
 */

/** Whom everything in the members' Python environment belongs to: group `berth`, which the entry script makes. */
export const groupId = 19999;

/** Writes what is in an image, or what must be known of a base, as sections `== name`. */
export const lookScript = `#!/bin/sh
# Writes down what is in this image: look.sh base|image <file>. Nothing is installed or changed by it.
set -u
LC_ALL=C
export LC_ALL
here=\${0%/*}

section() { printf '\\n== %s\\n' "$1"; }

has_package() {
  [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# CUDA's own word, if it gives one; look.py asks the frameworks.
find_cuda() {
  [ -z "\${CUDA_VERSION:-}" ] || printf '%s\\n' "$CUDA_VERSION"
  sed -n 's/.*"version" *: *"\\([0-9.]*\\)".*/\\1/p' /usr/local/cuda/version.json 2>/dev/null | head -n 1
}

look_at_base() {
  section programs
  for name in apt-get dpkg-query find xargs chgrp setpriv sshd python3; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null 2>&1 && printf '%s\\n' "$name"
  done
  section packages
  for name in ca-certificates openssh-server rsync sudo; do
    has_package "$name" && printf '%s\\n' "$name"
  done
  # A Python of the distribution's own can be completed by its packages; another one can't.
  section python-of-distribution
  python=$(readlink -f "$(command -v python3)" 2>/dev/null)
  case $(dpkg-query -W -f '\${Pre-Depends} \${Depends}' python3-minimal 2>/dev/null) in
    *"\${python##*/}-minimal"*) [ "\${python%/*}" = /usr/bin ] && echo yes ;;
  esac
  section opt-venv
  if [ -d /opt/venv ]; then stat -c '%g %a' /opt/venv; fi
}

look_at_image() {
  section pip
  python3 -m pip freeze --disable-pip-version-check 2>/dev/null
  section apt
  dpkg-query -W -f '\${db:Status-Status} \${Package}=\${Version}\\n' | sed -n 's/^installed //p'
  section apt-manual
  # Without the caches that it would leave in the image.
  apt-mark -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= showmanual
}

{
  section os
  cat /etc/os-release
  section cuda
  find_cuda
  if command -v python3 >/dev/null; then python3 "$here/look.py" "$1" 2>/dev/null; fi
  "look_at_$1"
  section end
} > "$2"
`;

/** The part of it that only Python can tell. It imports no package: that takes seconds, or fails without a GPU. */
export const lookProgram = `import importlib.util
import os
import re
import sys


def section(name):
    print("\\n== " + name)


def distributions():
    try:
        from importlib.metadata import distributions
        return [(one.metadata["Name"], one.version) for one in distributions()]
    except ImportError:
        import pkg_resources
        return [(one.project_name, one.version) for one in pkg_resources.working_set]


def has(module):
    try:
        return importlib.util.find_spec(module) is not None
    except Exception:
        return False


section("python")
print("%d.%d.%d" % sys.version_info[:3])

section("torch-cuda")
try:
    folder = os.path.dirname(importlib.util.find_spec("torch").origin)
    with open(os.path.join(folder, "version.py")) as file:
        found = re.search(r"^cuda\\b[^=]*= *['\\"]([0-9.]+)['\\"]", file.read(), re.M)
    print(found.group(1))
except Exception:
    pass

if sys.argv[1] == "base":
    section("modules")
    for module in ("venv", "ensurepip", "pip"):
        if has(module):
            print(module)
    section("distributions")
    for name, version in sorted(set((str(n), str(v)) for n, v in distributions() if n and v)):
        print(name + "==" + version)
`;

/** Makes the members' Python environment. */
export const venvScript = `#!/bin/sh
# Makes a Python environment above the one the image has: make-venv.sh <directory>. What is installed there hides what is
# below it and never changes it. Its group may write, so that nobody needs sudo for pip.
set -eu
umask 002
venv=$1
mkdir -p "$venv"
chgrp ${groupId} "$venv"
chmod 2775 "$venv"

if python3 -c 'import ensurepip' 2>/dev/null; then
  python3 -m venv --system-site-packages "$venv"
else
  # This Python can't bring a pip along: the one below is used, from here.
  python3 -m venv --system-site-packages --without-pip "$venv"
  for name in pip pip3; do
    printf '#!%s/bin/python\\nimport runpy\\nrunpy.run_module("pip", run_name="__main__")\\n' "$venv" > "$venv/bin/$name"
    chmod 0775 "$venv/bin/$name"
  done
fi

# If that Python is in an environment itself, a new one sees the system's packages but not those.
python3 - "$venv" <<'PYTHON'
import subprocess, sys, sysconfig
if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
    ask = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = subprocess.check_output([sys.argv[1] + "/bin/python", "-c", ask], universal_newlines=True).strip()
    paths = sysconfig.get_paths()
    with open(site + "/below.pth", "w") as file:
        for path in sorted(set([paths["purelib"], paths["platlib"]])):
            file.write(path + "\\n")
PYTHON

if [ -e /run/berth/site-pip.conf ]; then cp /run/berth/site-pip.conf "$venv/pip.conf"; fi
chgrp -R ${groupId} "$venv"
chmod -R g+w "$venv"
find "$venv" -type d -exec chmod g+s {} +
`;

/** For \`apt-get -c\`, which is read after the image's own settings. */
export const aptSettings = `// Packages that were fetched stay in the build's cache, which is no part of the image: images for containers throw them
// away after each step, which this undoes for the step.
#clear APT::Update::Post-Invoke;
#clear DPkg::Post-Invoke;
APT::Keep-Downloaded-Packages "true";
Acquire::Retries "3";
// A name is a name, never a pattern of names.
APT::Cmd::Pattern-Only "true";
Dpkg::Use-Pty "0";
Dpkg::Options { "--force-confdef"; "--force-confold"; };
`;
