/** What the house image adds to a plain Debian or Ubuntu: sign-in, tools, and a Python environment that is the user's. */
const packages = [
  "ca-certificates",
  "curl",
  "git",
  "less",
  "openssh-server",
  "procps",
  "python3",
  "python3-venv",
  "rsync",
  "sudo",
  "tmux",
  "vim-tiny",
];

/**
 * `groupId` is that of group `berth`, which every member is in: /opt/venv is setgid and writable for it, so `pip install`
 * needs no sudo. Host keys are a project's own and are mounted, so those the package makes are taken out.
 */
export function demoDockerfile(base: string, groupId = 19999): string {
  return `FROM ${base}
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ${packages.join(" ")} \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /etc/ssh/ssh_host_*_key* \\
 && mkdir -p /run/sshd
RUN groupadd --gid ${groupId} berth \\
 && python3 -m venv --system-site-packages /opt/venv \\
 && chgrp -R berth /opt/venv \\
 && chmod -R g+w /opt/venv \\
 && find /opt/venv -type d -exec chmod g+s {} +
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV VIRTUAL_ENV=/opt/venv LANG=C.UTF-8 DEBIAN_FRONTEND=
LABEL berth.house-image=demo
CMD ["/bin/sh"]
`;
}
