import { fingerprintOf } from "./fingerprint.ts";

/**
 * Everything a member needs to sign in, as text to copy. The block never changes for a project: same alias, port and host
 * key, whatever becomes of its containers. Throws if the project was never started (no port or host key yet).
 */
export function instructions(settings: Way, member: { handle: string }, project: Signpost): Instructions {
  const { name, sshPort, aliasId, hostKey } = project;
  if (sshPort === null || hostKey === null) throw new Error(`project ${name} has no port or host key yet`);
  const { sshHost, sshJump } = settings;
  const login = `${member.handle}@${sshHost}`;
  const options = `${sshJump ? `-J ${sshJump} ` : ""}-p ${sshPort}`;
  const host = `${name}.berth`;
  return {
    command: `ssh ${options} ${login}`,
    host,
    configBlock: [
      `Host ${host}`,
      `  HostName ${sshHost}`,
      `  Port ${sshPort}`,
      `  User ${member.handle}`,
      `  HostKeyAlias berth-${aliasId}`,
      "  ServerAliveInterval 30",
      ...(sshJump ? [`  ProxyJump ${sshJump}`] : []),
    ].join("\n"),
    knownHostsLine: `berth-${aliasId},[${sshHost}]:${sshPort} ${hostKey}`,
    fingerprint: fingerprintOf(hostKey),
    vscodeUrl: `vscode://vscode-remote/ssh-remote+${host}/workspace`,
    jupyterLine: `ssh ${options} -N -L 8888:localhost:8888 ${login}`,
    rsyncLine: `rsync -av -e "ssh ${options}" ./ ${login}:/workspace/`,
  };
}

export type Way = { readonly sshHost: string; readonly sshJump: string | undefined };

export type Signpost = { name: string; sshPort: number | null; aliasId: string; hostKey: string | null };

export type Instructions = {
  /** Works as it stands, without the block. */
  command: string;
  /** What to write after `ssh` once the block is in ~/.ssh/config. */
  host: string;
  configBlock: string;
  knownHostsLine: string;
  /** `SHA256:…`: what ssh asks about at the first sign-in. */
  fingerprint: string;
  /** Needs the block: VS Code looks the host up in ~/.ssh/config. */
  vscodeUrl: string;
  /** Then http://localhost:8888 is the notebook server of the container. */
  jupyterLine: string;
  rsyncLine: string;
};
